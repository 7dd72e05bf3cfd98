"""Attends to a round: Snakemake started, its runners followed, what was killed accounted for."""

from __future__ import annotations

import signal
import time
from pathlib import Path

from cobrex.errors import UsageError
from cobrex.process.execute import tail
from cobrex_db import batches, processes
from cobrex_db.engine import transact
from cobrex_db.errors import CatalogueError

from . import driver, snakemake
from .follow import Follower
from .lost import write_lost
from .snakemake import Workflow

_LOOK_S = 0.3
_BEAT_S = 30.0


def attend(argv: list[str], folder: Path, follower: Follower) -> None:
    """Run Snakemake on a plan to its end, taking records as they appear.

    Parameters
    ----------
    argv : list of str
    folder : pathlib.Path
        The batch's.
    follower : Follower

    Raises
    ------
    UsageError
        Kind ``snakemake``: it made nothing.
    """
    if not follower.missing:
        return
    workflow = snakemake.start(argv, folder)
    driver.sign(folder, workflow.process.pid)
    try:
        _follow(workflow, follower)
    finally:
        workflow.stop()
        # killed alone it leaves the processes it started; they would go on writing
        snakemake.signal_group(workflow.process.pid, signal.SIGKILL)
        follower.look_everywhere()
        _account_for_killed(follower)
    if not follower.records and (workflow.process.returncode or 0) > 0:
        said = tail(folder / snakemake.LOG, lines=1) or ["nothing on its log"]
        raise UsageError(
            f"Snakemake made nothing: {said[0].strip()}",
            hint=f"see {folder / snakemake.LOG}; no process has been tried",
            kind="snakemake",
        )


def _follow(workflow: Workflow, follower: Follower) -> None:
    """Take records until Snakemake has ended; a database that is away is waited for."""
    beaten = 0.0
    while not workflow.ended:
        try:
            follower.look()
            if time.monotonic() - beaten > _BEAT_S:
                transact(follower.engine, lambda c: processes.beat(c, follower.batch))
                transact(follower.engine, lambda c: batches.beat(c, follower.batch))
                beaten = time.monotonic()
        except CatalogueError as error:
            if error.kind != "database-away":
                raise
        time.sleep(_LOOK_S)


def _account_for_killed(follower: Follower) -> None:
    """What had begun and left no record was killed: it gets one."""
    for key, began in follower.running.items():
        write_lost(
            follower.plan, key, began, "killed",
            "it ended without a record: killed, or its machine was lost",
        )  # fmt: skip
    follower.take(list(follower.running))
