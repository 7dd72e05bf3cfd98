"""Words of the command line no person would type: each is refused, none hangs or fools."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cobrex.cli.app import app
from cobrex.cli.main import run
from cobrex.cli.pairs import expand
from cobrex.errors import UsageError

Cobrex = Callable[..., tuple[int, str, str]]


@pytest.fixture
def cobrex(
    cobrex_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Cobrex:
    """Call the command line in this process: exit code, stdout, stderr."""
    monkeypatch.setenv("COBREX_DATABASE_URL", f"sqlite:///{cobrex_home}/catalogue.sqlite")

    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["cobrex", *words])
        code = run(app)
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def test_no_control_sequence_of_a_name_reaches_the_terminal(cobrex: Cobrex, tmp_path: Path) -> None:
    path = tmp_path / "\x1b[31mred\x9b2J.fits"
    path.write_text("junk")
    code, out, err = cobrex("import", str(path))
    assert code == 4
    assert "?[31mred" in out
    assert "?[31mred" in err
    assert not {"\x1b", "\x9b"} & set(out + err)


@pytest.mark.parametrize("words", [("show", "\udcff"), ("import", "--user", "\udcff", ".")])
def test_words_that_are_not_utf8_are_usage_errors(
    cobrex: Cobrex, words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = cobrex(*words)
    assert code in {2, 4}
    assert "Traceback" not in err
    assert "bug" not in err


def test_an_empty_path_is_not_this_folder(cobrex: Cobrex) -> None:
    code, _, err = cobrex("import", "")
    assert (code, "a path is empty" in err) == (2, True)


def test_a_number_no_database_holds(cobrex: Cobrex) -> None:
    assert cobrex("find", "--limit", "9" * 30)[0] == 2
    assert cobrex("process", "list", "--limit", "9" * 30)[0] == 2


@pytest.mark.parametrize("option", ["--user", "--workspace"])
@pytest.mark.parametrize("name", ["a" * 65, "a\nb", "\x1b[31m", " "])
def test_names_the_catalogue_refuses(
    cobrex: Cobrex, option: str, name: str, tmp_path: Path
) -> None:
    code, _, err = cobrex("import", option, name, str(tmp_path))
    assert code == 4
    assert "cannot name a" in err


def test_a_home_that_is_a_file(cobrex: Cobrex, cobrex_home: Path) -> None:
    cobrex_home.write_text("not a folder")
    code, _, err = cobrex("find")
    assert code == 2
    assert "cannot be read" in err


@pytest.mark.parametrize("device", ["/dev/zero", "fifo"])
def test_lists_and_side_cars_that_never_end(cobrex: Cobrex, device: str, tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    name = str(tmp_path / device)
    code, _, err = cobrex("import", "--sidecar", name, str(tmp_path))
    assert code == 4
    assert "it is no plain file" in err
    (tmp_path / "cobrex.yaml").symlink_to(name)
    (tmp_path / "a.fits").write_bytes(b"SIMPLE")
    assert cobrex("import", str(tmp_path))[0] == 4


def test_a_list_without_end() -> None:
    with pytest.raises(UsageError, match="larger than"):
        expand(["@/dev/zero"])


def test_a_list_that_nobody_writes(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(UsageError, match="names nothing"):
        expand([f"@{tmp_path}/fifo"])


def test_an_empty_list_is_not_everything(cobrex: Cobrex, tmp_path: Path) -> None:
    (tmp_path / "stars.txt").write_text("# none yet\n\n")
    assert cobrex("find", "--star", f"@{tmp_path}/stars.txt")[0] == 2
