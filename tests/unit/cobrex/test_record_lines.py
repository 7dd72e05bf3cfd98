"""What a log holds of a batch while it runs."""

from __future__ import annotations

from typing import Any

import pytest

from cobrex.cli.progress import RecordLines


def record(number: int, outcome: str = "done", verdict: str | None = "pass") -> dict[str, Any]:
    return {
        "outcome": outcome,
        "verdict": verdict,
        "cpu_s": 1.0,
        "reason": "recipe-error",
        "message": "dark",
        "recipe": {"name": "main/toy", "version": "1.0.0"},
        "labels": {"main": f"frame {number}"},
    }


def said(total: int, capsys: pytest.CaptureFixture[str]) -> list[str]:
    with RecordLines(total) as lines:
        for number in range(total - 2):
            lines.add(record(number))
        lines.add(record(total - 2, verdict="fail"))
        lines.add(record(total - 1, "failed", None))
    return capsys.readouterr().out.splitlines()


def test_of_few_each_has_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(said(20, capsys)) == 20


def test_of_many_those_that_are_not_well_and_how_many(capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(1000, capsys)
    assert len(lines) == 99 + 2
    assert lines[0] == "[10/1000] processes have ended"
    assert lines[-2] == "[999/1000] done toy@1.0.0 frame 998 (QC FAIL, 1.0 s CPU)"
    assert lines[-1] == "[1000/1000] FAILED toy@1.0.0 frame 999 (recipe-error: dark)"
