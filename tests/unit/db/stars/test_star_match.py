from __future__ import annotations

import math
import threading

import pytest
from sqlalchemy import Engine, event, func, select

from cobrex_db.engine import transact
from cobrex_db.schema import star
from cobrex_db.stars.lookup import resolve
from cobrex_db.stars.match import Candidate, StarMatcher
from cobrex_db.stars.register import Entry, add_star

KAP_PHE = (6.5508409, -43.6798314)
PROXIMA = (217.4289522, -62.6794898)
MJD_2020 = 58849.0


def _match(engine: Engine, *frame: object, radius: float = 30.0) -> list[tuple[str, str, bool]]:
    """Return (identifier, method, chosen) of each candidate."""
    found = transact(engine, lambda c: StarMatcher(c).candidates(*frame, radius))  # type: ignore[arg-type]
    with engine.connect() as connection:
        names = dict(connection.execute(select(star.c.star_id, star.c.identifier)).tuples().all())
    return [(names[c.star_id], c.method, c.chosen) for c in found]


def _add(engine: Engine, name: str, ra: float | None, dec: float | None, *aliases: str,
         pm: tuple[float | None, float | None] = (None, None)) -> int:  # fmt: skip
    entry = Entry(name, ra, dec, *pm, None, None, "test", aliases)
    return transact(engine, lambda c: add_star(c, entry))


def _stars(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(star)).scalar_one()


def test_name_and_position_agree(engine: Engine) -> None:
    assert _match(engine, "kap_Phe", *KAP_PHE, MJD_2020) == [
        ("HR 100", "name", True),
        ("HR 100", "position", False),
    ]


def test_name_wins_over_position_and_both_are_kept(engine: Engine) -> None:
    assert _match(engine, "HD 39060", *KAP_PHE, MJD_2020) == [
        ("HR 2020", "name", True),
        ("HR 100", "position", False),
    ]


def test_unknown_name_is_found_by_position(engine: Engine) -> None:
    before = _match(engine, "49 Ceti", *KAP_PHE, MJD_2020)[0]
    assert before == ("HR 451", "name", True)
    assert _match(engine, "HD2262_IRDIS", *KAP_PHE, MJD_2020) == [("HR 100", "position", True)]
    assert _match(engine, None, *KAP_PHE, MJD_2020) == [("HR 100", "position", True)]


def test_proper_motion_is_carried_to_the_observation(engine: Engine) -> None:
    # Proxima moves 77 arcsec in 20 years: its place of 2000 is empty in 2020
    assert _match(engine, None, *PROXIMA, MJD_2020, radius=10.0) == []
    years = (MJD_2020 - 51544.5) / 365.25
    ra = PROXIMA[0] - 3.77575 * years / 3600 / math.cos(math.radians(PROXIMA[1]))
    dec = PROXIMA[1] + 0.76554 * years / 3600
    assert _match(engine, None, ra, dec, MJD_2020, radius=1.0) == [("HIP 70890", "position", True)]
    assert _match(engine, None, *PROXIMA, None, radius=1.0) == [("HIP 70890", "position", True)]


def test_the_nearest_of_several_is_chosen(engine: Engine) -> None:
    _add(engine, "far", 100.0, 10.0, "pair")
    _add(engine, "near", 100.0, 10.002, "pair")
    assert _match(engine, None, 100.0, 10.0019, MJD_2020) == [
        ("near", "position", True),
        ("far", "position", False),
    ]
    assert _match(engine, "Pair", 100.0, 10.0019, MJD_2020)[:2] == [
        ("near", "name", True),
        ("far", "name", False),
    ]


@pytest.mark.parametrize(
    ("ra", "dec", "pointing"),
    [(0.001, 5.0, (359.999, 5.0)), (359.999, 5.0, (0.001, 5.0)), (359.999, 5.0, (-0.001, 5.0)),
     (10.0, 89.999, (190.0, 89.9999)), (10.0, -89.9999, (200.0, -90.0)), (0.0, 0.0, (360.0, 0.0)),
     (120.0, 89.5, (120.3, 89.5)), (0.01, 88.9, (359.9, 88.9))],
)  # fmt: skip
def test_across_ra_zero_and_the_poles(
    engine: Engine, ra: float, dec: float, pointing: tuple[float, float]
) -> None:
    _add(engine, "edge", ra, dec)
    assert _match(engine, None, *pointing, MJD_2020) == [("edge", "position", True)]


def test_separation_is_told_at_the_epoch(engine: Engine) -> None:
    star_id = _add(engine, "mover", 50.0, 0.0, pm=(1000.0, 0.0))
    found = transact(
        engine, lambda c: StarMatcher(c).candidates("mover", 50.0, 0.0, 51544.5 + 3652.5, 30.0)
    )
    assert found == [
        Candidate(star_id, "name", pytest.approx(10.0, abs=1e-3), True),
        Candidate(star_id, "position", pytest.approx(10.0, abs=1e-3), False),
    ]


