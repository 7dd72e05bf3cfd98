"""Rules that go round in circles, numbers without end: refused in words."""

from __future__ import annotations

from pathlib import Path

import pytest
from rules_archive import read

from cobrex.errors import PlanError
from cobrex.rules.book import demand_origins
from cobrex.rules.lint import lint
from cobrex.rules.lint_recipe import Recipes

INPUT = "associations: {a: {main: {frame_type: F}, inputs: {x: {frame_type: X, %s}}}}"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (f"match: {{dit: {{tolerance: {'9' * 390}}}}}", "give a number"),
        (f"max_level: {'9' * 390}", "at most 1000000000"),
        ("count: {exact: 9000000000}", "at most 1000000000"),
    ],
)
def test_numbers_that_no_database_holds_are_refused(said: str, told: str) -> None:
    with pytest.raises(PlanError) as caught:
        read(INPUT % said)
    assert told in caught.value.hint


def chain(length: int, last: str) -> str:
    inputs = [f"i{n}: {{like: a.i{n + 1}}}" for n in range(length)]
    return (
        "associations: {a: {main: {frame_type: F}, "
        f"inputs: {{{', '.join([*inputs, last])}}}}}}}"
    )


def test_likeness_ends() -> None:
    rule = read(chain(5, "i5: {frame_type: X}"))["a"].rule("i0")
    assert rule is not None
    assert rule.sources[0].frame_types == ("X",)
    with pytest.raises(PlanError, match=r"a\.i0 is like itself"):
        read(chain(3, "i3: {like: a.i0}"))
    with pytest.raises(PlanError, match="more than 50 inputs"):
        read(chain(2000, "i2000: {frame_type: X}"))


def test_main_frames_that_are_made_of_themselves_are_refused() -> None:
    known = read(
        "associations: {a: {main: {from: b.x}}, b: {main: {from: c.x}}, c: {main: {from: b.x}}, "
        "d: {main: {frame_type: F}}}"
    )
    demand_origins(known["d"], known)
    for name in "abc":
        with pytest.raises(PlanError, match=r"a circle of main frames: .*b <- c"):
            demand_origins(known[name], known)


def test_lint_goes_on_after_levels_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "toy.yaml"
    path.write_text(
        "schema: workflow/1\nname: toy\nversion: '1'\nlevels: {daily: 3}\nsteps:\n"
        "  a: {main: {frame_type: F}, inputs: {x: {frame_type: X, levels: daily}}}\n",
        encoding="utf-8",
    )
    told = [one.message for one in lint([path], Recipes(None)).problems]
    assert any("levels.daily: must be a list of levels" in one for one in told)
    assert any("declares a frame type X" in one for one in told)
