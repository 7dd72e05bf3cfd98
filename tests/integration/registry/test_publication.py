"""Publishing into a real repository: layout, refusals, races, kills."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from recipe_folder import numbered, write_recipe
from registry_race import publish_hundred, publish_one, race

from cobrex_registry.authoring.author import author_of, source_of
from cobrex_registry.errors import RegistryError
from cobrex_registry.ident import Author
from cobrex_registry.materialise import materialise
from cobrex_registry.publication import publish
from cobrex_registry.repository import Registry

PUBLISH = """
import sys
from pathlib import Path
from cobrex_registry.publication import publish
from cobrex_registry.repository import Registry
registry = Registry.open(Path(sys.argv[1]))
for folder in sys.argv[2:]:
    publish(registry, Path(folder))
    print(folder, flush=True)
"""


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry.open(tmp_path / "registry.git")


def git(registry: Registry, *words: str) -> str:
    return subprocess.run(["git", f"--git-dir={registry.path}", *words], check=True, text=True,
                          capture_output=True).stdout  # fmt: skip


def sound(registry: Registry) -> None:
    git(registry, "fsck", "--strict", "--full")


def test_the_tag_is_the_publication(registry: Registry, tmp_path: Path) -> None:
    first = publish(registry, numbered(tmp_path / "toy", "1.0.0"))
    second = publish(registry, numbered(tmp_path / "toy", "1.1.0"))
    refs = git(registry, "for-each-ref", "--format=%(objecttype) %(refname)").split("\n")
    assert refs[:2] == [
        "tag refs/tags/recipe/main/toy/1.0.0",
        "tag refs/tags/recipe/main/toy/1.1.0",
    ]
    assert git(registry, "ls-tree", "-r", "--name-only", first.tag_sha).split() == [
        "toy/recipe.yaml", "toy/toy.py"]  # fmt: skip
    assert git(registry, "rev-parse", f"{second.commit_sha}^").strip() == first.commit_sha
    assert "tagger Ada <ada@example.org>" in git(registry, "cat-file", "-p", second.tag_sha)
    assert registry.manifest(second).version == "1.1.0"
    sound(registry)


def test_the_same_again_is_a_no_op(registry: Registry, tmp_path: Path) -> None:
    folder = write_recipe(tmp_path / "toy")
    once = publish(registry, folder)
    os.utime(folder / "toy.py", (1, 1))
    (folder / "__pycache__").mkdir()
    assert publish(registry, folder, author=Author("Grace")) == once


def test_other_files_under_a_version_are_refused(registry: Registry, tmp_path: Path) -> None:
    once = publish(registry, write_recipe(tmp_path / "toy"))
    with pytest.raises(RegistryError) as caught:
        publish(registry, write_recipe(tmp_path / "toy", code="print('changed')\n"))
    assert caught.value.kind == "version-taken"
    assert "raise the version" in caught.value.hint
    assert registry.resolve("recipe", "toy") == once


def test_a_bad_recipe_changes_nothing(registry: Registry, tmp_path: Path) -> None:
    folder = write_recipe(tmp_path / "toy", ("title: A toy", "titel: A toy"))
    with pytest.raises(RegistryError) as caught:
        publish(registry, folder)
    assert caught.value.kind == "manifest"
    assert "recipe.yaml:4: unknown key 'titel'" in caught.value.message
    assert git(registry, "for-each-ref") == ""


@pytest.mark.parametrize("namespace", ["../main", "a/b", "", "--x", "Main", "x@1"])
def test_bad_namespaces(registry: Registry, tmp_path: Path, namespace: str) -> None:
    with pytest.raises(RegistryError):
        publish(registry, write_recipe(tmp_path / "toy"), namespace=namespace)
    assert git(registry, "for-each-ref") == ""


def test_an_older_line_goes_on(registry: Registry, tmp_path: Path) -> None:
    for version in ("1.0.0", "2.0.0", "1.0.1", "3.0.0-rc.1"):
        publish(registry, numbered(tmp_path / "toy", version))
    wanted = {
        "toy": "2.0.0",
        "toy@^1": "1.0.1",
        "toy@1.0.0": "1.0.0",
        "main/toy@>=1,<2": "1.0.1",
        "toy@3.0.0-rc.1": "3.0.0-rc.1",
    }
    assert {spec: registry.resolve("recipe", spec).version for spec in wanted} == wanted
    old, new = registry.resolve("recipe", "toy@1.0.0"), registry.resolve("recipe", "toy@1.0.1")
    assert git(registry, "rev-parse", f"{new.commit_sha}^").strip() == old.commit_sha


def test_unknown_names_and_versions(registry: Registry, tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="no recipe 'toy'") as caught:
        registry.resolve("recipe", "toy")
    assert caught.value.hint == "no recipe is published yet"
    publish(registry, numbered(tmp_path / "toy", "1.2.0"))
    with pytest.raises(RegistryError) as caught:
        registry.resolve("recipe", "tyo")
    assert (caught.value.kind, caught.value.hint) == ("unknown-recipe", "did you mean toy?")
    with pytest.raises(RegistryError) as caught:
        registry.resolve("recipe", "toy@^2")
    assert caught.value.kind == "unknown-version"
    assert "1.2.0" in caught.value.hint


def test_refs_no_publication_made_are_not_versions(registry: Registry, tmp_path: Path) -> None:
    version = publish(registry, write_recipe(tmp_path / "toy"))
    base = "refs/tags/recipe"
    for ref, target in (
        (f"{base}/main/toy/9.0.0", version.tag_sha),  # the tag's own header says 1.0.0
        (f"{base}/main/toy/8.0.0", version.commit_sha),
        (f"{base}/main/toy/latest", version.tag_sha),
        (f"{base}/main/Toy/1.0.0", version.tag_sha),
        (f"{base}/toy", version.tag_sha),
    ):
        git(registry, "update-ref", ref, target)
    assert registry.list("recipe") == (version,)
    assert registry.versions("recipe", "toy") == (version,)


def test_namespaces_are_apart(registry: Registry, tmp_path: Path) -> None:
    mine = publish(registry, write_recipe(tmp_path / "toy", code="1\n"), namespace="julia")
    ours = publish(registry, write_recipe(tmp_path / "toy", code="2\n"))
    assert registry.resolve("recipe", "julia/toy") == mine
    assert registry.resolve("recipe", "toy") == ours
    assert [str(one) for one in registry.list("recipe")] == ["julia/toy@1.0.0", "main/toy@1.0.0"]


def test_the_authors_repository_is_written_into_the_tag(registry: Registry, tmp_path: Path) -> None:
    folder = write_recipe(tmp_path / "mine" / "toy")
    assert source_of(folder) == {}
    for words in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=Ada", "-c", "user.email=a@b", "commit", "-qm", "x"],
        ["config", "user.name", "Ada <b> L\u00f6velace"],
        ["config", "user.email", "a@b"],
    ):
        subprocess.run(["git", "-C", str(tmp_path / "mine"), *words], check=True)
    clean = source_of(folder)
    (folder / "new.py").write_text("")
    assert clean["Source-Dirty"] == "no"
    assert source_of(folder) == {**clean, "Source-Dirty": "yes"}
    version = publish(registry, folder, author=author_of(folder, "x"), source=clean)
    tag = git(registry, "cat-file", "-p", version.tag_sha)
    assert f"Source-Commit: {clean['Source-Commit']}" in tag
    assert "tagger Ada b L\u00f6velace <a@b>" in tag
    assert author_of(tmp_path, "somebody").name == "somebody"


def test_nobodys_git_configuration_matters(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = b"one\r\ntwo\n\xff\x00$Id$\n"
    folder = write_recipe(tmp_path / "toy")
    (folder / "table.txt").write_bytes(data)
    plain = publish(registry, folder)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("reference-transaction", "post-commit", "pre-commit", "post-checkout"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/hooked\nexit 1\n")
        (hooks / name).chmod(0o755)
    attributes = tmp_path / "attributes"
    attributes.write_text("* text eol=crlf ident\n")
    hostile = tmp_path / "hostile.gitconfig"
    hostile.write_text(
        f"[core]\nautocrlf = true\neol = crlf\nfileMode = false\nhooksPath = {hooks}\n"
        f"attributesFile = {attributes}\n[commit]\ngpgSign = true\n[tag]\ngpgSign = true\n"
        "[i18n]\ncommitEncoding = latin1\n[user]\nuseConfigOnly = true\n[init]\n"
        f"templateDir = {tmp_path}\ndefaultObjectFormat = sha256\n"
    )
    for name, value in (
        ("GIT_CONFIG_GLOBAL", hostile),
        ("GIT_DIR", tmp_path),
        ("GIT_INDEX_FILE", "x"),
        ("GIT_OBJECT_DIRECTORY", tmp_path / "lost"),
        ("GIT_WORK_TREE", tmp_path),
        ("GIT_DEFAULT_HASH", "sha256"),
        ("GIT_NAMESPACE", "ns"),
    ):
        monkeypatch.setenv(name, str(value))
    other = Registry.open(tmp_path / "other.git")
    made = publish(other, folder)
    assert made.tree_sha == plain.tree_sha
    place = materialise(other, made, tmp_path / "cache")
    assert (place / "table.txt").read_bytes() == data
    assert not (tmp_path / "hooked").exists()
    assert not (tmp_path / "lost").exists()


def test_eight_publish_the_same_version(tmp_path: Path) -> None:
    path = tmp_path / "registry.git"
    folders = [write_recipe(tmp_path / str(n) / "toy", code=f"print({n})\n") for n in range(8)]
    answers = race(publish_one, path, folders)
    registry = Registry.open(path)
    winner = registry.resolve("recipe", "toy")
    assert sorted(answers) == sorted([winner.tree_sha] + ["version-taken"] * 7)
    assert [entry.name for entry in tmp_path.glob(".registry.git.*")] == []
    sound(registry)


def test_eight_publish_eight_versions(tmp_path: Path) -> None:
    path = tmp_path / "registry.git"
    folders = [numbered(tmp_path / str(n) / "toy", f"1.{n}.0") for n in range(8)]
    answers = race(publish_one, path, folders)
    versions = Registry.open(path).versions("recipe", "toy")
    assert [one.version for one in versions] == [f"1.{n}.0" for n in range(8)]
    assert [one.tree_sha for one in versions] == answers


@pytest.mark.parametrize("seed", range(10))
def test_killed_at_any_instant(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "registry.git"
    folders = [numbered(tmp_path / str(n) / "toy", f"1.{n}.0") for n in range(40)]
    process = subprocess.Popen(
        [sys.executable, "-c", PUBLISH, str(path), *map(str, folders)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout is not None
    first = process.stdout.readline().strip()
    time.sleep(random.Random(seed).uniform(0, 0.4))
    os.killpg(process.pid, signal.SIGKILL)
    said = [first, *process.stdout.read().split()]
    process.stdout.close()
    process.wait()
    registry = Registry.open(path)
    kept = {one.version for one in registry.versions("recipe", "toy")}
    assert {f"1.{Path(line).parent.name}.0" for line in said} <= kept
    for one in registry.versions("recipe", "toy"):
        materialise(registry, one, tmp_path / "cache")
    for folder in folders[: len(kept) + 2]:
        publish(registry, folder)
    assert len(registry.versions("recipe", "toy")) == len(kept) + 2
    sound(registry)


@pytest.mark.parametrize("seed", range(4))
def test_git_killed_at_any_instant(registry: Registry, tmp_path: Path, seed: int) -> None:
    """The git that moves a ref dies, its caller lives: told, and done by the next try."""
    folder = write_recipe(tmp_path / "toy")
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    real = shutil.which("git")
    (bin_ / "git").write_text(
        f'#!/bin/sh\ncase "$*" in *update-ref*) {real} "$@" & p=$!; sleep 0.00{seed}; kill -9 $p; '
        f'wait $p; exit 137;; esac\nexec {real} "$@"\n'
    )
    (bin_ / "git").chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{bin_}:{os.environ['PATH']}")
        with pytest.raises(RegistryError):
            publish(registry, folder)
            raise RegistryError("git was not killed in time")
    made = publish(Registry.open(registry.path), folder)
    assert registry.resolve("recipe", "toy") == made
    sound(registry)


@pytest.mark.slow
def test_eight_processes_publish_a_hundred_versions_each(tmp_path: Path) -> None:
    path = tmp_path / "registry.git"
    Registry.open(path)
    works = [tmp_path / f"w{number}" for number in range(1, 9)]
    assert race(publish_hundred, path, works) == [100] * 8
    versions = Registry.open(path).versions("recipe", "toy")
    assert {one.version for one in versions} == {
        f"{major}.{minor}.0" for major in range(1, 9) for minor in range(100)
    }
    sound(Registry.open(path))


def test_a_lock_left_by_a_dead_git_is_removed(registry: Registry, tmp_path: Path) -> None:
    lock = registry.path / "refs/tags/recipe/main/toy/1.0.0.lock"
    lock.parent.mkdir(parents=True)
    lock.touch()
    os.utime(lock, (1, 1))
    assert publish(registry, write_recipe(tmp_path / "toy")).version == "1.0.0"
    assert not lock.exists()


def test_where_no_registry_can_be(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="there is no registry"):
        Registry.open(tmp_path / "none.git", create=False)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.tex").write_text("")
    with pytest.raises(RegistryError, match="is not a registry"):
        Registry.open(tmp_path / "other")
    (tmp_path / "file").write_text("")
    with pytest.raises(RegistryError) as caught:
        Registry.open(tmp_path / "file" / "registry.git")
    assert caught.value.hint
    assert (tmp_path / "other" / "thesis.tex").exists()


def test_a_registry_that_cannot_be_written_is_told(registry: Registry, tmp_path: Path) -> None:
    (registry.path / "refs" / "tags").mkdir(exist_ok=True)
    (registry.path / "refs" / "tags" / "recipe").write_text("")
    with pytest.raises(RegistryError) as caught:
        publish(registry, write_recipe(tmp_path / "toy"))
    assert caught.value.hint


def test_a_damaged_registry_is_told(registry: Registry, tmp_path: Path) -> None:
    version = publish(registry, write_recipe(tmp_path / "toy"))
    sha = git(registry, "rev-parse", f"{version.tree_sha}:toy/toy.py").strip()
    (registry.path / "objects" / sha[:2] / sha[2:]).unlink()
    with pytest.raises(RegistryError):
        materialise(registry, version, tmp_path / "cache")
    assert list((tmp_path).glob("cache/*/*")) == []
