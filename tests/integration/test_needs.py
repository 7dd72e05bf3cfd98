"""What processes may use, who says so, and what a plan will cost: on a small observatory."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from batch_rows import Row, begin
from toy_world import World, build

from cobrex import settings
from cobrex.batch.needs import needs_of, past_of
from cobrex.batch.prepare import Prepared, prepare
from cobrex.batch.recipes import Kitchen
from cobrex.batch.request import Request
from cobrex.errors import UsageError
from cobrex.plan.needs import Needs, Place
from cobrex.registry import open_registry
from cobrex_db import schema as s
from cobrex_db.engine import open_catalogue, transact

SITE = """
[site]
partition = "long"
max_memory = "300MiB"
max_walltime = "00:15:00"
scratch = "{scratch}"
[site.recipes.toy_science]
qos = "short"
scratch = "3MiB"
"""
PRESET = """
schema: preset/1
name: cramped
version: "1.0.0"
for: toy_science@^1
parameters: {}
resources: {walltime: "00:10:00", memory: 900MiB, scratch: 5MiB}
"""
SCIENCE = ("--frame", "TOY_SCIENCE_RAW")
MIB = 1 << 20


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A flat, two stars; a preset that says what its processes need."""
    world = build(tmp_path_factory.mktemp("template"))
    world.frame("flat1", "FLAT", hour=12)
    world.frame("sci1", "HR 100", hour=3)
    world.frame("eri1", "51 Eri", hour=5)
    world.cobrex("import", str(world.data))
    (world.folder / "cramped.yaml").write_text(PRESET)
    world.cobrex("preset", "publish", str(world.folder / "cramped.yaml"))
    return world.folder


