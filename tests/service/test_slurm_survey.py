"""Simulated stars through the steps of a workflow: SLURM makes, product by product, the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from equal_products import differences
from irdis_night import night
from slurm_cluster import SlurmCluster, quick_profile
from toy_world import World, shipped

pytestmark = [pytest.mark.service, pytest.mark.slow]

STEPS = ("--workflow", "irdis_dbi", "--until", "ird_preprocess", "--name", "survey1")


def products(world: World) -> dict[tuple[str, ...], dict[str, Any]]:
    """The products of a world by the key of their process, and file."""
    columns = "frame_type,verdict,content_id,path"
    words = ("find", "--product", "--limit", "0", "--json", "--columns", columns)
    rows = json.loads(world.cobrex(*words))
    return {Path(row["path"]).parts[-3::2]: row for row in rows}


def test_a_survey_on_two_nodes_equals_that_of_one_machine(
    slurm: SlurmCluster,
    recipe_environments: Path,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = night(tmp_path_factory, seed=5, stars=2, side=128, ndit=2)
    targets = tmp_path / "targets.txt"
    targets.write_text("".join(f"{star}\n" for star in made.truth["stars"]))
    found = {}
    for where in ("local", "slurm"):
        world = shipped(tmp_path / where, recipe_environments)
        world.patience_s = 900
        world.cobrex("import", str(made.folder))
        words = ["reduce", f"@{targets}", *STEPS]
        if where == "slurm":
            for name, value in slurm.environment().items():
                monkeypatch.setenv(name, value)
            words += ["--profile", quick_profile(tmp_path / "profile"), "--need", "memory=1GiB"]
        world.cobrex(*words)
        batch = json.loads(world.cobrex("batch", "show", "survey1", "--json", "--limit", "1000"))
        assert batch["state"] == "done"
        assert {m["state"] for m in batch["members"]} == {"done"}
        jobs = {m["job"] or "" for m in batch["members"]}
        assert ("" in jobs) == (where == "local"), jobs
        found[where] = products(world)
    here, there = found["local"], found["slurm"]
    assert here.keys() == there.keys()
    assert {row["frame_type"] for row in here.values()} >= {
        "IRD_SCIENCE_REDUCED_MASTER_CUBE", "IRD_MASTER_DARK", "IRD_FLAT_FIELD",
    }, {row["frame_type"] for row in here.values()}  # fmt: skip
    for key, one in here.items():
        other = there[key]
        if one["path"].endswith(".fits"):
            assert differences(Path(one["path"]), Path(other["path"])) == [], one["frame_type"]
        assert (one["verdict"], one["content_id"]) == (other["verdict"], other["content_id"])
