"""Plans of one or two processes whose recipe is a few lines of Python."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

from cobrex.plan.chunk import Sizing, chunked
from cobrex.plan.file import PlanFile, write_plan
from cobrex.plan.identity import ProcessKeys
from cobrex.plan.model import Plan, PlannedInput, PlannedProcess, RecipeUse
from cobrex.plan.needs import Needs
from cobrex_db.content_id import product_id

GOOD = """
    import sys
    from astropy.io import fits
    sof, *options = sys.argv[1:]
    lines = open(sof).read().splitlines()
    print("inputs", len(lines), "options", options)
    hdu = fits.PrimaryHDU(data=[[1, 2], [3, len(lines)]])
    hdu.header["HIERARCH ESO QC LEVEL"] = 2.5
    hdu.writeto("out.fits")
"""
QC = ({"name": "QC LEVEL", "unit": "adu", "low": 1.0, "high": 3.0, "action": "fail"},)
OUTPUTS = ({"role": "out", "frame_type": "TOY", "file": "out.fits", "min": 1, "max": 1},)


def recipe(folder: Path, code: str = GOOD, **changes: Any) -> RecipeUse:
    """Write a recipe's folder and return its use in a plan."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "toy.py").write_text(textwrap.dedent(code), encoding="utf-8")
    manifest = {
        "command": "python toy.py {sof} {options}",
        "outputs": list(OUTPUTS),
        "qc": list(QC),
        "resources": {"cores": 1, "memory_mb": 8000, "walltime_min": 1, "scratch_mb": 1},
        "volatile": [],
        "issues_url": "",
        **changes.pop("manifest", {}),
    }
    known: dict[str, Any] = {
        "name": "main/toy",
        "version": "1.0.0",
        "tree": "0" * 40,
        "code_hash": "c" * 43,
        "folder": str(folder),
        "environment": {"kind": "host", "digest": "e" * 43, "path": None},
        "manifest": manifest,
        "parameters": {"sigma": 5.0},
        "options": ("--sigma=5.0",),
        "preset": "",
    }
    return RecipeUse(**{**known, **changes})


def process(use: RecipeUse, inputs: list[PlannedInput], level: int = 0) -> PlannedProcess:
    """Return a process of a recipe."""
    keys = ProcessKeys(use.code_hash, use.environment["digest"], use.parameters)
    key = keys.key([(i.role, i.frame_type, i.content_id) for i in inputs])
    labels = {
        "star": "HR 100",
        "star_id": None,
        "night": "2020-03-07",
        "arm": "IFS",
        "filter": "YJ",
        "frame_type": "RAW",
        "preset": "",
        "workspace": "public",
        "main": "HR 100: 1 frame RAW of 2020-03-07",
    }
    return PlannedProcess(
        key=key,
        recipe=use,
        inputs=tuple(inputs),
        level=level,
        labels=labels,
        series="s" * 43,
        main_frames=(1,),
    )


def raw(path: Path, content: str = "r" * 43, role: str = "raw") -> PlannedInput:
    """Return a catalogued input."""
    return PlannedInput(
        role=role,
        frame_type="RAW",
        content_id=content,
        why="main frame",
        frame_id=1,
        path=str(path),
    )


def made(producer: PlannedProcess, role: str = "below") -> PlannedInput:
    """Return an input that another process makes."""
    return PlannedInput(
        role=role,
        frame_type="TOY",
        why="the only one",
        producer=producer.key,
        content_id=product_id(producer.key, "out", 0),
        producer_role="out",
    )


def written(store: Path, *processes: PlannedProcess, **meta: Any) -> PlanFile:
    """Write processes as a plan and open it."""
    store.mkdir(exist_ok=True)
    path = store / "plan-1.sqlite"
    facts = {"store": str(store), "batch": "toy", "round": 1, "user": "ada", "cobrex": "1"}
    needs = {p.key: Needs.of_manifest(p.recipe.manifest["resources"]) for p in processes}
    write_plan(
        path,
        Plan(list(processes)),
        attempts={p.key: 1 for p in processes},
        reused={},
        meta={**facts, "keep_scratch": False, **meta},
        chunks=chunked(processes, needs, Sizing.cluster()),
    )
    return PlanFile(path)
