from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cobrex import instruments, settings
from cobrex.cli.app import app
from cobrex.cli.main import run
from cobrex_db.engine import open_catalogue
from cobrex_db.importing import import_paths

Answer = tuple[int, str, str]
Command = Callable[..., Answer]

CROSS_ID = "2072\t\t215092\t2262\t100\n62157\t\t139001\t\t\n"


@pytest.fixture
def star(
    cobrex_home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Command:
    def call(*words: str) -> Answer:
        monkeypatch.setattr("sys.argv", ["cobrex", "star", *words])
        code = run(app)
        answer = capsys.readouterr()
        return code, answer.out, answer.err

    return call


@pytest.fixture
def night(cobrex_home: Path, test_data: Path, tmp_path: Path) -> Path:
    """Six real headers of one target, imported."""
    folder = tmp_path / "night"
    folder.mkdir()
    for path in sorted((test_data / "sphere_ifs_headers").glob("*.fits")):
        shutil.copy(path, folder)
    engine = open_catalogue(settings.load().database_url)
    import_paths(engine, [folder], instruments.load(), user="me", workspace="public")
    engine.dispose()
    return folder


def test_show_needs_no_download(star: Command) -> None:
    code, out, err = star("show", "kap Phe")
    assert (code, err) == (0, "")
    assert out.splitlines()[0].split() == ["star", "HR", "100"]
    assert "00 26 12.20 -43 40 47.4" in out
    assert "HD 2262" in out and "HIP 2072" in out
    assert "frames      none in the catalogue" in out
    assert max(map(len, out.splitlines())) < 80


def test_show_as_json(star: Command) -> None:
    code, out, _ = star("show", "κ_Phe", "--json")
    answer = json.loads(out)
    assert code == 0
    assert (answer["identifier"], answer["frames"]) == ("HR 100", [])
    assert answer["names"]["letters"] == ["kap Phe"]
    assert answer["names"]["numbers"][0] == "HR 100"


def test_unknown_star(star: Command) -> None:
    code, out, err = star("show", "kapa Phe")
    assert (code, out) == (4, "")
    assert err.startswith("error: no star is called 'kapa Phe'\nhint: did you mean kap Phe")
    assert star("show", "--", "-x")[0] == 4


def test_simbad_away_is_told(star: Command) -> None:
    code, out, err = star("show", "HR 100", "--simbad", "--simbad-url", "http://127.0.0.1:1/")
    assert (code, out) == (4, "")
    assert "SIMBAD does not answer" in err


def test_simbad_is_asked_only_when_told(star: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COBREX_SIMBAD_URL", "http://127.0.0.1:1/")
    assert star("show", "HR 100")[0] == 0
    assert star("show", "HR 100", "--simbad")[0] == 4


def test_frames_of_a_star(star: Command, night: Path) -> None:
    code, out, _ = star("show", "A124420")
    assert code == 0
    assert "IFS_SCIENCE_DR_RAW" in out and "2020-03-07" in out
    code, out, _ = star("list", "--json")
    (row,) = json.loads(out)
    assert (code, row["star"], row["frames"], row["nights"]) == (0, "A124420", 6, 1)


def test_list_of_nothing(star: Command) -> None:
    assert star("list") == (0, "no star has frames yet: cobrex import PATH...\n", "")
    assert star("list", "--json")[1].strip() == "[]"


def test_import_ties_frames_anew(star: Command, night: Path, tmp_path: Path) -> None:
    catalogue = tmp_path / "cross-id.dat"
    catalogue.write_text(CROSS_ID)
    code, out, err = star("import", str(catalogue))
    assert (code, err) == (0, "")
    assert "2 stars: 1 new" in out
    assert "6 frames looked at" in out
    code, out, _ = star("import", str(catalogue), "--json")
    answer = json.loads(out)
    assert (code, answer["written"]["added"], answer["rematched"]["changed"]) == (0, 0, 0)


def test_import_of_something_else(star: Command, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("hello\n")
    code, _, err = star("import", str(path))
    assert code == 4
    assert "no star catalogue that is known" in err and "hip2.dat" in err
    assert star("import", str(tmp_path / "nowhere"))[0] == 4


def test_conflicts(star: Command, night: Path, tmp_path: Path) -> None:
    assert star("conflicts")[1] == "no conflicts: names and positions agree\n"
    lines = []
    for hip, ra in ((62157, 3.3350525), (900001, 1.0)):
        lines.append(f"{hip:6d}   5 0 1 {ra:13.10f} {-0.1513433:13.10f} {1:7.2f} {0:8.2f} {0:8.2f}")
    catalogue = tmp_path / "hip2.dat"
    catalogue.write_text("".join(f"{line:<276}\n" for line in lines))
    assert star("import", str(catalogue))[0] == 0
    code, out, _ = star("conflicts")
    assert code == 0
    assert "A124420" in out and "HIP 62157" in out
    code, out, _ = star("conflicts", "--json")
    rows = json.loads(out)
    assert [row["star"] for row in rows] == ["A124420"] * 6
    assert {row["other_star"] for row in rows} == {"HIP 62157"}
    code, out, _ = star("conflicts", "--csv")
    assert len(list(csv.DictReader(io.StringIO(out)))) == 6
