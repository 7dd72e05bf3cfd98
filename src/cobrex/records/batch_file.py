"""``batch.json``: a batch as its driver left it, for a catalogue that is lost."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cobrex.errors import CobrexError
from cobrex.plan.file import PlanFile
from cobrex_db import batch_rows
from cobrex_db.engine import ask
from cobrex_db.errors import CatalogueError

from .read import BATCH, moment
from .small_file import read_json, write_json

if TYPE_CHECKING:
    from sqlalchemy import Engine

FILE = "batch.json"
SCHEMA = "batch/1"
_STATES = ("running", "done", "failed", "interrupted", "cancelled")
_MAYBE = {"request": dict, "forecast": dict, "profile": str, "host": str, "ended": str}
_PLAN = re.compile(r"plan-([1-9][0-9]{0,5})\.sqlite")


def keep(engine: Engine, folder: Path, name: str) -> str:
    """Write down how a batch stands.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    folder : pathlib.Path
        The batch's.
    name : str

    Returns
    -------
    str
        Why it could not be written; empty when it was. The catalogue has it in any case.
    """
    try:
        values = ask(engine, lambda c: batch_rows.dump(c, name))
        write_json(folder / FILE, {"schema": SCHEMA, **values})
    except (OSError, CatalogueError) as error:
        return f"{folder / FILE} is not up to date: {error}"
    return ""


def plans(folder: Path) -> dict[int, Path]:
    """Return the plans of a batch by the number of their round."""
    found = {int(m[1]): p for p in folder.iterdir() if (m := _PLAN.fullmatch(p.name))}
    return {n: p for n, p in sorted(found.items()) if p.is_file() and not p.is_symlink()}


def read(folder: Path) -> dict[str, Any]:
    """Return a batch, from what its driver left, else from its plans.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    dict
        As `cobrex_db.batch_rows.dump`. From plans alone: no states, no gaps, no changes.

    Raises
    ------
    OSError, ValueError, LookupError, TypeError, CobrexError
        There is nothing of a batch, or it is damaged.
    """
    try:
        if not BATCH.fullmatch(folder.name):
            raise ValueError("its folder has no name of a batch")
        found = read_json(folder / FILE)
    except FileNotFoundError:
        return _of_plans(folder)
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        raise ValueError(f"{FILE} is no {SCHEMA}")
    if found["name"] != folder.name:
        raise ValueError(f"{FILE} is that of another batch")
    _demand(found)
    return found


def _demand(found: Mapping[str, Any]) -> None:
    for name in ("user", "workspace", "state", "started"):
        if not isinstance(found[name], str):
            raise TypeError(f"{name} is no text")
    for name, kind in _MAYBE.items():
        if not isinstance(found[name], (kind, type(None))):
            raise TypeError(f"{name} is not what it should be")
    if found["state"] not in _STATES:
        raise ValueError("state is no word of a batch")
    moment(found["started"])
    for one in found["rounds"]:
        if not isinstance(one["number"], int) or one["number"] < 1:
            raise TypeError("a round without number")
        moment(one["started"])
        if any(len(member) != 8 for member in one["members"]):
            raise ValueError("a member of a round is no member")


def _of_plans(folder: Path) -> dict[str, Any]:
    """What plans tell of a batch whose driver was killed."""
    rounds: list[dict[str, Any]] = []
    meta: Mapping[str, Any] = {}
    for number, path in plans(folder).items():
        with closing(PlanFile(path)) as plan:
            meta = plan.meta
            rounds.append({
                "number": number, "started": _planned(meta, path), "ended": None, "members": [],
                "gaps": [], "changes": [],
            })  # fmt: skip
    if not rounds:
        raise ValueError("it holds no plan")
    request = meta.get("request") or {}
    return {
        "name": folder.name, "user": meta["user"], "state": "interrupted", "request": request,
        "workspace": request.get("workspace") or "public", "started": rounds[0]["started"],
        "ended": None, "profile": None, "host": None, "forecast": None, "rounds": rounds,
    }  # fmt: skip


def _planned(meta: Mapping[str, Any], path: Path) -> str:
    scope = meta.get("scope") or {}
    if "planned" in scope:
        return datetime.fromisoformat(scope["planned"]).isoformat()
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(tzinfo=None).isoformat()


DAMAGED = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    CobrexError,
    sqlite3.Error,
    json.JSONDecodeError,
)
