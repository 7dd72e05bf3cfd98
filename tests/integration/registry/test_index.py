"""The index: always what git says, whoever changes refs, whatever befalls its file."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from recipe_folder import numbered
from registry_race import race

from cobrex_registry.errors import RegistryError
from cobrex_registry.ident import Author
from cobrex_registry.index.facts import facts_of
from cobrex_registry.index.stamp import GRANULARITY_NS
from cobrex_registry.index.thing import Thing, read_things
from cobrex_registry.publication import publish
from cobrex_registry.repository import Registry
from cobrex_registry.semver import Spec
from cobrex_registry.standing.channels import promote
from cobrex_registry.standing.status import Event, add
from cobrex_registry.store.loose import write_objects

AGO_NS = 2 * GRANULARITY_NS


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    registry = Registry.open(tmp_path / "registry.git")
    for version in ("1.0.0", "1.1.0", "2.0.0"):
        publish(registry, numbered(tmp_path / "toy", version))
    return registry


def git(registry: Registry, *words: str, data: str = "") -> str:
    return subprocess.run(["git", f"--git-dir={registry.path}", *words], check=True, text=True,
                          input=data, capture_output=True).stdout  # fmt: skip


def settle(registry: Registry) -> None:
    """Let all that was done to refs be long ago; ctime cannot be set, so the clock is moved."""
    clock = registry.path / "cobrex" / "clock"
    assert clock.exists()
    registry.index.now = lambda: clock.stat().st_mtime_ns + 10 * AGO_NS


def truth(registry: Registry) -> list[Thing]:
    refs = git(registry, "for-each-ref", "--format=%(refname)", "refs/tags/recipe/").split()
    names = sorted({(p[2], p[3], p[4]) for p in (ref.split("/") for ref in refs) if len(p) == 6})
    return [one for one in read_things(registry.git, names).values() if one.versions]


def without_git(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise AssertionError("git was asked")

    monkeypatch.setattr(registry.git, "run", refuse, raising=False)


def test_git_is_not_asked_twice(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = registry.list("recipe")
    settle(registry)
    assert registry.list("recipe") == listed
    without_git(registry, monkeypatch)
    assert registry.list("recipe") == listed
    assert registry.resolve("recipe", "toy@^1").version == "1.1.0"
    fresh = Registry.open(registry.path)
    without_git(fresh, monkeypatch)
    assert fresh.resolve("recipe", "toy").version == "2.0.0"


def test_what_is_young_is_not_believed(registry: Registry, tmp_path: Path) -> None:
    """Times of a file system may be told to two seconds: a change in them is seen all the same."""
    registry.list("recipe")
    folder = registry.path / "refs/tags/recipe/main/toy"
    times = folder.stat()
    publish(registry, numbered(tmp_path / "toy", "2.1.0"))
    os.utime(folder, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert registry.resolve("recipe", "toy").version == "2.1.0"
    assert registry.index.shelf.get(("recipe", "main", "toy")) is None


@pytest.mark.parametrize("seed", range(6))
def test_the_index_is_what_git_says_after_anything(
    registry: Registry, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    registry.list("recipe")
    settle(registry)
    source = registry.resolve("recipe", "toy@1.0.0")
    author = Author("Ada", "ada@example.org")

    def make(name: str, number: str, sha: str = source.commit_sha) -> None:
        tag = f"recipe/main/{name}/{number}"
        text = f"object {sha}\ntype commit\ntag {tag}\ntagger A <a@b> 1700000000 +0000\n\nx\n"
        made = git(registry, "mktag", data=text).strip()
        git(registry, "update-ref", f"refs/tags/{tag}", made)

    def push() -> None:
        tag = f"recipe/julia/r{chance.randrange(4)}/3.{chance.randrange(9)}.0"
        text = f"object {source.commit_sha}\ntype commit\ntag {tag}\ntagger A <a@b> 1 +0000\n\nx\n"
        work = tmp_path / "work.git"
        if not work.exists():
            subprocess.run(["git", "clone", "-q", "--bare", registry.path, work], check=True)
        made = subprocess.run(["git", f"--git-dir={work}", "mktag"], input=text, text=True,
                              check=True, capture_output=True).stdout.strip()  # fmt: skip
        subprocess.run(["git", f"--git-dir={work}", "push", "-q", "--force", registry.path,
                        f"{made}:refs/tags/{tag}"], check=True)  # fmt: skip

    def delete() -> None:
        refs = git(registry, "for-each-ref", "--format=%(refname)", "refs/tags/").split()
        if len(refs) > 2:
            git(registry, "update-ref", "-d", chance.choice(refs[1:]))

    def spoil() -> None:
        path = registry.index.shelf.path
        data = bytearray(path.read_bytes())
        for _ in range(20):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        path.write_bytes(data)

    actions: list[Callable[[], object]] = [
        lambda: make(f"r{chance.randrange(5)}", f"1.{chance.randrange(30)}.0"),
        lambda: make("toy", f"1.{chance.randrange(2, 9)}.0"),
        lambda: git(registry, "pack-refs", "--all", *chance.choice([[], ["--no-prune"]])),
        delete,
        push,
        spoil,
        lambda: registry.index.shelf.path.unlink(missing_ok=True),
        lambda: promote(registry.git, chance.choice(registry.versions("recipe", "toy")),
                        chance.choice(["production", "test"]), who="ada", author=author),
        lambda: add(registry.git, "recipe", Spec("main", "toy"),
                    Event(chance.choice(["yank", "unyank"]), "1.0.0", "why"), author),
    ]  # fmt: skip
    for _ in range(14):
        chance.choice(actions)()
        time.sleep(0.02)  # the clock of a file system ticks every 4 or 10 ms
        if chance.random() < 0.8:
            assert [*registry.things("recipe")] == truth(registry)
            for one in truth(registry):
                assert registry.thing("recipe", one.full_name) == one


def test_many_versions_of_one_thing_are_not_read_again(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = registry.resolve("recipe", "toy@1.0.0").commit_sha
    lines = []
    for number in range(120):
        tag = f"recipe/main/toy/4.{number}.0"
        text = f"object {commit}\ntype commit\ntag {tag}\ntagger A <a@b> 1 +0000\n\nx\n".encode()
        made = write_objects(registry.path, [("tag", text)])[0]
        lines.append(f"create refs/tags/{tag} {made}\n")
    git(registry, "update-ref", "--stdin", data="".join(lines[:110]))
    assert len(registry.versions("recipe", "toy")) == 113
    git(registry, "update-ref", "--stdin", data="".join(lines[110:]))
    git(registry, "update-ref", "-d", "refs/tags/recipe/main/toy/4.7.0")
    moved = git(registry, "rev-parse", "refs/tags/recipe/main/toy/4.9.0").strip()
    git(registry, "update-ref", "refs/tags/recipe/main/toy/4.8.0", moved)
    asked: list[tuple[str, ...]] = []
    run = registry.git.run
    monkeypatch.setattr(registry.git, "run", lambda *w: asked.append(w) or run(*w))
    assert [registry.thing("recipe", "toy")] == truth(registry)
    assert len(registry.versions("recipe", "toy")) == 121
    assert len([one for one in asked[1] if one.startswith("refs/")]) == 11


def test_packed_names_without_folders(registry: Registry) -> None:
    git(registry, "pack-refs", "--all", "--prune")
    assert not (registry.path / "refs/tags/recipe").exists()
    assert len(registry.list("recipe")) == 3
    registry.index.forget()
    assert len(Registry.open(registry.path).list("recipe")) == 3


@pytest.mark.parametrize("damage", ["not a database at all" * 400, "", "SQLite format 3\0"])
def test_a_damaged_file_is_replaced(registry: Registry, damage: str) -> None:
    registry.list("recipe")
    settle(registry)
    listed = registry.list("recipe")
    registry.index.shelf.close()
    registry.index.shelf.path.write_text(damage)
    assert registry.list("recipe") == listed
    assert registry.list("recipe") == listed
    with sqlite3.connect(registry.index.shelf.path) as connection:
        assert connection.execute("SELECT count(*) FROM thing").fetchone()[0] >= 1


def test_a_registry_that_may_not_be_written(registry: Registry, tmp_path: Path) -> None:
    registry.list("recipe")
    settle(registry)
    listed = registry.list("recipe")
    folder = registry.path / "cobrex"
    for way in ("no folder", "a file in its place", "a folder in its place"):
        registry.index.shelf.close()
        moved = tmp_path / way
        folder.rename(moved)
        if way == "a file in its place":
            folder.write_text("")
        if way == "a folder in its place":
            (folder / registry.index.shelf.path.name).mkdir(parents=True)
        fresh = Registry.open(registry.path)
        assert fresh.list("recipe") == listed
        assert fresh.resolve("recipe", "toy@^1").version == "1.1.0"
        if folder.is_file():
            folder.unlink()
        elif folder.exists():
            folder.rename(tmp_path / f"{way} aside")
        moved.rename(folder)


def test_a_damaged_thing_does_not_hide_the_others(registry: Registry, tmp_path: Path) -> None:
    other = publish(registry, numbered(tmp_path / "toy", "1.0.0"), namespace="julia")
    broken = registry.resolve("recipe", "toy")
    path = registry.path / "objects" / broken.tag_sha[:2] / broken.tag_sha[2:]
    path.unlink()
    assert [str(one) for one in registry.list("recipe")] == [str(other)]
    assert [one.trouble != "" for one in registry.things("recipe")] == [False, True]


def test_facts_are_read_once(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    versions = registry.list("recipe")
    settle(registry)
    registry.list("recipe")
    facts = facts_of(registry.index, versions)
    assert facts[0].main_input == ["TOY_RAW"]
    assert facts[0].matches("TOY sphere", takes="toy_dark", makes="TOY_CUBE", parameter="sigma")
    assert not facts[0].matches(parameter="kappa")
    assert not facts[0].matches(instrument="NACO")

    def refuse() -> None:
        raise AssertionError("git was asked")

    monkeypatch.setattr(registry.git, "objects", refuse, raising=False)
    assert facts_of(registry.index, versions) == facts


def read_and_write(path: Path, folder: Path) -> int:
    registry = Registry.open(path)
    for minor in range(4):
        publish(registry, numbered(folder, f"{folder.name[1:]}.{minor}.0"))
        registry.list("recipe")
        registry.index.now = lambda: 1 << 62
        registry.list("recipe")
    return len(registry.list("recipe"))


def test_many_processes_at_once(registry: Registry, tmp_path: Path) -> None:
    folders = [tmp_path / f"w{k}" for k in range(3, 9)]
    race(read_and_write, registry.path, folders)
    assert len(registry.list("recipe")) == 3 + 6 * 4
    assert [*registry.things("recipe")] == truth(registry)


def test_refs_that_cannot_be_looked_at_are_told(registry: Registry) -> None:
    loop = registry.path / "refs/channels"
    loop.symlink_to(loop)
    with pytest.raises(RegistryError) as caught:
        registry.list("recipe")
    assert "cannot be read" in caught.value.message
    assert caught.value.hint
