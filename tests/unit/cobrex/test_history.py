"""What past attempts of a recipe make the next ask for."""

from __future__ import annotations

import pytest

from cobrex.batch.history import Experience, learn
from cobrex.plan.needs import Needs
from cobrex_db.usage import Left, Usage

ASKED = Needs(cores=1, memory_mb=8192, walltime_min=120)
GIB = 1 << 30


def use(
    elapsed_s: float, memory: float = 1.0, *, code: str = "new", reason: str = "", recipe: str = "r"
) -> Usage:
    outcome = "failed" if reason else "done"
    return Usage(recipe, code, outcome, reason, elapsed_s, 0.9 * elapsed_s, int(memory * GIB))


def test_what_was_used_with_a_margin():
    times = [600.0] * 18 + [1200.0, 7000.0]
    found = learn("r", "new", [use(t) for t in times], [Left("r", "CUBE", 900, 9)])
    assert (found.attempts, found.elapsed_s, found.long_s) == (20, 600.0, 1200.0)
    assert found.sizes == {"CUBE": 100.0}
    fit = found.fit(ASKED)
    assert fit.memory_mb == 1536
    assert fit.walltime_min == 30  # one in twenty took longer: it is made again with more
    assert fit.expected_s == 600.0


def test_a_floor_and_never_more_than_asked_unless_more_was_used():
    small = learn("r", "new", [use(2.0, 0.01)] * 5, []).fit(ASKED)
    assert (small.memory_mb, small.walltime_min) == (512, 5)
    near = learn("r", "new", [use(7000.0, 7.5)] * 5, []).fit(ASKED)
    assert (near.memory_mb, near.walltime_min) == (8192, 120)
    over = learn("r", "new", [use(8000.0, 10.0)] * 5, []).fit(ASKED)
    assert (over.memory_mb, over.walltime_min) == (15360, 200)
    # what was measured is the largest process; there may be one on each core
    assert (
        learn("r", "new", [use(60.0)] * 5, [])
        .fit(Needs(cores=4, memory_mb=8192, walltime_min=120))
        .memory_mb
        == 6144
    )


def test_four_are_too_few_but_tell_how_long_it_takes():
    fit = learn("r", "new", [use(60.0, 0.1)] * 4, []).fit(ASKED)
    assert (fit.memory_mb, fit.walltime_min, fit.expected_s) == (8192, 120, 60.0)
    assert Experience().fit(ASKED).expected_s == pytest.approx(120 * 60 / 10)


def test_the_same_code_counts_first():
    old = [use(1000.0, code="old")] * 30
    assert learn("r", "new", old + [use(60.0)] * 5, []).elapsed_s == 60.0
    assert learn("r", "new", old + [use(60.0)] * 4, []).elapsed_s == 1000.0
    assert learn("r", "new", [use(60.0, recipe="other")] * 9, []) == Experience()


def test_memory_that_was_too_little_is_not_asked_for_again():
    killed = [use(60.0, 8.0, reason="out-of-memory")]
    fit = learn("r", "new", [use(60.0)] * 9 + killed, []).fit(ASKED)
    assert fit.memory_mb == 12288
    assert learn("r", "new", killed, []).fit(ASKED).memory_mb == 12288
    assert learn("r", "new", [use(60.0, 8.0, reason="recipe-error")], []) == Experience()
