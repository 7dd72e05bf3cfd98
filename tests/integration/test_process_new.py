"""A process proposed, its inputs chosen by a person, kept and made."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from toy_world import World, build

from cobrex.cli.app import app
from cobrex.cli.main import run

Call = Callable[..., str]
NEW = ("process", "new", "toy_science", "--main", "SCI1", "--main", "SCI2.fits")


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Two science frames, which the rules would take together, and two flats that are made."""
    world = build(tmp_path / "world")
    for name, hour in (("SCI1", 3), ("SCI2", 4)):
        world.frame(name, "HR100", hour=hour)
    for name, hour in (("FLAT1", 2), ("FLAT2", 6)):
        world.frame(name, "FLAT", hour=hour)
    world.frame("BAD", "FLAT", day=6, hour=6, LEVEL=99.0)
    world.cobrex("import", str(world.data))
    world.cobrex("reduce", "--frame", "TOY_FLAT_RAW", code=6)
    return world


@pytest.fixture
def call(world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Commands in this process: two dozen interpreters would be started for nothing."""
    monkeypatch.setenv("COBREX_HOME", str(world.home))
    monkeypatch.setenv("COBREX_USER", "ada")

    def call(*words: str, code: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["cobrex", *words])
        found = run(app)
        said = capsys.readouterr()
        assert found == code, f"{words} ended with {found}:\n{said.out}{said.err}"
        return said.out + (said.err if code else "")

    return call


def proposal(call: Call, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(call(*NEW, *words, "--json"))
    return {**found, "by_role": {role["role"]: role for role in found["roles"]}}


def flats(world: World) -> dict[str, tuple[int, str]]:
    """Frame id and key of the process of each flat, by what it was made of."""
    question = """
        SELECT raw.archive_name, made.frame_id, p.key FROM frame made
        JOIN process p ON p.process_id = made.process_id
        JOIN process_input i ON i.process_id = p.process_id AND i.role = 'raw'
        JOIN frame raw ON raw.content_id = i.content_id WHERE p.recipe = 'main/toy_flat'"""
    with closing(sqlite3.connect(world.home / "store" / "catalogue.sqlite")) as catalogue:
        return {name[:-5]: (number, key) for name, number, key in catalogue.execute(question)}


def test_inputs_are_proposed_chosen_kept_and_made(
    world: World, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _choose(world, call)
    _edit(call, tmp_path, monkeypatch)


def _choose(world: World, call: Call) -> None:
    made = {name: number for name, (number, _) in flats(world).items()}
    by_rules = proposal(call)
    flat = by_rules["by_role"]["flat"]
    assert [c["name"] for c in by_rules["by_role"]["raw"]["chosen"]] == ["SCI1.fits", "SCI2.fits"]
    assert [(c["frame_id"], c["level"]) for c in flat["chosen"]] == [(made["FLAT1"], 0)]
    assert flat["chosen"][0]["delta_d"] == pytest.approx(-1.5 / 24)
    assert [c["frame_id"] for c in flat["others"]] == [made["FLAT2"]], "what failed is none"
    said = call(*NEW)
    assert "nearest" in said
    assert "+0.104" in said

    # refused: what is no input, of no such type, failed, required
    for words, hint in (
        (("--input", "fla=1"), "inputs: flat"),
        (("--input", "flat=SCI1"), "is TOY_SCIENCE_RAW"),
        (("--input", f"flat={made['BAD']}"), "the verdict of out.fits"),
        (("--without", "flat"), "cannot work"),
        (("--save-pin", "--why", "x"), "no choice of yours"),
        (("--input", "flat=FLAT1", "--save-pin"), "wants a reason"),
    ):
        assert hint in call(*NEW, *words, code=2)
    assert "reduces" in call("process", "new", "toy_science", "--main", "FLAT1", code=2)

    # for this time only
    other = f"flat={made['FLAT2']}"
    once = proposal(call, "--input", other)
    assert once["key"] != by_rules["key"]
    assert once["by_role"]["flat"]["chosen"][0]["why"] == "pinned by ada: asked for"
    assert proposal(call)["key"] == by_rules["key"], "nothing was kept"

    # kept: plans use it, and say whose choice it is
    reduce = ("reduce", "--frame", "TOY_SCIENCE_RAW", "--json")
    call(*NEW, "--input", other, "--save-pin", "--why", "the lamp was off")
    plan = json.loads(call(*reduce, "-n"))["processes"]
    mine = next(p for p in plan if p["recipe"] == "main/toy_science")
    assert mine["key"] == once["key"]
    used = next(i for i in mine["inputs"] if i["role"] == "flat")
    assert (used["why"], used["source"]) == ("pinned by ada: the lamp was off", "pin")
    pinned = json.loads(call("process", "pins", "--json"))
    assert [(p["frame_id"], p["user"], p["why"]) for p in pinned] == [
        (made["FLAT2"], "ada", "the lamp was off")
    ]
    world.cobrex(*NEW, "--submit", "--name", "mine")
    shown = json.loads(call("process", "show", once["key"], "--json"))
    assert {i["frame_id"] for i in shown["inputs"]} >= {made["FLAT2"]}

    # a pin whose frame failed since is told, and the rules decide
    call("validate", "reject", flats(world)["FLAT2"][1], "--why", "stripes")
    plan = json.loads(call(*reduce, "-n"))["processes"]
    warned = next(p for p in plan if p["recipe"] == "main/toy_science")
    assert warned["key"] == by_rules["key"]
    assert "is fail; the rules decide" in warned["warnings"][0]
    call("process", "unpin", str(pinned[0]["pin"]))
    assert json.loads(call("process", "pins", "--json")) == []


def _edit(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "edit.py"
    monkeypatch.setenv("EDITOR", f"{sys.executable} {script}")
    swap = "import sys; p = sys.argv[1]; t = open(p).read(); open(p, 'w').write(t.replace({}, {}))"
    script.write_text(swap.format("'level: \"1.0\"'", "'level: 2.5'"), encoding="utf-8")
    found = proposal(call, "--edit")
    assert found["parameters"]["level"] == 2.5
    assert found["by_role"]["flat"]["chosen"][0]["source"] != "pin"
    script.write_text(swap.format("'flat: rules'", "'flat: {a: 1}'"), encoding="utf-8")
    assert "a list of frames" in call(*NEW, "--edit", code=2)
    script.write_text(swap.format("'inputs:'", "'inputs: !!python/object:os.x'"), encoding="utf-8")
    assert "cannot be used" in call(*NEW, "--edit", code=2)
    script.write_text("raise SystemExit(3)", encoding="utf-8")
    assert "ended with 3" in call(*NEW, "--edit", code=2)

    assert "is published" in call(*NEW, "--set", "level=3", "--save-preset", "good")
    assert proposal(call, "--preset", "good")["parameters"]["level"] == 3.0
