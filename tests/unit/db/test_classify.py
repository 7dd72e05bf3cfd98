"""What headers of SPHERE and NACO are, and dirty values."""

# ruff: noqa: E501 cases read best one a line

from __future__ import annotations

import json
from datetime import date, datetime
from math import nan
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cobrex_db.instrument import UNCLASSIFIED, Instruments
from cobrex_registry.reading.strict_yaml import load_file

FOLDER = Path(__file__).resolve().parents[3] / "instruments"
SHIPPED = Instruments.from_mappings([(str(p), load_file(p)) for p in sorted(FOLDER.glob("*.yaml"))])


def sphere(arm: str, catg: str, type_: str, tech: str = "IMAGE", **more: Any) -> dict[str, Any]:
    return {"INSTRUME": "SPHERE", "ESO SEQ ARM": arm, "ESO DPR CATG": catg, "ESO DPR TYPE": type_,
            "ESO DPR TECH": tech, "NAXIS": 3, "BITPIX": -32, **more}  # fmt: skip


YJ, YJH = {"ESO INS2 COMB IFS": "OBS_YJ"}, {"ESO INS2 COMB IFS": "OBS_H"}
LAMP = {"ESO INS2 COMB IFS": "CAL_BB_2_YJ"}
IMG = {"ESO DET READ CURNAME": "StandardImaging"}
POL = {"ESO DET READ CURNAME": "FastPolarimetry"}
NACO = {"INSTRUME": "NAOS+CONICA"}


def naco(catg: str, type_: str, tech: str) -> dict[str, Any]:
    return NACO | {"ESO DPR CATG": catg, "ESO DPR TYPE": type_, "ESO DPR TECH": tech}


@pytest.mark.parametrize(
    ("cards", "expected"),
    [
        (sphere("IFS", "CALIB", "DARK"), "IFS_DARK_RAW"),
        (sphere("IFS", "CALIB", "DARK,BACKGROUND"), "IFS_CAL_BACKGROUND_RAW"),
        (sphere("IFS", "SCIENCE", "SKY"), "IFS_SKY_BACKGROUND_RAW"),
        (sphere("IFS", "CALIB", "FLAT,LAMP", **LAMP), "IFS_DETECTOR_FLAT_FIELD_RAW"),
        (sphere("IFS", "CALIB", "FLAT,LAMP", "IFU", **YJH), "IFS_FLAT_FIELD_RAW"),
        (sphere("IFS", "CALIB", "SPECPOS,LAMP", "IFU", **YJ), "IFS_SPECPOS_RAW"),
        (sphere("IFS", "CALIB", "WAVE,LAMP", "IFU", **YJ), "IFS_WAVECALIB_RAW"),
        (sphere("IFS", "CALIB", "LAMP,DISTORT", "IFU", **YJ), "IFS_DISTORTION_MAP_RAW"),
        (sphere("IFS", "SCIENCE", "OBJECT", "IFU"), "IFS_SCIENCE_DR_RAW"),
        (sphere("IFS", "SCIENCE", "OBJECT,CENTER", "IFU"), "IFS_STAR_CENTER_RAW"),
        (sphere("IFS", "SCIENCE", "OBJECT,FLUX", "IFU"), "IFS_SCIENCE_FLUX_RAW"),
        (sphere("IFS", "SCIENCE", "OBJECT,ASTROMETRY", "IFU"), "IFS_ASTROMETRY_RAW"),
        (sphere("IFS", "CALIB", "STD,ASTROMETRY", "IFU"), "IFS_ASTROMETRY_RAW"),
        (sphere("IRDIS", "CALIB", "DARK"), "IRD_DARK_RAW"),
        (sphere("IRDIS", "CALIB", "DARK,BACKGROUND"), "IRD_INS_BG_RAW"),
        (sphere("IRDIS", "CALIB", "SKY"), "IRD_SKY_BG_RAW"),
        (sphere("IRDIS", "CALIB", "FLAT,LAMP"), "IRD_FLAT_FIELD_RAW"),
        (sphere("IRDIS", "CALIB", "LAMP,DISTORT"), "IRD_DISTORTION_MAP_RAW"),
        (sphere("IRDIS", "SCIENCE", "OBJECT", "IMAGE,DUAL,CORONOGRAPHY"), "IRD_SCIENCE_DBI_RAW"),
        (sphere("IRDIS", "SCIENCE", "OBJECT", "IMAGE,CLASSICAL"), "IRD_SCIENCE_IMAGING_RAW"),
        (sphere("IRDIS", "SCIENCE", "OBJECT", "POLARIMETRY,CORONOGRAPHY"), "IRD_SCIENCE_DPI_RAW"),
        (sphere("IRDIS", "SCIENCE", "OBJECT", "SPECTRUM,CORONOGRAPHY"), "IRD_SCIENCE_SPECTROSCOPY_RAW"),
        (sphere("IRDIS", "SCIENCE", "OBJECT,CENTER"), "IRD_STAR_CENTER_WAFFLE_RAW"),
        (sphere("IRDIS", "SCIENCE", "OBJECT,FLUX"), "IRD_FLUX_CALIB_CORO_RAW"),
        (sphere("ZIMPOL", "CALIB", "BIAS", **IMG), "ZPL_BIAS_IMAGING_RAW"),
        (sphere("ZIMPOL", "CALIB", "BIAS", **POL), "ZPL_BIAS_RAW"),
        (sphere("ZIMPOL", "CALIB", "DARK", **POL), "ZPL_DARK_RAW"),
        (sphere("ZIMPOL", "CALIB", "FLAT,LAMP", **POL), "ZPL_INT_FLAT_FIELD_RAW"),
        (sphere("ZIMPOL", "SCIENCE", "OBJECT", **IMG), "ZPL_SCIENCE_IMAGING_RAW"),
        (sphere("ZIMPOL", "SCIENCE", "OBJECT", "POLARIMETRY"), "ZPL_SCIENCE_P23_RAW"),
        (sphere("ZIMPOL", "SCIENCE", "OBJECT", **POL, **{"ESO INS4 DROT2 MODE": "STAT"}), "ZPL_SCIENCE_P1_RAW"),
        (sphere("IFS", "ACQUISITION", "OBJECT"), "SPHERE_ACQUISITION_RAW"),
        (sphere("SPARTA", "SCIENCE", "OBJECT,AO"), "SPHERE_SPARTA_RAW"),
        (sphere("IFS", "TECHNICAL", "NONSENSE"), UNCLASSIFIED),
        (sphere("", "SCIENCE", "OBJECT"), UNCLASSIFIED),
        (naco("CALIB", "DARK", "IMAGE"), "CAL_DARK"),
        (naco("CALIB", "FLAT,LAMP", "IMAGE"), "CAL_FLAT_LAMP"),
        (naco("CALIB", "FLAT,LAMP", "SPECTRUM"), "CAL_FLAT_SPEC"),
        (naco("CALIB", "FLAT,SKY", "IMAGE"), "CAL_FLAT_TW"),
        (naco("SCIENCE", "SKY", "IMAGE,JITTER"), "IM_JITTER_SKY"),
        (naco("SCIENCE", "OBJECT", "IMAGE,JITTER"), "IM_JITTER_OBJ"),
        (naco("SCIENCE", "OBJECT", "POLARIMETRY,WOLLASTON,JITTER"), "POL_JITTER_OBJ"),
        ({"INSTRUME": "OTHER", "ESO DPR TYPE": "OBJECT"}, UNCLASSIFIED),
        ({}, UNCLASSIFIED),
    ],
)  # fmt: skip
def test_raw_types(cards: dict[str, Any], expected: str) -> None:
    found = SHIPPED.classify(cards)
    assert (found.frame_type, found.kind) == (expected, "raw")
    assert expected in SHIPPED.frame_types


