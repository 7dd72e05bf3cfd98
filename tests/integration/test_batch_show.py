"""A batch of many stars as it is listed and shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from batch_rows import Row, begin, key
from toy_world import World

from cobrex_db.engine import open_catalogue, transact

STARS = [f"HR {number}" for number in range(100, 130)]
DARK = "frame {} of /data/{}.fits is dark"
ROWS = [
    *(Row("toy_flat", star, "done") for star in STARS),
    *(Row("toy_science", star, "done") for star in STARS[:10]),
    *(
        Row("toy_science", star, "failed", cause="recipe-error", message=DARK.format(n, n))
        for n, star in enumerate(STARS[10:20])
    ),
    Row("toy_science", STARS[20], "failed", cause="walltime", message="\x1b[31mtoo slow"),
    Row("toy_science", STARS[21], "blocked", cause="input-failed", blocked_by=40),
    *(Row("toy_science", star, "waiting") for star in STARS[22:]),
]
REQUEST = {
    "workflow": "toy",
    "stars": STARS,
    "nights": ["2020-03-07", "2020-03-14"],
    "parameters": {"label": "a b"},
    "changes": {"toy_science": {"inputs": {"flat": {"max_level": 1}}}},
    "force": True,
}


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    engine = open_catalogue(f"sqlite:///{world.home / 'store' / 'catalogue.sqlite'}")
    transact(engine, lambda c: begin(c, ROWS, request=REQUEST, profile="slurm"))
    return world


def test_many_stars_are_shown_where_there_is_trouble(world: World) -> None:
    said = world.cobrex("batch", "show")
    lines = said.splitlines()
    asked = next(line for line in lines if line.startswith("asked"))
    assert "--workflow toy --star 'HR 100' --star 'HR 101' --star 'HR 102' (27 more" in asked
    assert "--night 2020-03-07..2020-03-14 --set 'label=a b'" in asked
    assert asked.endswith("--rule toy_science.inputs.flat.max_level=1 --force")
    assert "profile slurm from head1, last seen" in said
    (total,) = [line.split() for line in lines if line.startswith("toy_science")]
    assert total == ["toy_science", "30", "8", "10", "11", "1"]
    (head,) = [line.split() for line in lines if line.startswith("step")]
    assert head == ["step", "total", "waiting", "done", "failed", "blocked"]
    troubled = [line for line in lines if line.startswith("HR ")]
    assert [line.split()[1] for line in troubled] == [s[3:] for s in STARS[10:22]]
    assert "30 stars, 12 of them with trouble" in said
    assert "failed    10 x toy_science@1.0.0 recipe-error: frame # of … is dark" in said
    assert "the same cobrex reduce with --need toy_science.walltime=12:00:00" in said
    assert f"blocked   1 by toy_science@1.0.0 {key(41)[:8]} {STARS[10]}" in said
    assert "\x1b" not in said
    every = world.cobrex("batch", "show", "survey", "--all")
    assert len([x for x in every.splitlines() if x.startswith("HR ")]) == len(STARS)

    plain = json.loads(world.cobrex("batch", "show", "--json", "--limit", "5"))
    assert plain["counts"]["failed"] == 11
    assert plain["processes"] == len(ROWS)
    assert [m["key"] for m in plain["members"]] == [
        *(key(1), key(31), key(2), key(32), key(3)),
    ]
    kinds = json.loads(world.cobrex("batch", "show", "--failures", "--json"))
    first, second = kinds["failures"]
    assert (first["count"], first["cause"], len(first["stars"])) == (10, "recipe-error", 10)
    assert second["message"] == "\x1b[31mtoo slow"
    assert kinds["blocked"][0]["key"] == key(41)


def test_processes_are_listed_on_request_and_batches_counted(world: World) -> None:
    rows = json.loads(world.cobrex("batch", "show", "--processes", "--state", "blocked", "--json"))
    assert [(r["star"], r["cause"], r["blocked_by"]) for r in rows] == [
        (STARS[21], "input-failed", key(41))
    ]
    said = world.cobrex("batch", "show", "--step", "toy_flat", "--limit", "3")
    assert len([x for x in said.splitlines() if "toy_flat@1.0.0" in x]) == 3
    assert "the first 3; --limit N shows more" in said
    assert "states: waiting, running" in world.cobrex("batch", "show", "--state", "odd", code=2)
    (line,) = [x for x in world.cobrex("batch", "list").splitlines() if x.startswith("survey")]
    assert line.split()[:6] == ["survey", "ada", "running", "slurm", f"40/{len(ROWS)}", "11"]
    (listed,) = json.loads(world.cobrex("batch", "list", "--json"))
    assert listed["counts"]["blocked"] == 1
