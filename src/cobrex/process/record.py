"""record.json: what an attempt used, made and measured, and how it ended."""

from __future__ import annotations

import os
import platform
import socket
import sys
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cobrex.plan.model import PlannedProcess

from .execute import Execution

Record = dict[str, Any]
SCHEMA = "record/1"


def now() -> str:
    """Return the time, UTC, ISO with milliseconds."""
    return datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")


def open_record(process: PlannedProcess, attempt: int, meta: Mapping[str, Any]) -> Record:
    """Return a record with what is known before anything runs.

    Parameters
    ----------
    process : PlannedProcess
    attempt : int
    meta : mapping
        The plan's facts: batch, user, version of cobrex.

    Returns
    -------
    dict
        See ``docs/decisions/0001-rooms.md``, record/1.
    """
    recipe = process.recipe
    return {
        "schema": SCHEMA,
        "key": process.key,
        "attempt": attempt,
        "uuid": str(uuid.uuid4()),
        "series": process.series,
        "recipe": {
            "name": recipe.name,
            "version": recipe.version,
            "tree": recipe.tree,
            "code_hash": recipe.code_hash,
            **({"issues_url": url} if (url := recipe.manifest.get("issues_url")) else {}),
            **({"draft": recipe.draft} if recipe.draft else {}),
        },
        "environment": {"kind": recipe.environment["kind"], "digest": recipe.environment["digest"]},
        "parameters": dict(recipe.parameters),
        "labels": {**process.labels, "batch": meta["batch"], "user": meta["user"]},
        "main_frames": list(process.main_frames),
        "used": [],
        "generated": [],
        "qc": [],
        "outcome": "failed",
        "reason": "",
        "message": "",
        "verdict": None,
        "command": [],
        "exit_code": None,
        "started": now(),
        "ended": None,
        "cpu_s": 0.0,
        "memory_bytes": 0,
        "agent": {
            "user": meta["user"],
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "cobrex": meta.get("cobrex", ""),  # plans of before 2026-11-28 do not say
            "python": platform.python_version(),
            "platform": f"{sys.platform}-{platform.machine()}",
        },
    }


def note_execution(record: Record, execution: Execution) -> None:
    """Put what the command used into the record."""
    record["exit_code"] = execution.exit_code
    record["cpu_s"] = round(execution.cpu_s, 3)
    record["memory_bytes"] = execution.memory_bytes
