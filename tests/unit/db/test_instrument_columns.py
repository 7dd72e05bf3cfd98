"""Column rules: what each makes of a header, and what is refused."""

# ruff: noqa: E501 cases read best one a line

from __future__ import annotations

from math import inf, nan
from typing import Any

import pytest

from cobrex_db.errors import CatalogueError
from cobrex_db.instrument import Instruments


def instrument(columns: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "schema": "instrument/1", "name": "TEST", "version": "1.0.0",
        "match": {"INSTRUME": "TEST"}, "columns": columns,
        "types": {"TEST_RAW": {"description": "any", "when": {"arm": None}}},
    } | more  # fmt: skip


def value(spec: Any, cards: dict[str, Any], **others: Any) -> Any:
    rules = Instruments.from_mappings([("t.yaml", instrument({**others, "x": spec}))])
    return rules.classify({"INSTRUME": "TEST", **cards}).columns.get("x")


@pytest.mark.parametrize(
    ("spec", "cards", "expected"),
    [
        ("ESO A", {"ESO A": " text "}, "text"),
        ("HIERARCH eso  a", {"ESO A": 3}, 3),
        ("A", {"A": "  "}, None),
        ("A", {"A": nan}, None),
        ("A", {"A": -inf}, None),
        ("A", {"A": True}, True),
        ("A", {"A": "a\x00b\x1b"}, "ab"),
        ("A", {"A": complex(1, 2)}, None),
        ("A", {"A": 2**70}, None),
        ({"key": "A", "round": 2}, {"A": 1.9999999}, 2.0),
        ({"key": "A", "round": 2}, {"A": "0.837464"}, 0.84),
        ({"key": "A", "round": 2}, {"A": "no number"}, None),
        ({"first_of": ["A", "B"]}, {"A": "", "B": 2}, 2),
        ({"first_of": ["A", {"key": "B"}]}, {"A": 0, "B": 2}, 0),
        ({"key": "A", "null_as": "CLEAR"}, {}, "CLEAR"),
        ({"key": "A", "null_if": ["empty", "N/*"]}, {"A": "N/A"}, None),
        ({"key": "A", "null_if": ["empty"]}, {"A": "full"}, "full"),
        ({"key": "A", "map": {"OBS_*": "science", "*": "other"}}, {"A": "OBS_YJ"}, "science"),
        ({"key": "A", "map": {"OBS_*": "science", "*": "other"}}, {"A": "CAL"}, "other"),
        ({"key": "A", "map": {"OBS_*": "science"}}, {"A": "CAL"}, None),
        ({"key": "A", "map": {"OBS_*": "science"}, "else": "none"}, {"A": "CAL"}, "none"),
        ({"key": "A", "map": {"7": "seven"}}, {"A": 7}, "seven"),
        ({"mean": ["A", "B"]}, {"A": 1.0, "B": 2.0}, 1.5),
        ({"mean": ["A", "B"]}, {"A": nan, "B": 2.0}, 2.0),
        ({"mean": ["A", "B"]}, {}, None),
        ({"key": "A", "within": [0, 1]}, {"A": -1}, None),
        ({"key": "A", "within": [0, 1]}, {"A": 1}, 1.0),
        ({"hms": "A"}, {"A": 124420.236}, 191.08431667),
        ({"dms": "A"}, {"A": -84016.833}, -8.67134250),
        ({"dms": "A"}, {"A": "-00:30:00"}, -0.5),
        ({"dms": "A"}, {"A": -3000.0}, -0.5),
        ({"hms": "A"}, {"A": 126020.0}, None),
        ({"hms": "A"}, {"A": "12:nan:1"}, None),
    ],
)
def test_rule_makes_value(spec: Any, cards: dict[str, Any], expected: Any) -> None:
    found = value(spec, cards)
    if isinstance(expected, float):
        assert found == pytest.approx(expected, abs=1e-7)
    else:
        assert found == expected
        assert type(found) is type(expected)


def test_columns_find_one_another_in_any_order() -> None:
    assert value({"from": "y"}, {"A": "q"}, y={"from": "z"}, z="A") == "q"
    by = {"by": "arm", "cases": {"IFS": "A", "IRDIS": "B"}, "else": "C"}
    cards = {"A": 1, "B": 2, "C": 3}
    assert [value(by, {**cards, "ESO SEQ ARM": arm}) for arm in ("IFS", "IRDIS", "X")] == [1, 2, 3]
    assert value(by, cards) == 3
    assert value({"from": "template_start"}, {"ESO TPL START": "2020-03-08T07:04:40"}) == (
        "2020-03-08T07:04:40"
    )


