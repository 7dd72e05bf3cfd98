"""Environments and versions that nothing uses: which go, which a lock or a running batch holds."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from finished_records import digest
from toy_world import World, build

from cobrex import settings as places
from cobrex.registry import open_registry
from cobrex.upkeep import order, sweep
from cobrex.upkeep.running import Running
from cobrex.upkeep.software import environments
from cobrex_db.engine import open_catalogue
from cobrex_db.people import utc_now
from cobrex_registry.materialise import materialise

KINDS = ("scratch", "environments", "versions")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = build(tmp_path / "w")
    monkeypatch.setenv("COBREX_HOME", str(world.home))
    return world


def test_what_nothing_uses(world: World) -> None:
    settings = places.load()
    engine, registry = open_catalogue(settings.database_url), open_registry(settings)
    built = settings.environments / digest("built")
    moved = settings.environments / f".{digest('moved')}.abc"
    for folder in (built, moved, settings.environments / "notes"):
        (folder / "bin").mkdir(parents=True)
        (folder / "bin" / "python").write_text("#!")
        (folder / "bin").chmod(0o555)
        folder.chmod(0o555)
    link = settings.environments / digest("moved")
    link.symlink_to(moved.name)
    flat, science = (registry.resolve("recipe", name) for name in ("toy_flat", "toy_science"))
    of_flat, of_science = (materialise(registry, v, settings.cache) for v in (flat, science))
    world.cobrex("recipe", "pin", "toy_science", "-o", str(settings.home / "suite.lock"))
    dead, alive = (
        settings.processes / ".scratch" / f"{socket.gethostname()}.{pid}.abc" for pid in (0, 1)
    )
    for folder in (dead, alive):
        folder.mkdir(parents=True)
    young = order.Order(KINDS, utc_now() - timedelta(days=1))
    found = sweep.survey(engine, settings, registry, young)
    assert [(i.kind, i.name) for i in found.items] == [("scratch", dead.name)]
    late = replace(young, before=utc_now() + timedelta(seconds=1))
    used = Running(environments={built.name})
    names = [i.name for i in environments(engine, settings, registry, late, used)]
    assert names == [link.name]
    found = sweep.survey(engine, settings, registry, late)
    assert {(i.kind, i.name) for i in found.items} == {
        ("scratch", dead.name),
        ("environments", built.name),
        ("environments", link.name),
        ("versions", of_flat.name),
    }
    assert len(list(sweep.clean(engine, settings, found, late))) == 4
    there = {p.name for p in settings.environments.iterdir()}
    assert there == {"notes", ".trash"} and not any((settings.environments / ".trash").iterdir())
    assert (of_flat.exists(), of_science.exists(), alive.exists()) == (False, True, True)
    # made again when it is needed
    assert materialise(registry, flat, settings.cache) == of_flat
    engine.dispose()
