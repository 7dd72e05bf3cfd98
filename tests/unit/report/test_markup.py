from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cobrex.report.markup import Html, breakable, code, element, escape, page, pill, table

HOSTILE = "</td><script>alert('x')</script>\"&"


@pytest.mark.parametrize(
    "made",
    [
        escape(HOSTILE),
        element("p", HOSTILE),
        code(HOSTILE),
        pill(HOSTILE),
        breakable(HOSTILE),
        table([HOSTILE], [[HOSTILE]]),
        Html(page(HOSTILE, element("p", HOSTILE))),
    ],
)
def test_nothing_from_outside_becomes_markup(made: Html) -> None:
    assert "<script" not in made
    assert "alert('x')" not in made


@given(st.text())
def test_escaped_text_is_plain_and_can_be_written(text: str) -> None:
    made = escape(text)
    assert not re.search(r"[<>\"']", made)
    made.encode("utf-8")
    if text.isprintable() and text:
        assert html.unescape(made) == text


def test_unprintable_signs_are_shown_as_such() -> None:
    assert escape("a\x00b\x1b[31m\u202ec\ud800") == "a\ufffdb\ufffd[31m\ufffdc\ufffd"


def test_html_is_not_escaped_twice() -> None:
    assert element("p", element("b", "a<b")) == "<p><b>a&lt;b</b></p>"


@pytest.mark.parametrize("nothing", [None, ""])
def test_nothing_is_a_dash(nothing: object) -> None:
    assert escape(nothing) == "–"


@pytest.mark.parametrize(
    ("status", "tone"),
    [
        ("pass", "good"),
        ("warn", "warn"),
        ("fail", "bad"),
        ("failed", "bad"),
        ("lost", "bad"),
        ("blocked", "held"),
        ("done", "plain"),
        ("something new", "plain"),
    ],
)
def test_verdicts_have_colours(status: str, tone: str) -> None:
    assert f'class="pill {tone}"' in pill(status)


def test_a_page_loads_nothing() -> None:
    made = page("t", element("p", "x"))
    assert "default-src 'none'" in made
    assert not re.search(r"https?:|src=|href=|@import|url\(", made)


def test_a_row_of_another_length_is_a_bug() -> None:
    with pytest.raises(ValueError, match="zip"):
        table(["one", "two"], [["only one"]])
