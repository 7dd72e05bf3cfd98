"""What was killed and left no record: it gets one, and its scratch folder goes."""

from __future__ import annotations

import shutil
from pathlib import Path

from cobrex.plan.file import PlanFile
from cobrex.plan.needs import Needs
from cobrex.process import running
from cobrex.process.record import now, open_record
from cobrex.process.scratch import commit, make_scratch, write_record
from cobrex.process.spool import Started
from cobrex_db import members
from cobrex_db.engine import transact

from .follow import Follower
from .killed import Fate, fates

WITH_BATCH = Fate("cancelled", "its batch was stopped")
WITH_DRIVER = Fate("killed", "whoever drove its batch died")


def account(
    follower: Follower, folder: Path, fate: Fate | None = None, *, stopped: bool = False
) -> frozenset[str]:
    """Say of all that began and left no record why; of the rest that it was not begun.

    Parameters
    ----------
    follower : Follower
        Nothing of its round runs any more.
    folder : pathlib.Path
        The batch's.
    fate : Fate, optional
        Of all of them; otherwise SLURM is asked.
    stopped : bool
        Whether the batch was asked to stop.

    Returns
    -------
    frozenset of str
        Nodes that were lost.
    """
    plan, began = follower.plan, dict(follower.running)
    if fate is None:
        needs = {key: _asked(plan, key, one) for key, one in began.items()}
        found = fates(began, needs, folder / "snakemake" / "logs")
    else:
        found = dict.fromkeys(began, fate)
    for key, one in found.items():
        write_lost(plan, key, began[key], one)
    follower.take(list(began))
    if stopped:
        transact(follower.engine, lambda c: members.cancel_waiting(c, follower.round_id))
    return frozenset(f.node for f in found.values() if f.cause == "node-lost" and f.node)


def _asked(plan: PlanFile, key: str, began: Started) -> Needs:
    try:
        return plan.chunks.chunk(began.chunk).needs
    except KeyError:  # what a runner said is not believed
        return plan.chunks.needs(key)


def write_lost(plan: PlanFile, key: str, began: Started, fate: Fate) -> None:
    """Write the record ``lost`` of a process; one that its maker left meanwhile stands.

    Parameters
    ----------
    plan : PlanFile
    key : str
    began : Started
        What its runner said.
    fate : Fate
    """
    process, attempt = plan.process(key)
    record = open_record(process, attempt, plan.meta)
    record["outcome"], record["reason"], record["message"] = "lost", fate.cause, fate.message
    record["started"], record["ended"] = began.at, now()
    record["agent"] |= {"host": began.host, "pid": began.pid}
    if fate.cause == "out-of-memory":  # as much was too little: what the next ones ask for
        record["memory_bytes"] = plan.chunks.needs(key).memory_mb << 20
    store = Path(plan.meta["store"])
    scratch = make_scratch(store)
    write_record(scratch, record)
    commit(scratch, Path(plan.record(key)).parent)
    left = running.find(store, key)
    if left is not None and left.attempt == attempt:
        # whoever still writes there, cut off from SLURM, comes too late
        shutil.rmtree(left.scratch, ignore_errors=True)
        running.unmark(left.scratch)
