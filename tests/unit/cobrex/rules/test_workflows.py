"""Workflows: rules picked, changed, added to; what is wrong is told with the workflow's lines."""

from __future__ import annotations

from pathlib import Path

import pytest
from rules_archive import SETUP, read

from cobrex.errors import PlanError, UsageError
from cobrex.rules import book
from cobrex.rules.book import COLUMNS
from cobrex.rules.documents import workflow_files
from cobrex.rules.overlay import change_to, lay_over
from cobrex.rules.workflow import Workflow, read_workflow
from cobrex_registry.reading.strict_yaml import load

INSTRUMENT = """
levels: {daily: [{window_days: [-1, 1]}]}
defaults: {max_level: 2, prefer: product}
associations:
  dark: {recipe: dark@^1, main: {frame_type: DARK}}
  science:
    recipe: science@^1
    main: {frame_type: RAW, group_by: [night, dit]}
    inputs:
      dark:
        first_of:
          - {from: dark.dark, match: [dit], levels: daily}
          - {frame_type: MASTER, match: [dit]}
        count: {min: 1, max: 4}
      flat: {frame_type: FLAT, match: [prism], window_days: [-1, 1], max_level: 0}
"""
HEAD = 'schema: workflow/1\nname: mine\nversion: "1.0.0"\n'


def flow(text: str) -> Workflow:
    return read_workflow(
        load(HEAD + text, "mine.yaml"), "mine.yaml", read(INSTRUMENT), columns=COLUMNS | SETUP,
        levels=load(INSTRUMENT, "x")["levels"],
    )  # fmt: skip


def test_a_step_is_the_rule_with_changes_laid_over_it() -> None:
    found = flow(
        "defaults: {max_level: 1}\n"
        "steps:\n  dark:\n  science:\n    preset: careful\n    main: {split_gap_h: 3}\n"
        "    inputs:\n      dark: {from: dark.dark, count: {exact: 2}}\n"
        "      flat: {levels: daily, match: null}\n"
        "  deep: {main: {from: science.out}, inputs: {flat: {like: science.flat}}}\n"
    )
    dark, science, deep = found.steps.values()
    assert (dark.recipe, dark.rules, science.recipe) == ("dark@^1", "mine/1.0.0", "science@^1")
    assert (science.main.group_by, science.main.split_gap_h) == (("night", "dit"), 3.0)
    one, flat = science.inputs
    assert ([s.label for s in one.sources], one.count.min, one.count.max) == (["dark.dark"], 2, 2)
    assert (one.max_level, one.prefer) == (1, "product")  # the workflow's, else the instrument's
    assert (flat.sources[0].match, flat.max_level) == ((), 0)
    assert deep.inputs[0].sources == flat.sources
    assert found.goals == ("deep",)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("steps: {sciense: {}}", "mine.yaml:4: steps.sciense.main: must be a mapping"),
        ("steps:\n  science:\n    inputs:\n      flat: {match: [prsim]}",
         "mine.yaml:7: steps.science.inputs.flat.match: no instrument has a column"),
        ("steps: {dark: {}}\ngoals: [drak]", "mine.yaml:5: goals: no step is called 'drak'"),
        ("steps: {dark: 3}", "mine.yaml:4: steps.dark: must be a mapping"),
        ("steps: {dark: {}}\ndefaults: {levle: 1}", "mine.yaml:5: defaults: unknown key 'levle'"),
        ("stepps: {}", "mine.yaml:4: unknown key 'stepps'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_the_workflows_line(text: str, told: str) -> None:
    with pytest.raises(PlanError) as caught:
        flow(text)
    assert told in caught.value.message


def test_a_change_between_rules_leads_from_one_to_the_other() -> None:
    before = load(INSTRUMENT, "x")["associations"]["science"]
    after = load(INSTRUMENT.replace("first_of:", "first_of: []\n        other:"), "x")
    wanted = after["associations"]["science"]
    wanted["inputs"].pop("flat")
    assert lay_over(before, change_to(before, wanted)) == wanted


def test_files_of_a_user_take_the_place_of_shipped_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COBREX_HOME", str(tmp_path))
    shipped = workflow_files()
    assert {"irdis_dbi", "irdis_rdi", "irdis_paco"} <= set(shipped)
    (tmp_path / "workflows").mkdir()
    own = tmp_path / "workflows" / "irdis_dbi.yaml"
    own.write_text(HEAD + "steps: {ird_dark: {}}\n", encoding="utf-8")
    known = book.load()
    assert list(known.workflow("irdis_dbi").steps) == ["ird_dark"]
    assert list(known.workflow(str(shipped["irdis_dbi"])).steps)[-1] == "irdis_adi_pca"
    with pytest.raises(UsageError) as caught:
        known.workflow("irdis_dbii")
    assert "irdis_dbi" in caught.value.hint
