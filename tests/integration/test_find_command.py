"""cobrex find, show and reclassify as a person calls them, on a catalogue of real headers."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer

from cobrex import instruments, settings
from cobrex.cli.find import find
from cobrex.cli.main import run
from cobrex.cli.reclassify import reclassify
from cobrex.cli.show import show
from cobrex_db.engine import open_catalogue
from cobrex_db.importing import import_paths

Answer = tuple[int, str, str]
Command = Callable[..., Answer]


@pytest.fixture
def command(
    cobrex_home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Command:
    app = typer.Typer(pretty_exceptions_enable=False)
    for function in (find, show, reclassify):
        app.command()(function)

    def call(*words: str) -> Answer:
        monkeypatch.setattr("sys.argv", ["cobrex", *words])
        code = run(app)
        answer = capsys.readouterr()
        return code, answer.out, answer.err

    return call


@pytest.fixture
def night(cobrex_home: Path, test_data: Path, tmp_path: Path) -> Path:
    """A folder of real headers, imported."""
    folder = tmp_path / "night é 2020"
    folder.mkdir()
    for path in sorted((test_data / "sphere_ifs_headers").glob("*.fits")):
        shutil.copy(path, folder)
    engine = open_catalogue(settings.load().database_url)
    summary = import_paths(engine, [folder], instruments.load(), user="me", workspace="public")
    assert (summary.new, summary.rejects) == (6, [])
    engine.dispose()
    return folder


def test_the_table_fits_a_terminal_and_ends_with_the_count(command: Command, night: Path) -> None:
    code, out, _ = command("find", "--frame", "IFS_*", "--night", "2020-03-07")
    lines = [line.rstrip() for line in out.splitlines()]
    assert code == 0
    assert lines[-1] == "6 frames"
    assert max(map(len, lines)) <= 80
    assert sum("IFS_SCIENCE_DR_RAW" in line for line in lines) == 4
    assert command("find", "--limit", "2")[1].splitlines()[-1] == (
        "2 of 6 frames, the latest; all of them: --limit 0"
    )


def test_json_csv_and_votable_say_the_same(command: Command, night: Path) -> None:
    words = ("find", "--frame", "IFS_SCIENCE_FLUX_RAW")
    row = json.loads(command(*words, "--json")[1])[0]
    assert row["night"] == "2020-03-07"
    assert row["instrument_columns"]["prism"] == "YJ"
    line = next(csv.DictReader(io.StringIO(command(*words, "--csv")[1])))
    assert {n: line[n] for n in ("archive_name", "filter", "programme")} == {
        n: row[n] for n in ("archive_name", "filter", "programme")
    }
    # nothing is rounded on the way
    assert float(line["mjd_obs"]) == row["mjd_obs"] == 58916.32525021
    assert line["date_obs"] == row["date_obs"] == "2020-03-08T07:48:21.618200"


def test_votable_is_read_by_astropy(command: Command, night: Path) -> None:
    from astropy.io.votable import parse_single_table

    for words in (("find",), ("find", "--frame", "IRD_*"), ("find", "--columns", "night,dit_s")):
        text = command(*words, "--votable")[1]
        table = parse_single_table(io.BytesIO(text.encode())).to_table()
        assert len(table) == len(json.loads(command(*words, "--json")[1]))
        assert str(table["dit_s"].unit) == "s"
    row = parse_single_table(io.BytesIO(command("find", "--votable")[1].encode())).to_table()[0]
    assert row["archive_name"] == "SPHER.2020-03-08T07:05:15.511.fits"
    assert row["ra_deg"] == pytest.approx(191.084536)
    assert row["process_id"] is np.ma.masked


def test_columns_are_chosen(command: Command, night: Path) -> None:
    words = ("find", "--frame", "IFS_STAR_CENTER_RAW", "--json", "--columns")
    row = json.loads(command(*words, "frame_type, prism,path,strehl")[1])[0]
    assert row["prism"] == "YJ"
    assert row["strehl"] is None
    assert Path(row["path"]).parent == night
    code, _, err = command(*words, "frametype")
    assert code == 2
    assert "no column is called 'frametype'" in err
    assert "did you mean frame_type" in err


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--frame", "IFS_SCIENCE_DR_RAV"), 4, "did you mean IFS_SCIENCE_DR_RAW"),
        (("--frame", "IFS_ASTROMETRY_RAW"), 0, "there are: 4 IFS_SCIENCE_DR_RAW"),
        (("--frame", "IRD_*"), 0, "there are: 4 IFS_SCIENCE_DR_RAW"),
        (("--filter", "YJH"), 4, "did you mean YJ"),
        (("--arm", "IRDIS"), 4, "arms there are: IFS"),
        (("--night", "2020-03-08"), 0, "other nights (2020-03-07): 4 IFS_SCIENCE_DR_RAW"),
        (("--night", "8 March"), 4, "give 2020-03-07 or 2020-03-07..2020-03-14"),
        (("--night", "2020-03-08..2020-03-01"), 4, "the earlier one first"),
        (("--star", "no such star"), 4, "no star is called 'no such star'"),
        (("--star", "HR 100"), 0, "no frames"),
        (("--user", "you"), 4, "no user is called 'you'"),
        (("--status", "gone"), 4, "one of present, missing"),
        (("--json", "--csv"), 2, "give one of"),
        (("--product",), 0, "no frames"),
    ],
)
def test_what_is_wrong_is_said_with_the_cure(
    command: Command, night: Path, words: tuple[str, ...], code: int, says: str
) -> None:
    found, out, err = command("find", *words)
    assert found == code
    assert says in out + err
    assert "Traceback" not in err


def test_find_takes_lists_from_files(command: Command, night: Path, tmp_path: Path) -> None:
    names = tmp_path / "types.txt"
    names.write_text("# of one night\nIFS_SCIENCE_FLUX_RAW\n\nIFS_STAR_CENTER_RAW\n")
    assert command("find", "--frame", f"@{names}")[1].splitlines()[-1] == "2 frames"
    code, _, err = command("find", "--star", "@/no/such/file")
    assert code == 2
    assert "cannot be read" in err


def test_show_says_everything(command: Command, night: Path) -> None:
    name = "SPHER.2020-03-08T07:48:21.618"
    code, out, _ = command("show", name)
    assert code == 0
    for part in ("IFS_SCIENCE_FLUX_RAW", "A124420", str(night), "ESO DET SEQ1 DIT = "):
        assert part in out
    answer = json.loads(command("show", name, "--json")[1])
    assert len(answer["header"]) > 800
    assert answer["frame"]["frame_type"] == "IFS_SCIENCE_FLUX_RAW"
    path = answer["files"][0]["path"]
    assert json.loads(command("show", path, "--json")[1]) == answer
    code, _, err = command("show", "SPHER.1999")
    assert code == 4
    assert "no frame is called" in err


def test_show_without_the_file(command: Command, night: Path) -> None:
    for path in night.iterdir():
        path.rename(path.with_suffix(".away"))
    code, out, _ = command("show", "1")
    assert code == 0
    assert "header not shown: " in out
    assert "IFS_STAR_CENTER_RAW" in out


def _newer(home: Path, old: str, new: str, version: str) -> None:
    text = next(p for p in instruments.files() if p.name == "sphere.yaml").read_text()
    assert old in text
    (home / "instruments").mkdir(parents=True, exist_ok=True)
    text = text.replace(old, new).replace('version: "1.0.0"', f'version: "{version}"')
    (home / "instruments" / "sphere.yaml").write_text(text)


def _counts(command: Command) -> dict[str, int]:
    rows: list[dict[str, Any]] = json.loads(command("find", "--json")[1])
    names = [row["frame_type"] for row in rows]
    return {name: names.count(name) for name in names}


def test_reclassify_applies_newer_rules(command: Command, night: Path, cobrex_home: Path) -> None:
    assert "every frame is classified" in command("reclassify")[1]
    before = _counts(command)
    _newer(cobrex_home, "IFS_SCIENCE_DR_RAW", "IFS_SCIENCE_NEW_RAW", "1.1.0")
    assert "4 of another type" in command("reclassify", "--dry-run")[1]
    assert _counts(command) == before
    answer = json.loads(command("reclassify", "--json")[1])
    assert answer["done"] == 6
    assert {c["after"] for c in answer["changed"]} == {"IFS_SCIENCE_NEW_RAW"}
    assert _counts(command)["IFS_SCIENCE_NEW_RAW"] == 4
    assert "every frame is classified" in command("reclassify")[1]
    row = json.loads(command("find", "--frame", "IFS_SCIENCE_NEW_RAW", "--json")[1])[0]
    assert row["classification"].startswith("SPHERE/1.1.0@")


def test_reclassify_keeps_and_names_what_it_cannot_read(
    command: Command, night: Path, cobrex_home: Path
) -> None:
    away, changed, *_ = sorted(night.iterdir())
    away.unlink()
    stream = bytearray(changed.read_bytes())
    stream[stream.index(b"OBJECT  = 'A124420") + 11] = ord("B")
    changed.write_bytes(stream)
    _newer(cobrex_home, "IFS_SCIENCE_DR_RAW", "IFS_SCIENCE_NEW_RAW", "1.1.0")
    code, out, _ = command("reclassify")
    assert code == 0
    assert "4 frames reclassified, 3 of another type, 2 kept as they are" in out
    assert "there is no such file" in out
    assert "changed since it was imported" in out
    assert _counts(command)["IFS_SCIENCE_NEW_RAW"] == 3


def test_rules_that_mean_nothing_stop_with_file_and_place(
    command: Command, night: Path, cobrex_home: Path
) -> None:
    _newer(cobrex_home, "first_of: [ESO SEQ ARM", "first_off: [ESO SEQ ARM", "1.1.0")
    code, _, err = command("reclassify")
    assert code == 4
    assert "sphere.yaml:" in err
    assert "unknown key 'first_off'" in err
    assert "did you mean first_of" in err
