"""Real observations in the catalogue: types, nights, stars."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from cobrex import instruments
from cobrex.sidecar import Sidecars
from cobrex_db import schema as s
from cobrex_db.engine import open_catalogue
from cobrex_db.importing import import_paths

pytestmark = pytest.mark.real


@pytest.fixture
def engine(fresh_catalogue_url: str) -> Iterator[Engine]:
    opened = open_catalogue(fresh_catalogue_url)
    yield opened
    opened.dispose()


def _take(engine: Engine, folder: Path, **more: Any) -> dict[str, tuple[Any, ...]]:
    import_paths(engine, [folder], instruments.load(), user="ana", workspace="public", **more)
    f = s.frame.c
    chosen = s.frame_star.join(s.star, s.star.c.star_id == s.frame_star.c.star_id)
    with engine.connect() as connection:
        stars = dict(
            connection.execute(
                select(s.frame_star.c.frame_id, s.star.c.identifier)
                .select_from(chosen)
                .where(s.frame_star.c.chosen)
            )
            .tuples()
            .all()
        )
        rows = connection.execute(
            select(s.file.c.path, s.frame_type.c.name, f.night, f.target, f.frame_id)
            .join(s.frame, f.frame_id == s.file.c.frame_id)
            .join(s.frame_type, s.frame_type.c.frame_type_id == f.frame_type_id)
        )
        return {
            Path(row.path).name: (row.name, row.night and str(row.night), stars.get(row.frame_id))
            for row in rows
        }


def test_raw_ifs_headers(engine: Engine, test_data: Path) -> None:
    found = _take(engine, test_data / "sphere_ifs_headers")
    assert len(found) == 6
    assert {night for _, night, _ in found.values()} == {"2020-03-07"}
    assert len({star for _, _, star in found.values()}) == 1
    assert sorted(name for name, _, _ in found.values()) == [
        *["IFS_SCIENCE_DR_RAW"] * 4,
        "IFS_SCIENCE_FLUX_RAW",
        "IFS_STAR_CENTER_RAW",
    ]


def test_irdis_products(engine: Engine, test_data: Path) -> None:
    found = _take(engine, test_data / "irdis_tyc7415")
    assert {name: one[:2] for name, one in found.items()} == {
        "angles.fits": ("IRD_SCIENCE_PARA_ROTATION_CUBE", "2018-04-17"),
        "psf.fits": ("IRD_SCIENCE_PSF_MASTER_CUBE", "2018-04-17"),
    }
    assert {star for _, _, star in found.values()} == {"TYC 7415-284-1"}


def test_static_calibrations(engine: Engine, test_data: Path) -> None:
    found = _take(engine, test_data / "sphere_static_calib" / "eso_static")
    types = {name: one[0] for name, one in found.items()}
    assert types["ifs_distortion_points.fits"] == "IFS_POINT_PATTERN"
    assert types["sph_zpl_pol_correct_table.fits"] == "ZPL_POL_CORRECT_TABLE"
    assert len(types) == 10
    assert {star for _, _, star in found.values()} == {None}


def test_beta_pictoris_by_side_car(engine: Engine, test_data: Path, tmp_path: Path) -> None:
    values = tmp_path / "betapic.yaml"
    values.write_text(
        '"naco_betapic_*.fits": {instrument: NACO, target: HD 39060, date_obs: 2013-01-31}\n'
        "naco_betapic_cube.fits: {frame_type: NACO_SCIENCE_REDUCED_MASTER_CUBE}\n"
        "naco_betapic_pa.fits: {frame_type: NACO_SCIENCE_PARA_ROTATION_CUBE}\n"
        "naco_betapic_psf.fits: {frame_type: NACO_SCIENCE_PSF_MASTER_CUBE}\n"
    )
    found = _take(engine, test_data / "naco_betapic_adi", supplied=Sidecars(shared=values))
    assert found["naco_betapic_cube.fits"][0] == "NACO_SCIENCE_REDUCED_MASTER_CUBE"
    assert {night for _, night, _ in found.values()} == {"2013-01-31"}
    (star,) = {star for _, _, star in found.values()}
    assert star is not None
    with engine.connect() as connection:
        rows = connection.execute(
            select(s.alias.c.name)
            .join(s.star, s.star.c.star_id == s.alias.c.star_id)
            .where(s.star.c.identifier == star)
        )
        assert "HD 39060" in {row.name for row in rows}


def test_an_archive_download_has_side_files(engine: Engine, test_data: Path) -> None:
    rules = instruments.load()
    folder = test_data / "eso_association_calselector"
    summary = import_paths(engine, [folder], rules, user="ana", workspace="public")
    assert (summary.new, summary.rejects) == (1, [])
    assert summary.skipped > 3


def test_everything_at_once(engine: Engine, test_data: Path) -> None:
    rules = instruments.load()
    summary = import_paths(engine, [test_data], rules, user="ana", workspace="public")
    assert summary.rejects == []
    again = import_paths(engine, [test_data], rules, user="ana", workspace="public")
    assert (again.new, again.unchanged) == (0, summary.new + summary.copied)
