"""What a batch says when SLURM takes nothing, and what stands when one is gone on with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cobrex.batch.attend import _made_nothing
from cobrex.batch.request import Request
from cobrex.batch.standing import Standing


def test_what_sbatch_refuses_is_said_in_its_own_words(tmp_path: Path) -> None:
    log = tmp_path / "snakemake.log"
    log.write_text("message: 'sbatch: error: no such partition'.\nWorkflowError:\nAt least one.\n")
    error = _made_nothing(tmp_path)
    assert "sbatch: error: no such partition" in error.message
    assert "--need" in error.hint
    log.write_text("something else\n")
    other = _made_nothing(tmp_path)
    assert "something else" in other.message
    assert "--need" not in other.hint


@pytest.mark.parametrize(("resumed", "wanted"), [(True, False), (False, True)])
def test_the_lock_of_a_batch_itself_lets_stand_what_stood(resumed: bool, wanted: bool) -> None:
    lock: Any = SimpleNamespace(digest="d" * 43, called="cobrex.lock")
    request = replace(Request(), lock=lock, resumed=resumed)
    standing = Standing(None, (), request, (), lambda known: True)  # type: ignore[arg-type]
    process: Any = SimpleNamespace(association="toy", inputs=())
    assert standing._is_wanted(process) is wanted