def test_every_shipped_type_is_reachable_and_described() -> None:
    assert len(SHIPPED.frame_types) > 90
    assert all(text and len(text) <= 400 for text in SHIPPED.frame_types.values())


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        ("IRD_FILTER_TABLE", "IRD_FILTER_TABLE"),
        ("NEW_KIND_OF_PRODUCT", "NEW_KIND_OF_PRODUCT"),
        ("ird_master_dark", "IRD_MASTER_DARK"),
        ("'; DROP TABLE frame; --", UNCLASSIFIED),
        ("X" * 65, UNCLASSIFIED),
    ],
)
def test_products_are_named_by_their_category(category: str, expected: str) -> None:
    found = SHIPPED.classify(sphere("IRDIS", "CALIB", "DARK", **{"ESO PRO CATG": category}))
    assert (found.frame_type, found.kind) == (expected, "product")


def test_a_blank_category_is_none() -> None:
    cards = sphere("IRDIS", "CALIB", "DARK", **{"ESO PRO CATG": "  "})
    assert SHIPPED.classify(cards)[:2] == ("IRD_DARK_RAW", "raw")


def test_a_product_without_arm_gets_it_from_its_category() -> None:
    cards = {"INSTRUME": "SPHERE", "ESO PRO CATG": "IFS_SPECPOS"}
    assert SHIPPED.classify(cards).fields["arm"] == "IFS"


