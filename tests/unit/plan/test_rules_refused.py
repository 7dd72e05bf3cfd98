"""Rules that cannot be are refused with their place, never with a traceback."""

from __future__ import annotations

import pytest

from cobrex.errors import PlanError
from cobrex.rules.book import COLUMNS
from cobrex.rules.read import parse

MAIN = {"frame_type": "RAW"}


def windowed(*days):
    rule = {"frame_type": "X", "window_days": list(days)}
    return {"a": {"main": MAIN, "inputs": {"x": rule}}}


@pytest.mark.parametrize(
    ("table", "place"),
    [
        (["specpos"], "associations"),
        ({"a": {"main": MAIN, "inputs": ["x"]}}, "a.inputs"),
        (windowed(-9e9, 9e9), "a.inputs.x"),
        (windowed(0, float("nan")), "a.inputs.x"),
    ],
)
def test_what_is_no_rule(table, place):
    with pytest.raises(PlanError, match=place):
        parse(table, "rules.yaml", columns=COLUMNS)
