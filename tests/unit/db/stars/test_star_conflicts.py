from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from cobrex_db.engine import transact
from cobrex_db.errors import CatalogueError
from cobrex_db.schema import frame_star, star
from cobrex_db.stars.conflicts import AMBIGUOUS, ANOTHER, FAR, NAMES, conflicts
from cobrex_db.stars.lookup import resolve
from cobrex_db.stars.observed import frames_of_star, observed_stars
from cobrex_db.stars.register import Entry, add_star
from cobrex_db.stars.rematch import rematch

AddFrame = Callable[..., int]
KAP_PHE = (6.5508409 + 0.1062 * 20 / 3600 / 0.7232, -43.6798314 + 0.03215 * 20 / 3600)


def _radius(instrument: str | None, arm: str | None, frame_type: str) -> float:
    assert (instrument, arm, frame_type) == ("sphere", "IFS", "IFS_ASTROMETRY_RAW")
    return 5.0


def _rows(engine: Engine) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return list(
            connection.execute(
                select(frame_star.c.frame_id, star.c.identifier, frame_star.c.method,
                       frame_star.c.chosen)
                .join(star, star.c.star_id == frame_star.c.star_id)
                .order_by(frame_star.c.frame_id, star.c.identifier, frame_star.c.method)
            ).tuples()
        )  # fmt: skip


def _conflicts(engine: Engine) -> list[dict[str, Any]]:
    rematch(engine, _radius)
    with engine.connect() as connection:
        return conflicts(connection)


def _add(engine: Engine, name: str, ra: float | None, dec: float | None, *aliases: str) -> int:
    entry = Entry(name, ra, dec, None, None, None, None, "test", aliases)
    return transact(engine, lambda c: add_star(c, entry))


def test_rematch_ties_frames_and_is_a_no_op_again(engine: Engine, add_frame: AddFrame) -> None:
    one = add_frame("HR 100", *KAP_PHE)
    two = add_frame("A124420", 191.0, -8.0)
    seen: list[tuple[int, int]] = []
    done = rematch(engine, _radius, lambda d, t: seen.append((d, t)))
    assert (done.frames, done.changed, seen) == (2, 2, [(2, 2)])
    assert _rows(engine) == [
        (one, "HR 100", "name", True), (one, "HR 100", "position", False),
        (two, "A124420", "name", True), (two, "A124420", "position", False),
    ]  # fmt: skip
    again = rematch(engine, _radius)
    assert (again.frames, again.changed) == (2, 0)


def test_rematch_follows_new_stars_and_names(engine: Engine, add_frame: AddFrame) -> None:
    frame_id = add_frame(None, 100.0, 10.0)
    rematch(engine, _radius)
    assert _rows(engine) == []
    _add(engine, "HR 9000", 100.0, 10.0)
    assert rematch(engine, _radius).changed == 1
    assert _rows(engine) == [(frame_id, "HR 9000", "position", True)]
    transact(engine, lambda c: c.execute(update(star).values(dec_deg=50.0)))
    assert rematch(engine, _radius).changed == 1
    assert _rows(engine) == []


def test_rematch_of_an_empty_catalogue(engine: Engine) -> None:
    assert rematch(engine, _radius).frames == 0


def test_agreement_is_no_conflict(engine: Engine, add_frame: AddFrame) -> None:
    add_frame("kap Phe", *KAP_PHE)
    add_frame("HD 2262", *KAP_PHE, object="HR100")
    add_frame("A124420", 191.0, -8.0)
    add_frame("HD 39060", None, None)
    add_frame(None, *KAP_PHE)
    add_frame("DARK", *KAP_PHE)
    assert _conflicts(engine) == []


def test_name_and_position_of_two_stars(engine: Engine, add_frame: AddFrame) -> None:
    frame_id = add_frame("HD 39060", *KAP_PHE, archive_name="SPHER.1")
    (row,) = _conflicts(engine)
    assert (row["frame_id"], row["archive_name"], row["target"]) == (
        frame_id,
        "SPHER.1",
        "HD 39060",
    )
    assert (row["conflict"], row["star"], row["other_star"]) == (ANOTHER, "HR 2020", "HR 100")
    assert row["other_separation_arcsec"] == pytest.approx(0.0, abs=0.05)
    assert row["separation_arcsec"] > 3600
    assert (frame_id, "HR 2020", "name", True) in _rows(engine)


