"""Real observations: frame types, kinds, nights, arms, and what else a header says."""

from __future__ import annotations

import csv
from datetime import date, datetime
from pathlib import Path

import pytest

from cobrex import instruments
from cobrex_db.fits_blocks import read_head
from cobrex_db.fits_cards import parse_cards
from cobrex_db.instrument import UNCLASSIFIED, Classified

pytestmark = pytest.mark.real


def classified(path: Path) -> Classified:
    rules = instruments.load()
    return rules.classify(parse_cards(read_head(path).header, rules.wanted))


IFS_NIGHT = {
    "07_05_15.511": "IFS_STAR_CENTER_RAW",
    "07_12_03.720": "IFS_SCIENCE_DR_RAW",
    "07_20_53.733": "IFS_SCIENCE_DR_RAW",
    "07_29_43.729": "IFS_SCIENCE_DR_RAW",
    "07_38_33.715": "IFS_SCIENCE_DR_RAW",
    "07_48_21.618": "IFS_SCIENCE_FLUX_RAW",
}


@pytest.mark.parametrize(("time", "frame_type"), IFS_NIGHT.items())
def test_a_night_of_ifs(test_data: Path, time: str, frame_type: str) -> None:
    folder = test_data / "sphere_ifs_headers"
    found = classified(folder / f"SPHER.2020-03-08T{time}.headeronly.fits")
    assert (found.frame_type, found.kind) == (frame_type, "raw")
    assert (found.fields["arm"], found.fields["night"]) == ("IFS", date(2020, 3, 7))
    with (folder / "wdb_query_science.csv").open() as table:
        rows = {row["DP.ID"]: row for row in csv.DictReader(filter(str.strip, table))}
    archive = rows[found.fields["archive_name"].removesuffix(".fits")]
    assert found.fields["ra_deg"] == pytest.approx(float(archive["RA"]), abs=1e-5)
    assert found.fields["dec_deg"] == pytest.approx(float(archive["DEC"]), abs=1e-5)
    assert found.fields["dit_s"] == pytest.approx(float(archive["DET SEQ1 DIT"]))
    assert found.fields["ndit"] == int(archive["DET NDIT"])
    assert found.fields["exposure_s"] == pytest.approx(float(archive["EXPTIME [s]"]))
    assert found.fields["coronagraph"] == archive["INS COMB ICOR"]
    assert found.fields["object"] == archive["Object"]
    assert found.fields["target"] == archive["OBS TARG NAME"]
    assert found.observation["programme"] == archive["Program ID"]
    assert found.observation["ob_id"] == int(archive["OB ID"])
    assert found.observation["template_start"] == datetime.fromisoformat(archive["TPL START"])
    assert found.columns["tracking"] == "PUPIL"
    assert found.fields["filter"] == "YJ"
    assert found.fields["parallactic_start_deg"] is not None
    assert 0 < found.fields["coherence_time_s"] < 0.1


def test_data_centre_products_of_irdis(test_data: Path) -> None:
    folder = test_data / "irdis_tyc7415"
    expected = {"angles": "IRD_SCIENCE_PARA_ROTATION_CUBE", "psf": "IRD_SCIENCE_PSF_MASTER_CUBE"}
    for name, frame_type in expected.items():
        found = classified(folder / f"{name}.fits")
        assert (found.frame_type, found.kind) == (frame_type, "product")
        assert (found.fields["arm"], found.fields["filter"]) == ("IRDIS", "DB_H23")
        assert found.fields["night"] == date(2018, 4, 17)
        assert found.fields["target"] == "TYC_7415_0284_1"
        assert found.observation["programme"] == "1100.C-0481(F)"
    assert classified(folder / "psf.fits").columns["strehl"] == pytest.approx(0.825239)


STATIC = {
    "sph_zpl_pol_correct_table": ("ZPL_POL_CORRECT_TABLE", "ZIMPOL"),
    "sph_ird_phot_star_table": ("IRD_PHOT_STAR_TABLE", "IRDIS"),
    "ifs_distortion_points": ("IFS_POINT_PATTERN", "IFS"),
    "sph_zpl_polhigh_star_table": ("ZPL_POLHIGH_STAR_TABLE", "ZIMPOL"),
    "sph_zpl_filt_table": ("ZPL_FILTER_TABLE", "ZIMPOL"),
    "sph_zpl_phot_star_table": ("ZPL_PHOT_STAR_TABLE", "ZIMPOL"),
    "sph_ird_filt_table": ("IRD_FILTER_TABLE", "IRDIS"),
    "irdis_distortion_points": ("IRD_POINT_PATTERN", "IRDIS"),
}


@pytest.mark.parametrize(("name", "expected"), STATIC.items())
def test_static_calibrations(test_data: Path, name: str, expected: tuple[str, str]) -> None:
    found = classified(test_data / "sphere_static_calib" / "eso_static" / f"{name}.fits")
    assert (found.frame_type, found.fields["arm"]) == expected
    assert found.kind == "product"
    # MJD-OBS is "not before" here, no time of observation
    assert (found.fields["night"], found.fields["mjd_obs"]) == (None, 57113.0)
    assert found.radius_arcsec == 0


@pytest.mark.parametrize("arm", ["IRDIS", "IFS"])
def test_headerless_tables_fit_no_type(test_data: Path, arm: str) -> None:
    path = test_data / "sphere_static_calib/eso_static" / f"SPHERE_{arm}_ALC_transmission_px.fits"
    assert classified(path).frame_type == UNCLASSIFIED


def test_the_headerless_cube_of_beta_pictoris(test_data: Path) -> None:
    found = classified(test_data / "naco_betapic_adi" / "naco_betapic_cube.fits")
    assert (found.frame_type, found.kind) == (UNCLASSIFIED, "raw")
    assert found.fields["object"] is None
