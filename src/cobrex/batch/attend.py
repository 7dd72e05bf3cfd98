"""Attends to a round: Snakemake started, its runners followed, its end seen or brought about."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cobrex.errors import UsageError
from cobrex.process.execute import tail
from cobrex.process.spool import DRAIN, NOW
from cobrex_db import batches, processes
from cobrex_db.engine import transact
from cobrex_db.errors import CatalogueError

from . import driver, lost, snakemake
from .follow import Follower
from .patience import insist
from .snakemake import Workflow
from .stop import Stopping
from .submissions import Submissions
from .watchdog import Watchdog

_LOOK_S = 0.3
_REST, _MOST_REST_S = 20.0, 5.0
_BEAT_S = 30.0
_OWN_S = 5.0
STUCK, TAKEN = "stuck", "taken"
_REFUSED = "sbatch: error:"
_SAID = {
    DRAIN: "stopping: finishing what runs, beginning nothing; ^C again ends it at once",
    NOW: "stopping: ending what runs",
    STUCK: "nothing moves and SLURM has none of the batch's jobs: ending this round",
    TAKEN: "another command took this batch for dead and closed it: stopping",
}


@dataclass(frozen=True, slots=True)
class Care:
    """What a round is attended with.

    Attributes
    ----------
    stopping : Stopping
    submissions : Submissions
    patience_s : float
        After so long without a sign of life it is asked whether SLURM has its jobs.
    on_message : callable
    """

    stopping: Stopping
    submissions: Submissions
    patience_s: float
    on_message: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a round ended.

    Attributes
    ----------
    how : str
        ``drain``, ``now``: it was asked to stop; ``stuck``; ``taken`` by another command; else
        empty.
    lost_nodes : frozenset of str
    """

    how: str
    lost_nodes: frozenset[str] = frozenset()

    @property
    def stopped(self) -> bool:
        """Whether no further round is wanted."""
        return self.how in {DRAIN, NOW, TAKEN}


def attend(argv: list[str], folder: Path, follower: Follower, care: Care) -> Ended:
    """Run Snakemake on a plan to its end, taking records as they appear.

    Parameters
    ----------
    argv : list of str
    folder : pathlib.Path
        The batch's.
    follower : Follower
    care : Care

    Returns
    -------
    Ended

    Raises
    ------
    UsageError
        Kind ``snakemake``: it made nothing.
    """
    if not follower.missing:
        return Ended(care.stopping.how)
    care.stopping.noting = True
    try:
        workflow = snakemake.start(argv, folder)
        driver.sign(folder, workflow.process.pid, submissions=care.submissions.prefix)
        how = ""
        try:
            how = _follow(workflow, follower, care, folder)
        finally:
            _end(workflow, follower, how, care)
        if how == TAKEN:
            return Ended(how)
        insist(follower.look_everywhere, care.on_message)
        fate = lost.WITH_BATCH if how == NOW else None
        nodes = insist(
            lambda: lost.account(follower, folder, fate, stopped=how in {NOW, DRAIN}),
            care.on_message,
        )
    finally:
        care.stopping.noting = False
    if not how and not follower.records and (workflow.process.returncode or 0) > 0:
        raise _made_nothing(folder)
    return Ended(how, nodes)


def _follow(workflow: Workflow, follower: Follower, care: Care, folder: Path) -> str:
    """Take records until the round has ended; return how it did."""
    pulse = _Pulse(follower, folder)
    watchdog = Watchdog(care.submissions, folder / snakemake.LOG, care.patience_s)
    how = ""
    while not workflow.ended:
        moved = pulse.look()
        asked = care.stopping.how if pulse.is_mine() else TAKEN
        if asked != how:
            how = asked
            care.on_message(_SAID[how])
            if how == DRAIN:
                workflow.drain()
                care.submissions.cancel(pending_only=True)
        if how in {NOW, TAKEN} or _is_over(follower, care, how):
            return how
        if watchdog.barks(moved=moved):
            care.on_message(_SAID[STUCK])
            return how or STUCK
        time.sleep(_LOOK_S)
    return care.stopping.how or how


def _is_over(follower: Follower, care: Care, how: str) -> bool:
    """On SLURM Snakemake learns minutes late what the runners have said already."""
    if not care.submissions.prefix:
        return False
    if how == DRAIN:
        return not follower.running and care.submissions.none_left()
    return not follower.missing


def _end(workflow: Workflow, follower: Follower, how: str, care: Care) -> None:
    """Leave nothing that goes on writing."""
    if care.submissions.prefix and not follower.missing:
        # its jobs are at their end; one that is cancelled there, with the controller away, drains
        # its node ("Kill task failed")
        snakemake.signal_group(workflow.process.pid, signal.SIGKILL)
        workflow.process.wait()
        care.submissions.leave()
        return
    workflow.stop()
    # killed alone it leaves the processes it started
    snakemake.signal_group(workflow.process.pid, signal.SIGKILL)
    if not care.submissions.end() and how != TAKEN:
        care.on_message(
            "SLURM does not answer: whether jobs of this batch still run is not known; "
            f"cancel them later: scancel those named {care.submissions.prefix}..."
        )


def _made_nothing(folder: Path) -> UsageError:
    lines = [x for x in tail(folder / snakemake.LOG, lines=200) if x.strip()]
    lines = lines or ["nothing on its log"]
    # what SLURM refuses stands before Snakemake's own summary
    said = next((x for x in reversed(lines) if _REFUSED in x), lines[-1])
    hint = f"see {folder / snakemake.LOG}; no process has been tried"
    if _REFUSED in said:
        hint = f"--need, or [site] in cobrex.toml, asks for what the cluster has; {hint}"
    what = said[said.index(_REFUSED) :] if _REFUSED in said else said
    return UsageError(f"Snakemake made nothing: {what.strip()}", hint=hint, kind="snakemake")


class _Pulse:
    """Looks at the spool, and says that the driver lives; a database that is away is waited for."""

    def __init__(self, follower: Follower, folder: Path) -> None:
        self.follower = follower
        self.folder = folder
        self._beaten = self._owned = self._due = float("-inf")
        self._mine = True

    def look(self) -> bool:
        """Take what has been said; whether anything was."""
        if time.monotonic() < self._due:
            return False
        began = time.process_time()
        try:
            moved = self.follower.look()
            if time.monotonic() - self._beaten > _BEAT_S:
                self._beaten = time.monotonic()
                transact(self.follower.engine, lambda c: processes.beat(c, self.follower.batch))
                transact(self.follower.engine, lambda c: batches.beat(c, self.follower.batch))
        except CatalogueError as error:
            if error.kind != "database-away":
                raise
            return False
        finally:
            # many records cost little more than one: a twentieth of the time is enough
            rest = min(_REST * (time.process_time() - began), _MOST_REST_S)
            self._due = time.monotonic() + rest
        return moved

    def is_mine(self) -> bool:
        """Tell whether nobody has taken the batch away meanwhile."""
        if time.monotonic() - self._owned > _OWN_S:
            self._owned = time.monotonic()
            self._mine = driver.is_mine(self.folder)
        return self._mine
