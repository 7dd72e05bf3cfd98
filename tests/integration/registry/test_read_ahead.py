"""What is read ahead is what git has, and what is wrong is told when it is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from recipe_folder import numbered

from cobrex_registry.errors import RegistryError
from cobrex_registry.publication import publish
from cobrex_registry.repository import Registry
from cobrex_registry.store.git import Git, GitError, Objects
from cobrex_registry.store.read_ahead import ReadAhead
from cobrex_registry.store.refs import create_all, read


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    made = Registry.open(tmp_path / "registry.git")
    for number in ("1.0.0", "1.1.0"):
        publish(made, numbered(tmp_path / number, number))
    return made


class Counting(ReadAhead):
    """Counts what git is asked for."""

    def __init__(self, git: Git) -> None:
        super().__init__(git)
        self.asked: list[str] = []

    def _ask(self, names: list[str]) -> None:
        self.asked += names
        super()._ask(names)


def every(registry: Registry) -> list[str]:
    command = ("--batch-all-objects", "--batch-check=%(objectname)")
    return registry.git.run("cat-file", *command).split()


def test_every_object_is_what_git_has_and_asked_for_once(registry):
    with Counting(registry.git) as ahead, Objects(registry.git) as plain:
        ahead.ahead(one.tag_sha for one in registry.list("recipe"))
        for sha in every(registry):
            assert ahead.read(sha) == plain.read(sha)
    assert sorted(ahead.asked) == sorted(every(registry))


def test_what_is_missing_too_large_or_no_id_is_told_when_asked_for(registry):
    (first, _) = registry.list("recipe")
    blob = registry.git.run("hash-object", "-w", "--stdin", data=b"x" * 2_000_000)
    with ReadAhead(registry.git) as ahead:
        ahead.ahead([first.tag_sha, "1" * 40, blob])
        with pytest.raises(GitError, match="is missing"):
            ahead.read("1" * 40)
        with pytest.raises(GitError, match="larger than 10 bytes"):
            ahead.read(first.commit_sha, 10)
        with pytest.raises(GitError, match="larger than 1000 bytes"):
            ahead.read(blob, 1000)
        assert len(ahead.read(blob)[1]) == 2_000_000
        assert ahead.read(first.tag_sha)[0] == "tag"


def test_many_names_at_once_do_not_stop_git(registry):
    wanted = [registry.git.run("hash-object", "-w", "--stdin", data=bytes([n]) * 9000)
              for n in range(200)]  # fmt: skip
    with ReadAhead(registry.git) as ahead:
        ahead.ahead(wanted)
        assert [ahead.read(sha)[1][:1] for sha in wanted] == [bytes([n]) for n in range(200)]


def test_a_git_that_died_is_told(registry):
    (first, _) = registry.list("recipe")
    with ReadAhead(registry.git) as ahead:
        ahead._process.kill()
        ahead._process.wait()
        with pytest.raises(RegistryError, match=r"git stopped|is missing"):
            ahead.ahead([first.tag_sha])
            ahead.read(first.tag_sha)


def test_of_many_refs_those_that_exist_are_left_as_they_are(registry):
    (first, second) = registry.list("recipe")
    names = [f"refs/tags/recipe/main/many/{n}.0.0" for n in range(400)]
    create_all(registry.git, {names[7]: first.tag_sha, names[300]: first.tag_sha})
    made = create_all(registry.git, dict.fromkeys(names, second.tag_sha))
    assert made == set(names) - {names[7], names[300]}
    there = read(registry.git, "refs/tags/recipe/main/many/")
    assert there == {
        name: first.tag_sha if name in {names[7], names[300]} else second.tag_sha for name in names
    }
