"""What the log of a SLURM job tells of its end."""

from __future__ import annotations

import os
import re
from pathlib import Path

_TAIL = 65536
# SLURM's own lines: what a recipe printed below them is not believed
_SPEAKER = re.compile(r"(slurmstepd|srun|slurmd)(-\S+)?: ")
# the first that is found: a job over its memory is also said to be cancelled
_CAUSES = (
    ("out-of-memory", re.compile(r"exceeded (job |step )?memory limit|oom.?kill|out of memory")),
    ("walltime", re.compile(r"due to time limit|time limit exhausted")),
    ("node-lost", re.compile(r"due to node fail|node fail")),
    ("cancelled", re.compile(r"due to preemption|cancelled at")),
)


def cause_in_log(text: str) -> str:
    """Return why SLURM ended a job, from what it wrote into the job's log.

    Parameters
    ----------
    text : str
        The log, or its end.

    Returns
    -------
    str
        ``out-of-memory``, ``walltime``, ``node-lost``, ``cancelled``; empty when it says nothing.
    """
    spoken = [line.lower() for line in text.splitlines() if _SPEAKER.match(line)]
    for cause, words in _CAUSES:
        if any(words.search(line) for line in spoken):
            return cause
    return ""


def log_of(folder: Path, number: str) -> str:
    """Return the end of a job's log.

    Parameters
    ----------
    folder : pathlib.Path
        Where Snakemake's executor puts the logs of a round: ``RULE/WILDCARDS/ID.log``.
    number : str
        The job's id.

    Returns
    -------
    str
        Empty when there is none; at most 64 KiB.
    """
    if not number.isdecimal():
        return ""
    for path in folder.glob(f"*/*/{number}.log"):
        try:
            with path.open("rb") as log:
                log.seek(max(0, log.seek(0, os.SEEK_END) - _TAIL))
                return log.read(_TAIL).decode("utf-8", "replace")
        except OSError:
            continue
    return ""
