"""Why a process is not done, in one stable word, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cobrex.process.failure import cause_of

WORDS = (
    "out-of-memory", "walltime", "node-lost", "killed", "disk-full", "disk-error",
    "input-unreadable", "recipe-error", "not-started", "never-begun", "product-missing", "qc",
    "input-failed", "cancelled", "bug",
)  # fmt: skip
# not the recipe's fault nor its input's: nothing else is taken instead, somebody has to act
NO_FAULT = frozenset({"killed", "node-lost", "cancelled", "disk-full", "disk-error", "not-started"})
# how often a process is made again in one batch, without anybody asking
TRIES = {"out-of-memory": 3, "walltime": 3, "node-lost": 3, "killed": 1, "never-begun": 3}
# what of its needs is doubled then
GROWS = {"out-of-memory": "memory", "walltime": "time"}


def of_record(record: Mapping[str, Any]) -> str:
    """Return the cause of a record; empty when its products may be used.

    Parameters
    ----------
    record : mapping
        ``record/1``.

    Returns
    -------
    str
    """
    if record["outcome"] == "done":
        return "qc" if record["verdict"] == "fail" else ""
    return cause_of(str(record["reason"]))
