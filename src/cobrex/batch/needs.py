"""What each process of a plan may use, and where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cobrex.plan.needs import Needs

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from .prepare import Prepared


def needs_of(
    engine: Engine, prepared: Prepared, grown: Mapping[str, Mapping[str, int]]
) -> dict[str, Needs]:
    """Decide what the processes to make may use.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    prepared : Prepared
    grown : mapping of str to mapping
        ``memory``, ``time``: how often each is doubled after a failure; by key.

    Returns
    -------
    dict of str to Needs
        By key.
    """
    wanted = set(prepared.wanted)
    return {
        p.key: Needs.of_manifest(p.recipe.manifest["resources"]).grown(**grown.get(p.key, {}))
        for p in prepared.plan.processes
        if p.key in wanted
    }
