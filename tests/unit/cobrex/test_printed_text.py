"""What is printed may be anybody's text: none of it steers the terminal."""

from __future__ import annotations

import pytest

from cobrex.cli.output import note, say

HOSTILE = "title \x1b]0;owned\x07\x1b[2J\x9b31m\u202e of two\n\tlines é"
PLAIN = "title ?]0;owned??[2J?31m? of two\n\tlines é\n"


def test_neither_answers_nor_notes_steer_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    say(HOSTILE)
    note(HOSTILE)
    assert capsys.readouterr() == (PLAIN, PLAIN)
