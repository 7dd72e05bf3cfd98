from __future__ import annotations

import re
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, func, select

from cobrex_db.engine import open_catalogue, transact
from cobrex_db.schema import alias, star
from cobrex_db.stars.catalogues import import_catalogues
from cobrex_db.stars.lookup import find_stars, resolve
from cobrex_db.stars.match import Candidate, StarMatcher
from cobrex_db.stars.motion import direction, separation_arcsec
from cobrex_db.stars.names import normal_form
from cobrex_db.stars.seeds import read_seeds

pytestmark = [pytest.mark.real, pytest.mark.slow]

# (any spelling, HR or HD or HIP it must resolve to): Bright Star Catalogue and Hipparcos by hand
KNOWN = [
    ("kap Phe", "HR 100"), ("κ Phoenicis", "HR 100"), ("HD2262", "HR 100"), ("hip_2072", "HR 100"),
    ("SAO 215092", "HR 100"), ("Beta Pictoris", "HR 2020"), ("HD 39060", "HR 2020"),
    ("HIP 5447", "HR 337"), ("43 And", "HR 337"), ("β And", "HR 337"), ("49 Ceti", "HR 451"),
    ("HIP 7345", "HR 451"), ("51 Eridani", "HR 1474"), ("HIP 53524", "HD 95086"),
    ("gam1 And", "HR 603"), ("γ2 And", "HR 604"), ("HIP 9640", "HR 603"), ("HIP 9640B", "HR 604"),
    ("alp1 Cen", "HR 5459"), ("Proxima Centauri", "HIP 70890"), ("AF Lep", "HR 1817"),
    ("61 Cyg A", "HR 8085"), ("TW Hya", "HIP 53911"), ("del Cep", "HR 8571"), ("R Dor", "HR 1492"),
    ("BD+44 4550", "HR 1"), ("mu Cas", "HR 321"), ("b Cen", "HR 5471"),
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(test_data: Path) -> Path:
    found = test_data / "star_crossid"
    if not found.is_dir():
        pytest.skip(f"no star catalogues at {found}")
    return found


@pytest.fixture(scope="module")
def catalogue(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    path = tmp_path_factory.mktemp("stars") / "catalogue.sqlite"
    engine = open_catalogue(f"sqlite:///{path}")
    import_catalogues(engine, [folder])
    yield engine
    engine.dispose()


@pytest.mark.parametrize(("name", "identifier"), KNOWN)
def test_known_names(catalogue: Engine, name: str, identifier: str) -> None:
    with catalogue.connect() as connection:
        assert resolve(connection, name).identifier == identifier


def test_counts_on_each_database(folder: Path, fresh_catalogue_url: str) -> None:
    engine = open_catalogue(fresh_catalogue_url)
    done = import_catalogues(engine, [folder])
    assert done.files["cross-id.dat"] == 108_378
    assert done.files["hip2.dat.gz"] == 117_955
    assert done.files["bsc5.dat.gz"] == 9_110 - 14
    assert done.stars == 118_124
    assert done.contradictions == ["HIP 56820B is not HR 4443", "HIP 56820A is not HR 4444"]
    with engine.connect() as connection:
        stars = connection.execute(select(func.count()).select_from(star)).scalar_one()
        assert resolve(connection, "kap Phe").identifier == "HR 100"
    assert stars == 118_124 + 2  # TYC 7415-284-1 and PDS 70 are in none of them
    again = import_catalogues(engine, [folder]).written
    assert (again.added, again.updated, again.joined, again.names) == (0, 0, 0, 0)
    engine.dispose()


def test_every_number_of_the_cross_identifications_is_known(
    catalogue: Engine, folder: Path
) -> None:
    with catalogue.connect() as connection:
        known = set(connection.execute(select(alias.c.name_key)).scalars())
    lacking = []
    for line in (folder / "cross-id.dat").read_text().splitlines():
        if not line.startswith("#"):
            hip, _, sao, hd, hr = line.split("\t")
            names = (f"HIP {hip}", sao and f"SAO {sao}", hd and f"HD {hd}", hr and f"HR {hr}")
            lacking += [name for name in names if name and name not in known]
    assert lacking == []


def test_keys_of_the_table_are_normal_forms(catalogue: Engine) -> None:
    with catalogue.connect() as connection:
        rows = connection.execute(
            select(alias.c.name, alias.c.name_key).where(alias.c.alias_id % 7 == 0)
        ).all()
    assert len(rows) > 50_000
    assert [row for row in rows if normal_form(row.name) != row.name_key] == []


def test_bright_stars_lie_where_hipparcos_has_them(catalogue: Engine, folder: Path) -> None:
    from cobrex_db.stars.catalogue_files import Bright, read_records

    with catalogue.connect() as connection:
        rows = connection.execute(
            select(alias.c.name_key, star.c.ra_deg, star.c.dec_deg)
            .join(star, star.c.star_id == alias.c.star_id)
            .where(alias.c.name_key.like("HR %"), star.c.source == "hip2")
        ).tuples()
        places = {key: direction(ra, dec) for key, ra, dec in rows}
    apart = [
        separation_arcsec(places[f"HR {bright.hr}"], direction(bright.ra_deg, bright.dec_deg))
        for bright in read_records(folder / "bsc5.dat.gz", "bsc5")
        if isinstance(bright, Bright) and f"HR {bright.hr}" in places
    ]
    assert len(apart) > 8_900
    # the Bright Star Catalogue gives 1 arcsecond in declination; the rest are double stars
    assert statistics.median(apart) < 0.7
    assert sum(one < 3.0 for one in apart) / len(apart) > 0.97


def test_the_built_in_targets_are_what_the_catalogues_say(catalogue: Engine) -> None:
    with catalogue.connect() as connection:
        for seed in read_seeds():
            (found,) = find_stars(connection, seed.identifier)
            assert found.identifier == seed.identifier
            assert found.source == seed.source
            for column in ("ra_deg", "dec_deg", "pm_ra_masyr", "pm_dec_masyr", "parallax_mas",
                           "magnitude_v"):  # fmt: skip
                here, there = getattr(seed, column), getattr(found, column)
                if here is not None:
                    assert there == pytest.approx(here, abs=1e-6), (seed.identifier, column)
            for name in seed.aliases:
                assert [s.star_id for s in find_stars(connection, name)] == [found.star_id], name


def _header(path: Path) -> dict[str, str]:
    text = path.read_bytes()[: 2880 * 60].decode("latin-1")
    cards = [text[start : start + 80] for start in range(0, len(text), 80)]
    plain = [card for card in cards if re.match(r"(OBJECT|RA|DEC|MJD-OBS) *=", card)]
    return {c[:8].strip(): c[10:].partition("/")[0].strip().strip("' ") for c in plain}


def _look(engine: Engine, test_data: Path) -> list[list[Candidate]]:
    paths = sorted((test_data / "sphere_ifs_headers").glob("*.headeronly.fits"))
    frames = [_header(path) for path in (*paths, test_data / "irdis_tyc7415" / "psf.fits")]

    def look(connection: Connection) -> list[list[Candidate]]:
        matcher = StarMatcher(connection)
        return [
            matcher.candidates(
                cards["OBJECT"], *(float(cards[key]) for key in ("RA", "DEC", "MJD-OBS")), 6.0
            )
            for cards in frames
        ]

    return transact(engine, look)


def test_targets_no_catalogue_knows_are_stars_of_their_own(
    test_data: Path, fresh_catalogue_url: str
) -> None:
    engine = open_catalogue(fresh_catalogue_url)
    found = _look(engine, test_data)
    with engine.connect() as connection:
        unnamed, tycho = resolve(connection, "A124420"), resolve(connection, "TYC_7415_0284_1")
    assert [one[0].star_id for one in found] == [unnamed.star_id] * 6 + [tycho.star_id]
    assert (unnamed.source, unnamed.identifier) == ("header", "A124420")
    assert [(c.star_id, c.method) for c in found[6]] == [
        (tycho.star_id, "name"), (tycho.star_id, "position")
    ]  # fmt: skip
    assert found[6][0].separation_arcsec == pytest.approx(2.0, abs=0.6)
    engine.dispose()


def test_hipparcos_explains_the_target_of_real_headers(catalogue: Engine, test_data: Path) -> None:
    # the header's own proper motion, 7.52 and -14.44 mas a year, is that of HIP 62157
    found = _look(catalogue, test_data)
    with catalogue.connect() as connection:
        there = resolve(connection, "HIP 62157")
    assert (there.pm_ra_masyr, there.pm_dec_masyr) == (7.52, -14.44)
    assert [[(c.star_id, c.method) for c in one] for one in found[:6]] == [
        [(there.star_id, "position")]
    ] * 6
    assert found[0][0].separation_arcsec == pytest.approx(2.75, abs=0.1)
