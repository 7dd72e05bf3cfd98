"""The language: what is written is what is meant; what means nothing is told with its place."""

from __future__ import annotations

import pytest
from rules_archive import read

from cobrex.errors import PlanError
from cobrex.rules.model import Count, Level, Match

RULES = """
levels:
  daily:
    - {window_days: [-1, 1]}
    - {window_days: [-7, 7], relax: [nd], warn: true}
defaults: {prefer: product, max_level: 3, verdict: [pass], empty: allow}
associations:
  dark:
    main: {frame_type: DARK_RAW, group_by: [night, dit], count: {min: 3}, pick: spread}
  flat:
    recipe: flat@^1
    defaults: {max_level: 1}
    main: {frame_type: FLAT_RAW, group_by: [night, lamp], split_gap_h: 2, complete: nexp}
    parameters:
      lines: {by: prism, cases: {YJH: 4}, else: 3}
      seconds: {column: dit}
    inputs:
      dark: {from: dark.dark, match: [{dit: each}], per: dit, levels: daily}
  science:
    recipe: science@>=1,<3
    preset: careful
    main: {from: flat.flat}
    inputs:
      dark: {like: flat.dark, count: {exact: 2}, prefer: raw}
      dff:
        from: flat.flat
        match: {prism: equal, dit: {tolerance: 0.1, empty: deny}, star: differs, icor: {or: [A, B]}}
        count: {by: prism, cases: {YJ: 4, YJH: {min: 2, max: 5}}}
      psf:
        if_none: warn
        match: [iflt]
        first_of:
          - {name: own, frame_type: PSF, lineage: same_process}
          - {frame_type: PSF, match: [star], window_days: [-3, 0], level_offset: 2, take: latest}
      sky: {frame_type: SKY, of: psf, match: [dit], take: bracket, verdict: [warn, unchecked]}
"""


def test_what_is_written_is_what_is_meant() -> None:
    rules = read(RULES)
    assert (rules["dark"].recipe, rules["science"].recipe) == ("dark", "science@>=1,<3")
    assert rules["dark"].main.count == Count(3, None)
    flat, science = rules["flat"], rules["science"]
    assert (flat.main.split_gap_h, flat.main.complete) == (2.0, "nexp")
    assert [(b.name, b.column, b.other) for b in flat.parameters] == [
        ("lines", "prism", 3), ("seconds", "dit", None)]  # fmt: skip
    assert (science.main.origin, science.main.output, science.origins) == (
        "flat", "flat", ("flat", "dark"))  # fmt: skip
    dark = flat.inputs[0]
    assert (dark.prefer, dark.max_level, dark.verdicts) == ("product", 1, ("pass",))
    assert dark.sources[0].match == (Match("dit", "each", "dit", null=True),)
    assert dark.sources[0].levels == (
        Level(0, (-1.0, 1.0)), Level(1, (-7.0, 7.0), ("nd",), warn=True))  # fmt: skip


def test_an_input_is_like_another_but_for_what_it_says() -> None:
    rules = read(RULES)
    own, like = rules["science"].inputs[0], rules["flat"].inputs[0]
    assert own.sources == like.sources
    assert (own.count, own.prefer, own.max_level) == (Count(2, 2), "raw", 3)


def test_matches_counts_and_alternatives() -> None:
    _, dff, psf, sky = read(RULES)["science"].inputs
    assert dff.sources[0].match == (
        Match("prism", "equal", "prism", null=True),
        Match("dit", "tolerance", "dit", tolerance=0.1),
        Match("star", "differs", "star", null=True),
        Match("icor", "equal", "icor", ("A", "B"), null=True),
    )
    assert (dff.count.min, dff.count.max) == (2, 5)
    assert [dff.count.of(v) for v in ("YJ", "YJH")] == [Count(4, 4), Count(2, 5)]
    own, other = psf.sources
    assert (own.label, own.lineage, [m.column for m in own.match]) == (
        "own", "same_process", ["iflt"])  # fmt: skip
    assert ([m.column for m in other.match], other.take, other.level_offset) == (
        ["star"], "latest", 2)  # fmt: skip
    assert (sky.sources[0].of, sky.verdicts) == ("psf", ("warn", "unchecked"))


SCIENCE = """
levels: {daily: [{window_days: [-1, 1]}]}
associations:
  flat: {main: {frame_type: F}}
  science:
    main: {frame_type: S}
    inputs:
      x: {frame_type: X, %s}
"""


