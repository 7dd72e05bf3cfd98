"""An attempt leaves a complete folder or nothing, and says why it failed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from astropy.io import fits
from toy_plan import GOOD, made, process, raw, recipe, written

from cobrex.plan.file import PlanFile
from cobrex.process.attempt import make
from cobrex.process.spool import Spool


@pytest.fixture
def frame(tmp_path: Path) -> Path:
    path = tmp_path / "a frame — β.fits"
    fits.PrimaryHDU(data=[[1, 2], [3, 4]]).writeto(path)
    return path


def one(tmp_path: Path, frame: Path, code: str = GOOD, **changes):
    made_of = process(recipe(tmp_path / "recipe", code, **changes), [raw(frame)])
    return written(tmp_path / "store", made_of), made_of.key


def folder_of(plan: PlanFile, key: str) -> Path:
    return Path(plan.record(key)).parent


def test_a_good_attempt(tmp_path, frame):
    plan, key = one(tmp_path, frame)
    record = make(plan, key)
    folder = folder_of(plan, key)
    assert (record["outcome"], record["verdict"], record["exit_code"]) == ("done", "pass", 0)
    assert json.loads((folder / "record.json").read_text()) == record
    assert {p.name for p in folder.iterdir()} == {
        "record.json",
        "out.fits",
        "recipe.log",
        "inputs.sof",
    }
    assert (folder / "inputs.sof").read_text() == f"{frame} RAW\n"
    assert "inputs 1 options ['--sigma=5.0']" in (folder / "recipe.log").read_text()
    assert record["cpu_s"] > 0
    assert record["memory_bytes"] > 1e6
    assert not list((tmp_path / "store/processes/.scratch").iterdir())


def test_the_stamp_is_enough_to_make_it_again(tmp_path, frame):
    plan, key = one(tmp_path, frame)
    record = make(plan, key)
    path = folder_of(plan, key) / "out.fits"
    with fits.open(path, checksum=True) as hdus:
        header = hdus[0].header
    assert header["COBREX KEY"] == key
    assert header["COBREX RECIPE"] == "main/toy"
    assert (header["COBREX PAR1 NAME"], header["COBREX PAR1 VALUE"]) == ("sigma", "5.0")
    assert header["COBREX IN1 ID"] == "r" * 43
    assert header["ESO PRO CATG"] == "TOY"
    assert header["DATAMD5"] == record["generated"][0]["datamd5"]
    assert {"CHECKSUM", "DATASUM"} <= set(header)


def test_equal_keys_give_equal_bytes(tmp_path, frame):
    first, key = one(tmp_path, frame)
    make(first, key)
    time.sleep(1.1)  # a stamp that held the time would differ
    again = tmp_path / "again"
    again.mkdir()
    second, same = one(again, frame)
    make(second, same)
    assert same == key
    a, b = (folder_of(p, key) / "out.fits" for p in (first, second))
    assert a.read_bytes() == b.read_bytes()


@pytest.mark.parametrize(
    ("code", "reason", "words"),
    [
        (
            "import sys; print('reading'); sys.exit('no star found')",
            "recipe-error",
            "exit code 1: no star found",
        ),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "recipe-error", "signal 9"),
        ("print('done')", "product-missing", "made 0 files out.fits"),
        ("open('out.fits', 'w').write('not FITS')", "product-unreadable", "out.fits"),
        ("open('out.fits', 'wb')", "product-unreadable", "out.fits"),
        ("import os; os.symlink('/etc/passwd', 'out.fits')", "product-missing", "0 files"),
        (GOOD + "\n    open('qc.json', 'w').write('[1')", "qc-unreadable", "qc.json"),
    ],
)
def test_a_failure_has_a_record_with_its_reason(tmp_path, frame, code, reason, words):
    plan, key = one(tmp_path, frame, code)
    record = make(plan, key)
    assert (record["outcome"], record["reason"]) == ("failed", reason)
    assert words in record["message"]
    folder = folder_of(plan, key)
    assert {p.name for p in folder.iterdir()} <= {
        "record.json",
        "recipe.log",
        "inputs.sof",
        "qc.json",
    }


def test_numerical_libraries_are_told_how_many_cores(tmp_path, frame, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "64")
    code = GOOD + "\n    import os\n    print('threads', os.environ['OMP_NUM_THREADS'])\n"
    plan, key = one(tmp_path, frame, code)
    make(plan, key)
    assert "threads 1\n" in (folder_of(plan, key) / "recipe.log").read_text()


def test_what_cannot_be_started(tmp_path, frame):
    plan, key = one(tmp_path, frame, manifest={"command": "no-such-command-here {sof}"})
    assert make(plan, key)["reason"] == "not-started"


def test_missing_input(tmp_path, frame):
    plan, key = one(tmp_path, frame)
    frame.unlink()
    assert make(plan, key)["reason"] == "input-missing"


def test_walltime(tmp_path, frame):
    plan, key = one(
        tmp_path,
        frame,
        "import time; time.sleep(60)",
        manifest={"resources": {"cores": 1, "memory_mb": 9, "walltime_min": 0.01, "scratch_mb": 1}},
    )
    record = make(plan, key)
    assert record["reason"] == "walltime"


@pytest.mark.parametrize(("level", "verdict"), [(0.9, "fail"), (1.0, "pass"), (3.0, "pass")])
def test_range_ends_belong_to_the_range(tmp_path, frame, level, verdict):
    plan, key = one(tmp_path, frame, GOOD.replace("2.5", str(level)))
    record = make(plan, key)
    assert (record["outcome"], record["verdict"]) == ("done", verdict)


def test_a_promised_metric_that_is_not_measured_does_not_pass(tmp_path, frame):
    plan, key = one(tmp_path, frame, GOOD.replace("ESO QC LEVEL", "ESO OTHER"))
    assert make(plan, key)["verdict"] == "fail"


def test_a_consumer_gets_the_product_and_is_blocked_by_a_failed_one(tmp_path, frame):
    below = process(recipe(tmp_path / "below"), [raw(frame)])
    above = process(recipe(tmp_path / "above", code_hash="d" * 43), [raw(frame), made(below)], 1)
    plan = written(tmp_path / "store", below, above)
    assert make(plan, above.key)["outcome"] == "blocked"
    again = written(tmp_path / "store2", below, above)
    make(again, below.key)
    record = make(again, above.key)
    assert record["outcome"] == "done"
    assert record["used"][1]["path"] == str(folder_of(again, below.key) / "out.fits")


def test_the_first_of_two_writers_stands(tmp_path, frame):
    plan, key = one(tmp_path, frame)
    first = make(plan, key)
    make(plan, key)
    kept = json.loads((folder_of(plan, key) / "record.json").read_text())
    assert kept["uuid"] == first["uuid"]
    assert not list((tmp_path / "store/processes/.scratch").iterdir())


def test_keep_scratch_keeps_all_files(tmp_path, frame):
    made_of = process(
        recipe(tmp_path / "recipe", "open('debug.txt', 'w'); raise SystemExit(3)"), [raw(frame)]
    )
    plan = written(tmp_path / "store", made_of, keep_scratch=True)
    make(plan, made_of.key)
    assert (folder_of(plan, made_of.key) / "debug.txt").exists()


def recipe_ended(pid: int) -> None:
    """An orphan would go on writing."""
    deadline = time.monotonic() + 30
    while Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text():
        assert time.monotonic() < deadline, f"{pid} lives"
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_killed_in_the_middle_it_leaves_nothing(tmp_path, frame, number):
    waiting = tmp_path / "waiting"
    plan, key = one(
        tmp_path,
        frame,
        f"import os, time; open({str(waiting)!r}, 'w').write(str(os.getpid())); time.sleep(60)",
    )
    worker = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "cobrex.process",
            str(plan.path),
            "1",
            str(tmp_path / "marker"),
        ],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    deadline = time.monotonic() + 120
    while not (waiting.exists() and waiting.read_text()) and time.monotonic() < deadline:
        time.sleep(0.05)
    worker.send_signal(number)
    worker.wait(120)
    recipe_ended(int(waiting.read_text()))
    assert not folder_of(plan, key).exists()
    record = make(
        written(tmp_path / "store", process(recipe(tmp_path / "recipe"), [raw(frame)])), key
    )
    assert record["outcome"] == "done"


@pytest.mark.parametrize(
    ("last", "outcome"),
    [
        ("os.mkfifo('qc.json')", "done"),
        ("os.symlink('/dev/zero', 'qc.json')", "done"),
        ("os.unlink('inputs.sof'); os.mkfifo('inputs.sof')", "done"),
        ("os.unlink('recipe.log'); os.mkfifo('recipe.log')", "done"),
        ("os.mkfifo('record.json')", "done"),
        ("open('qc.json', 'w').write('{\"QC A\": 1' + '0' * 400 + '}')", "qc-unreadable"),
        ("open('qc.json', 'w').write('[' * 200000)", "qc-unreadable"),
        ("open('qc.json', 'w').write('{\"\\\\ud800\": 1}')", "qc-unreadable"),
        ("os.truncate('out.fits', 3000)", "product-unreadable"),
        ("sys.exit('\\x1b[2J\\x9b31m')", "recipe-error"),
    ],
)
def test_what_a_recipe_may_leave_behind(tmp_path, frame, last, outcome):
    plan, key = one(tmp_path, frame, f"import os\n{textwrap.dedent(GOOD)}\n{last}\n")
    record = make(plan, key)
    assert outcome in {record["outcome"], record["reason"]}
    assert record["message"].isprintable()
    assert json.loads((folder_of(plan, key) / "record.json").read_text()) == record


def test_a_product_that_is_the_raw_frame_is_a_copy(tmp_path, frame):
    before = frame.read_bytes()
    code = """
        import os, sys
        os.link(os.path.realpath(open(sys.argv[1]).read().split()[0]), "out.fits")
    """
    plan, key = one(tmp_path, frame, code, manifest={"qc": []})
    assert make(plan, key)["outcome"] == "done"
    assert frame.read_bytes() == before
    assert fits.getheader(folder_of(plan, key) / "out.fits")["COBREX KEY"] == key


def test_a_product_whose_name_cannot_be_kept_is_a_failure_with_a_reason(tmp_path):
    code = """
        import os
        open(b"\\xff.dat", "wb").close()
    """
    outputs = [{"role": "out", "frame_type": "TOY", "file": "*.dat", "min": 1, "max": 1}]
    use = recipe(tmp_path / "recipe", code, manifest={"outputs": outputs})
    plan = written(tmp_path / "store", process(use, []))
    record = make(plan, plan.members()[0])
    plan.close()
    assert (record["outcome"], record["reason"]) == ("failed", "product-name")


def runner(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cobrex.process", *words],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_runner_says_what_it_cannot_work_through(tmp_path, frame):
    """What it is given, Snakemake may have kept from a batch that is gone."""
    plan, key = one(tmp_path, frame)
    marker = tmp_path / "markers" / "1"
    for path, chunk, code, words in (
        (str(tmp_path / "gone.sqlite"), "1", 5, "is not the plan of a round"),
        (str(plan.path), "7", 2, "has no chunk 7"),
    ):
        said = runner(path, chunk, str(marker))
        assert (said.returncode, "Traceback" in said.stderr) == (code, False), said.stderr
        assert words in said.stderr
        assert "hint: " in said.stderr
    assert not marker.exists()
    Spool(plan.path.parent).stop("drain")
    assert runner(str(plan.path), "1", str(marker)).returncode == 130
    assert not marker.exists(), "it was told to stop before its end"
    Spool(plan.path.parent).go_on()
    said = runner(str(plan.path), "1", str(marker))
    assert (said.returncode, marker.read_text()) == (0, f"{key}\n")
    assert said.stdout.startswith("done ")
    assert runner(str(plan.path), "1", str(marker)).stdout == "", "what has its record is left"
