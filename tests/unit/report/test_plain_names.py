from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cobrex.report.plain import parameter, plain, slug


@pytest.mark.parametrize("name", ["HR 100", "β Pic", "2MASS J12073346-3932539", "main/a_b@1.2.0"])
def test_ordinary_names_stay(name: str) -> None:
    assert plain(name) == name


@given(st.text())
def test_a_plain_name_is_one_harmless_line(text: str) -> None:
    name = plain(text)
    assert 1 <= len(name) <= 80
    assert not set(name) & set('<>{}:`\\|"&;\n\r\t\x00')
    assert plain(name) == name


@given(st.text())
def test_a_parameter_cannot_end_a_script(text: str) -> None:
    assert "<" not in json.dumps(parameter(text), ensure_ascii=False)
    assert "\n" not in parameter(text)
    parameter(text).encode("utf-8")


def test_a_long_parameter_is_cut() -> None:
    assert parameter("x" * 50, longest=10) == "x" * 10 + "…"


@given(st.text())
def test_a_slug_is_one_step_down(text: str) -> None:
    name = slug(text)
    assert name.isascii()
    assert name not in {".", ".."}
    assert "/" not in name
    assert 1 <= len(name) <= 60
