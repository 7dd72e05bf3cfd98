"""How a recipe is told its parameters, inputs and products."""

from __future__ import annotations

from pathlib import Path

import pytest
from recipe_folder import manifest_text

from cobrex_registry.admission.manifest_changes import parameter_changes
from cobrex_registry.errors import RegistryError
from cobrex_registry.recipe.calling import Calling, input_words
from cobrex_registry.recipe.code_hash import hash_files
from cobrex_registry.recipe.manifest import Manifest, parse
from cobrex_registry.recipe.parameters import as_options, resolve

RECIPES = Path(__file__).parents[3] / "recipes"
HOST = "environment: {kind: host}"
VERBOSE = "type: bool, default: false"
LABEL = 'type: str, default: ""'


def toy(*changes: tuple[str, str]) -> Manifest:
    return parse(manifest_text(*changes), "recipe.yaml")


def spelt(*changes: tuple[str, str], **text: str) -> list[str]:
    manifest = toy(*changes)
    return as_options(resolve(manifest, text=text), manifest)


def test_prefix_and_join() -> None:
    change = (HOST, f'{HOST}\noptions: {{prefix: "-", join: " "}}')
    assert spelt(change)[:4] == ["-sigma", "5.0", "-method", "mean"]
    change = (HOST, f'{HOST}\noptions: {{prefix: "", join: ""}}')
    assert spelt(change)[0] == "sigma5.0"


def test_flags_values_and_what_has_none() -> None:
    changes = (
        (VERBOSE, f"{VERBOSE}, form: flag"),
        (LABEL, "type: str, optional: true, form: value"),
    )
    assert "--verbose" not in " ".join(spelt(*changes))
    assert spelt(*changes, verbose="true")[3] == "--verbose"
    assert spelt(*changes)[-1] == "--planes=1,2"
    assert spelt(*changes, label="$(id) *")[-1] == "$(id) *"
    assert resolve(toy(*changes), text={"label": ""})["label"] is None


def test_a_value_in_the_command_is_no_option() -> None:
    change = ("toy.py {sof}", "toy.py '--at={sigma}' {sof}")
    assert not any("sigma" in word for word in spelt(change))


def test_inputs_and_products_by_option() -> None:
    manifest = toy(
        ("file: cube.fits", "file: cube.fits, option: out"),
        ("min: 0, max: null}", "min: 0, max: null, option: dark}"),
    )
    assert as_options(resolve(manifest), manifest)[-1] == "--out=cube.fits"
    staged = [("/a/raw", "TOY_RAW"), ("/a/d1", "TOY_DARK"), ("/a/d2", "TOY_BACKGROUND")]
    option = {"name": "dark", "frame_types": manifest.inputs[1].frame_types}
    words = input_words([{**option, "prefix": "-", "join": " "}], staged)
    assert words == ["-dark", "/a/d1", "-dark", "/a/d2"]
    assert Calling().words("a", "b") == ["--a=b"]


def test_no_sof_where_every_input_has_an_option() -> None:
    inputs = (
        ("main: true}\n  - {role: dark", "main: true, option: raw}\n  - {role: dark"),
        ("min: 0, max: null}", "min: 0, max: null, option: dark}"),
    )
    toy(*inputs, ("{sof} {options}", "{options}"))
    with pytest.raises(RegistryError, match=r"word \{sof\}"):
        toy(inputs[0], ("{sof} {options}", "{options}"))
    with pytest.raises(RegistryError, match=r"word \{options\}"):
        toy(*inputs, ("{sof} {options}", "{sof}"))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ((HOST, HOST + '\noptions: {prefix: "; rm"}'), "prefix"),
        ((HOST, HOST + '\noptions: {join: ":"}'), "join"),
        (("choices: [mean, median]", "choices: [mean, median], form: flag"), "a flag is there"),
        (("{sof} {options}", "{sof} {options} {nothing}"), "filled in"),
        (('file: "*.png"', 'file: "*.png", option: png'), "tells one name"),
        (("file: cube.fits", "file: cube.fits, option: '-x y'"), "option"),
        (("[TOY_DARK, TOY_BACKGROUND]", "TOY_RAW, option: dark"), "same frame type"),
        ((LABEL, "type: str"), "has no default"),
    ],
)
def test_what_does_not_go_together(change: tuple[str, str], told: str) -> None:
    with pytest.raises(RegistryError, match=told):
        toy(change)


def test_the_form_of_the_call_is_in_the_code_hash() -> None:
    changes = [
        (),
        ((HOST, HOST + '\noptions: {prefix: "-"}'),),
        ((VERBOSE, f"{VERBOSE}, form: flag"),),
        (("file: cube.fits", "file: cube.fits, option: out"),),
    ]
    assert len({hash_files(toy(*change), []) for change in changes}) == 4
    usual = ((HOST, HOST + '\noptions: {prefix: "--", join: "="}'),)
    assert hash_files(toy(*usual), []) == hash_files(toy(), [])


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("adi_pca", "SeyB0ywTI85j-4DYeLXGVcXaMh8R_kpaPvZBoLwAlk4"),
        ("ifs_specpos", "Ysa7EsVifP0OQ3RIio74kWhrl--KQN18UtKXVGU4UUM"),
    ],
)
def test_recipes_called_as_ever_keep_their_code_hash(name: str, known: str) -> None:
    """Products in every store are named by it; without files, so that code may change."""
    text = (RECIPES / name / "recipe.yaml").read_text(encoding="utf-8")
    assert hash_files(parse(text, "recipe.yaml"), []) == known


def test_a_parameter_that_must_have_a_value_now_is_a_larger_change() -> None:
    optional, strict = toy((LABEL, "type: str, optional: true")), toy()
    told = list(parameter_changes(optional.parameters, strict.parameters))
    assert ("major", "parameter label: must have a value") in [(c.level, c.text) for c in told]
    assert parameter_changes(strict.parameters, optional.parameters)
