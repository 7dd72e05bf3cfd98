"""verify and fsck: what is sound passes, every damage is found, remnants are removed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from recipe_folder import numbered

from cobrex_registry.checking.fsck import fsck
from cobrex_registry.checking.verify import verify
from cobrex_registry.ident import Author
from cobrex_registry.index.thing import Thing
from cobrex_registry.materialise import materialise
from cobrex_registry.publication import publish
from cobrex_registry.repository import Registry
from cobrex_registry.semver import Spec
from cobrex_registry.standing.channels import promote
from cobrex_registry.standing.status import Event, add
from cobrex_registry.store.objects import write_commit

ADA = Author("Ada", "ada@example.org")


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    registry = Registry.open(tmp_path / "registry.git")
    for version in ("1.0.0", "1.1.0"):
        publish(registry, numbered(tmp_path / "toy", version))
    version = registry.resolve("recipe", "toy")
    promote(registry.git, version, "production", who="ada", author=ADA)
    add(registry.git, "recipe", Spec("main", "toy"), Event("yank", "1.0.0", "old"), ADA)
    return registry


def git(registry: Registry, *words: str) -> str:
    return subprocess.run(["git", f"--git-dir={registry.path}", *words], check=True, text=True,
                          capture_output=True).stdout.strip()  # fmt: skip


def place(registry: Registry, name: str) -> Path:
    sha = git(registry, "rev-parse", name)
    path = registry.path / "objects" / sha[:2] / sha[2:]
    path.chmod(0o644)
    return path


def truncate(path: Path) -> None:
    os.truncate(path, 9)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x10
    path.write_bytes(data)


def exchange(path: Path) -> None:
    """Put another sound object under this name: only its hash tells."""
    other = next(p for p in path.parents[1].glob("[0-9a-f][0-9a-f]/*") if p != path)
    path.write_bytes(other.read_bytes())


TAG = "refs/tags/recipe/main/toy/1.1.0"


def test_a_sound_registry(registry: Registry, tmp_path: Path) -> None:
    materialise(registry, registry.resolve("recipe", "toy"), tmp_path / "cache")
    assert verify(registry, registry.list("recipe"), tmp_path / "cache") == []
    report = fsck(registry, tmp_path / "cache")
    assert (report.findings, report.removed, report.versions, report.refs) == ((), (), 2, 4)


@pytest.mark.parametrize("damage", [truncate, empty, flip, exchange, Path.unlink])
@pytest.mark.parametrize("name", [TAG, f"{TAG}^{{commit}}", f"{TAG}^{{tree}}", f"{TAG}:toy/toy.py"])
def test_damaged_objects_are_found_and_mended(
    registry: Registry, tmp_path: Path, damage: Callable[[Path], None], name: str
) -> None:
    backup = tmp_path / "backup.git"
    shutil.copytree(registry.path, backup)
    path = place(registry, name)
    listed = registry.list("recipe")
    damage(path)
    said = " ".join(f"{one.what} {one.message}" for one in fsck(registry).findings)
    assert "1.1.0" in said
    assert "main/toy@1.0.0" not in said or path.name not in said
    assert verify(registry, listed) != []
    path.unlink(missing_ok=True)
    cured = ["cp", "-rn", f"{backup}/objects/.", f"{registry.path}/objects/"]
    subprocess.run(cured, check=True)
    assert fsck(registry).findings == ()


def test_refs_that_are_none_of_a_registrys(registry: Registry) -> None:
    version = registry.resolve("recipe", "toy")
    for ref, target in (
        ("refs/heads/main", version.commit_sha),
        ("refs/tags/v1", version.tag_sha),
        ("refs/tags/recipe/main/toy/9.0.0", version.tag_sha),
        ("refs/tags/recipe/main/toy/latest", version.tag_sha),
        ("refs/replace/" + version.commit_sha, version.commit_sha),
    ):
        git(registry, "update-ref", ref, target)
        assert [one.what for one in fsck(registry).findings] == [ref]
        git(registry, "update-ref", "-d", ref)


def test_a_ref_to_nothing(registry: Registry) -> None:
    path = registry.path / "refs/tags/recipe/main/toy/3.0.0"
    path.write_text("1" * 40 + "\n")
    assert "refs/tags/recipe/main/toy/3.0.0" in str(fsck(registry).findings)
    path.write_text("not an id\n")
    assert "refs/tags/recipe/main/toy/3.0.0" in str(fsck(registry).findings)
    path.unlink()
    assert fsck(registry).findings == ()


def test_channels_and_events_that_say_nothing(registry: Registry) -> None:
    version = registry.resolve("recipe", "toy")
    channel, events = "refs/channels/test/recipe/main/toy", "refs/status/recipe/main/toy"
    git(registry, "update-ref", channel, version.tag_sha)
    head = git(registry, "rev-parse", events)
    bad = write_commit(
        registry.git, version.tree_sha, [head], "no event", author=ADA, when="1 +0000"
    )
    git(registry, "update-ref", events, bad)
    assert {one.what for one in fsck(registry).findings} == {channel, events}
    assert registry.resolve("recipe", "toy") == version


def test_a_promotion_of_what_is_not_here(registry: Registry) -> None:
    git(registry, "update-ref", "-d", TAG)
    assert [one.what for one in fsck(registry).findings] == [
        "refs/channels/production/recipe/main/toy"
    ]


def test_a_tag_that_lies_about_its_code(registry: Registry) -> None:
    version = registry.resolve("recipe", "toy")
    text = subprocess.run(["git", f"--git-dir={registry.path}", "cat-file", "tag", TAG], check=True,
                          capture_output=True, text=True).stdout  # fmt: skip
    lie = text.replace("Code-Hash: ", "Code-Hash: x").replace("toy/1.1.0", "toy/1.2.0")
    made = registry.git.run("mktag", data=lie.encode())
    git(registry, "update-ref", "refs/tags/recipe/main/toy/1.2.0", made)
    said = [one.message for one in fsck(registry).findings]
    assert any("its manifest is that of toy 1.1.0" in one for one in said)
    assert any("another code hash" in one for one in said)
    assert version.version == "1.1.0"


def test_a_changed_copy_in_the_cache(registry: Registry, tmp_path: Path) -> None:
    version = registry.resolve("recipe", "toy")
    folder = materialise(registry, version, tmp_path / "cache")
    (folder / "toy.py").chmod(0o644)
    (folder / "toy.py").write_text("print('other')\n")
    found = verify(registry, [version], tmp_path / "cache")
    assert [one.message for one in found] == [f"its copy {folder} was changed"]
    materialise(registry, version, tmp_path / "cache")
    assert verify(registry, [version], tmp_path / "cache") == []


def test_what_killed_commands_left_is_removed(registry: Registry, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    (cache / "ab" / ".abc.x1").mkdir(parents=True)
    (tmp_path / ".registry.git.x1").mkdir()
    left = [
        registry.path / "refs/tags/recipe/main/toy/7.0.0.lock",
        registry.path / "packed-refs.lock",
        next(registry.path.glob("objects/[0-9a-f][0-9a-f]")) / "tmp_obj_x1",
    ]
    for path in left:
        path.touch()
    left += [cache / "ab" / ".abc.x1", tmp_path / ".registry.git.x1"]
    fresh = [left[2].with_name("tmp_obj_x2"), cache / "ab" / ".abc.x2"]
    fresh[0].touch()
    fresh[1].mkdir()
    for path in left:
        os.utime(path, (1, 1))
    report = fsck(registry, cache)
    assert set(report.removed) == set(left)
    assert report.findings == ()
    assert not any(path.exists() for path in left)
    assert all(path.exists() for path in fresh)


def test_what_is_published_meanwhile_is_no_finding(registry: Registry, tmp_path: Path) -> None:
    class Busy(Registry):
        """A registry into which somebody publishes while it is checked."""

        def things(self, kind: str) -> tuple[Thing, ...]:
            publish(registry, numbered(tmp_path / "toy", "1.2.0"))
            return super().things(kind)

    assert fsck(Busy(registry.git)).findings == ()


def test_an_index_that_lies_is_found(registry: Registry, tmp_path: Path) -> None:
    registry.index.now = lambda: 1 << 62
    registry.list("recipe")
    name = ("recipe", "main", "toy")
    row = registry.index.shelf.get(name)
    assert row is not None
    del row.body[0][1]
    registry.index.shelf.put([(name, row)])
    assert [one.what for one in fsck(registry).findings] == ["recipe/main/toy"]
    assert len(registry.list("recipe")) == 2
    assert fsck(registry).findings == ()
