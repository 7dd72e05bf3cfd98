"""A recipe's own tests, run for real: equal, moved, updated, missing, killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import warm_cobrex
from astropy.io import fits
from toy_trial import place, regain, write_toy

from cobrex.settings import Settings
from cobrex.trial.perform import FAILED, NOT_RUN, PASSED, Trial, perform
from cobrex.trial.subject import Subject, subject, working
from cobrex.trial.update import update
from cobrex_db.content_id import content_id
from cobrex_registry.errors import RegistryError
from cobrex_registry.evidence.expectation import read_expectation
from cobrex_registry.publication import publish
from cobrex_registry.repository import Registry

Place = tuple[Registry, Settings]


@pytest.fixture
def here(tmp_path: Path) -> Place:
    return place(tmp_path)


def run(here: Place, folder: Path, **how: bool) -> tuple[Subject, Trial]:
    one = working(folder, here[1])
    return one, perform(*here, one, one.chosen()[0], **how)


def accept(here: Place, folder: Path) -> Path:
    one, trial = run(here, folder)
    assert update(one, one.chosen()[0], trial)
    return folder / "tests" / "small.json"


def test_nothing_expected_yet_then_equal_then_moved(here: Place, tmp_path: Path) -> None:
    folder = write_toy(tmp_path / "toy")
    _, trial = run(here, folder)
    assert (trial.outcome, "--update" in trial.message) == (FAILED, True)
    accept(here, folder)
    _, trial = run(here, folder)
    assert (trial.outcome, trial.identical, trial.differences) == (PASSED, True, [])
    assert trial.environment["kind"] == "host"
    _, trial = run(here, regain(folder, "1.00000001", "1.0.1"))
    assert (trial.outcome, trial.identical) == (PASSED, False)
    _, trial = run(here, regain(folder, "1.5", "1.0.1"))
    assert trial.outcome == FAILED
    told = {one.what: one for one in trial.differences}
    assert told["QC MEAN"].metric == "QC MEAN"
    assert told["QC MEAN"].got == pytest.approx(1.5 * float(told["QC MEAN"].expected or 0))
    assert "mean 0 PRIMARY max" in told
    assert not list((here[1].processes / ".scratch").iterdir())


def test_the_same_call_as_a_process(here: Place, tmp_path: Path) -> None:
    """Own names for staged inputs, all options, the order of the manifest, not of the file."""
    folder = write_toy(tmp_path / "toy")
    sof = folder / "tests" / "data" / "inputs.sof"
    sof.write_text("1.fits.gz TOY_DARK\n0.fits.gz TOY_RAW\n")
    _, trial = run(here, folder, keep=True)
    assert trial.kept is not None
    assert "inputs TOY_RAW TOY_DARK" in (trial.kept / "recipe.log").read_text()
    assert trial.kept.parent == here[1].store / "trials"


def test_a_recipe_that_fails_is_a_failed_trial(here: Place, tmp_path: Path) -> None:
    folder = write_toy(tmp_path / "toy", gain="sys.exit('the lamp was off')")
    _, trial = run(here, folder)
    assert trial.outcome == FAILED
    assert "the lamp was off" in trial.message
    assert any("inputs TOY_RAW" in line for line in trial.log)


def test_parameters_and_presets_of_a_test(here: Place, tmp_path: Path) -> None:
    head = "schema: preset/1\nname: wide\nversion: '1.0.0'\nfor: toy_mean@^1\n"
    plain = "data: tests/data, expect: tests/small.json"
    wide = f"{plain}, preset: "
    folder = write_toy(tmp_path / "toy", (plain, wide + "wide"))
    with pytest.raises(RegistryError, match="no preset 'wide'"):
        run(here, folder)
    (folder / "presets").mkdir()
    (folder / "presets" / "wide.yaml").write_text(head + "parameters: {scale: 2.0}\n")
    assert mean(run(here, folder)[1]) == pytest.approx(21.0)
    write_toy(folder, ("data: tests/data, expect: tests/small.json",
                       wide + "wide, parameters: {scale: 3.0}"))  # fmt: skip
    assert mean(run(here, folder)[1]) == pytest.approx(31.5)
    write_toy(folder, (plain, wide + "default"))
    assert mean(run(here, folder)[1]) == pytest.approx(10.5)
    write_toy(folder, (plain, f"{plain}, parameters: {{scale: 99}}"))
    with pytest.raises(RegistryError, match="scale"):
        run(here, folder)


def mean(trial: Trial) -> float:
    assert trial.results is not None, trial.message
    return trial.results.qc["QC MEAN"].value


def test_update_keeps_tolerances_and_writes_only_when_something_changed(
    here: Place, tmp_path: Path
) -> None:
    folder = write_toy(tmp_path / "toy")
    path = accept(here, folder)
    one, trial = run(here, folder)
    assert not update(one, one.chosen()[0], trial)
    path.write_text(path.read_text().replace('"relative": 0.001', '"relative": 0.7'))
    one, trial = run(here, regain(folder, "1.5", "1.0.1"))
    assert not [each for each in trial.differences if each.metric]
    assert update(one, one.chosen()[0], trial)
    now = read_expectation(path.read_text(), "x").qc["QC MEAN"]
    assert (now.value, now.tolerance.relative) == (pytest.approx(15.75), 0.7)
    assert [p.name for p in path.parent.iterdir() if p.is_file()] == ["small.json"]


def test_what_is_published_is_not_updated(here: Place, tmp_path: Path) -> None:
    folder = write_toy(tmp_path / "toy")
    accept(here, folder)
    publish(here[0], folder)
    one = subject(*here, "toy_mean@1.0.0")
    trial = perform(*here, one, one.chosen()[0])
    assert trial.outcome == PASSED
    with pytest.raises(RegistryError, match="never changes") as refused:
        update(one, one.chosen()[0], trial)
    assert refused.value.kind == "published"


def test_pinned_data_that_are_not_here_are_neither_passed_nor_failed(
    here: Place, tmp_path: Path
) -> None:
    folder = write_toy(tmp_path / "toy")
    accept(here, folder)
    large = tmp_path / "archive" / "large.fits"
    large.parent.mkdir()
    header = fits.Header({"INSTRUME": "TOYCAM", "ARCFILE": "LARGE.fits"})
    fits.PrimaryHDU([[10.0, 12.0], [9.0, 11.0]], header).writeto(large)
    sof = folder / "tests" / "data" / "inputs.sof"
    sof.write_text(f"id:{content_id(large)} TOY_RAW LARGE.fits\n1.fits.gz TOY_RAW\n")
    _, trial = run(here, folder)
    assert trial.outcome == NOT_RUN
    assert "LARGE.fits" in trial.message
    assert "cobrex import" in trial.message
    environ = {**os.environ, "COBREX_HOME": str(here[1].home),
               "PYTHONPATH": os.pathsep.join(sys.path)}  # fmt: skip
    words = [sys.executable, "-m", "cobrex", "import", str(large)]
    subprocess.run(words, env=environ, check=True, capture_output=True)
    _, trial = run(here, folder)
    assert trial.outcome == PASSED
    assert trial.identical


@pytest.mark.parametrize(
    "line",
    ["../../recipe.yaml TOY_RAW", "/etc/passwd TOY_RAW", "--help TOY_RAW", "a b TOY_RAW",
     ".git/x TOY_RAW", "id:short TOY_RAW", "0.fits.gz", "$(id) TOY_RAW"],
)  # fmt: skip
def test_inputs_stay_inside(here: Place, tmp_path: Path, line: str) -> None:
    folder = write_toy(tmp_path / "toy")
    (folder / "tests" / "data" / "inputs.sof").write_text(f"{line}\n")
    with pytest.raises(RegistryError, match=r"inputs\.sof:1"):
        working(folder, here[1])


def test_killed_in_the_middle_what_was_expected_stays(here: Place, tmp_path: Path) -> None:
    folder = write_toy(tmp_path / "toy")
    path = accept(here, folder)
    before = path.read_bytes()
    waiting = tmp_path / "waiting"
    code = f"__import__('time').sleep(60 if open({str(waiting)!r}, 'w').write('x') else 1)"
    regain(folder, code, "1.0.1")
    environ = {**os.environ, "COBREX_HOME": str(here[1].home),
               "PYTHONPATH": os.pathsep.join(sys.path)}  # fmt: skip
    words = [sys.executable, "-m", "cobrex", "recipe", "test", str(folder), "--update"]
    child = subprocess.Popen(words, env=environ, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 240
    while not waiting.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    child.send_signal(signal.SIGKILL)
    child.wait(120)
    assert waiting.exists()
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir() if p.is_file()] == ["small.json"]
    _, trial = run(here, regain(folder, "1.0", "1.0.1"))
    assert trial.outcome == PASSED


def test_at_the_command_line(here: Place, tmp_path: Path) -> None:
    folder = write_toy(tmp_path / "toy")
    accept(here, folder)

    def cobrex(*words: str) -> tuple[int, str]:
        environ = {**os.environ, "COBREX_HOME": str(here[1].home), "COBREX_SERVER": "lyon",
                   "PYTHONPATH": os.pathsep.join(sys.path)}  # fmt: skip
        done = warm_cobrex.run(["recipe", *words], environ, 240)
        return done.returncode, done.stdout + done.stderr

    code, said = cobrex("test", str(folder), "--json")
    (answer,) = json.loads(said)
    assert (code, answer["tests"][0]["outcome"], answer["attested"]) == (0, "passed", None)
    regain(folder, "2.0", "1.0.1")
    code, said = cobrex("test", str(folder))
    assert code == 6
    assert "QC MEAN" in said and "tolerance" in said
    code, said = cobrex("test", str(folder), "--test", "other")
    assert (code, "it has small" in said) == (3, True)
    code, said = cobrex("test", "ifs_specpos@1", "--update")
    assert (code, "working copy" in said) == (3, True)
