"""Attestations: notes that any git reads and carries; many writers lose nothing."""

from __future__ import annotations

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from recipe_folder import numbered, write_recipe

from cobrex_registry.errors import RegistryError
from cobrex_registry.evidence import attest
from cobrex_registry.evidence.attest import Attestation
from cobrex_registry.ident import Author
from cobrex_registry.publication import publish
from cobrex_registry.repository import Registry
from cobrex_registry.version import Version

TESTS = [{"name": "small", "outcome": "passed", "products": [], "qc": {"QC A": 1.5}}]
WITH_TESTS = (
    "license",
    "tests: [{name: small, data: tests/data, expect: tests/small.json}]\nlicense",
)


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry.open(tmp_path / "registry.git")


@pytest.fixture
def version(registry: Registry, tmp_path: Path) -> Version:
    return publish(registry, write_recipe(tmp_path / "toy"))


def say(
    registry: Registry,
    version: Version,
    server: str = "lyon",
    *,
    passed: bool = True,
    environment: str = "e" * 43,
    by: str = "ada",
) -> Attestation:
    return attest.attest(
        registry,
        version,
        server,
        passed=passed,
        code_hash="c" * 43,
        environment={"kind": "host", "digest": environment},
        tests=TESTS,
        agent={"by": by, "platform": "linux-x86_64", "cobrex": "0.1.0"},
        author=Author("Ada", "ada@example.org"),
    )


def plain(repository: Path, *words: str) -> str:
    """A git that knows nothing of cobrex, with a hostile configuration of its user."""
    environ = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull}
    return subprocess.run(
        ["git", f"--git-dir={repository}", *words],
        env=environ, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip


def test_any_git_reads_it(registry: Registry, version: Version) -> None:
    made = say(registry, version)
    text = plain(registry.path, "notes", "--ref=attest/lyon", "show", version.ref)
    line = json.loads(text)
    assert line["schema"] == "attest/1"
    assert (line["tag"], line["tree"]) == (version.tag_sha, version.tree_sha)
    assert line["tests"] == TESTS
    assert attest.of(registry, version) == (made,)
    assert plain(registry.path, "fsck", "--strict") == ""


def test_earlier_lines_stay_and_servers_speak_for_themselves(
    registry: Registry, version: Version
) -> None:
    first = say(registry, version, passed=False)
    second = say(registry, version)
    other = say(registry, version, "geneva", passed=False)
    assert list(attest.of(registry, version)) == sorted(
        [first, second, other], key=lambda one: one.at
    )
    assert attest.latest(attest.of(registry, version)) == {"lyon": second, "geneva": other}
    text = plain(registry.path, "notes", "--ref=attest/lyon", "show", version.tag_sha)
    assert [json.loads(one)["outcome"] for one in text.splitlines() if one] == ["failed", "passed"]
    log = plain(registry.path, "log", "--format=%an %s", "refs/notes/attest/lyon")
    assert log.splitlines() == ["Ada attest main/toy@1.0.0"] * 2


def test_it_travels_by_plain_fetch(registry: Registry, version: Version, tmp_path: Path) -> None:
    made = say(registry, version)
    other = Registry.open(tmp_path / "other.git")
    specs = ("refs/tags/*:refs/tags/*", "refs/notes/attest/*:refs/notes/attest/*")
    plain(other.path, "fetch", "--quiet", str(registry.path), *specs)
    there = other.resolve("recipe", "toy")
    assert attest.of(other, there) == (made,)
    own = say(other, there, "geneva")
    plain(registry.path, "fetch", "--quiet", str(other.path), *specs)
    assert attest.of(registry, version) == (made, own)


def test_notes_that_git_wrote_are_read_and_kept(registry: Registry, version: Version) -> None:
    made = say(registry, version)
    text = plain(registry.path, "notes", "--ref=attest/lyon", "show", version.tag_sha)
    who = ("-c", "user.name=x", "-c", "user.email=x@example.org", "notes", "--ref=attest/rome")
    plain(registry.path, *who, "add", "-m", text, version.tag_sha)
    assert [one.server for one in attest.of(registry, version)] == ["lyon", "rome"]
    say(registry, version, "rome", passed=False)
    outcomes = [one.outcome for one in attest.of(registry, version) if one.server == "rome"]
    assert outcomes == ["passed", "failed"]
    shown = plain(registry.path, "notes", "--ref=attest/rome", "show", version.tag_sha)
    assert len([one for one in shown.splitlines() if one]) == 2
    assert made in attest.of(registry, version)


def test_a_very_long_note_loses_no_line(registry: Registry, version: Version) -> None:
    old = "x" * 99 + "\n"
    note = registry.path / "note"
    note.write_text(old * 11_000)
    plain(registry.path, "-c", "user.name=a", "-c", "user.email=a@b.org",
          "notes", "--ref=attest/lyon", "add", "-F", str(note), version.tag_sha)  # fmt: skip
    made = [say(registry, version), say(registry, version)]
    text = plain(registry.path, "notes", "--ref=attest/lyon", "show", version.tag_sha)
    assert text.count(old) == 11_000
    assert attest.of(registry, version) == tuple(made)


def test_the_same_files_published_on_two_servers_are_one_version(
    registry: Registry, version: Version, tmp_path: Path
) -> None:
    """What ships is published by every server itself: other tags, the same tree."""
    other = Registry.open(tmp_path / "other.git")
    own = publish(other, tmp_path / "toy", author=Author("Bob", "bob@example.org"))
    assert own.tag_sha != version.tag_sha
    made = say(registry, version)
    spec = "refs/notes/attest/*:refs/notes/attest/*"
    plain(other.path, "fetch", "--quiet", str(registry.path), spec)
    assert attest.of(other, own) == (made,)


def test_many_writers_lose_nothing(registry: Registry, version: Version, tmp_path: Path) -> None:
    others = [publish(registry, numbered(tmp_path / f"v{n}", f"1.{n}.0")) for n in range(1, 4)]
    wanted = [(one, f"u{n}") for n in range(3) for one in (version, *others)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda pair: say(registry, pair[0], by=pair[1]), wanted))
    for one in (version, *others):
        assert sorted(each.by for each in attest.of(registry, one)) == [f"u{n}" for n in range(3)]


