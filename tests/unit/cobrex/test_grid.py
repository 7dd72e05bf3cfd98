"""Tables fit the terminal and show nothing but text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cobrex.cli.grid import grid

texts = st.text(st.characters(codec="utf-8"), max_size=60)


def test_columns_are_aligned_and_numbers_flush_right():
    lines = grid(
        ["star", "n"], [["HR 100", "7"], ["kappa Phe", "12"]], right=[False, True], width=80
    )
    assert lines == ["star        n", "─────────  ──", "HR 100      7", "kappa Phe  12"]


def test_wide_columns_are_folded_at_blanks():
    lines = grid(["a", "b"], [["x", "one two three four five"]], right=[False, False], width=14)
    assert max(map(len, lines)) <= 14
    folded = [line.split() for line in lines[2:]]
    assert folded == [["x", "one", "two"], ["three", "four"], ["five"]]


def test_texts_are_folded_before_names_are_cut():
    row = ["ifs_astrometry@^1", "IFS_ASTROMETRY", "Plate scale, true north and all that"]
    lines = grid(["recipe", "frames", "title"], [row], right=[False] * 3, width=48)
    assert max(map(len, lines)) <= 48
    assert lines[2].split()[:3] == ["ifs_astrometry@^1", "IFS_ASTROMETRY", "Plate"]
    assert not any("_" in line for line in lines[3:])


def test_dates_stay_whole_and_empty_columns_go_before_names_are_cut():
    row = ["8jYcEYo8", "ird_background@1.0.0", "", "2018-04-13", "QC BACKGROUND LEVEL"]
    heads = ["key", "recipe", "star", "night", "metric"]
    lines = grid(heads, [row], right=[False] * 5, width=46)
    assert max(map(len, lines)) <= 46
    assert "star" not in lines[0]
    assert "2018-04-13" in lines[2]
    assert "star" in grid(heads, [row], right=[False] * 5, width=80)[0]
    assert "star" in grid(heads, [], right=[False] * 5, width=20)[0]


def test_a_name_too_long_is_cut_between_its_parts():
    lines = grid(["recipe"], [["draft-root/my_dark@0.1.0"]], right=[False], width=20)
    assert lines[2:] == ["draft-root/my_dark", "@0.1.0"]


@given(st.text(st.sampled_from("ab_=/@,- "), max_size=60))
def test_no_part_is_wider_than_its_column(text):
    assert max(map(len, grid(["a"], [[text]], right=[False], width=9))) <= 9


def test_control_characters_do_not_reach_the_terminal():
    lines = grid(["a"], [["\x1b[31mred\x07\n"]], right=[False], width=None)
    assert lines[2] == "?[31mred??"


@given(st.lists(st.lists(texts, min_size=3, max_size=3), max_size=5))
def test_it_fits_and_loses_nothing(rows):
    lines = grid(["a", "b", "c"], rows, right=[False, True, False], width=40)
    assert all(line.isprintable() for line in lines)
    shown = "".join("".join(lines).split())
    for row in rows:
        for text in row:
            assert all(c in shown for c in text if c.isprintable() and not c.isspace())