def test_only_the_nearest_other_star_is_told(engine: Engine, add_frame: AddFrame) -> None:
    for number, dec in enumerate((10.0, 10.0005, 10.001)):
        _add(engine, f"pair {number}", 100.0, dec)
    add_frame("HD 39060", 100.0, 10.0)
    assert [row["other_star"] for row in _conflicts(engine)] == ["pair 0"]


def test_far_from_its_star(engine: Engine, add_frame: AddFrame) -> None:
    add_frame("HR 100", 200.0, 20.0)
    (row,) = _conflicts(engine)
    assert (row["conflict"], row["star"], row.get("other_star")) == (FAR, "HR 100", None)


def test_a_star_of_a_header_beside_a_catalogued_one(engine: Engine, add_frame: AddFrame) -> None:
    add_frame("field 7", 100.0, 10.0)
    rematch(engine, _radius)
    _add(engine, "HR 9000", 100.0, 10.0005)
    (row,) = _conflicts(engine)
    assert (row["conflict"], row["star"], row["other_star"]) == (ANOTHER, "FIELD 7", "HR 9000")


def test_a_name_of_two_stars_without_position(engine: Engine, add_frame: AddFrame) -> None:
    _add(engine, "HIP 423", 1.0, 1.0, "HD 4")
    _add(engine, "HIP 426", 1.1, 1.0, "HD 4")
    add_frame("HD 4", None, None)
    (row,) = _conflicts(engine)
    assert (row["conflict"], row["star"], row["other_star"]) == (AMBIGUOUS, "HIP 423", "HIP 426")
    assert sum(chosen for *_, chosen in _rows(engine)) == 1


def test_object_and_target_name_two_stars(engine: Engine, add_frame: AddFrame) -> None:
    add_frame("HR 100", *KAP_PHE, object="HD 39060")
    add_frame("HR 100", *KAP_PHE, object="Object name not set")
    add_frame("HR 100", *KAP_PHE, object="nobody knows this")
    (row,) = _conflicts(engine)
    assert (row["conflict"], row["star"], row["other_star"]) == (NAMES, "HR 100", "HR 2020")
    assert "chosen_id" not in row


def test_what_a_star_has(engine: Engine, add_frame: AddFrame) -> None:
    add_frame("HR 100", *KAP_PHE)
    add_frame("HR 100", *KAP_PHE)
    add_frame("HR 100", *KAP_PHE, state="replaced")
    rematch(engine, _radius)
    with engine.connect() as connection:
        found = frames_of_star(connection, resolve(connection, "HR 100").star_id)
        assert [(r["frame_type"], r["frames"], r["nights"]) for r in found] == [
            ("IFS_ASTROMETRY_RAW", 2, 1)
        ]
        assert str(found[0]["first_night"]) == "2020-01-01"
        assert [(r["star"], r["frames"]) for r in observed_stars(connection)] == [("HR 100", 2)]


def test_a_name_of_headers_alone_means_the_star_at_their_position(
    engine: Engine, add_frame: AddFrame
) -> None:
    add_frame("A124420", *KAP_PHE)
    add_frame("STD", *KAP_PHE, object="my field_2")
    rematch(engine, _radius)
    with engine.connect() as connection:
        assert resolve(connection, "a 124420").identifier == "HR 100"
        assert resolve(connection, "MY FIELD 2").identifier == "HR 100"
        with pytest.raises(CatalogueError) as caught:
            resolve(connection, "A124421")
        assert "did you mean A124420" in caught.value.hint
        for label in ("STD", "A12"):
            with pytest.raises(CatalogueError):
                resolve(connection, label)


def test_a_name_of_headers_at_two_stars_is_ambiguous(engine: Engine, add_frame: AddFrame) -> None:
    add_frame("my field", *KAP_PHE)
    _add(engine, "HR 9000", 100.0, 10.0)
    add_frame("my field", 100.0, 10.0)
    rematch(engine, _radius)
    with engine.connect() as connection, pytest.raises(CatalogueError) as caught:
        resolve(connection, "my_field")
    assert caught.value.kind == "ambiguous-star"
    assert "HR 100, HR 9000" in caught.value.hint
