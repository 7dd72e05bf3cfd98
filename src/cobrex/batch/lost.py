"""The record of an attempt that was killed and left none."""

from __future__ import annotations

from pathlib import Path

from cobrex.plan.file import PlanFile
from cobrex.process.record import now, open_record
from cobrex.process.scratch import commit, make_scratch, write_record
from cobrex.process.spool import Started


def write_lost(plan: PlanFile, key: str, began: Started, reason: str, message: str) -> None:
    """Write the record ``lost`` of a process; one that its maker left meanwhile stands.

    Parameters
    ----------
    plan : PlanFile
    key : str
    began : Started
        What its runner said.
    reason : str
        A cause: ``killed``, ``node-lost``, ``out-of-memory`` ...
    message : str
    """
    process, attempt = plan.process(key)
    record = open_record(process, attempt, plan.meta)
    record["outcome"], record["reason"], record["message"] = "lost", reason, message
    record["started"], record["ended"] = began.at, now()
    record["agent"] |= {"host": began.host, "pid": began.pid}
    scratch = make_scratch(Path(plan.meta["store"]))
    write_record(scratch, record)
    commit(scratch, Path(plan.record(key)).parent)