@pytest.fixture
def world(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A copy of it with a site of its own."""
    world = World(Path(shutil.copytree(template, tmp_path / "w", symlinks=True)))
    (tmp_path / "node").mkdir()
    site = SITE.format(scratch=tmp_path / "node")
    (world.home / "cobrex.toml").write_text(site, encoding="utf-8")
    monkeypatch.setenv("COBREX_HOME", str(world.home))
    monkeypatch.setenv("COBREX_USER", "ada")
    return world


def planned(**asked: object) -> Prepared:
    current = settings.load()
    engine = open_catalogue(current.database_url)
    request = Request(frame_types=("TOY_SCIENCE_RAW",), user="ada", **asked)  # type: ignore[arg-type]
    return prepare(engine, Kitchen(open_registry(current), current), request)


def needs(prepared: Prepared, grown: dict[str, dict[str, int]] | None = None) -> dict[str, Needs]:
    """Needs by recipe; those of one recipe are the same here."""
    engine = open_catalogue(prepared.kitchen.settings.database_url)
    by_name = {p.key: p.recipe.name.removeprefix("main/") for p in prepared.plan.processes}
    growth = {key: (grown or {}).get(name, {}) for key, name in by_name.items()}
    found = needs_of(prepared, past_of(engine, prepared), growth)
    return {by_name[key]: one for key, one in found.items()}


@pytest.mark.slow
def test_who_says_what_a_process_may_use(world):
    usual = planned()
    flat = Needs(1, 200, 5, 2048, expected_s=30.0, place=Place(partition="long"))
    science = replace(flat, scratch_mb=3, place=Place(partition="long", qos="short"))
    assert needs(usual) == {"toy_flat": flat, "toy_science": science}

    # a preset over the manifest, within the site's limits; the site's own words over both
    cramped = planned(preset="cramped")
    preset = replace(science, memory_mb=300, walltime_min=10)
    assert needs(cramped) == {"toy_flat": flat, "toy_science": preset}
    assert {p.key for p in cramped.plan.processes} == {p.key for p in usual.plan.processes}

    # whoever asks over all, beyond the limits too; growth goes no further
    asked = planned(needs={"cores": "2", "toy_flat.memory": "400MiB", "toy_flat.qos": "mine"})
    assert needs(asked)["toy_science"] == replace(science, cores=2)
    mine = replace(flat, cores=2, memory_mb=400, place=Place(partition="long", qos="mine"))
    assert needs(asked)["toy_flat"] == mine
    assert needs(asked, {"toy_flat": {"memory": 2, "time": 1}})["toy_flat"] == replace(
        mine, walltime_min=10
    )
    assert needs(usual, {"toy_science": {"memory": 1, "time": 2}})["toy_science"] == replace(
        science, memory_mb=300, walltime_min=15
    )
    with pytest.raises(UsageError, match="no recipe 'toy_flta'") as refused:
        needs(planned(needs={"toy_flta.cores": "2"}))
    assert "toy_flat" in refused.value.hint

    # what was used before: too little memory is not asked for again, what grows forgets the rest
    engine = open_catalogue(usual.kitchen.settings.database_url)
    transact(engine, lambda c: begin(c, history(), name="past"))
    transact(
        engine,
        lambda c: c.execute(s.attempt.update().values(memory_bytes=180 * MIB)),
    )
    assert needs(usual)["toy_flat"] == replace(flat, memory_mb=270, expected_s=7.0)
    assert needs(usual)["toy_science"] == science


def history() -> list[Row]:
    return [*(Row(took_s=7.0) for _ in range(6)), Row(state="failed", cause="out-of-memory")]


@pytest.mark.slow
def test_what_it_will_cost_and_what_it_took(world, tmp_path):
    said = json.loads(world.cobrex("reduce", *SCIENCE, "-j", "2", "--dry-run", "--json"))
    cost = said["estimate"]
    # nobody knows: a tenth of five minutes each, the flat first
    assert (cost["processes"], cost["cpu_s"], cost["wall_s"]) == (3, 90.0, 60.0)
    assert cost["unknown"] == ["main/toy_flat", "main/toy_science"]
    told = world.cobrex("batch", "estimate", *SCIENCE, "-j", "1", "--need", "memory=250MiB")
    assert "3 to make on 1 cores: 1 min 30 s of CPU, 1 min 30 s on the clock" in told
    assert "250 MiB for the largest, 250 MiB for all at once" in told
    assert "toy_flat, toy_science: nobody has used it yet" in told
    assert "--need" in world.cobrex("reduce", *SCIENCE, "--need", "memory=much", code=2)

    world.cobrex("reduce", *SCIENCE, "-j", "2", "--name", "one")
    compared = json.loads(world.cobrex("batch", "estimate", "one", "--json"))
    assert compared["state"] == "done"
    assert compared["forecast"] == {k: v for k, v in cost.items() if k not in {"on", "past"}}
    assert (compared["attempts"], compared["size_bytes"]) == (3, size(world, "one"))
    rows = {row["what"]: row for row in compared["compared"]}
    assert rows["cpu_s"]["foreseen"] == 90.0
    assert 0 < rows["cpu_s"]["times"] < 1
    shown = world.cobrex("batch", "estimate", "one")
    assert "foreseen" in shown
    assert "1 min 30 s" in shown
    # the site's disk was used, and nothing stays there
    assert [list(folder.iterdir()) for folder in (tmp_path / "node").iterdir()] == [[]]

    again = json.loads(world.cobrex("batch", "estimate", *SCIENCE, "--force", "--json"))
    assert again["unknown"] == []
    assert again["disk"] == {"TOY_SCIENCE": size(world, "one", "toy_science")}
    assert "unknown" not in world.cobrex("batch", "estimate", *SCIENCE)
    for words in (("one", *SCIENCE), ("two",)):
        world.cobrex("batch", "estimate", *words, code=2 if len(words) > 1 else 4)


def size(world: World, batch: str, recipe: str = "") -> int:
    """Bytes of the products of a batch, as they lie there."""
    rows = json.loads(world.cobrex("process", "list", "--batch", batch, "--json"))
    keys = {row["key"] for row in rows if row["recipe"].endswith(recipe)}
    store = world.home / "store" / "processes"
    return sum(p.stat().st_size for p in store.rglob("out.fits") if keys & set(p.parts))
