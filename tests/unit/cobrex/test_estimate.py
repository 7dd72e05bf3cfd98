"""Estimates on numbers worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from cobrex.batch.estimate import Places, estimate
from cobrex.batch.forecast import Spread, ratios, spreads
from cobrex.batch.history import Experience
from cobrex.plan.model import PlannedInput, PlannedProcess, RecipeUse
from cobrex.plan.needs import Needs
from cobrex_db.usage import Spent

FLAT = Experience(10, elapsed_s=100.0, cpu_s=90.0, sizes={"FLAT": 2e6, "BPM": 5e5})
CUBE = Experience(10, elapsed_s=600.0, cpu_s=1100.0, sizes={"CUBE": 1e9})
NEW = Experience()
NEEDS = {
    "flat": Needs(1, 1000, 60, expected_s=100.0),
    "cube": Needs(2, 3000, 60, expected_s=600.0),
    "new": Needs(1, 500, 50, expected_s=300.0),
}
EXPECTED = {("main/flat", "c"): FLAT, ("main/cube", "c"): CUBE, ("main/new", "c"): NEW}


def process(key: str, recipe: str, *makers: str, level: int = 0) -> PlannedProcess:
    use = RecipeUse(f"main/{recipe}", "1.0.0", "t", "c", "", {}, {}, {}, (), "")
    inputs = tuple(PlannedInput("in", "T", maker, "", producer=maker) for maker in makers)
    return PlannedProcess(key, use, inputs, level, {}, "s", ())


def plan() -> list[PlannedProcess]:
    """Three flats, two cubes that each need one, something new after both cubes."""
    return [
        *(process(f"f{n}", "flat") for n in (1, 2, 3)),
        process("c1", "cube", "f1", level=1),
        process("c2", "cube", "f2", "done-before", level=1),
        process("n1", "new", "c1", "c2", level=2),
    ]


def needs(processes: list[PlannedProcess]) -> Mapping[str, Needs]:
    return {p.key: NEEDS[p.recipe.name.removeprefix("main/")] for p in processes}


@pytest.mark.parametrize(
    ("places", "wall_s", "together_mb"),
    [
        # f1 f2 | f3, a cube needs both cores | c1 | c2 | n1
        (Places(cores=2), 100 + 100 + 600 + 600 + 300, 3000),
        # f1 f2 f3 | c1 c2 | n1
        (Places(cores=8), 100 + 600 + 300, 6000),
        # one after the other
        (Places(cores=1), 3 * 100 + 2 * 600 + 300, 3000),
        # two jobs: f1 f2 | f3 c1 | c2 begins at 200 | n1 at 800
        (Places(jobs=2), 200 + 600 + 300, 6000),
    ],
)
def test_the_clock_and_memory_follow_what_can_be_made_at_once(places, wall_s, together_mb):
    found = estimate(plan(), needs(plan()), EXPECTED, places)
    assert found.wall_s == pytest.approx(wall_s)
    assert found.together_mb == together_mb
    assert found.critical_s == pytest.approx(100 + 600 + 300)
    assert found.memory_mb == 3000


def test_processors_disk_and_what_nobody_knows():
    found = estimate(plan(), needs(plan()), EXPECTED, Places(cores=4))
    # what is new counts with what is expected of it, and leaves nobody knows what
    assert found.cpu_s == pytest.approx(3 * 90 + 2 * 1100 + 300)
    assert found.disk == {"FLAT": 6_000_000, "BPM": 1_500_000, "CUBE": 2_000_000_000}
    assert found.unknown == ("main/new",)
    assert found.as_json()["disk_bytes"] == 2_007_500_000
    assert estimate([], {}, {}, Places(cores=4)).wall_s == 0.0


def test_a_hundred_thousand_are_added_up_in_no_time():
    many = [process(f"f{n}", "flat") for n in range(100_000)]
    found = estimate(many, needs(many), EXPECTED, Places(jobs=500))
    assert (found.processes, found.wall_s) == (100_000, pytest.approx(200 * 100.0))


def spent(cpu: float, wall: float, **forecast: Any) -> Spent:
    return Spent("b", "done", forecast or None, wall, 10, cpu, 5 << 20, 4_000_000)


def test_past_batches_tell_how_good_forecasts_are():
    past = [
        spent(1.2 * n, 10.0 * n, cpu_s=float(n), wall_s=20.0 * n, disk_bytes=2_000_000)
        for n in (100, 200, 300, 400)
    ]
    past += [spent(150.0, 300.0, cpu_s=100.0, wall_s=100.0)]
    found = spreads(past)
    assert found["cpu_s"] == Spread(1.2, 1.2, 1.2, 5)
    assert found["wall_s"] == Spread(0.5, 0.5, 0.5, 5)
    assert found["disk_bytes"].usual == 2.0
    # seconds say nothing, nor does a batch without forecast, nor two batches
    assert ratios(spent(1.0, 5.0, cpu_s=0.1, wall_s=1.0)) == {}
    assert ratios(spent(100.0, 500.0)) == {}
    assert ratios(spent(100.0, 500.0, cpu_s="much", wall_s=-3)) == {}
    assert spreads(past[:2]) == {}
