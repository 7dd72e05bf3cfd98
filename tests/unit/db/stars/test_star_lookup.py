from __future__ import annotations

import pytest
from sqlalchemy import Engine, func, select, update

from cobrex_db.engine import transact
from cobrex_db.errors import CatalogueError
from cobrex_db.schema import alias, star
from cobrex_db.stars.lookup import find_stars, nearest_names, resolve
from cobrex_db.stars.names import normal_form
from cobrex_db.stars.register import Entry, add_star
from cobrex_db.stars.seeds import ensure_seeds, read_seeds


@pytest.fixture
def seeded(engine: Engine) -> Engine:
    transact(engine, ensure_seeds)
    return engine


def _bare(identifier: str, *aliases: str, source: str = "header") -> Entry:
    return Entry(identifier, 1.0, 2.0, None, None, None, None, source, aliases)


def _count(engine: Engine) -> tuple[int, int]:
    with engine.connect() as connection:
        return tuple(
            connection.execute(select(func.count()).select_from(t)).scalar_one()
            for t in (star, alias)
        )  # type: ignore[return-value]


def test_every_spelling_and_alias_means_one_star(seeded: Engine) -> None:
    names = "HR100", "hr 100", "HR-100", "kap Phe", "κ Phe", "HD 2262", "hip_2072", "SAO 215092"
    with seeded.connect() as connection:
        (found,) = {resolve(connection, name) for name in names}
    assert found.identifier == "HR 100"
    assert found.pm_ra_masyr == 106.2
    assert "kap Phe" in found.aliases


def test_seeds_are_written_once(seeded: Engine) -> None:
    before = _count(seeded)
    assert before[0] == len(read_seeds())
    assert transact(seeded, ensure_seeds) == 0
    assert _count(seeded) == before


def test_seeds_share_no_name_and_have_places() -> None:
    keys = [normal_form(name) for seed in read_seeds() for name in seed.aliases]
    assert len(keys) == len(set(keys))
    for seed in read_seeds():
        assert seed.aliases[0] == seed.identifier
        assert seed.ra_deg is not None and 0 <= seed.ra_deg < 360
        assert seed.dec_deg is not None and -90 <= seed.dec_deg <= 90


def test_a_seed_completes_the_star_a_header_told_of(engine: Engine) -> None:
    star_id = transact(engine, lambda c: add_star(c, _bare("kap Phe", "kap_Phe")))
    transact(engine, ensure_seeds)
    with engine.connect() as connection:
        found = resolve(connection, "HR 100")
    assert (found.star_id, found.source) == (star_id, "hip2")
    assert found.dec_deg == pytest.approx(-43.6798314)


def test_a_seed_lends_names_but_keeps_a_better_position(engine: Engine) -> None:
    transact(engine, lambda c: add_star(c, _bare("HR 100", source="simbad")))
    transact(engine, ensure_seeds)
    with engine.connect() as connection:
        assert resolve(connection, "kap Phe").ra_deg == 1.0


def test_a_new_name_of_a_seed_is_added_later(seeded: Engine) -> None:
    transact(seeded, lambda c: c.execute(alias.delete().where(alias.c.name == "Fomalhaut")))
    assert transact(seeded, ensure_seeds) == 1
    with seeded.connect() as connection:
        assert resolve(connection, "fomalhaut").identifier == "HR 8728"


NEAR = {
    "kapa Phe": "kap Phe", "HR 1000000": "HR 100", "HD 95087": "HD 95086",
    "Formalhaut": "Fomalhaut", "betta Pic": "bet Pic", "TYC 7415-285-1": "TYC 7415-284-1",
}  # fmt: skip


def test_unknown_star_offers_the_nearest_names(seeded: Engine) -> None:
    for name, near in NEAR.items():
        with seeded.connect() as connection, pytest.raises(CatalogueError) as caught:
            resolve(connection, name)
        assert caught.value.kind == "unknown-star"
        assert name in caught.value.message
        assert near in caught.value.hint
        assert "--simbad" in caught.value.hint


def test_names_of_observed_headers_are_offered(seeded: Engine) -> None:
    transact(seeded, lambda c: add_star(c, _bare("A124420")))
    with seeded.connect() as connection:
        assert nearest_names(connection, "A124421") == ["A124420"]


ODD = ("", " ", "\x00", "%", "_", "'; DROP TABLE star; --", "\ud800", "☃", "x" * 5000, "-h")


def test_odd_names_are_unknown(seeded: Engine) -> None:
    for name in ODD:
        with seeded.connect() as connection, pytest.raises(CatalogueError) as caught:
            resolve(connection, name)
        assert caught.value.kind == "unknown-star"
        assert len(caught.value.message) < 200


def test_two_stars_of_one_name_are_both_named(engine: Engine) -> None:
    transact(engine, lambda c: [add_star(c, _bare(n, "HD 4")) for n in ("HIP 426", "HIP 423")])
    with engine.connect() as connection:
        assert [s.identifier for s in find_stars(connection, "hd4")] == ["HIP 423", "HIP 426"]
        with pytest.raises(CatalogueError) as caught:
            resolve(connection, "HD 4")
    assert caught.value.kind == "ambiguous-star"
    assert "HIP 423, HIP 426" in caught.value.hint


def test_case_matters_for_single_letters_on_every_database(engine: Engine) -> None:
    transact(engine, lambda c: [add_star(c, _bare(n)) for n in ("HR 1", "HR 2")])
    with engine.connect() as connection:
        one, two = resolve(connection, "HR 1"), resolve(connection, "HR 2")
    for found, name in ((one, "b Cen"), (two, "B Cen")):
        new = {"star_id": found.star_id, "name": name, "name_key": name, "source": "test"}
        transact(engine, lambda c, new=new: c.execute(alias.insert(), [new]))
    with engine.connect() as connection:
        assert resolve(connection, "b Cen").star_id == one.star_id
        assert resolve(connection, "B Cen").star_id == two.star_id


def test_the_same_star_is_added_once(engine: Engine) -> None:
    first = transact(engine, lambda c: add_star(c, _bare("A124420", "a124420")))
    assert transact(engine, lambda c: add_star(c, _bare("A124420", "A 124420"))) == first
    assert _count(engine) == (1, 1)


def test_position_may_be_missing(engine: Engine) -> None:
    star_id = transact(engine, lambda c: add_star(c, _bare("HR 92")))
    transact(engine, lambda c: c.execute(update(star).values(ra_deg=None, dec_deg=None)))
    with engine.connect() as connection:
        assert resolve(connection, "HR 92").star_id == star_id
