"""Folders of recipes that mean harm, or that change while they are read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from push_bench import TOY, Bench
from recipe_folder import manifest_text, write_recipe

from cobrex_registry.admission.lint import lint
from cobrex_registry.errors import RegistryError
from cobrex_registry.publication import publish
from cobrex_registry.repository import Registry
from cobrex_registry.store import tree_files
from cobrex_registry.store.tree_files import MAX_FILE, read_tree

HIDDEN = (".g\u200cit", ".GI\u200dT", ".gitmodules\u200c", "GIT~2", "gitmod~1", "gitatt~4",
          "GI7EBA~1", "a\u202eb.py", "\x9b2J", "x\u2028y")  # fmt: skip


@pytest.mark.parametrize("name", HIDDEN)
def test_names_that_no_server_would_take_are_not_published(name, tmp_path):
    """Once published, such a name would keep every later version off the servers, too."""
    folder = write_recipe(tmp_path / "toy")
    (folder / name).write_text("x")
    registry = Registry.open(tmp_path / "registry.git")
    with pytest.raises(RegistryError, match="cannot be published"):
        publish(registry, folder)
    assert registry.versions("recipe", "toy") == ()


@pytest.mark.parametrize("other", ["Toy.py", "TOY.PY"])
def test_names_that_differ_in_case_alone_are_refused(other, tmp_path):
    folder = write_recipe(tmp_path / "toy")
    (folder / other).write_text("x")
    (found,) = lint(folder)
    assert "some systems take it for" in found.message


def test_names_that_differ_in_case_alone_are_refused_in_a_push(tmp_path):
    bench = Bench(tmp_path)
    sha = bench.version(extra=(("100644", "TOY.py", bench.blob("x")),))
    assert "some systems take it for" in bench.push(f"{sha}:{TOY}1.0.0")


def _swapped(monkeypatch: pytest.MonkeyPatch, path: Path, by: object) -> None:
    """Let something else stand there between the look and the reading."""
    real = tree_files._contents

    def contents(asked: Path) -> bytes:
        if asked == path:
            path.unlink()
            by(path)  # type: ignore[operator]
        return real(asked)

    monkeypatch.setattr(tree_files, "_contents", contents)


@pytest.mark.parametrize("what", ["fifo", "link", "large"])
def test_a_file_that_changes_into_something_else_is_neither_waited_for_nor_followed(
    what, tmp_path, monkeypatch
):
    folder = write_recipe(tmp_path / "toy")
    secret = tmp_path / "secret"
    secret.write_text("secret")
    by = {
        "fifo": os.mkfifo,
        "link": lambda path: path.symlink_to(secret),
        "large": lambda path: path.touch() or os.truncate(path, MAX_FILE + 1),
    }[what]
    _swapped(monkeypatch, folder / "toy.py", by)
    files, problems = read_tree(folder)
    assert [one.path for one in files] == ["recipe.yaml"]
    assert [one.file for one in problems] == ["toy.py"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('version: "1.0.0"', "version: 0x" + "f" * 20_000),
        ("cores: 2", "cores: 0x" + "f" * 20_000),
        ("volatile: [DATE]", "volatile: [0x" + "f" * 20_000 + "]"),
    ],
)
def test_numbers_too_long_to_be_printed_are_a_problem_with_its_line(old, new, tmp_path):
    folder = write_recipe(tmp_path / "toy")
    (folder / "recipe.yaml").write_text(manifest_text((old, new)))
    (found,) = lint(folder)
    assert "longer than 400 digits" in found.message
    assert found.line > 0


@pytest.mark.parametrize("hidden", ["\\u009b31m", "\\u202e"])
def test_what_a_terminal_would_obey_does_not_stand_in_a_title(hidden, tmp_path):
    folder = write_recipe(tmp_path / "toy", ("title: A toy", f'title: "A {hidden} toy"'))
    assert "control characters" in lint(folder)[0].message


def test_the_lock_of_a_registry_is_no_way_to_another_file(tmp_path):
    registry = Registry.open(tmp_path / "registry.git")
    lock = registry.path / "cobrex.lock"
    lock.unlink()
    lock.symlink_to(tmp_path / "victim")
    with pytest.raises(RegistryError):
        publish(registry, write_recipe(tmp_path / "toy"))
    assert not (tmp_path / "victim").exists()


def test_links_that_leave_the_folder_by_way_of_each_other_are_refused(tmp_path):
    """Each looks harmless: deep/in/it/top is the folder itself, and .. of that is outside."""
    folder = write_recipe(tmp_path / "toy")
    deep = folder / "deep" / "in" / "it"
    deep.mkdir(parents=True)
    (deep / "top").symlink_to("../../..")
    (folder / "out").symlink_to("deep/in/it/top/../secret")
    (tmp_path / "secret").write_text("secret")
    assert (folder / "out").read_text() == "secret"
    (found,) = lint(folder)
    assert (found.file, "leaves the folder" in found.message) == ("out", True)
    bench = Bench(tmp_path)
    link = ("120000", "out", bench.blob("deep/in/it/top/../secret"))
    top = bench.tree(("120000", "top", bench.blob("../../..")))
    it = bench.tree(("40000", "it", top))
    tree = ("40000", "deep", bench.tree(("40000", "in", it)))
    sha = bench.version(extra=(link, tree))
    assert "out: a link that leaves" in bench.push(f"{sha}:{TOY}1.0.0")