def test_unknown_motion_is_none(engine: Engine) -> None:
    _add(engine, "still", 50.0, 0.0, pm=(None, None))
    assert _match(engine, None, 50.0, 0.0, MJD_2020) == [("still", "position", True)]


@pytest.mark.parametrize(
    "place", [(None, None), (math.nan, 1.0), (1.0, None), (1.0, 95.0), (math.inf, 0.0)]
)
def test_without_a_place_only_the_name_counts(engine: Engine, place: tuple[object, object]) -> None:
    assert _match(engine, "HR 100", *place, MJD_2020) == [("HR 100", "name", True)]
    assert _match(engine, None, *place, MJD_2020) == []
    assert _match(engine, "A124420", *place, math.nan) == []


def test_a_star_without_place_matches_by_name(engine: Engine) -> None:
    star_id = _add(engine, "NOVA 1673", None, None)
    found = transact(
        engine, lambda c: StarMatcher(c).candidates("Nova 1673", 50.0, 0.0, None, 30.0)
    )
    assert found == [Candidate(star_id, "name", None, True)]


@pytest.mark.parametrize("radius", [0.0, -1.0, math.nan, math.inf])
def test_no_radius_no_position(engine: Engine, radius: float) -> None:
    assert _match(engine, None, *KAP_PHE, MJD_2020, radius=radius) == []


@pytest.mark.parametrize("target", ["DARK", "FLAT,LAMP", "WAVE,LAMP"])
def test_light_from_inside_has_no_star(engine: Engine, target: str) -> None:
    assert _match(engine, target, *KAP_PHE, MJD_2020) == []


@pytest.mark.parametrize("target", ["Object name not set", "STD", "SKY", ""])
def test_a_label_is_matched_by_position_and_makes_no_star(engine: Engine, target: str) -> None:
    assert _match(engine, target, *KAP_PHE, MJD_2020) == [("HR 100", "position", True)]
    before = _stars(engine)
    assert _match(engine, target, 200.0, 20.0, MJD_2020) == []
    assert _stars(engine) == before


def test_an_unknown_target_becomes_a_star_once(engine: Engine) -> None:
    def import_frames(connection: object) -> list[Candidate]:
        matcher = StarMatcher(connection)  # type: ignore[arg-type]
        return [
            matcher.candidates(target, 191.084536, -8.67217, MJD_2020, 30.0)[0]
            for target in ("A124420", "a124420", "A124420")
        ]

    found = transact(engine, import_frames)
    assert len({c.star_id for c in found}) == 1
    assert all(c.chosen and c.method == "name" for c in found)
    with engine.connect() as connection:
        made = resolve(connection, "A124420")
    assert (made.identifier, made.source, made.aliases) == ("A124420", "header", ("A124420",))
    assert made.ra_deg == 191.084536
    again = transact(engine, import_frames)
    assert [c.star_id for c in again] == [c.star_id for c in found]


def test_new_stars_are_not_made_when_told_so(engine: Engine) -> None:
    def look(connection: object) -> list[Candidate]:
        matcher = StarMatcher(connection, create=False)  # type: ignore[arg-type]
        return matcher.candidates("A124420", 191.0, -8.0, MJD_2020, 30.0)

    assert transact(engine, look) == []


@pytest.mark.parametrize(
    "target", ["'; DROP TABLE star; --", "Ünï ☃", "x" * 400, "--help", "\udcff9"]
)
def test_hostile_targets_become_harmless_stars(engine: Engine, target: str) -> None:
    made = _match(engine, target, 191.0, -8.0, MJD_2020)
    assert [(method, chosen) for _, method, chosen in made] == [("name", True), ("position", False)]
    assert _match(engine, target, 191.0, -8.0, MJD_2020) == made


def test_repeated_targets_ask_the_database_once(engine: Engine) -> None:
    asked: list[str] = []

    def look(connection: object) -> None:
        matcher = StarMatcher(connection)  # type: ignore[arg-type]
        event.listen(engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
        for number in range(50):
            matcher.candidates("HR 100", *KAP_PHE, MJD_2020 + number / 1000, 30.0)

    transact(engine, look)
    assert len(asked) == 2


def test_two_imports_at_once_make_one_star(engine: Engine) -> None:
    start = threading.Barrier(2)
    found: list[int] = []

    def import_one(target: str) -> None:
        start.wait()
        candidates = transact(
            engine, lambda c: StarMatcher(c).candidates(target, 191.0, -8.0, MJD_2020, 30.0)
        )
        found.append(candidates[0].star_id)

    threads = [threading.Thread(target=import_one, args=(t,)) for t in ("A124420", "a_124420")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2
    assert len(set(found)) == 1
