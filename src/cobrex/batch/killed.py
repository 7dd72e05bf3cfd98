"""Why a process was killed without a record: what SLURM says of it, and its log."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cobrex.cluster import slurm
from cobrex.cluster.log import cause_in_log, log_of
from cobrex.plan.needs import Needs
from cobrex.process.spool import Started

_OF_STATE = {
    "OUT_OF_MEMORY": "out-of-memory",
    "TIMEOUT": "walltime",
    "DEADLINE": "walltime",
    "NODE_FAIL": "node-lost",
    "BOOT_FAIL": "node-lost",
    "CANCELLED": "cancelled",
}
_NODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,189}")
# "JobId=7 exceeded memory limit (812 > 400), being killed": bytes of a step, MiB of a job
_OVER = re.compile(r"exceeded (?:job |step )?memory limit \((\d+) > (\d+)\)")
_WORDS = {
    "walltime": "its SLURM job was ended after its {needs.walltime_min} minutes",
    "node-lost": "its node was lost: {node}",
    "cancelled": "somebody cancelled its SLURM job",
    "killed": "it ended without a record: killed, or its machine was lost",
}


@dataclass(frozen=True, slots=True)
class Fate:
    """How a process that left no record ended.

    Attributes
    ----------
    cause : str
        ``out-of-memory``, ``walltime``, ``node-lost``, ``cancelled``, ``killed``.
    message : str
    node : str
        A plain name; empty when it is not known.
    """

    cause: str
    message: str
    node: str = ""


def fates(
    running: Mapping[str, Started], needs: Mapping[str, Needs], logs: Path
) -> dict[str, Fate]:
    """Find out why processes left no record.

    Parameters
    ----------
    running : mapping of str to Started
        What their runners said, by key.
    needs : mapping of str to Needs
        What was asked for the SLURM job of each.
    logs : pathlib.Path
        Where the logs of SLURM jobs lie.

    Returns
    -------
    dict of str to Fate
    """
    known = slurm.jobs(_numbers(running.values()))
    told = {number: log_of(logs, number) for number in _numbers(running.values())}
    return {
        key: _fate(began, known.get(began.job), told.get(began.job, ""), needs[key])
        for key, began in running.items()
    }


def _numbers(began: Iterable[Started]) -> set[str]:
    return {one.job for one in began if one.job}


def _fate(began: Started, job: slurm.Submission | None, log: str, needs: Needs) -> Fate:
    cause = _OF_STATE.get(job.state, "") if job is not None else ""
    # a job over its memory FAILED, or was CANCELLED, by some versions of SLURM
    if cause in {"", "cancelled"}:
        cause = cause_in_log(log) or cause or "killed"
    node = next((n for n in (job.node if job else "", began.host) if _NODE.fullmatch(n)), "")
    if cause == "out-of-memory":
        return Fate(cause, f"over its memory: {_used(log)}{needs.memory_mb} MiB asked for", node)
    return Fate(cause, _WORDS[cause].format(needs=needs, node=node), node)


def _used(log: str) -> str:
    over = _OVER.search(log)
    if over is None:
        return ""
    used, limit = int(over[1]), int(over[2])
    unit = 1 << 20 if limit >= 1 << 20 else 1
    return f"used {used // unit} MiB of {limit // unit} MiB; "
