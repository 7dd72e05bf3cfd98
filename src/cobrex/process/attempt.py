"""One attempt: stage, call, check, measure, stamp, record, commit."""

from __future__ import annotations

import json
import os
import shutil
import traceback
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from cobrex.plan.file import PlanFile
from cobrex.plan.model import PlannedInput, PlannedProcess, RecipeUse
from cobrex.plan.needs import Needs
from cobrex_db.content_id import product_id
from cobrex_db.rejection import RejectionError

from . import quality, running
from .call import produce
from .execute import LOG
from .failure import AttemptError
from .node_disk import bring_home, demand_room, failed_to_write, work_place
from .products import Product, sha256
from .record import Record, now, open_record
from .scratch import SOF, clear, commit, make_scratch, write_record
from .stamp import stamp


def make(plan: PlanFile, key: str) -> Record:
    """Make one process of a plan; its record is left whatever happens to the recipe.

    Parameters
    ----------
    plan : PlanFile
    key : str

    Returns
    -------
    dict
        The record: a complete folder with it lies in the store when this returns.

    Raises
    ------
    KeyError
        When the plan has no such process.
    """
    process, attempt = plan.process(key)
    store = Path(plan.meta["store"])
    folder = Path(plan.record(key)).parent
    record = open_record(process, attempt, plan.meta)
    home = make_scratch(store)
    running.mark(home, key, attempt, str(folder.relative_to(store)))
    try:
        _try(plan, process, home, record)
        commit(home, folder)
    finally:
        shutil.rmtree(home, ignore_errors=True)
        running.unmark(home)
    return record


def _try(plan: PlanFile, process: PlannedProcess, home: Path, record: Record) -> None:
    """Work in the store or on the node's own disk; what is to stay lies in `home` after."""
    scratch = home
    try:
        try:
            inputs = _located(plan, process, record)
            if place := plan.meta.get("scratch"):
                scratch = work_place(place)
                (home / LOG).symlink_to(scratch / LOG)  # for who follows it
            needs = plan.chunks.needs(process.key)
            demand_room(scratch, needs.scratch_mb)
            _work(process, fitted(process.recipe, needs), scratch, inputs, record)
        except AttemptError as failure:
            _note(record, failure)
        except OSError as error:  # the disk is full, or gone
            _note(record, failed_to_write(error, scratch))
        except Exception as error:
            traceback.print_exc()  # into Snakemake's log; the record must be left all the same
            record["reason"], record["message"] = "bug", f"{type(error).__name__}: {error}"
        _close(scratch, home, record, keep=plan.meta["keep_scratch"])
    finally:
        if scratch != home:
            shutil.rmtree(scratch, ignore_errors=True)


def _note(record: Record, failure: AttemptError) -> None:
    record["reason"], record["message"] = failure.reason, failure.message
    record["outcome"] = "blocked" if failure.reason == "input-failed" else "failed"
    record["generated"], record["verdict"] = [], None
    if failure.blocked_by:
        record["blocked_by"] = failure.blocked_by


def _located(plan: PlanFile, process: PlannedProcess, record: Record) -> list[tuple[str, str]]:
    """Paths and frame types of the inputs."""
    paths = [locate_input(plan, i) for i in process.inputs]
    record["used"] = [
        {
            "role": i.role,
            "frame_type": i.frame_type,
            "content_id": i.content_id,
            "path": p,
            "frame_id": i.frame_id,
            "key": i.producer,
            "why": i.why,
            "level": i.level,
            "delta_d": i.delta_d,
            "source": i.source,
        }
        for i, p in zip(process.inputs, paths, strict=True)
    ]
    return [(p, i.frame_type) for i, p in zip(process.inputs, paths, strict=True)]


def _work(
    process: PlannedProcess,
    recipe: RecipeUse,
    scratch: Path,
    inputs: list[tuple[str, str]],
    record: Record,
) -> None:
    products = produce(recipe, scratch, inputs, record)
    record["generated"] = [_generated(p, process) for p in products]
    record["verdict"] = quality.verdict(record["qc"])
    record["outcome"] = "done"


def locate_input(plan: PlanFile, wanted: PlannedInput) -> str:
    """Return the path of an input; that of a product is in its maker's record.

    Parameters
    ----------
    plan : PlanFile
    wanted : PlannedInput

    Returns
    -------
    str

    Raises
    ------
    AttemptError
        ``input-missing`` or ``input-failed``.
    """
    if wanted.producer is None:
        path = wanted.path or ""
        if not os.access(path, os.R_OK):
            raise AttemptError("input-missing", f"{wanted.role}: {path} cannot be read")
        return path
    record_path = Path(plan.record(wanted.producer))
    try:
        record = json.loads(record_path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise AttemptError(
            "input-failed", f"{wanted.role} was not made: no record {record_path}"
        ) from error
    # the verdict of what was made before may be another one by now: the plan knew
    refused = record["verdict"] == "fail" and plan.is_wanted(wanted.producer)
    if record["outcome"] != "done" or refused:
        how = record["reason"] or f"verdict {record['verdict']}"
        raise AttemptError(
            "input-failed",
            f"{wanted.role} was not made: {record['recipe']['name']} "
            f"{wanted.producer[:8]} ended with {how}",
            blocked_by=str(record.get("blocked_by") or wanted.producer),
        )
    for product in record["generated"]:
        named = product["role"] == wanted.producer_role and product["n"] == 0
        if named and Path(product["file"]).name == product["file"]:
            return str(record_path.parent / product["file"])
    raise AttemptError(
        "input-failed", f"{wanted.role}: {record_path} names no {wanted.producer_role}"
    )


def fitted(recipe: RecipeUse, needs: Needs) -> RecipeUse:
    """Return a recipe whose limits are those of one process."""
    manifest = {**recipe.manifest, "resources": _resources(needs)}
    return replace(recipe, manifest=manifest)


@cache
def _resources(needs: Needs) -> dict[str, Any]:
    return needs.as_plain()  # of thousands of processes the same few


def _generated(product: Product, process: PlannedProcess) -> dict[str, Any]:
    try:
        datamd5 = stamp(product, process) if product.is_fits else None
    except (ValueError, TypeError, RejectionError) as error:  # a block cut short, most often
        raise AttemptError(
            "product-unreadable", f"{product.path.name} cannot be stamped: {error}"
        ) from error
    return {
        "role": product.role,
        "n": product.n,
        "frame_type": product.frame_type,
        "file": product.path.name,
        "content_id": product_id(process.key, product.role, product.n),
        "sha256": sha256(product.path),
        "datamd5": datamd5,
        "size_bytes": product.path.stat().st_size,
    }


def _close(scratch: Path, home: Path, record: Record, *, keep: bool) -> None:
    record["ended"] = now()
    home.mkdir(exist_ok=True)  # a recipe may have removed its own folder
    scratch.mkdir(exist_ok=True)
    kept = {LOG, SOF, "qc.json", *(p["file"] for p in record["generated"])}
    if not keep:
        clear(scratch, keep=frozenset(kept))
    try:
        if scratch != home:
            bring_home(scratch, home)
        write_record(home, record)
    except OSError as error:
        _note(record, failed_to_write(error, home))
        clear(home, keep=frozenset())  # there may be room for the record alone
        write_record(home, record)
