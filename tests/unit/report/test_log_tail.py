from __future__ import annotations

from pathlib import Path

from cobrex.report.log_tail import log_tail


def test_no_log(tmp_path: Path) -> None:
    assert log_tail(tmp_path) == ""


def test_the_last_lines_without_colours(tmp_path: Path) -> None:
    (tmp_path / "recipe.log").write_bytes(b"one\r\n\x1b[1;31mtwo\x1b[0m\nthr\xffee\n\n")
    assert log_tail(tmp_path, 2) == "two\nthr\ufffdee"


def test_an_endless_line_is_cut(tmp_path: Path) -> None:
    (tmp_path / "recipe.log").write_text("x" * 1_000_000 + "end")
    tail = log_tail(tmp_path)
    assert len(tail) == 32_768
    assert tail.endswith("end")