def test_data_centre_products_with_a_raw_header_are_told_by_their_shape() -> None:
    flux = sphere("IRDIS", "SCIENCE", "OBJECT,FLUX")
    science = sphere("IRDIS", "SCIENCE", "OBJECT", "IMAGE,DUAL")
    lists = science | {"NAXIS": 1}
    expected = {
        "IRD_SCIENCE_PSF_MASTER_CUBE": flux | {"NAXIS": 4},
        "IRD_SCIENCE_REDUCED_MASTER_CUBE": science | {"NAXIS": 4},
        "IRD_SCIENCE_PARA_ROTATION_CUBE": lists | {"NAXIS1": 48},
        "IRD_SCIENCE_LAMBDA_INFO": lists | {"NAXIS1": 2},
    }
    for name, cards in expected.items():
        assert SHIPPED.classify(cards)[:2] == (name, "product")
    for axes in (0, 2, 3):
        assert SHIPPED.classify(science | {"NAXIS": axes})[:2] == ("IRD_SCIENCE_DBI_RAW", "raw")


def test_dirty_values_become_null() -> None:
    cards = sphere("IFS", "SCIENCE", "OBJECT", **{
        "RA": nan, "DEC": -8.6, "DATE-OBS": "2020-13-45T00:00:00", "MJD-OBS": nan,
        "EXPTIME": "long", "ESO DET NDIT": 2**40, "ESO TEL AMBI TAU0": -1.0, "ESO OBS ID": 2**63,
        "ESO TEL AMBI FWHM START": -1.0, "ESO TEL AMBI FWHM END": 0.8, "ESO TEL AIRM START": "",
    })  # fmt: skip
    fields = SHIPPED.classify(cards).fields
    empty = ("ra_deg", "dec_deg", "date_obs", "mjd_obs", "night", "exposure_s", "ndit",
             "coherence_time_s", "airmass_start")  # fmt: skip
    assert {name: fields[name] for name in empty} == dict.fromkeys(empty)
    assert fields["seeing_arcsec"] == 0.8
    assert SHIPPED.classify(cards).observation["ob_id"] is None


@pytest.mark.parametrize("mjd", [1e300, -1.0, 0.0, 124594.0])
def test_a_time_nobody_observes_at_is_none(mjd: float) -> None:
    cards = sphere("IFS", "CALIB", "DARK", **{"MJD-OBS": mjd})
    cards.pop("DATE-OBS", None)
    assert SHIPPED.classify(cards).fields["mjd_obs"] is None
    dated = {"MJD-OBS": mjd, "DATE-OBS": "2020-03-08T07:29:43"}
    fields = SHIPPED.classify(sphere("IFS", "CALIB", "DARK", **dated)).fields
    assert fields["mjd_obs"] == pytest.approx(58916.31230324)


def test_wrong_types_are_read_when_they_can_be() -> None:
    cards = sphere("IFS", "SCIENCE", "OBJECT", **{
        "ESO DET SEQ1 DIT": "64.0", "ESO DET NDIT": "8", "EXPTIME": "6.4D1", "OBJECT": 51,
        "ESO OBS PROG ID": 60.9, "ESO OBS ID": "2485392", "MJD-OBS": "58916.5",
    })  # fmt: skip
    found = SHIPPED.classify(cards)
    assert found.fields["dit_s"] == 64.0
    assert found.fields["ndit"] == 8
    assert found.fields["exposure_s"] == 64.0
    assert found.fields["object"] == "51"
    assert found.observation["programme"] == "60.9"
    assert found.observation["ob_id"] == 2485392
    assert found.fields["date_obs"] == datetime(2020, 3, 8, 12)


@pytest.mark.parametrize("nameless", ["Object name not set", "OBJECT NAME NOT SET", "", None])
def test_a_nameless_object_takes_the_targets_name(nameless: str | None) -> None:
    cards = sphere("IFS", "SCIENCE", "OBJECT", OBJECT=nameless, **{"ESO OBS TARG NAME": "HR 100"})
    fields = SHIPPED.classify(cards).fields
    assert (fields["object"], fields["target"]) == ("HR 100", "HR 100")


def test_a_missing_target_takes_the_objects_name() -> None:
    fields = SHIPPED.classify(sphere("IFS", "SCIENCE", "OBJECT", OBJECT="49 Ceti")).fields
    assert (fields["object"], fields["target"]) == ("49 Ceti", "49 Ceti")


def test_coordinates_fall_back_to_the_target() -> None:
    cards = sphere("IFS", "SCIENCE", "OBJECT", RA=400.0, DEC=nan,
                   **{"ESO TEL TARG ALPHA": 124420.236, "ESO TEL TARG DELTA": -84016.833})  # fmt: skip
    fields = SHIPPED.classify(cards).fields
    assert fields["ra_deg"] == pytest.approx(191.0843167)
    assert fields["dec_deg"] == pytest.approx(-8.6713425)


def test_calibrations_made_inside_have_no_star_radius() -> None:
    assert SHIPPED.classify(sphere("IFS", "CALIB", "DARK")).radius_arcsec == 0
    assert SHIPPED.classify(sphere("IFS", "SCIENCE", "OBJECT")).radius_arcsec == 5
    assert SHIPPED.classify(NACO).radius_arcsec == 10


