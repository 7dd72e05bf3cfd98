"""A process set up again: the same inputs, environment and command give the same product."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from astropy.io import fits
from toy_world import World, build


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A world with one process that is done and one that failed."""
    world = build(tmp_path_factory.mktemp("template"))
    world.frame("flat1", "FLAT", hour=12, LEVEL=7.5)
    world.frame("broken", "FLAT", hour=13, FILTER="J", BROKEN=True)
    world.cobrex("import", str(world.data))
    said = world.cobrex(
        "reduce", "--frame", "TOY_FLAT_RAW", "--set", "label=a b'c", "-j", "2", code=6
    )
    (world.folder / "said.txt").write_text(said, encoding="utf-8")
    (world.folder / "processes.json").write_text(world.cobrex("process", "list", "--json"))
    return world.folder


@pytest.fixture
def world(template: Path) -> World:
    return World(template)


def key(world: World, state: str) -> str:
    rows = json.loads((world.folder / "processes.json").read_text(encoding="utf-8"))
    return next(r["key"] for r in rows if r["state"] == state)


def product(world: World, name: str) -> Path:
    (found,) = (world.home / "store/processes/main").glob(f"*/*/*/{name}/0001/out.fits")
    return found


def scratch(world: World) -> list[str]:
    folder = world.home / "store/processes/.scratch"
    return sorted(p.name for p in folder.iterdir() if p.name != "kept")


def test_the_command_again_gives_an_equal_product_that_nobody_catalogues(world):
    done = key(world, "done")
    before = world.cobrex("find", "--product", "--json")
    said = world.cobrex("process", "shell", done, "--run", "--keep")
    assert "label a b'c" in said
    folder = Path(next(x for x in said.splitlines() if x.startswith("kept")).split()[1])
    made, stored = fits.open(folder / "out.fits"), fits.open(product(world, done))
    with made, stored:
        assert (made[0].data == stored[0].data).all()
        assert made[0].header["ESO QC LEVEL"] == stored[0].header["ESO QC LEVEL"] == 7.5
    assert world.cobrex("find", "--product", "--json") == before
    assert scratch(world) == []


def test_a_failure_says_where_to_report_it(world):
    start = "https://example.org/issues/new?title=main%2Ftoy_flat%401.0.0%3A%20recipe-error"
    assert f"report it: {start}" in (world.folder / "said.txt").read_text(encoding="utf-8")
    assert start in world.cobrex("process", "show", key(world, "failed"))
    (page,) = (world.home / "store/batches").glob("*/failures.html")
    assert f'<a href="{start}' in page.read_text(encoding="utf-8")
    assert "report" not in world.cobrex("process", "show", key(world, "done"))


def test_a_failed_process_fails_again_with_the_same_code(world):
    said = world.cobrex("process", "shell", key(world, "failed")[:8], "--run", code=1)
    assert "the shutter was closed" in said
    assert scratch(world) == []


def test_a_shell_opens_where_the_process_runs(world, tmp_path, monkeypatch):
    shell = tmp_path / "shell"
    shell.write_text(
        f"#!/bin/sh\npwd > {tmp_path}/where\nls > {tmp_path}/there\nenv > {tmp_path}/env\n"
        f"./command.sh > {tmp_path}/said && cp out.fits {tmp_path}/\n"
    )
    shell.chmod(0o755)
    own = world.environment()
    monkeypatch.setattr(World, "environment", lambda self: {**own, "SHELL": str(shell)})
    said = world.cobrex("process", "shell", key(world, "done"))
    where = Path((tmp_path / "where").read_text().strip())
    assert f"folder  {where}" in said
    assert "toy_flat@1.0.0" in said
    assert f"{where}/inputs.sof --level=1.0 '--label=a b'\"'\"'c' --wait=0.0" in said
    assert {"inputs", "inputs.sof", "command.sh"} <= set((tmp_path / "there").read_text().split())
    variables = dict(x.split("=", 1) for x in (tmp_path / "env").read_text().splitlines())
    assert variables["TMPDIR"] == f"{where}/tmp"
    assert "PYTHONPATH" not in variables and "COBREX_HOME" not in variables
    assert (tmp_path / "out.fits").is_file()
    assert not where.exists()


def test_the_folder_may_be_printed_and_its_script_used_anywhere(world):
    said = world.cobrex("process", "shell", key(world, "done"), "--print").splitlines()
    folder, command = Path(said[0]), said[1]
    try:
        assert f"{folder}/inputs.sof" in command
        ran = subprocess.run(
            [folder / "command.sh"],
            cwd="/",
            env={**os.environ, "PYTHONPATH": "/nowhere"},
            capture_output=True,
            text=True,
            check=True,
        )
        assert "label a b'c" in ran.stdout
        assert (folder / "out.fits").is_file()
        # what dead processes leave is cleared; this one was asked for
        world.cobrex("reduce", "--frame", "TOY_FLAT_RAW", "--filter", "K", "--dry-run")
        assert folder.is_dir()
    finally:
        shutil.rmtree(folder)


def test_without_its_plan_the_record_and_the_cache_are_enough(world, tmp_path):
    batches = world.home / "store" / "batches"
    batches.rename(tmp_path / "aside")
    try:
        assert "label a b'c" in world.cobrex("process", "shell", key(world, "done"), "--run")
    finally:
        (tmp_path / "aside").rename(batches)


def test_what_is_missing_is_named(world, tmp_path):
    frame = world.data / "flat1.fits"
    frame.rename(tmp_path / "flat1.fits")
    try:
        said = world.cobrex("process", "shell", key(world, "done"), "--run", code=5)
    finally:
        (tmp_path / "flat1.fits").rename(frame)
    assert f"raw: {frame} cannot be read" in said
    assert scratch(world) == []
    assert "has no attempt 7" in world.cobrex(
        "process", "shell", key(world, "done"), "--attempt", "7", code=4
    )
