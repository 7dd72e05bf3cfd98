"""Workspaces at the command line: two people, one catalogue."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from toy_world import World, build

from cobrex.cli.app import app
from cobrex.cli.main import run

Call = Callable[..., str]


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = build(tmp_path / "world")
    world.frame("FLAT1", "FLAT", hour=2)
    world.frame("SCI1", "HR100", hour=3)
    return world


@pytest.fixture
def call(world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """A command in the name of a user and a workspace."""
    monkeypatch.setenv("COBREX_HOME", str(world.home))

    def call(user: str, workspace: str, *words: str, code: int = 0) -> str:
        monkeypatch.setenv("COBREX_USER", user)
        monkeypatch.setenv("COBREX_WORKSPACE", workspace)
        monkeypatch.setattr(sys, "argv", ["cobrex", *words])
        found = run(app)
        said = capsys.readouterr()
        assert found == code, f"{words} ended with {found}:\n{said.out}{said.err}"
        return said.out + (said.err if code else "")

    return call


def as_of(world: World, user: str, workspace: str) -> Callable[[], dict[str, str]]:
    """What a command started by itself is told of who calls it."""
    plain = world.environment()
    return lambda: {**plain, "COBREX_USER": user, "COBREX_WORKSPACE": workspace}


def test_two_people_and_what_they_may_see(
    world: World, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = str(world.data)

    def found(user: str, *words: str) -> Any:
        return json.loads(call(user, "public", *words, "--json"))

    assert "is yours" in call("ada", "", "workspace", "new", "lab", "--namespace", "main")
    call("ada", "lab", "import", data)
    assert len(found("ada", "find")) == 2
    assert found("bob", "find") == []
    assert found("bob", "star", "list") == []
    assert [w["workspace"] for w in found("bob", "workspace", "list")] == ["public"]
    for words in (("show", "SCI1"), ("process", "new", "toy_flat", "--main", "SCI1")):
        assert "no frame is called" in call("bob", "public", *words, code=4)
    for words in (
        ("workspace", "show", "lab"),
        ("workspace", "share", "lab", "bob"),
        ("find", "--workspace", "lab"),
        ("process", "pins"),
    ):
        assert "no workspace is called 'lab'" in call("bob", "lab", *words, code=4)
    reduce = ("reduce", "--frame", "TOY_FLAT_RAW")
    assert "no workspace is called 'lab'" in call("bob", "lab", *reduce, code=4)
    assert "is taken" in call("bob", "lab", "import", data, code=4)

    # a reader sees, and is told whom to ask for more
    call("ada", "", "workspace", "share", "lab", "bob")
    assert len(found("bob", "find")) == 2
    for words in (reduce, ("import", data)):
        said = call("bob", "lab", *words, code=4)
        assert "bob is reader" in said
        assert "ask ada: cobrex workspace share lab bob --role member" in said
    assert "without an owner" in call("ada", "", "workspace", "unshare", "lab", "ada", code=4)

    # a group of members
    call("cleo", "", "group", "new", "team")
    call("cleo", "", "group", "add", "team", "bob")
    call("ada", "", "workspace", "share", "lab", "--group", "team", "--role", "member")
    assert {m["group"] or m["user"]: m["role"] for m in
            found("bob", "workspace", "show", "lab")["members"]} == {
        "ada": "owner", "bob": "reader", "team": "member"}  # fmt: skip
    assert found("cleo", "group", "list")[0]["workspaces"] == [
        {"workspace": "lab", "role": "member"}
    ]
    monkeypatch.setattr(world, "environment", as_of(world, "bob", "lab"))
    world.cobrex(*reduce, "--name", "bobs")
    assert [p["recipe"] for p in found("ada", "process", "list")] == ["main/toy_flat"]
    key = found("ada", "process", "list")[0]["key"]
    made = found("ada", "find", "--current")
    assert [(row["kind"], row["standing"], row["verdict"]) for row in made] == [
        ("product", "current", "pass")
    ]
    assert [b["name"] for b in found("cleo", "batch", "list")] == ["bobs"]
    assert found("dan", "process", "list") == found("dan", "batch", "list") == []
    assert "no process has a key" in call("dan", "public", "process", "show", key, code=4)
    for words in (("show", "bobs"), ("report", "bobs")):
        assert "there is no batch 'bobs'" in call("dan", "public", "batch", *words, code=4)

    # the same frames elsewhere: what is made is used there too, and nothing is made twice
    call("dan", "dans", "import", data)
    assert "nothing to do" in call("dan", "dans", *reduce)
    assert [p["key"] for p in found("dan", "process", "list")] == [key]
    kinds = [row["kind"] for row in found("dan", "find", "--workspace", "dans")]
    assert sorted(kinds) == ["product", "raw", "raw"]

    # a workspace uses recipes of its namespaces only
    call("eve", "", "workspace", "new", "eves", "--namespace", "eve")
    call("eve", "eves", "import", data)
    said = call("eve", "eves", *reduce, code=2)
    assert "the workspace uses recipes of eve; main/toy_flat is of main" in said
    assert "cannot be a namespace" in call(
        "eve", "", "workspace", "new", "x", "--namespace", "../x", code=2
    )

    call("cleo", "", "group", "remove", "team", "bob")
    call("ada", "", "workspace", "unshare", "lab", "bob")
    assert found("bob", "find") == []
