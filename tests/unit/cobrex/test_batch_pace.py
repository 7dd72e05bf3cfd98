"""How fast a batch gets on."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest

from cobrex.batch.pace import pace
from cobrex_db.batch_progress import Ended, Step

NOW = datetime(2026, 1, 1, 12)
START = NOW - timedelta(hours=1)


def step(recipe: str, **counts: int) -> Step:
    return Step("", recipe, recipe, "1.0.0", 0, Counter(counts))


def ended(recipe: str, ago_s: float, took_s: float, outcome: str = "done") -> Ended:
    end = NOW - timedelta(seconds=ago_s)
    return Ended(recipe, outcome, end - timedelta(seconds=took_s), end)


def test_the_rest_is_what_each_recipe_takes_over_how_many_are_made_at_once() -> None:
    # in five minutes 30 processes of 20 s: two at once
    last = [ended("flat", 10 * n, 20) for n in range(30)] + [ended("flat", 900, 20)]
    rows = [step("flat", done=31, waiting=10), step("science", waiting=5, running=2)]
    found = pace(rows, last, history_s={"science": 100.0}, started=START, now=NOW)
    assert found.per_minute == pytest.approx(6)
    assert found.medians_s == {"flat": 20.0, "science": 100.0}
    assert found.left_s == pytest.approx((10 * 20 + 6 * 100) / 2)


def test_more_may_have_ended_than_were_looked_at() -> None:
    last = [ended("flat", n / 10, 1) for n in range(500)]
    found = pace([step("flat", waiting=100)], last, history_s={}, started=START, now=NOW)
    assert found.per_minute == pytest.approx(600, rel=0.01)


def test_what_nobody_knows_is_not_said() -> None:
    rows = [step("flat", waiting=3)]
    assert pace(rows, [], history_s={}, started=START, now=NOW).left_s is None
    rows = [step("flat", waiting=3, running=2)]
    found = pace(rows, [], history_s={"flat": 10.0}, started=START, now=NOW)
    assert (found.per_minute, found.left_s) == (None, pytest.approx(20))
    blocked = [ended("flat", 1, 0, "blocked")]
    assert pace(rows, blocked, history_s={}, started=START, now=NOW).per_minute is None
