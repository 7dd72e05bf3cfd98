"""cobrex import, check, catalogue as commands."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer
from fits_files import SCIENCE, write

from cobrex.cli import catalogue, importing
from cobrex.cli.main import run

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def cobrex(cobrex_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    app = typer.Typer()
    app.command("import")(importing.import_)
    app.command("check")(importing.check)
    app.add_typer(catalogue.app, name="catalogue")

    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["cobrex", *map(str, words)])
        code = run(app)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def night(tmp_path: Path) -> Path:
    folder = tmp_path / "night"
    for number in range(3):
        write(folder / f"{number}.fits", SCIENCE | {"ESO X": number})
    (folder / "notes.txt").write_text("x")
    return folder


def test_a_summary_for_people(cobrex, night: Path) -> None:
    (night / "bad[red].fits").write_text("no")
    code, out, _ = cobrex("import", night)
    assert code == 0
    assert "IFS_SCIENCE_DR_RAW" in out
    assert "3 new, 1 not taken, 1 side file skipped" in out
    assert "bad[red].fits" in out
    assert "next: cobrex find" in out
    assert cobrex("import", night)[1].count("3 unchanged") == 1


def test_a_summary_for_programs(cobrex, night: Path) -> None:
    (night / "bad.fits").write_text("no")
    found = json.loads(cobrex("import", night, "--json")[1])
    assert (found["new"], found["skipped"], found["by_type"]) == (3, 1, {"IFS_SCIENCE_DR_RAW": 3})
    assert [r["kind"] for r in found["rejects"]] == ["not-fits"]


def test_lists_options_and_names_like_options(
    cobrex, night: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(night)
    write(night / "--set.fits", {"ESO X": 9})
    (tmp_path / "list").write_text("# mine\n0.fits\n\n1.fits\n")
    assert "2 new" in cobrex("import", f"@{tmp_path / 'list'}", "--user", "bo")[1]
    assert "1 new" in cobrex("import", "--", "--set.fits")[1]
    assert cobrex("import", "@nowhere")[0] == 2
    assert cobrex("import", ".", "--set", "novalue")[0] == 2


def test_nothing_taken_is_an_error(cobrex, tmp_path: Path) -> None:
    frame = write(tmp_path / "one.fits", SCIENCE)
    code, _, err = cobrex("import", frame, tmp_path / "nowhere")
    assert code == 4
    assert f"there is no {tmp_path / 'nowhere'}" in err
    assert "wants quotes" in err
    assert "1 new" in cobrex("import", frame)[1], "nothing was taken of the command with a slip"
    (tmp_path / "empty").mkdir()
    code, out, _ = cobrex("import", tmp_path / "empty")
    assert (code, out) == (0, "no FITS files there\n")


def test_set_and_side_cars(cobrex, tmp_path: Path) -> None:
    cube = write(tmp_path / "cubes" / "cube.fits", {})
    values = tmp_path / "values.yaml"
    values.write_text("cube.fits: {frame_type: NACO_SCIENCE_REDUCED_MASTER_CUBE}\n")
    assert "UNCLASSIFIED" in cobrex("import", cube)[1]
    out = cobrex("import", cube, "--sidecar", values, "--set", "target=HD 39060")[1]
    assert "1 described anew" in out
    code, _, err = cobrex("import", cube, "--set", "tarqet=x")
    assert code == 4
    assert "target" in err


def test_check_and_catalogue(cobrex, night: Path) -> None:
    cobrex("import", night)
    assert "3 present, 0 missing, 0 changed" in cobrex("check")[1]
    (night / "0.fits").unlink()
    out = cobrex("check")[1]
    assert "2 present, 1 missing" in out
    assert "0.fits" in out
    assert json.loads(cobrex("check", "--json")[1])["absent"][0]["state"] == "missing"
    assert "the schema is 0003 already" in cobrex("catalogue", "upgrade")[1]
    assert json.loads(cobrex("catalogue", "status", "--json")[1])["raw_frames"] == 3
    assert "raw frames" in cobrex("catalogue", "status")[1]


CHILD = """
import sys
from cobrex import instruments
from cobrex_db import importing
from cobrex_db.engine import open_catalogue
importing.CHUNK = 20
print("ready", flush=True)
engine = open_catalogue(sys.argv[1])
importing.import_paths(engine, sys.argv[2:], instruments.load(), user="a", workspace="public")
"""


@pytest.mark.parametrize("seed", range(5))
def test_killed_at_any_instant_the_next_import_goes_on(
    cobrex_home: Path, tmp_path: Path, seed: int
) -> None:
    from sqlalchemy import func, select

    from cobrex import instruments
    from cobrex_db import schema as s
    from cobrex_db.engine import open_catalogue
    from cobrex_db.importing import import_paths

    night = tmp_path / "many"
    for number in range(400):
        write(night / f"{number}.fits", SCIENCE | {"ESO X": number}, b"x" * 3000)
    url = f"sqlite:///{cobrex_home / 'c.sqlite'}"
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(str(ROOT / part) for part in ("src", "registry", "db")),
    }
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, url, str(night)], env=environment, stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    with child.stdout:
        child.stdout.readline()
        time.sleep(0.1 + 0.12 * seed)
        child.send_signal(signal.SIGKILL)
        child.wait()
    engine = open_catalogue(url)

    def counted(table: object) -> int:
        with engine.connect() as connection:
            return int(connection.scalar(select(func.count()).select_from(table)) or 0)

    before = counted(s.frame)
    assert before == counted(s.file) == counted(s.workspace_frame)
    summary = import_paths(engine, [night], instruments.load(), user="a", workspace="public")
    assert (summary.new, summary.unchanged) == (400 - before, before)
    assert counted(s.frame) == counted(s.file) == counted(s.import_frame) == 400
    engine.dispose()
