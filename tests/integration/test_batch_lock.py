"""Every batch leaves the lock of what it used: what ran is what was locked, whatever comes in."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import pytest
from toy_world import World, build

from cobrex.batch.locks import of_batch
from cobrex.settings import Settings
from cobrex_registry.errors import RegistryError
from cobrex_registry.locks.lock import Lock

SCIENCE = ("reduce", "--frame", "TOY_SCIENCE_RAW", "-j", "1")
PRESET = """
schema: preset/1
name: bright
version: "{version}"
for: toy_science@^1
parameters: {{level: {level}}}
"""


def publish(world: World, recipe: str, version: str) -> None:
    """Publish a recipe again under another number, with other code."""
    folder = world.folder / "recipes" / recipe
    lines = (folder / "recipe.yaml").read_text().splitlines()
    lines = [f'version: "{version}"' if one.startswith("version:") else one for one in lines]
    (folder / "recipe.yaml").write_text("\n".join(lines))
    with (folder / "toy.py").open("a") as code:
        code.write(f"print('version {version}')\n")
    world.cobrex("recipe", "publish", str(folder))


def publish_preset(world: World, version: str, level: float) -> None:
    path = world.folder / "bright.yaml"
    path.write_text(PRESET.format(version=version, level=level), encoding="utf-8")
    world.cobrex("preset", "publish", str(path))


def lock_of(world: World, batch: str) -> Lock:
    store = world.home / "store"
    return of_batch(Settings(world.home, store, "", "ada", "public"), batch)


def wait_for(driver: object, *paths: Path) -> None:
    while not all(path.exists() for path in paths):
        assert driver.poll() is None, driver.communicate()[0]  # type: ignore[attr-defined]
        time.sleep(0.05)


def test_servers_kept_in_step_do_not_change_what_a_batch_uses(tmp_path: Path) -> None:
    head = build(tmp_path / "head")
    paris, chile = (
        World(Path(shutil.copytree(head.folder, tmp_path / name, symlinks=True)))
        for name in ("paris", "chile")
    )
    for name, server in (("paris", paris), ("chile", chile)):
        head.cobrex("server", "add", name, str(server.home / "store" / "registry.git"))
    publish(paris, "toy_flat", "1.1.0")
    publish_preset(chile, "1.0.0", 2.0)
    head.cobrex("recipe", "sync")
    go = tmp_path / "go"
    head.frame("flat1", "FLAT", hour=12)
    head.frame("sci1", "HR 100", hour=3, UNTIL=str(go))
    head.cobrex("import", str(head.data))
    asked = (*SCIENCE, "--preset", "bright")
    driver = head.start(*asked, "--name", "held")
    try:
        wait_for(driver, head.home / "store/batches/held/cobrex.lock")
        # in the middle of it newer ones of everything come in
        publish(chile, "toy_science", "1.2.0")
        publish(paris, "toy_flat", "1.2.0")
        publish_preset(chile, "1.1.0", 3.0)
        head.cobrex("recipe", "sync")
        newest = json.loads(head.cobrex("recipe", "list", "--json"))
        assert "1.2.0" in json.dumps(newest)
        go.touch()
        driver.communicate(timeout=120)
    finally:
        driver.kill()
    assert driver.returncode == 0
    held = lock_of(head, "held")
    assert [(e.kind, e.short) for e in held.entries] == [
        ("preset", "toy_science--bright@1.0.0"),
        ("recipe", "toy_flat@1.1.0"),
        ("recipe", "toy_science@1.0.0"),
    ]
    records = [
        json.loads(path.read_text())
        for path in (head.home / "store" / "processes").rglob("record.json")
    ]
    ran = {(r["recipe"]["name"], r["recipe"]["tree"], r["recipe"]["code_hash"]) for r in records}
    assert ran == {(e.name, e.tree, e.code_hash) for e in held.entries if e.kind == "recipe"}
    levels = {r["recipe"]["name"]: r["parameters"]["level"] for r in records}
    assert levels == {"main/toy_science": 2.0, "main/toy_flat": 1.0}
    # more of it is made with the same; who asks anew gets the newest
    lock = ("--lock", str(head.home / "store/batches/held/cobrex.lock"))
    assert "nothing to do" in head.cobrex(*asked, *lock)
    plan = json.loads(head.cobrex(*asked, "--refresh", "-n", "--json"))
    assert {p["version"] for p in plan["processes"]} == {"1.2.0"}
    assert {p["parameters"]["level"] for p in plan["processes"]} == {3.0, 1.0}
    with pytest.raises(RegistryError, match=r"batch other left no cobrex\.lock"):
        lock_of(head, "other")
