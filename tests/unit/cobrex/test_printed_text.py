"""What is printed may be anybody's text: none of it steers the terminal."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from cobrex.batch.pace import Pace
from cobrex.cli.output import emit_json, note, say
from cobrex.cli.watch_state import Watched
from cobrex.cli.watch_view import lines
from cobrex_db.batch_failures import Failure

HOSTILE = "title \x1b]0;owned\x07\x1b[2J\x9b31m\u202e of two\n\tlines é"
PLAIN = "title ?]0;owned??[2J?31m? of two\n\tlines é\n"


def test_neither_answers_nor_notes_steer_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    say(HOSTILE)
    note(HOSTILE)
    assert capsys.readouterr() == (PLAIN, PLAIN)


def test_json_says_all_of_it_and_steers_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    emit_json({"title": HOSTILE})
    said = capsys.readouterr().out
    assert not {"\x1b", "\x07", "\x9b", "\x7f"} & set(said)
    assert json.loads(said) == {"title": HOSTILE}


def test_a_name_breaks_no_line_of_what_is_watched() -> None:
    now = datetime(2026, 1, 1)
    batch = {"name": "one", "state": "done", "profile": "p\nq", "host": "h\tx\ny", "started": now,
             "ended": now}  # fmt: skip
    failed = Failure(*({"ended": now, "key": "k" * 43, "star": "HR\n\x1b[1m100"}.get(n) or n
                       for n in Failure.__slots__))  # fmt: skip
    watched = Watched(batch, now, [], Pace(None, None, {}), [], [failed], 0, abandoned=False)
    drawn = [text for text, _ in lines(watched, width=100, height=40)]
    assert not [text for text in drawn if set(text) & set("\n\t\x1b")]
    assert any("HR??[1m100" in text for text in drawn)
