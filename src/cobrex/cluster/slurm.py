"""What SLURM knows of jobs: asked in its own commands, believed with care."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec

from cobrex.errors import UsageError

PATIENCE_S = 40.0
"""How long one command may take: a controller that is away is given up by itself after 20 s."""

_PROGRAMS = ("sbatch", "squeue", "scancel", "srun", "sinfo", "scontrol", "sacct")
_EXECUTOR = "snakemake_executor_plugin_slurm"
_AT_ONCE = 200
# squeue's name, sacct's name, width: a name that holds a line feed makes no second job of itself
_COLUMNS = (
    ("JobID", "jobid", 40),
    ("State", "state", 24),
    ("exit_code", "exitcode", 12),
    ("NodeList", "nodelist", 120),
    ("Reason", "reason", 80),
    ("Name", "jobname", 120),
)
_SEEN = ",".join(f"{name}:{width}|" for name, _, width in _COLUMNS)
_ENDED = ",".join(f"{name}%-{width}" for _, name, width in _COLUMNS)
_LEAST = sum(width + 1 for _, _, width in _COLUMNS[:-1])
_ID = re.compile(r"[0-9]+(_[0-9]+)?")
_STATE = re.compile(r"[A-Z_]+")


@dataclass(frozen=True, slots=True)
class Submission:
    """A job as SLURM tells of it.

    Attributes
    ----------
    id : str
        A number.
    name : str
    state : str
        SLURM's word: ``PENDING``, ``RUNNING``, ``COMPLETED``, ``FAILED``, ``TIMEOUT``,
        ``NODE_FAIL``, ``OUT_OF_MEMORY``, ``CANCELLED`` and others.
    node : str
        Where it runs or ran; empty before.
    exit_code : str
        ``CODE:SIGNAL``.
    reason : str
        Why it waits, or why it ended; empty when SLURM gives none.
    """

    id: str
    name: str
    state: str
    node: str
    exit_code: str
    reason: str


def demand() -> None:
    """Insist on what a batch on SLURM needs on this machine.

    Raises
    ------
    UsageError
        Kind ``no-slurm``: a command of SLURM is not on the PATH, or Snakemake cannot speak to it.
    """
    for program in _PROGRAMS:
        if shutil.which(program) is None:
            raise UsageError(
                f"{program} is not on the PATH: no batch on SLURM can be made from this machine",
                hint="log in where jobs are submitted; docs/cluster.md tells what a site must have",
                kind="no-slurm",
            )
    if find_spec(_EXECUTOR) is None:
        raise UsageError(
            "Snakemake's executor for SLURM is not installed",
            hint='scripts/setup slurm, or: pip install "cobrex[slurm]"',
            kind="no-slurm",
        )


def queue(prefix: str) -> list[Submission] | None:
    """Return the caller's jobs that wait or run and whose names begin so.

    Parameters
    ----------
    prefix : str

    Returns
    -------
    list of Submission or None
        None when SLURM did not answer: then nobody knows.
    """
    said = _say("squeue", "--noheader", f"--user={os.geteuid()}", "-O", _SEEN)
    if said is None:
        return None
    return [job for job in _parsed(said) if job.name.startswith(prefix)]


def jobs(ids: Iterable[str]) -> dict[str, Submission]:
    """Return what is known of some jobs, of ended ones too.

    Parameters
    ----------
    ids : iterable of str

    Returns
    -------
    dict of str to Submission
        By id. One that is missing is unknown, which does not mean that it has ended.
    """
    asked = sorted({one for one in ids if _ID.fullmatch(one)})
    found: dict[str, Submission] = {}
    for block in _blocks(asked):
        words = ("--noheader", "--states=all", f"--jobs={','.join(block)}", "-O", _SEEN)
        found |= {job.id: job for job in _parsed(_say("squeue", *words) or "")}
    # the controller forgets after MinJobAge; the accounts, where a site keeps them, do not
    for block in _blocks([one for one in asked if one not in found]):
        words = ("--noheader", "--allocations", f"--jobs={','.join(block)}", "-o", _ENDED)
        found |= {job.id: job for job in _parsed(_say("sacct", *words) or "")}
    return {one: found[one] for one in asked if one in found}


def cancel(prefix: str, *, pending_only: bool = False) -> bool:
    """Cancel the caller's jobs whose names begin so.

    Parameters
    ----------
    prefix : str
        Not empty: there is no way to cancel everything.
    pending_only : bool
        Leave alone what runs.

    Returns
    -------
    bool
        Whether SLURM took the order; false when it did not answer.
    """
    there = queue(prefix) if prefix else []
    if there is None:
        return False
    ids = [job.id for job in there if job.state == "PENDING" or not pending_only]
    # one that began to run since is spared by SLURM itself
    option = ["--state=PENDING"] if pending_only else []
    return all(_say("scancel", *option, *block) is not None for block in _blocks(ids))


def _blocks(ids: Sequence[str]) -> list[Sequence[str]]:
    return [ids[first : first + _AT_ONCE] for first in range(0, len(ids), _AT_ONCE)]


def _say(program: str, *words: str) -> str | None:
    """Return what a command printed; None when it failed or took too long."""
    try:
        done = subprocess.run(
            [program, *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None


def _parsed(said: str) -> Iterable[Submission]:
    """Give the jobs of what SLURM printed, a line each; other lines are passed over."""
    for line in said.split("\n"):
        if len(line) < _LEAST:
            continue
        number, state, code, node, reason, name = _cells(line)
        # sacct says by whom it was cancelled
        word = _STATE.match(state)
        if word is None or _ID.fullmatch(number) is None:
            continue
        yield Submission(number, name, word[0], _plain(node), _exit_code(code), _plain(reason))


def _cells(line: str) -> list[str]:
    cells = []
    for _, _, width in _COLUMNS:
        cells.append(line[:width].strip())
        line = line[width + 1 :]
    return cells


def _plain(text: str) -> str:
    return "" if text in {"None", "(null)", "None assigned", "Unknown"} else text


def _exit_code(text: str) -> str:
    """Return CODE:SIGNAL also where a number holds both, as wait(2) gives it."""
    if not text.isdecimal():
        return text
    return f"{int(text) >> 8}:{int(text) & 0x7F}"