def test_what_is_wanted_is_what_is_read() -> None:
    class Watch(dict[str, Any]):
        def get(self, key: str, default: Any = None) -> Any:
            assert key in SHIPPED.wanted
            return super().get(key, default)

    SHIPPED.classify(Watch(sphere("ZIMPOL", "SCIENCE", "OBJECT")))
    SHIPPED.classify(Watch(naco("SCIENCE", "OBJECT", "IMAGE")))
    SHIPPED.classify(Watch())


def test_a_new_instrument_changes_the_classification_of_what_none_knew() -> None:
    before = SHIPPED.classify({}).classification
    more = {"schema": "instrument/1", "name": "X", "version": "1", "match": {"INSTRUME": "X"}}
    files = [(str(p), load_file(p)) for p in sorted(FOLDER.glob("*.yaml"))]
    after = Instruments.from_mappings([*files, ("x.yaml", more)])
    assert after.classify({}).classification != before
    assert after.classify(NACO).classification == SHIPPED.classify(NACO).classification


def test_texts_and_radii_do_not_change_the_classification() -> None:
    content = load_file(FOLDER / "naco.yaml")
    content["description"] = content["types"]["CAL_DARK"]["description"] = "other words"
    content["star_radius_arcsec"] = {"default": 3}
    same = Instruments.from_mappings([("n", content)]).classify(NACO).classification
    assert same == SHIPPED.classify(NACO).classification
    content["types"]["CAL_DARK"]["when"]["type"] = "DARKNESS"
    assert Instruments.from_mappings([("n", content)]).classify(NACO).classification != same


_VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=80),
    st.sampled_from(["IFS", "IRDIS", "SCIENCE", "OBJECT", "OBS_YJ", "2020-03-08T07:29:43.7290"]),
)  # fmt: skip
_CARDS = st.dictionaries(st.sampled_from(sorted(SHIPPED.wanted)), _VALUES, max_size=40)


@given(_CARDS, st.sampled_from(["SPHERE", "NAOS+CONICA", "OTHER"]))
def test_any_header_is_classified_always_the_same_and_storable(
    cards: dict[str, Any], name: str
) -> None:
    cards = {**cards, "INSTRUME": name}
    found = SHIPPED.classify(cards)
    assert found == SHIPPED.classify(dict(reversed(cards.items())))
    assert found.kind in {"raw", "product"}
    assert json.loads(json.dumps(found.columns, allow_nan=False)) == found.columns
    for value in (*found.fields.values(), *found.observation.values()):
        assert value is None or isinstance(value, str | int | float | date)
        assert not isinstance(value, str) or (len(value) <= 190 and value.isprintable())
        assert not isinstance(value, float) or abs(value) < float("inf")


@given(st.datetimes(min_value=datetime(1998, 1, 1), max_value=datetime(2150, 1, 1)))
def test_a_night_begins_at_noon(when: datetime) -> None:
    fields = SHIPPED.classify(
        sphere("IFS", "CALIB", "DARK", **{"DATE-OBS": when.isoformat()})
    ).fields
    assert fields["date_obs"] == when
    noon = datetime.combine(fields["night"], datetime.min.time()).replace(hour=12)
    assert 0 <= (when - noon).total_seconds() < 86_400
    by_mjd = SHIPPED.classify(
        sphere("IFS", "CALIB", "DARK", **{"MJD-OBS": fields["mjd_obs"]})
    ).fields
    assert abs((by_mjd["date_obs"] - when).total_seconds()) < 0.002


@pytest.mark.parametrize(
    "text", ["", "2020-03-08T24:30:00", "08/03/20", "2020-W10-7", "20200308", "now", "0001-01-01",
             "2020-02-30T00:00:00", "2020-03-08T07:29:60"],
)  # fmt: skip
def test_illegal_dates_are_null(text: str) -> None:
    fields = SHIPPED.classify(sphere("IFS", "CALIB", "DARK", **{"DATE-OBS": text})).fields
    assert (fields["date_obs"], fields["night"]) == (None, None)


def test_a_zone_is_turned_into_utc() -> None:
    cards = sphere("IFS", "CALIB", "DARK", **{"DATE-OBS": "2020-03-08T09:00:00+02:00"})
    assert SHIPPED.classify(cards).fields["date_obs"] == datetime(2020, 3, 8, 7)


def test_classification_remembers_without_end_or_loss() -> None:
    for n in range(9_000):
        cards = sphere("IRDIS", "SCIENCE", "OBJECT", "IMAGE,DUAL", NAXIS=n)
        assert SHIPPED.classify(cards).frame_type.startswith("IRD_SCIENCE")
