"""Values a person supplies: what they override, what is refused."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from cobrex_db.errors import CatalogueError
from cobrex_db.instrument import Classified, Instruments
from cobrex_registry.reading.strict_yaml import load_file

FOLDER = Path(__file__).resolve().parents[3] / "instruments"
SHIPPED = Instruments.from_mappings([(str(p), load_file(p)) for p in sorted(FOLDER.glob("*.yaml"))])
CUBE = {"frame_type": "NACO_SCIENCE_REDUCED_MASTER_CUBE", "object": "HD 39060"}
HEADER = {"INSTRUME": "SPHERE", "ESO SEQ ARM": "IFS", "ESO DPR CATG": "SCIENCE",
          "ESO DPR TYPE": "OBJECT", "DATE-OBS": "2020-03-08T07:00:00", "OBJECT": "A",
          "ESO INS2 COMB IFS": "OBS_YJ"}  # fmt: skip


def supplied(cards: dict[str, Any] | None = None, **values: Any) -> Classified:
    return SHIPPED.classify(cards or {}, values)


def test_a_headerless_cube_is_what_it_is_said_to_be() -> None:
    found = supplied(**CUBE, night="2013-01-31", filter="L_prime", dit_s="0.2", ra_deg="86.82",
                     dec_deg=-51.07, programme="60.A-9800(J)")  # fmt: skip
    assert (found.frame_type, found.kind) == (CUBE["frame_type"], "product")
    assert found.classification.startswith("NACO/")
    fields = found.fields
    assert (fields["instrument"], fields["object"], fields["target"]) == (
        "NACO", "HD 39060", "HD 39060")  # fmt: skip
    assert (fields["night"], fields["date_obs"]) == (date(2013, 1, 31), None)
    assert (fields["filter"], fields["dit_s"], fields["ra_deg"]) == ("L_prime", 0.2, 86.82)
    assert found.observation["programme"] == "60.A-9800(J)"
    assert found.observation["night"] == date(2013, 1, 31)
    assert found.radius_arcsec == 10


def test_supplied_values_override_the_header_and_what_follows_from_it() -> None:
    found = supplied(HEADER, object="B", date_obs="2020-03-09T20:00:00", comb="OBS_H")
    assert found.frame_type == "IFS_SCIENCE_DR_RAW"
    assert (found.fields["object"], found.fields["night"]) == ("B", date(2020, 3, 9))
    assert (found.fields["filter"], found.columns["prism"]) == ("YJH", "YJH")
    assert found.fields["mjd_obs"] == pytest.approx(58917.8333333)


def test_null_hides_what_the_header_says() -> None:
    assert supplied(HEADER, object=None).fields["object"] is None
    assert supplied(HEADER, night=None).fields["night"] is None


def test_a_date_without_time_is_a_night() -> None:
    for value in ("2013-01-31", date(2013, 1, 31)):
        fields = supplied(**CUBE, date_obs=value).fields
        assert fields["night"] == date(2013, 1, 31)
        assert fields["date_obs"] == datetime(2013, 1, 31)
    assert supplied(**CUBE, date_obs="2013-01-31T02:00").fields["night"] == date(2013, 1, 30)


def test_another_instrument_than_any_rules_know() -> None:
    found = supplied(instrument="GPI", frame_type="GPI_CUBE", kind="product")
    assert (found.frame_type, found.kind) == ("GPI_CUBE", "product")
    assert found.fields["instrument"] == "GPI"


def test_columns_of_the_instrument_may_be_given() -> None:
    columns = supplied(instrument="naco", camera="L27", expno="3", dit="0.25").columns
    assert (columns["camera"], columns["expno"], columns["dit"]) == ("L27", 3, 0.25)


@pytest.mark.parametrize(
    ("values", "says", "cure"),
    [
        ({"frame_typ": "X"}, "cannot supply 'frame_typ'", "did you mean frame_type"),
        ({"star": "HR 100"}, "cannot supply 'star'", ""),
        ({"frame_type": "NACO_SCIENCE_REDUCED_MASTER_CUB", "instrument": "NACO"},
         "unknown frame type", "did you mean NACO_SCIENCE_REDUCED_MASTER_CUBE"),
        ({"frame_type": "a b"}, "is not a name", "capital letters"),
        ({"frame_type": 7}, "is not a name", "capital letters"),
        ({"kind": "cooked"}, "neither raw nor product", "kind=product"),
        ({"instrument": "NACOO"}, "unknown instrument 'NACOO'", "did you mean NACO"),
        ({"dit_s": "long"}, "supplied dit_s 'long' cannot be right", "a number"),
        ({"dit_s": -1}, "supplied dit_s -1 cannot be right", "from 0 to"),
        ({"dit_s": float("nan")}, "supplied dit_s nan", "a number"),
        ({"ra_deg": 400}, "supplied ra_deg 400", "from 0 to 360"),
        ({"dec_deg": "-91"}, "supplied dec_deg '-91'", "from -90 to 90"),
        ({"ndit": 1.5}, "supplied ndit 1.5", "a whole number"),
        ({"night": "31.1.2013"}, "supplied night", "a date such as 2013-01-31"),
        ({"night": "2013-01-31T02:00:00"}, "supplied night", "a date"),
        ({"date_obs": "yesterday"}, "supplied date_obs", "a time such as"),
        ({"object": ["a"]}, "supplied object ['a'] cannot be right", "give text"),
        ({"object": ""}, "supplied object '' cannot be right", "give text"),
        ({"instrument": "NACO", "camera": {}}, "supplied camera {} is not a plain value", "text"),
    ],
)  # fmt: skip
def test_what_cannot_be_right_is_refused(values: dict[str, Any], says: str, cure: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        SHIPPED.classify({}, values)
    assert caught.value.kind == "supplied"
    assert says in caught.value.message
    assert cure in caught.value.hint
