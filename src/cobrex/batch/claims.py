"""Claims: what one batch makes, no other makes meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cobrex.errors import UsageError
from cobrex.plan.model import PlannedProcess
from cobrex.records.read import BATCH
from cobrex.settings import Settings
from cobrex_db import processes
from cobrex_db.engine import transact

from . import orphans
from .prepare import Prepared

if TYPE_CHECKING:
    from sqlalchemy import Engine

_WAIT_S = 1.0


def batch_folder(settings: Settings, name: str) -> Path:
    """Return the folder of a batch.

    Parameters
    ----------
    settings : Settings
    name : str

    Returns
    -------
    pathlib.Path

    Raises
    ------
    UsageError
        Kind ``batch-name``: not a plain name.
    """
    if not BATCH.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot be the name of a batch",
            hint="letters, digits, - _ . + (at most 64, a letter or digit first)",
            kind="batch-name",
        )
    return settings.batches / name


def claim(
    engine: Engine,
    settings: Settings,
    prepared: Prepared,
    batch: str,
    *,
    on_message: Callable[[str], None],
    on_wait: Callable[[], None],
) -> None:
    """Claim what a batch wants to make; what others are making is waited for and then reused.

    While it waits it holds nothing, so two batches never wait for each other.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    settings : Settings
    prepared : Prepared
        Its ``reused`` and ``attempts`` follow what others made.
    batch : str
    on_message : callable
    on_wait : callable
        Called while it waits; what it raises ends the wait.
    """
    rows = {p.key: _row(p) for p in prepared.plan.processes}
    told: set[str] = set()
    while wanted := prepared.wanted:
        mine = processes.claim(engine, [rows[k] for k in wanted], batch)
        others = [k for k in wanted if k not in mine]
        with engine.connect() as connection:
            known = processes.known(connection, {*processes.tried(connection, batch), *others})
        for key in wanted:
            if key in known:
                _settle(prepared, key, known[key])
            else:
                prepared.attempts[key] = 1
        lacking = [k for k in prepared.wanted if k not in mine]
        if not lacking:
            return
        transact(engine, lambda c: processes.release(c, batch))
        makers = {str(v.claimed_by) for k in lacking if (v := known[k]).claimed_by}
        for maker in sorted(makers - told):
            on_message(f"{len(lacking)} processes are being made by batch {maker}: waiting for it")
        told |= makers
        _take_over(engine, settings, makers)
        on_wait()
        time.sleep(_WAIT_S)


def _settle(prepared: Prepared, key: str, known: processes.Known) -> None:
    """Somebody may have made it, or tried to, between plan and claim."""
    before = prepared.known.get(key)
    if known.made > (before.attempts if before else 0):
        prepared.reused.add(key)
        prepared.attempts[key] = known.made
        prepared.known[key] = known
    else:
        prepared.attempts[key] = known.attempts + 1


def _take_over(engine: Engine, settings: Settings, others: set[str]) -> None:
    for other in others:
        orphans.close_if_dead(engine, settings, other)


def _row(process: PlannedProcess) -> dict[str, Any]:
    night = process.labels["night"]
    return {
        "key": process.key,
        "recipe": process.recipe.name,
        "version": process.recipe.version,
        "code_hash": process.recipe.code_hash,
        "environment_digest": process.recipe.environment["digest"],
        "parameters": dict(process.recipe.parameters),
        "series": process.series,
        "star_id": process.labels["star_id"],
        "night": date.fromisoformat(night) if night else None,
        "preset": process.recipe.preset,
        "association": process.association,
    }
