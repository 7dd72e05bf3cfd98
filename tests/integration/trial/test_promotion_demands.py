"""promote to a channel that demands evidence, at the command line; shown by recipe show."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
import warm_cobrex
from toy_trial import place, regain, write_toy

from cobrex.trial.perform import perform
from cobrex.trial.subject import working
from cobrex.trial.update import update


@pytest.mark.slow
def test_evidence_is_asked_for_and_given(tmp_path: Path) -> None:
    here = place(tmp_path)
    folder = write_toy(tmp_path / "toy")
    one = working(folder, here[1])
    update(one, one.chosen()[0], perform(*here, one, one.chosen()[0]))

    def cobrex(*words: str, code: int = 0) -> str:
        environ = {**os.environ, "COBREX_HOME": str(here[1].home), "COBREX_SERVER": "lyon",
                   "COBREX_ATTESTED_CHANNELS": "production, stable",
                   "PYTHONPATH": os.pathsep.join(sys.path)}  # fmt: skip
        done = warm_cobrex.run(["recipe", *words], environ, 240)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    cobrex("publish", str(folder), "--no-test")
    said = cobrex("promote", "toy_mean@1.0.0", "production", code=3)
    assert "never tested" in said
    assert "hint: cobrex recipe test toy_mean@1.0.0" in said
    cobrex("promote", "toy_mean@1.0.0", "test")  # this channel demands nothing
    assert "not attested" not in cobrex("test", "toy_mean@1.0.0", "--no-attest")
    cobrex("promote", "toy_mean@1.0.0", "stable", code=3)
    assert "attested by lyon: passed" in cobrex("test", "toy_mean@1.0.0")
    cobrex("promote", "toy_mean@1.0.0", "production")
    assert "passed its tests on lyon" in cobrex("show", "toy_mean")

    # an expectation that does not hold: published without its test, it stays out
    regain(folder, "1.5", "1.1.0")
    cobrex("publish", str(folder), "--no-test")
    (answer,) = json.loads(cobrex("test", "toy_mean@1.1.0", "--json", code=6))
    assert answer["attested"]["outcome"] == "failed"
    assert "failed on lyon" in cobrex("promote", "toy_mean", "production", code=3)
    assert "1.0.0" in cobrex("channels", "toy_mean")
