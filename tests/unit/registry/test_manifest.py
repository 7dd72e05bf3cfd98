"""The manifest: what is read, what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recipe_folder import MANIFEST, manifest_text

from cobrex_registry.errors import RegistryError
from cobrex_registry.recipe.manifest import parse, problems_of


def test_a_good_manifest_is_read() -> None:
    toy = parse(MANIFEST, "recipe.yaml")
    assert (toy.name, toy.version, toy.type, toy.subtype) == ("toy", "1.0.0", "Calibration", "toy")
    assert toy.main_input.role == "raw"
    assert toy.main_input.frame_types == ("TOY_RAW",)
    assert toy.inputs[1].frame_types == ("TOY_DARK", "TOY_BACKGROUND")
    assert toy.inputs[1].max is None
    assert toy.main_output.file == "cube.fits"
    assert toy.outputs[1].min == 0
    assert toy.qc[0].range == (0, 10.5)
    assert toy.resources.memory_bytes == 1 << 30
    assert toy.resources.scratch_bytes == 500_000_000
    assert toy.resources.walltime_s == 1200
    assert [one.name for one in toy.parameters][:2] == ["sigma", "method"]


def test_a_single_output_is_the_main_one() -> None:
    text = manifest_text(("file: cube.fits, main: true", "file: cube.fits"))
    assert parse(text, "recipe.yaml").main_output.role == "cube"


@pytest.mark.parametrize(
    ("old", "new", "line", "message", "hint"),
    [
        ("title: A toy", "titel: A toy", 4, "unknown key 'titel'", "did you mean title"),
        ("ucd: stat.snr", "description: a, b c", 12, "unknown key 'b c'", "needs quotes"),
        ("title: A toy", "", 1, "'title' is missing", ""),
        ('"1.0.0"', "1.10", 3, "must be quoted", 'version: "1.0.0"'),
        ('"1.0.0"', '"1.0"', 3, "is not a version", "1.2.0"),
        ("name: toy", "name: Toy", 2, "'Toy' is not allowed", "a-z"),
        ("name: toy", "name: ../toy", 2, "is not allowed", ""),
        ("name: toy", "name: a--b", 2, "is not allowed", ""),
        ("name: toy", "name: no\nname: x", 3, "duplicate key", ""),
        ("schema: recipe/1", "schema: recipe/2", 1, "'recipe/2' is none of recipe/1", ""),
        ("max: 8, main: true", "max: 8", 8, "exactly one input must be main, not 0", "main: true"),
        ("max: null", "max: null, main: true", 8, "exactly one input must be main, not 2", ""),
        ("min: 1, max: 8", "min: 9, max: 8", 9, "8 is below min 9", "exchange"),
        ("min: 1, max: 8", "min: 0, max: 8", 9, "the main input cannot be optional", "min: 1"),
        ("min: 1, max: 8", "min: one, max: 8", 9, "must be an integer", ""),
        ("role: dark", "role: raw", 10, "role 'raw' is there twice", "rename"),
        ("frame_type: TOY_RAW", "frame_type: toy raw", 9, "'toy raw' is not allowed", ""),
        ("default: 5.0", "default: 99", 12, "99 is not a number from 3.0 to 50.0", ""),
        ("default: 5.0", "default: .nan", 12, "nan is not a number", ""),
        ("default: 5.0, ", "", 12, "has no default", ""),
        ("default: mean", "default: maen", 13, "is not one of mean, median", ""),
        (", choices: [mean, median]", "", 13, "an enum needs its choices", ""),
        ("type: int", "type: integr", 14, "is not a type of parameter", "did you mean"),
        ("default: 3, min: 1", "default: 3, min: 5, max: 4", 14, "4 is below min 5", ""),
        ("name: iterations", "name: sigma", 14, "parameter 'sigma' is there twice", ""),
        ("name: iterations", "name: --rm", 14, "'--rm' is not allowed", ""),
        ("file: cube.fits", "file: ../cube.fits", 19, "leaves the working directory", ""),
        ("file: cube.fits", "file: /etc/passwd", 19, "leaves the working directory", ""),
        ("file: cube.fits", "file: a/../../b", 19, "leaves the working directory", ""),
        ("file: cube.fits", "file: -rf", 19, "leaves the working directory", ""),
        ("file: cube.fits", "file: record.json", 19, "cobrex itself uses", ""),
        ("min: 0, max: 4", "min: 0, max: 4, main: true", 18, "only one output can be main", ""),
        ("range: [0, 10.5]", "range: [10, 1]", 22, "10 is above 1", ""),
        ("range: [0, 10.5]", "range: 5", 22, "must be two numbers", "[4, null]"),
        ("range: [0, 10.5]", "range: [0, .inf]", 22, "must be a finite number", ""),
        ("action: fail", "action: fial", 22, "'fial' is none of warn, fail", "did you mean fail"),
        ("product: cube", "product: cub", 22, "no output has the role 'cub'", "cube"),
        ("QC TOY MEAN", "TOY MEAN", 22, "is not allowed", "QC PLATE SCALE"),
        ("memory: 1GiB", "memory: lots", 23, "'lots' is not a size", "2GiB"),
        ('"00:20:00"', "20", 23, "must be text", "quotes"),
        ("kind: host", "kind: hots", 24, "'hots' is none of", "did you mean host"),
        ("kind: host", "kind: python", 24, "lock: is missing", ""),
        ("kind: host", "kind: host, lock: x", 24, "means nothing for the kind 'host'", "remove"),
        ("kind: host", "kind: container, image: x", 24, "is not allowed here", "sha256"),
        ("kind: host", 'kind: host, probe: "a \'b"', 24, "No closing quotation", ""),
        ("kind: host", "kind: python, lock: ../x", 24, "is not allowed here", ""),
        ("{sof} {options}", "{options}", 7, "{sof} must stand there exactly once", ""),
        ("{sof} {options}", "{sof}", 7, "{options} must stand there exactly once", ""),
        ("{sof} {options}", "{sof} {options} > log", 7, "would need a shell", "inside the recipe"),
        ("{sof} {options}", "{sof} {options} $(id)", 7, "would need a shell", ""),
        ("{sof} {options}", "{sof} {options} {night}", 7, "only {sof} and {options}", ""),
        ("command: python", "command: '\"python'\n#", 7, "No closing quotation", ""),
        ("[DATE]", "[date]", 25, "'date' is not allowed here", ""),
    ],
)
def test_each_mistake_is_told_with_line_and_cure(
    old: str, new: str, line: int, message: str, hint: str
) -> None:
    _, problems = problems_of(manifest_text((old, new)))
    told = [(one.line, one.message, one.hint) for one in problems]
    assert any(at == line and message in text and hint in cure for at, text, cure in told), told
    with pytest.raises(RegistryError) as caught:
        parse(manifest_text((old, new)), "recipe.yaml")
    assert caught.value.kind in {"manifest", "yaml"}
    assert "recipe.yaml:" in caught.value.message


def test_all_mistakes_are_told_at_once() -> None:
    text = manifest_text(("title: A toy", "titel: x"), ("action: fail", "action: no"),
                         ("default: 5.0", "default: 0"))  # fmt: skip
    _, problems = problems_of(text)
    assert {one.line for one in problems} == {1, 4, 12, 22}


@pytest.mark.parametrize("text", ["", "[]", "toy", "inputs: 3\noutputs: {}\nparameters: x\nqc: 1"])
def test_what_is_no_manifest_is_refused(text: str) -> None:
    _, problems = problems_of(text)
    assert problems


SCRAPS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["role", "name", "type", "min", "kind", "x"]), inner)
    ),
    max_leaves=6,
)
KEYS = [line.partition(":")[0] for line in MANIFEST.splitlines() if line[:1].isalpha()]


@settings(max_examples=150)
@given(st.sampled_from(KEYS), SCRAPS)
def test_any_value_is_read_or_told(key: str, value: object) -> None:
    import json

    kept, skipping = [], False
    for line in MANIFEST.splitlines():
        skipping = line.startswith(f"{key}:") or (skipping and not line[:1].isalpha())
        if not skipping:
            kept.append(line)
    text = json.dumps(value).replace("NaN", ".nan").replace("Infinity", ".inf")
    manifest, problems = problems_of("\n".join([*kept, f"{key}: {text}"]))
    assert manifest is not None or problems
