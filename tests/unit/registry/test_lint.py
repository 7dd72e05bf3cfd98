"""Lint: the files of a recipe."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from recipe_folder import write_recipe

from cobrex_registry.admission.lint import lint
from cobrex_registry.store.tree_files import MAX_FILE, stays_inside

HASH = "--hash=sha256:" + "a" * 64
PYTHON = ("kind: host", "kind: python, lock: requirements.lock")


def told(folder: Path) -> str:
    return "\n".join(f"{one} ({one.hint})" for one in lint(folder))


def test_a_good_recipe(tmp_path: Path) -> None:
    folder = write_recipe(tmp_path / "toy")
    (folder / ".git").mkdir()
    (folder / "__pycache__").mkdir()
    (folder / "here.py").symlink_to("toy.py")
    assert lint(folder) == []


@pytest.mark.parametrize("name", [".gitattributes", ".gitmodules", ".GitAttributes"])
def test_files_that_change_what_git_writes(tmp_path: Path, name: str) -> None:
    folder = write_recipe(tmp_path / "toy")
    (folder / "deep").mkdir()
    (folder / "deep" / name).write_text("* eol=crlf")
    assert f"deep/{name}: {name} may not be published" in told(folder)


def test_a_repository_inside(tmp_path: Path) -> None:
    folder = write_recipe(tmp_path / "toy")
    (folder / "vendor" / ".git").mkdir(parents=True)
    assert "vendor/.git" in told(folder)


@pytest.mark.parametrize(
    "target", ["../outside", "/etc/passwd", "a/../../x", ".git/config", "x\ny"]
)
def test_links_that_leave(tmp_path: Path, target: str) -> None:
    folder = write_recipe(tmp_path / "toy")
    (folder / "link").symlink_to(target)
    assert "a link that leaves the folder" in told(folder)


def test_links_are_judged_from_where_they_lie() -> None:
    assert stays_inside("a/b/link", "../../toy.py")
    assert not stays_inside("a/b/link", "../../../toy.py")
    assert not stays_inside("link", "")


def test_what_is_no_file(tmp_path: Path) -> None:
    folder = write_recipe(tmp_path / "toy")
    os.mkfifo(folder / "pipe")
    (folder / "new\nline").write_text("")
    (folder / "back\\slash").write_text("")
    with (folder / "big").open("wb") as stream:
        stream.truncate(MAX_FILE + 1)
    text = told(folder)
    for part in ("pipe: neither a file nor a folder", "this name cannot be published",
                 "big: larger than 8 MiB"):  # fmt: skip
        assert part in text


def test_no_manifest(tmp_path: Path) -> None:
    assert "recipe.yaml: is missing" in told(tmp_path)
    assert lint(tmp_path / "nowhere")
    (tmp_path / "recipe.yaml").write_bytes(b"\xff")
    assert "not UTF-8" in told(tmp_path)


def test_a_script_that_is_not_there(tmp_path: Path) -> None:
    folder = write_recipe(tmp_path / "toy", ("toy.py", "tyo.py"))
    assert "recipe.yaml:7: command: tyo.py is not in the folder" in told(folder)


def test_a_script_that_cannot_be_run(tmp_path: Path) -> None:
    folder = write_recipe(tmp_path / "toy", ("python toy.py", "./toy.py"))
    assert "not executable (chmod +x ./toy.py" in told(folder)
    (folder / "toy.py").chmod(0o755)
    assert lint(folder) == []


def test_test_data_that_is_not_there(tmp_path: Path) -> None:
    folder = write_recipe(
        tmp_path / "toy",
        ("license", "tests: [{name: one, data: tests/data, expect: tests/one.json}]\nlicense"),
    )
    text = told(folder)
    assert "tests: tests/data/inputs.sof is not in the folder" in text
    assert "tests: tests/one.json is not in the folder" in text
    assert "--update writes it" in text
    data = folder / "tests" / "data"
    data.mkdir(parents=True)
    (data / "inputs.sof").write_text("x.fits TOY_RAW\n../toy.py TOY_RAW\nx.fits OTHER\n")
    (folder / "tests" / "one.json").write_text("{}")
    text = told(folder)
    for part in (
        "x.fits is not in tests/data",
        "tests/data/inputs.sof:2: not an input: '../toy.py TOY_RAW'",
        "tests/data/inputs.sof:3: the recipe takes no more OTHER",
        "tests/one.json: schema must be expect/1",
    ):
        assert part in text, part
    (data / "inputs.sof").write_text("x.fits TOY_RAW\n")
    (data / "x.fits").write_text("")
    (folder / "tests" / "one.json").write_text('{"schema": "expect/1"}')
    assert lint(folder) == []


def test_test_data_outside_the_tests(tmp_path: Path) -> None:
    for path in ("data", "../data", "/data", "tests/../data", "tests/.git", "--help"):
        folder = write_recipe(
            tmp_path / "toy",
            ("license", f"tests: [{{name: one, data: '{path}', expect: tests/a.json}}]\nlicense"),
        )
        assert "is no path below tests/" in told(folder), path


@pytest.mark.parametrize(
    "text",
    [
        f"numpy==2.1.0 {HASH}\n",
        f"# made by uv\nnumpy==2.1.0 \\\n    {HASH} \\\n    {HASH}\n    # via astropy\n\n",
        f"uvloop==0.1 ; sys_platform != 'win32' \\\r\n    {HASH}\r\n",
        f"dask[array]==2024.1 {HASH}",
    ],
)
def test_good_locks(tmp_path: Path, text: str) -> None:
    folder = write_recipe(tmp_path / "toy", PYTHON)
    (folder / "requirements.lock").write_bytes(text.encode())
    assert lint(folder) == []


@pytest.mark.parametrize(
    "text",
    ["numpy==2.1.0\n", f"numpy>=2 {HASH}\n", "-r other.txt\n", "--index-url https://x.example/\n",
     f"numpy @ https://x.example/n.whl {HASH}\n", "-e .\n", "numpy==2 --hash=md5:aa\n",
     f"numpy==2 {HASH} --config-settings=x\n"],
)  # fmt: skip
def test_bad_locks(tmp_path: Path, text: str) -> None:
    folder = write_recipe(tmp_path / "toy", PYTHON)
    (folder / "requirements.lock").write_text("\n" + text)
    assert "requirements.lock:2: not a package with version and hash" in told(folder)


def test_no_lock(tmp_path: Path) -> None:
    folder = write_recipe(tmp_path / "toy", PYTHON)
    assert "requirements.lock is not in the folder" in told(folder)