def test_a_line_about_something_else_or_none_does_not_count(
    registry: Registry, version: Version, tmp_path: Path
) -> None:
    other = publish(registry, numbered(tmp_path / "v2", "1.1.0"))
    say(registry, other)
    copied = plain(registry.path, "notes", "--ref=attest/lyon", "show", other.tag_sha)
    good = json.loads(copied)
    lines = [
        copied.strip(), "", "{", "[]", "null", "[" * 100_000,
        json.dumps({**good, "tree": version.tree_sha}),
        json.dumps({**good, "version": str(version)}),
        *(json.dumps({**good, "version": str(version), "tree": version.tree_sha, **wrong})
          for wrong in ({"outcome": "great"}, {"environment": []}, {"tests": {}}, {"by": 7},
                        {"at": "\x1b[2J"}, {"schema": "attest/2"}, {"platform": "x" * 1000})),
    ]  # fmt: skip
    who = ("-c", "user.name=x", "-c", "user.email=x@example.org", "notes", "--ref=attest/evil")
    path = tmp_path / "lines"
    path.write_text("\n".join(lines))
    plain(registry.path, *who, "add", "-F", str(path), version.tag_sha)
    assert attest.of(registry, version) == ()


@pytest.mark.parametrize("server", ["", "../x", "Lyon", "a b", "-x", "a" * 65, "x\n", "a/b"])
def test_names_that_cannot_stand_in_a_ref(
    registry: Registry, version: Version, server: str
) -> None:
    with pytest.raises(RegistryError, match="no name of a server"):
        say(registry, version, server)
    assert "notes" not in plain(registry.path, "for-each-ref")


def missing(registry: Registry, version: Version, environment: str = "") -> str:
    with pytest.raises(RegistryError) as refused:
        attest.demand(registry, version, environment=environment)
    assert refused.value.kind == "not-attested"
    assert refused.value.hint
    return refused.value.message


def test_a_demand_says_what_is_missing(registry: Registry, version: Version, tmp_path: Path):
    assert "the recipe has no tests" in missing(registry, version)
    folder = write_recipe(tmp_path / "tested", ('"1.0.0"', '"1.1.0"'), WITH_TESTS)
    data = folder / "tests" / "data"
    data.mkdir(parents=True)
    (data / "x.fits").write_text("")
    (data / "inputs.sof").write_text("x.fits TOY_RAW\n")
    (folder / "tests" / "small.json").write_text('{"schema": "expect/1"}')
    tested = publish(registry, folder)
    assert "never tested" in missing(registry, tested)
    failed = say(registry, tested, "geneva", passed=False)
    assert f"failed on geneva at {failed.at[:16]}" in missing(registry, tested)
    passed = say(registry, tested)
    assert attest.demand(registry, tested) == passed
    assert "another environment" in missing(registry, tested, "f" * 43)
    assert attest.demand(registry, tested, environment="e" * 43) == passed
    say(registry, tested, passed=False)  # a server's last word counts
    assert "failed on geneva" in missing(registry, tested)