@pytest.mark.parametrize(
    ("content", "place", "cure"),
    [
        (instrument({"x": {"key": "A", "rond": 2}}), "t.yaml: columns.x: unknown key 'rond'",
         "did you mean round?"),
        (instrument({"x": {"key": "A", "from": "y"}}), "columns.x: needs exactly one of", "for example"),
        (instrument({"x": {"from": "prysm"}, "prism": "A"}), "columns.x: unknown column 'prysm'",
         "did you mean prism?"),
        (instrument({"x": {"from": "y"}, "y": {"from": "x"}}), "columns: columns need one another",
         "read the header"),
        (instrument({"x": {"key": "A", "map": ["a"]}}), "columns.x.map: must be a mapping", "name: value"),
        (instrument({"x": {"key": "A", "map": {}}}), "columns.x.map: is empty", "pattern"),
        (instrument({"x": {"key": "A", "map": {"a": [1]}}}), "columns.x.map.a: must be a plain value", ""),
        (instrument({"x": {"key": "A", "map": {1: "a"}}}), "columns.x.map: must be a mapping", "quote"),
        (instrument({"x": {"key": "A", "round": "two"}}), "columns.x.round: must be a number", "round: 2"),
        (instrument({"x": {"key": "A", "within": [2, 1]}}), "columns.x.within: must be two numbers", ""),
        (instrument({"x": {"key": "A", "else": 1}}), "'else' belongs to", "remove"),
        (instrument({"x": {"by": "arm"}}), "'by' and 'cases' belong together", "for example"),
        (instrument({"x": {"first_of": []}}), "columns.x.first_of: must be a list", "for example"),
        (instrument({"x": {"first_of": ["A", 7]}}), "columns.x.first_of[1]: must be a mapping", ""),
        (instrument({"x": ""}), "columns.x: must be text", "header keyword"),
        (instrument({"X y": "A"}), "cannot be the name of a column", "small letters"),
        (instrument({"night": "A"}), "columns.night: cannot be the name", "made by itself"),
        (instrument({}, types={"T": {"description": "d", "when": {"tipe": "A"}}}),
         "types.T.when.tipe: unknown column", ""),
        (instrument({"type": "A"}, types={"T": {"description": "d", "when": {"tipe": "A"}}}),
         "types.T.when.tipe: unknown column", "did you mean type"),
        (instrument({}, types={"T": {"description": "d", "when": {"arm": {"like": "A"}}}}),
         "types.T.when.arm: unknown key 'like'", "known: glob, ne"),
        (instrument({}, types={"T": {"description": "d", "when": {"arm": {"glob": 3}}}}),
         "types.T.when.arm.glob: must be text", "quote"),
        (instrument({}, types={"T": {"description": "d", "when": {"arm": [[1]]}}}),
         "types.T.when.arm: cannot be compared", "give text"),
        (instrument({}, types={"T": {"description": "d", "when": {}}}), "types.T.when: is empty", "name a column"),
        (instrument({}, types={"T": {"description": "d"}}), "types.T: a raw frame type needs conditions", "when"),
        (instrument({}, types={"T": {"when": {"arm": "A"}}}), "types.T.description: must be text", "one line"),
        (instrument({}, types={"t-1": {"description": "d", "product": True}}), "cannot be a frame type", "capital"),
        (instrument({}, types={"T": {"description": "d", "product": "yes"}}), "types.T.product: must be true", ""),
        (instrument({}, colums={}), "unknown key 'colums'", "did you mean columns"),
        (instrument({}, schema="instrument/2"), "schema: is 'instrument/2'", "instrument/1"),
        (instrument({}, version=1.0), "version: must be text", "quote it"),
        (instrument({}, match={}), "match: is empty", "INSTRUME"),
        (instrument({}, star_radius_arcsec={"IFS": -1}), "star_radius_arcsec.IFS: must be 0 to 3600", ""),
        (["not", "a", "mapping"], "t.yaml: must be a mapping", ""),
    ],
)  # fmt: skip
def test_wrong_file_names_place_and_cure(content: Any, place: str, cure: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        Instruments.from_mappings([("t.yaml", content)])
    assert caught.value.kind == "instrument"
    assert caught.value.message.startswith("t.yaml")
    assert place in caught.value.message
    assert cure in caught.value.hint


def test_error_names_the_line_when_the_mapping_knows_it() -> None:
    from cobrex_registry.reading.strict_yaml import load

    text = (
        "schema: instrument/1\nname: T\nversion: '1'\nmatch: {INSTRUME: T}\ncolumns:\n"
        "  a: KEY\n  b: {key: KEY,\n      rond: 2}\n"
    )
    with pytest.raises(CatalogueError, match=r"^t\.yaml:8: columns\.b\.?"):
        Instruments.from_mappings([("t.yaml", load(text, "t.yaml"))])


def test_two_files_of_one_instrument_are_refused() -> None:
    one = instrument({})
    with pytest.raises(CatalogueError, match=r"b\.yaml and a\.yaml are of one instrument"):
        Instruments.from_mappings([("a.yaml", one), ("b.yaml", one)])