@pytest.mark.parametrize(
    ("said", "told", "cure"),
    [
        ("match: [prsim]", "no instrument has a column 'prsim'", "prism"),
        ("match: {dit: {tolerance: -1}}", "match.dit.tolerance: is -1", "at least 0"),
        ("match: {dit: {tolerance: 1, in: [2]}}", "says tolerance and in", "one of them"),
        ("match: {dit: {tolerence: 1}}", "unknown key 'tolerence'", "tolerance"),
        ("match: 4", "match: is 4", "match: [star"),
        ("where: {prsim: YJ}", "where.prsim: unknown column", "prism"),
        ("window_days: [7, -7]", "window_days: is [7, -7]", "start before end"),
        ("window_days: [0, .nan]", "window_days: is [0, nan]", "start before end"),
        ("window_days: [-9.0e+9, 0]", "window_days: is", "start before end"),
        ("levels: dayly", "no levels are called 'dayly'", "daily"),
        ("levels: daily, window_days: [0, 1]", "says levels and window_days", "one of them"),
        ("levels: [{level: 2}, {level: 1}]", "levels must rise", "best first"),
        ("levels: [{relax: [ndd]}]", "no instrument has a column 'ndd'", "nd"),
        ("levels: []", "must be a list of levels", "window_days"),
        ("take: best", "take: is 'best'", "nearest"),
        ("lineage: mother", "lineage: is 'mother'", "same_process"),
        ("count: {min: 3, max: 2}", "min 3 is more than max 2", "count:"),
        ("count: {by: prism}", "says by without cases", "cases"),
        ("count: {cases: {YJ: 4}}", "needs by and cases", "cases"),
        ("count: {exact: 1, min: 1}", "says exact and another number", "exact"),
        ("like: flat.x", "no input is 'flat.x'", "like: ASSOCIATION.ROLE"),
        ("like: science.x", "science.x is like itself", "write one of them out"),
        ("verdict: [good]", "unknown verdict 'good'", "pass"),
        ("max_level: -1", "max_level: is -1", "whole number"),
        ("if_none: shrug", "if_none: is 'shrug'", "gap, warn"),
        ("frametype: Y", "unknown key 'frametype'", "frame_type"),
        ("per: lmap", "no instrument has a column 'lmap'", "lamp"),
        ("match: {dit: {null: allow}}", "must be a mapping with text keys", "quote names"),
        ("first_of: []", "must be a list of sources", "first_of: ["),
    ],
)  # fmt: skip
def test_what_means_nothing_is_told_with_line_and_cure(said: str, told: str, cure: str) -> None:
    with pytest.raises(PlanError) as caught:
        read(SCIENCE % said)
    assert caught.value.kind == "rules"
    assert caught.value.message.startswith("rules.yaml:8: associations.science.inputs.x")
    assert told in caught.value.message
    assert cure in caught.value.hint


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("associations: [science]", "rules.yaml: associations: must be a mapping"),
        ("associations: {a: {main: {group_by: [night]}}}", "associations.a.main: lacks frame_type"),
        ("associations:\n  a: {main: {frame_type: F}, inputs: [x]}", "2: associations.a.inputs"),
        ("associations:\n  a: {main: {from: dark}}", "2: associations.a.main.from: must read"),
        ("defaults: {perfer: raw}\nassociations: {}", "defaults: unknown key 'perfer'"),
        ("levels: {d: 3}\nassociations: {}", "rules.yaml:1: levels.d: must be a list of levels"),
        ("associations:\n  a:\n    main: {frame_type: F}\n    parameters: {n: {by: dit}}",
         "4: associations.a.parameters.n: needs a column, or by and cases"),
    ],
)  # fmt: skip
def test_what_is_no_rule_at_all(text: str, told: str) -> None:
    with pytest.raises(PlanError) as caught:
        read(text)
    assert told in caught.value.message


def test_all_that_is_wrong_is_told_at_once() -> None:
    text = SCIENCE % "match: [prsim]" + "      y: {take: best, frame_type: Y}\n  flot: {man: {}}\n"
    with pytest.raises(PlanError) as caught:
        read(text)
    lines = caught.value.message.splitlines()
    assert len(lines) == 3
    assert [line.strip().split(":")[1] for line in lines] == ["8", "9", "10"]
