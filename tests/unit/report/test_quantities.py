from __future__ import annotations

import pytest

from cobrex.report.quantities import elapsed, interval, number, size, span


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (7.4612345678, "7.46123"),
        (6.0, "6"),
        (1.5e-17, "1.5e-17"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (12345678, "12345678"),
        (True, "true"),
        ([1, 2.5, False], "1, 2.5, false"),
        ("robust", "robust"),
        (None, ""),
        (0, "0"),
    ],
)
def test_number(value: object, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [(7.4, 7.5, "7.4 … 7.5"), (None, 5, "≤ 5"), (0, None, "≥ 0"), (None, None, "")],
)
def test_interval(low: object, high: object, text: str) -> None:
    assert interval(low, high) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (5760, "5.76 kB"), (2.5e12, "2.5 TB"), ("many", ""), (None, "")],
)
def test_size(count: object, text: str) -> None:
    assert size(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"),
        (9.96, "10.0 s"),
        (59.6, "1 min 0 s"),
        (67, "1 min 7 s"),
        (7384, "2 h 3 min"),
        (-1, ""),
        (None, ""),
        (float("nan"), ""),
    ],
)
def test_span(seconds: object, text: str) -> None:
    assert span(seconds) == text


def test_elapsed() -> None:
    assert elapsed("2026-11-20T10:00:00Z", "2026-11-20T10:01:07+00:00") == 67


@pytest.mark.parametrize("broken", [None, "yesterday", "2026-11-20T10:00:00"])
def test_no_elapsed_time_without_two_instants(broken: object) -> None:
    assert elapsed(broken, "2026-11-20T10:01:07+00:00") is None
