"""Parameters: layers, types, bounds, options."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recipe_folder import MANIFEST

from cobrex_registry.errors import RegistryError
from cobrex_registry.recipe.manifest import parse
from cobrex_registry.recipe.parameters import as_options, resolve

TOY = parse(MANIFEST, "recipe.yaml")


def test_defaults_below_preset_below_text() -> None:
    values = resolve(TOY, {"sigma": 4, "iterations": 7}, text={"iterations": "9"})
    assert values == {"sigma": 4.0, "method": "mean", "iterations": 9, "verbose": False,
                      "planes": [1, 2], "label": ""}  # fmt: skip
    assert isinstance(values["sigma"], float)


def test_options_are_one_word_a_parameter_in_order() -> None:
    values = resolve(TOY, text={"sigma": "6", "verbose": "true", "planes": "3,4", "label": "a b;c"})
    assert as_options(values, TOY) == [
        "--sigma=6.0", "--method=mean", "--iterations=3", "--verbose=true", "--planes=3,4",
        "--label=a b;c",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("sigma", "1e9", "a number from 3.0 to 50.0"),
        ("sigma", "nan", "a number from"),
        ("sigma", "inf", "a number from"),
        ("sigma", "six", "a number from"),
        ("sigma", "", "a number from"),
        ("sigma", "6,0", "a number from"),
        ("sigma", "1_0", "a number from"),
        ("iterations", "0", "an integer of at least 1"),
        ("iterations", "2.0", "an integer"),
        ("iterations", "99999999999999999999", "an integer"),
        ("method", "medain", "one of mean, median"),
        ("verbose", "1", "true or false"),
        ("planes", "1,,2", "a list, each an integer from 0 to 9"),
        ("planes", "1,10", "a list, each an integer from 0 to 9"),
        ("label", "two\nlines", "control characters"),
        ("label", "nul\0", "control characters"),
    ],
)
def test_bad_values_are_refused_with_what_is_allowed(name: str, text: str, message: str) -> None:
    with pytest.raises(RegistryError) as caught:
        resolve(TOY, text={name: text})
    assert f"parameter {name}" in caught.value.message
    assert message in caught.value.message
    assert caught.value.kind == "parameter"
    assert caught.value.hint


@pytest.mark.parametrize(
    ("name", "value"),
    [("sigma", math.nan), ("sigma", True), ("sigma", "5"), ("sigma", 10**400), ("iterations", 2.0),
     ("iterations", False), ("method", 1), ("verbose", 1), ("planes", 3), ("planes", [1.5]),
     ("label", 3), ("label", None)],
)  # fmt: skip
def test_ill_typed_preset_values_are_refused(name: str, value: object) -> None:
    with pytest.raises(RegistryError) as caught:
        resolve(TOY, {name: value})
    assert caught.value.kind == "parameter"


def test_unknown_names_are_refused_with_the_nearest() -> None:
    with pytest.raises(RegistryError) as caught:
        resolve(TOY, text={"sigmma": "5"})
    assert caught.value.hint == "did you mean sigma?"
    with pytest.raises(RegistryError):
        resolve(TOY, {"--sigma": 5})


def test_minus_zero_is_zero() -> None:
    toy = parse(MANIFEST.replace("min: 3.0, ", ""), "recipe.yaml")
    assert repr(resolve(toy, text={"sigma": "-0"})["sigma"]) == "0.0"


@given(st.floats(3, 50))
def test_a_float_reaches_the_recipe_unchanged(value: float) -> None:
    word = as_options(resolve(TOY, {"sigma": value}), TOY)[0]
    assert float(word.removeprefix("--sigma=")) == value
    assert resolve(TOY, text={"sigma": word.removeprefix("--sigma=")})["sigma"] == value


@given(st.text(max_size=50))
def test_text_is_one_word_or_refused(text: str) -> None:
    try:
        word = as_options(resolve(TOY, text={"label": text}), TOY)[-1]
    except RegistryError:
        assert any(not c.isprintable() for c in text)
    else:
        assert word == f"--label={text}"
