"""Comparison: what changed between two manifests, and which number says so."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from recipe_folder import manifest_text

from cobrex_registry.admission.change import LEVELS, Change, level_of, raised, suffices
from cobrex_registry.admission.comparison import compare, previous
from cobrex_registry.recipe.manifest import Manifest, parse
from cobrex_registry.semver import Semver
from cobrex_registry.version import Version

RAW = "{role: raw, frame_type: TOY_RAW, min: 1, max: 8, main: true}"
DARK = "{role: dark, frame_type: [TOY_DARK, TOY_BACKGROUND], min: 0, max: null}"
SIGMA = '{name: sigma, type: float, default: 5.0, min: 3.0, max: 50.0, unit: "", ucd: stat.snr}'
CUBE = "{role: cube, frame_type: TOY_CUBE, file: cube.fits, main: true}"
PREVIEW = '{role: preview, frame_type: PREVIEW, file: "*.png", min: 0, max: 4}'
METHOD = "{name: method, type: enum, default: mean, choices: [mean, median]}"


def toy(*changes: tuple[str, str]) -> Manifest:
    return parse(manifest_text(*changes), "recipe.yaml")


TABLE = [
    # major
    ((DARK, DARK.replace("min: 0", "min: 1")), "major: input dark: now required"),
    ((RAW, RAW.replace("min: 1", "min: 3")), "major: input raw: at least 3 instead of 1"),
    ((RAW, RAW.replace("max: 8", "max: 4")), "major: input raw: at most 4 instead of 8"),
    (
        (DARK, DARK.replace("max: null", "max: 5")),
        "major: input dark: at most 5 instead of any number",
    ),
    (
        ("[TOY_DARK, TOY_BACKGROUND]", "TOY_DARK"),
        "major: input dark: no longer takes TOY_BACKGROUND",
    ),
    (("role: dark", "role: darks"), "major: input dark: renamed to darks"),
    ((f"  - {DARK}\n", ""), "major: input dark: is gone"),
    (
        (f"  - {DARK}\n", f"  - {DARK}\n  - {{role: flat, frame_type: TOY_FLAT}}\n"),
        "major: input flat: new and required (TOY_FLAT)",
    ),
    ((f"  - {PREVIEW}\n", ""), "major: output preview: is gone"),
    (
        ("frame_type: TOY_CUBE", "frame_type: TOY_CUBE_2"),
        "major: output cube: frame type TOY_CUBE_2 instead of TOY_CUBE",
    ),
    ((CUBE, CUBE.replace("main", "min: 0, main")), "major: output cube: no longer promised"),
    ((CUBE, CUBE.replace("main", "max: 2, main")), "major: output cube: at most 2 instead of 1"),
    (("{name: label", "{name: caption"), "major: parameter label: renamed to caption"),
    (('  - {name: label, type: str, default: ""}\n', ""), "major: parameter label: is gone"),
    (
        ("type: int, default: 3", "type: float, default: 3.0"),
        "major: parameter iterations: type float instead of int",
    ),
    (
        ("min: 3.0, max: 50.0", "min: 4.0, max: 50.0"),
        "major: parameter sigma: min 4.0 instead of 3.0",
    ),
    (
        ("min: 3.0, max: 50.0", "min: 3.0, max: 40"),
        "major: parameter sigma: max 40 instead of 50.0",
    ),
    (
        ("default: 3, min: 1", "default: 3, min: 1, max: 9"),
        "major: parameter iterations: max 9 instead of none",
    ),
    (("[mean, median]", "[mean]"), "major: parameter method: choice 'median' is gone"),
    (('default: ""}', 'default: "", choices: ["", a]}'), "major: parameter label: only '', 'a'"),
    # minor
    (
        (DARK, DARK + "\n  - {role: flat, frame_type: TOY_FLAT, min: 0}"),
        "minor: input flat: new, optional (TOY_FLAT)",
    ),
    ((RAW, RAW.replace("max: 8", "max: 9")), "minor: input raw: at most 9 instead of 8"),
    (
        ("frame_type: TOY_RAW", "frame_type: [TOY_RAW, TOY_SKY]"),
        "minor: input raw: takes TOY_SKY too",
    ),
    (
        (PREVIEW, PREVIEW.replace("min: 0", "min: 1")),
        "minor: output preview: 1 promised instead of 0",
    ),
    (
        (PREVIEW, PREVIEW + "\n  - {role: map, frame_type: MAP, file: map.fits}"),
        "minor: output map: new (MAP)",
    ),
    (
        ("file: cube.fits", "file: out.fits"),
        "minor: output cube: file 'out.fits' instead of 'cube.fits'",
    ),
    (
        (METHOD, METHOD + "\n  - {name: cut, type: int, default: 2}"),
        "minor: parameter cut: new, default 2",
    ),
    (("[mean, median]", "[mean, median, mode]"), "minor: parameter method: new choice 'mode'"),
    (
        ("min: 3.0, max: 50.0", "min: 2.0, max: 50.0"),
        "minor: parameter sigma: min 2.0 instead of 3.0",
    ),
    (("min: 3.0, max: 50.0", "min: 3.0"), "minor: parameter sigma: max none instead of 50.0"),
    (("default: 5.0", "default: 6.0"), "minor: parameter sigma: default 6.0 instead of 5.0"),
    (("name: QC TOY MEAN", "name: QC TOY MEDIAN"), "minor: metric QC TOY MEAN: is gone"),
    # patch
    (
        (CUBE, CUBE.replace("main", "intermediate: true, main")),
        "patch: output cube: now intermediate",
    ),
    (("title: A toy", "title: The toy"), "patch: title: changed"),
    (("range: [0, 10.5]", "range: [0, 11]"), "patch: metric QC TOY MEAN: judged otherwise"),
    (
        ("command: python toy.py", "command: python ./toy.py"),
        "patch: command: python ./toy.py {sof} {options}",
    ),
    (("cores: 2", "cores: 3"), "patch: resources: changed"),
    (("{kind: host}", "{kind: host, probe: [uname]}"), "patch: environment: changed"),
    (("volatile: [DATE]", "volatile: []"), "patch: volatile: changed"),
    (("name: Ada", "name: Grace"), "patch: authors: changed"),
    (("ucd: stat.snr", "ucd: stat.error"), "patch: parameter sigma: other UCD"),
    (('unit: "", ucd', 'unit: "1", ucd'), "patch: parameter sigma: unit 1 instead of none"),
    ((SIGMA + "\n  - " + METHOD, METHOD + "\n  - " + SIGMA), "patch: parameters: in another order"),
    ((RAW + "\n  - " + DARK, DARK + "\n  - " + RAW), "patch: inputs: in another order in the SOF"),
]


@pytest.mark.parametrize(("change", "told"), TABLE, ids=[row[1] for row in TABLE])
def test_each_change_and_its_level(change: tuple[str, str], told: str) -> None:
    found = [str(one) for one in compare(toy(), toy(change))]
    assert told in found
    assert found[0].partition(":")[0] == told.partition(":")[0]


def test_another_main_input_and_output() -> None:
    lines = RAW + "\n  - " + DARK
    other = lines.replace(", main: true", "").replace("min: 0", "min: 1, main: true")
    assert "input dark: now the main input" in texts(toy((lines, other)))
    changes = [(CUBE, CUBE.replace(", main: true", "")), ("PREVIEW, ", "PREVIEW, main: true, ")]
    assert "output preview: now the main output" in texts(toy(*changes))


def texts(new: Manifest) -> list[str]:
    return [one.text for one in compare(toy(), new)]


def test_the_same_says_nothing() -> None:
    assert compare(toy(), toy()) == []
    assert level_of([]) == "patch"


def test_a_unit_means_another_number() -> None:
    mas = toy(('unit: "", ucd', "unit: mas, ucd"))
    assert level_of(compare(mas, toy(('unit: "", ucd', "unit: deg, ucd")))) == "major"


def test_nothing_of_a_manifest_changes_unseen() -> None:
    """Whatever is added to manifests later is compared too."""
    old = toy()
    for one in fields(Manifest):
        if one.name in {"name", "version"}:
            continue
        value = getattr(old, one.name)
        other = (
            "x" if isinstance(value, str) else () if isinstance(value, tuple) and value else None
        )
        if other is not None:
            assert compare(old, replace(old, **{one.name: other})), one.name


@pytest.mark.parametrize(("old", "level", "does", "does_not"), [
    ("1.2.3", "major", "2.0.0", "1.9.9"),
    ("1.2.3", "minor", "1.3.0", "1.2.9"),
    ("1.2.3", "patch", "1.2.4", None),
    ("0.2.3", "major", "0.3.0", "0.2.9"),
    ("0.2.3", "minor", "0.2.4", None),
    ("0.2.3", "patch", "0.2.4", None),
    ("1.2.3", "major", "2.0.0-rc.1", "1.3.0-rc.1"),
    ("1.2.0-rc.1", "minor", "1.3.0", "1.2.1"),
    ("1.2.3", "minor", "2.0.0", None),
])  # fmt: skip
def test_the_number_that_does(old: str, level: str, does: str, does_not: str | None) -> None:
    before = Semver.parse(old)
    assert suffices(before, Semver.parse(does), level)
    assert suffices(before, raised(before, level), level)
    assert raised(before, level) <= Semver.parse(does) or "-" in does
    if does_not:
        assert not suffices(before, Semver.parse(does_not), level)


def test_what_goes_before() -> None:
    def before(number: str, *there: str) -> str:
        versions = [
            Version("recipe", "main", "toy", Semver.parse(one), "", "", "") for one in there
        ]
        found = previous(versions, Semver.parse(number))
        return found.version if found else ""

    assert before("1.0.0") == ""
    assert before("1.0.1", "1.0.0", "2.0.0") == "1.0.0"
    assert before("2.0.0", "1.0.0", "1.1.0", "2.0.0-rc.1") == "1.1.0"
    assert before("2.0.0", "1.9.0", "1.10.0-rc.1") == "1.9.0"
    assert before("1.0.0-rc.2", "1.0.0-rc.1") == ""
    assert before("1.1.0", "1.0.0-rc.1", "1.0.0-rc.2") == "1.0.0-rc.2"


def test_levels_are_ordered() -> None:
    assert level_of([Change(one, "") for one in reversed(LEVELS)]) == "major"
