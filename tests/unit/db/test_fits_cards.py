"""Cards: fast for some keywords, and never wrong."""

from __future__ import annotations

import math
import warnings

import pytest
from astropy.io import fits
from fits_files import SCIENCE, card, header, write
from hypothesis import given
from hypothesis import strategies as st

from cobrex_db.fits_cards import all_cards, parse_cards


def test_values_have_their_types() -> None:
    cards = parse_cards(header({
        "A": "text  ", "B": 7, "C": -1.5e3, "D": True, "E": False, "F": b"1.5D3", "G": b"",
        "H": "it's", "I": b"'' / empty", "J": b"'a / b' / no comment", "ESO DPR TYPE": "FLAT,LAMP",
        "K": b"  8 / [s] a comment", "NAN": b"NaN", "INF": b"-Inf",
    }, 0))  # fmt: skip
    nan = cards.pop("NAN")
    assert isinstance(nan, float)
    assert math.isnan(nan)
    assert cards == {
        "SIMPLE": True, "BITPIX": 8, "NAXIS": 0, "A": "text", "B": 7, "C": -1500.0, "D": True,
        "E": False, "F": 1500.0, "G": None, "H": "it's", "I": "", "J": "a / b",
        "ESO DPR TYPE": "FLAT,LAMP", "K": 8, "INF": -math.inf,
    }  # fmt: skip
    assert cards.illegal == 0


@pytest.mark.parametrize(
    "value",
    [b"'no end", b"1_000", b"12 34", b"(1, 2)", b"0x10", b"--", b"TF", b"9" * 60, b"\xff\xfe"],
)
def test_an_illegal_card_is_counted_and_left_out(value: bytes) -> None:
    raw = header({"BAD": value, "GOOD": 1}, 0)
    cards = parse_cards(raw)
    assert ("BAD" in cards, cards["GOOD"], cards.illegal) == (False, 1, 1)
    assert parse_cards(raw, frozenset({"BAD", "GOOD"})) == {"GOOD": 1}


def test_only_wanted_keywords() -> None:
    raw = header(SCIENCE, 0)
    wanted = frozenset({"OBJECT", "ESO DPR TYPE", "ESO DET SEQ1 DIT", "ABSENT", "DATE-OBS"})
    assert parse_cards(raw, wanted) == {
        "OBJECT": "HR 100", "ESO DPR TYPE": "OBJECT", "ESO DET SEQ1 DIT": 16.0,
        "DATE-OBS": "2020-03-08T04:58:01.1234",
    }  # fmt: skip


def test_the_first_of_two_counts() -> None:
    raw = header({}, 0, extra=[card("X", 1), card("X", 2)])
    assert parse_cards(raw)["X"] == parse_cards(raw, frozenset({"X"}))["X"] == 1


def test_long_text_goes_on() -> None:
    extra = [
        card("LONG", "first &"),
        b"CONTINUE  'second&'".ljust(80),
        b"CONTINUE  'third' / comment".ljust(80),
        card("NEXT", "a&"),
    ]
    raw = header({}, 0, extra=extra)
    for cards in (parse_cards(raw), parse_cards(raw, frozenset({"LONG", "NEXT"}))):
        assert cards["LONG"] == "first secondthird"
        assert cards["NEXT"] == "a&"


def test_spacing_of_hierarch_does_not_matter() -> None:
    extra = [b"HIERARCH ESO DET DIT= 1.5".ljust(80), b"HIERARCH ESO DET NDIT      =   3".ljust(80)]
    raw = header({}, 0, extra=extra)
    assert parse_cards(raw, frozenset({"ESO DET DIT", "ESO DET NDIT"})) == {
        "ESO DET DIT": 1.5, "ESO DET NDIT": 3,
    }  # fmt: skip


def test_dirty_bytes_do_no_harm() -> None:
    extra = [
        b"COMMENT \xff\xfe = 'x'".ljust(80),
        b"\0" * 80,
        "OBSERVER= 'Müller'".encode().ljust(80),
    ]
    cards = parse_cards(header({}, 0, extra=[line[:80] for line in extra]))
    assert cards["OBSERVER"] == "Müller"


def test_three_thousand_cards() -> None:
    raw = header({f"ESO INS SENS{n} VAL": n for n in range(3000)}, 0)
    assert parse_cards(raw)["ESO INS SENS2999 VAL"] == 2999


def test_all_cards_are_for_reading(tmp_path) -> None:
    extra = [
        b"COMMENT  a remark".ljust(80),
        b"BAD     = 'no end".ljust(80),
        b"EXPTIME =  2.5 / [s] how long".ljust(80),
    ]
    path = write(tmp_path / "a.fits", {}, extra=extra)
    cards = all_cards(path)
    assert ("COMMENT", " a remark", "") in cards
    assert ("BAD", "'no end", "illegal card") in cards
    assert ("EXPTIME", 2.5, "[s] how long") in cards
    assert cards[0] == ("SIMPLE", True, "")


keywords = st.from_regex(r"ESO( [A-Z0-9]{1,8}){1,3}", fullmatch=True)
texts = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)
values = st.one_of(
    st.integers(-(2**40), 2**40),
    st.booleans(),
    texts,
    st.floats(allow_nan=False, allow_infinity=False),
)


@given(st.dictionaries(keywords, values, min_size=1, max_size=5))
def test_it_reads_what_astropy_writes(wanted: dict[str, object]) -> None:
    made = fits.Header()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for key, value in wanted.items():
            made[f"HIERARCH {key}"] = value
        raw = made.tostring().encode()
        again = fits.Header.fromstring(raw)
        # what astropy rounds is taken as written; of a text with '/ it loses the end
        expected = {k: v.rstrip() if isinstance(v, str) else again[k] for k, v in wanted.items()}
    found = parse_cards(raw)
    assert found == expected
    assert parse_cards(raw, frozenset(wanted)) == expected
