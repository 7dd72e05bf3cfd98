"""The record of an attempt that was killed and left none."""

from __future__ import annotations

from pathlib import Path

from cobrex.plan.file import PlanFile
from cobrex.process.record import now, open_record
from cobrex.process.scratch import commit, make_scratch, write_record


def write_lost(plan: PlanFile, key: str) -> None:
    """Write the record ``lost`` of a process.

    Parameters
    ----------
    plan : PlanFile
    key : str
    """
    process, attempt = plan.process(key)
    record = open_record(process, attempt, plan.meta)
    record["outcome"], record["reason"] = "lost", "killed"
    record["message"] = "it ended without a record: killed, or its machine was lost"
    record["ended"] = now()
    scratch = make_scratch(Path(plan.meta["store"]))
    write_record(scratch, record)
    commit(scratch, Path(plan.record(key)).parent)
