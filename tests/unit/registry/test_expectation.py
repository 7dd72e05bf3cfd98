"""Stored expectations: what is the same, what differs, what is refused."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cobrex_registry.errors import RegistryError
from cobrex_registry.evidence.expectation import expectation_text, read_expectation
from cobrex_registry.evidence.results import (
    MetricResult,
    ProductResult,
    Results,
    Tolerance,
    Values,
    compare,
    identical,
    kept_tolerances,
    metric_tolerance,
    values_tolerance,
)

STATISTICS = {"min": 1.0, "max": 3.0, "mean": 2.0, "median": 2.0, "std": 0.5, "nans": 1.0}


def results(mean: float = 2.0, metric: float = 10.0, md5: str = "a" * 32) -> Results:
    statistics = {**STATISTICS, "mean": mean}
    values = Values(1, "FIT", "X", (4,), "float64", statistics, values_tolerance(statistics))
    product = ProductResult("fit", 0, "TOY_FIT", md5, (values,))
    preview = ProductResult("preview", 1, "PREVIEW", "")
    return Results((product, preview), {"QC MEAN": MetricResult(metric, metric_tolerance())})


def told(expected: Results, got: Results) -> list[str]:
    return [one.what for one in compare(expected, got)]


def test_what_is_written_is_read() -> None:
    text = expectation_text(results())
    assert read_expectation(text, "x.json") == results()
    assert expectation_text(read_expectation(text, "x.json")) == text
    assert read_expectation(expectation_text(Results((), {})), "x") == Results((), {})


def test_each_array_has_a_line_of_its_own() -> None:
    """So that a diff shows what moved, and a tolerance can be edited."""
    lines = expectation_text(results()).splitlines()
    assert sum('"tolerance"' in line for line in lines) == 2
    assert all(line.count('"tolerance"') <= 1 for line in lines)


def test_the_same_within_tolerance() -> None:
    assert told(results(), results()) == []
    assert told(results(), results(mean=2.0002, metric=10.009)) == []
    assert told(results(), results(mean=2.001, metric=10.02)) == ["fit 1 FIT.X mean", "QC MEAN"]


def test_other_bits_are_told_from_other_results() -> None:
    assert identical(results(), results())
    other = results(md5="b" * 32)
    assert told(results(), other) == []
    assert not identical(results(), other)


@given(st.floats(-1e9, 1e9), st.floats(0, 1), st.floats(0, 1e3), st.floats(-1.5, 1.5))
def test_a_tolerance_is_a_distance(value: float, relative: float, absolute: float, part: float):
    tolerance = Tolerance(relative, absolute)
    reach = tolerance.around(value)
    got = value + part * reach
    same = not compare(
        Results((), {"QC A": MetricResult(value, tolerance)}),
        Results((), {"QC A": MetricResult(got, tolerance)}),
    )
    assert same == (abs(got - value) <= reach)


def test_what_is_missing_and_what_is_new() -> None:
    one = results()
    assert told(one, Results(one.products[:1], {})) == ["preview[1]", "QC MEAN"]
    assert told(Results(one.products[:1], {}), one) == ["preview[1]", "QC MEAN"]
    bare = replace(one.products[0], values=())
    assert told(one, Results((bare, one.products[1]), one.qc)) == ["fit 1 FIT.X"]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"shape": (5,)}, "shape"),
        ({"dtype": "float32"}, "dtype"),
        ({"name": "OTHER"}, "name"),
        ({"statistics": {**STATISTICS, "nans": 2.0}}, "nans"),
        ({"statistics": {"nans": 1.0}}, "min"),
    ],
)
def test_another_kind_of_array(change: dict[str, object], what: str) -> None:
    one = results()
    values = replace(one.products[0].values[0], **change)
    other = Results((replace(one.products[0], values=(values,)), one.products[1]), one.qc)
    assert any(name.endswith(f" {what}") for name in told(one, other))


def test_tolerances_set_by_hand_are_kept_others_follow() -> None:
    text = expectation_text(results())
    by_hand = text.replace('"absolute": 5e-05', '"absolute": 0.25')
    by_hand = by_hand.replace('"absolute": 1e-06', '"absolute": 3')
    assert by_hand.count("0.25") == 1
    old = read_expectation(by_hand, "x")
    new = kept_tolerances(old, results(mean=2.5, metric=12.0))
    assert new.products[0].values[0].tolerance.absolute == 0.25
    assert new.products[0].values[0].statistics["mean"] == 2.5
    assert new.qc["QC MEAN"] == MetricResult(12.0, Tolerance(1e-3, 3.0))
    wide = replace(results().products[0].values[0], statistics={**STATISTICS, "std": 5.0},
                   tolerance=Tolerance(1e-4, 5e-4))  # fmt: skip
    moved = Results((replace(results().products[0], values=(wide,)),), {})
    assert kept_tolerances(results(), moved).products[0].values[0].tolerance.absolute == 5e-4


BAD = [
    "",
    "[]",
    "{",
    '{"schema": "expect/2"}',
    '{"schema": "expect/1", "products": {}}',
    '{"schema": "expect/1", "products": [{"n": 0}]}',
    '{"schema": "expect/1", "products": [{"role": "a", "n": -1, "frame_type": "A"}]}',
    '{"schema": "expect/1", "products": [{"role": "a\\u0007", "n": 0, "frame_type": "A"}]}',
    '{"schema": "expect/1", "products": [{"role": "a", "frame_type": "A", "datamd5": "../x"}]}',
    '{"schema": "expect/1", "qc": {"QC A": {"value": NaN}}}',
    '{"schema": "expect/1", "qc": {"QC A": {"value": 1e999}}}',
    '{"schema": "expect/1", "qc": {"QC A": {"value": true}}}',
    '{"schema": "expect/1", "qc": {"QC A": 1}}',
    '{"schema": "expect/1", "qc": {"QC A": {"value": 1' + "0" * 400 + "}}}",
    '{"schema": "expect/1", "qc": {"QC A": {"value": 1, "tolerance": {"relativ": 1}}}}',
    '{"schema": "expect/1", "qc": {"QC A": {"value": 1, "tolerance": {"relative": -1}}}}',
    "[" * 100_000,
]


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_expectation_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(RegistryError, match=r"tests/one.json") as refused:
        read_expectation(text, "tests/one.json")
    assert refused.value.kind == "expectation"
    assert refused.value.hint


def test_defaults_where_no_tolerance_stands() -> None:
    document = json.loads(expectation_text(results()))
    for one in (*document["products"][0]["values"], *document["qc"].values()):
        del one["tolerance"]
    assert read_expectation(json.dumps(document), "x") == results()
