"""What a batch was foreseen to take against what it took."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cobrex_db.usage import Spent

FEWEST = 3
# of what takes less, starting is the larger part
_LEAST = {"cpu_s": 10.0, "wall_s": 60.0, "disk_bytes": 1e6}


@dataclass(frozen=True, slots=True)
class Spread:
    """How many times what was foreseen past batches took.

    Attributes
    ----------
    low, usual, high : float
        Two of three lie between low and high; `usual` is the median.
    batches : int
        How many it is known from.
    """

    low: float
    usual: float
    high: float
    batches: int


def ratios(spent: Spent) -> dict[str, float]:
    """Return by how much a batch took more than was foreseen: truth over forecast.

    Parameters
    ----------
    spent : Spent

    Returns
    -------
    dict of str to float
        ``cpu_s wall_s disk_bytes``, those that are large enough to tell.
    """
    took = truth(spent)
    said = foreseen(spent)
    return {
        name: took[name] / said[name]
        for name, least in _LEAST.items()
        if said.get(name) and max(took[name], said[name]) >= least
    }


def truth(spent: Spent) -> dict[str, float]:
    """Return what a batch took, named as in a forecast."""
    return {
        "processes": spent.attempts,
        "cpu_s": spent.cpu_s,
        "wall_s": spent.wall_s,
        "memory_mb": spent.memory_bytes / (1 << 20),
        "disk_bytes": spent.size_bytes,
    }


def foreseen(spent: Spent) -> dict[str, float]:
    """Return the numbers of a batch's forecast; a catalogue may hold anything."""
    said: Any = spent.forecast
    if not isinstance(said, dict):
        return {}
    return {
        name: float(value)
        for name in truth(spent)
        if isinstance(value := said.get(name), int | float) and value >= 0
    }


def spreads(past: Iterable[Spent]) -> dict[str, Spread]:
    """Return how good forecasts were.

    Parameters
    ----------
    past : iterable of Spent

    Returns
    -------
    dict of str to Spread
        For each number of which at least `FEWEST` batches tell.
    """
    found: dict[str, list[float]] = {}
    for spent in past:
        for name, ratio in ratios(spent).items():
            found.setdefault(name, []).append(ratio)
    return {name: _spread(sorted(r)) for name, r in found.items() if len(r) >= FEWEST}


def _spread(ordered: list[float]) -> Spread:
    last = len(ordered) - 1
    low, usual, high = (ordered[round(last * part)] for part in (1 / 6, 1 / 2, 5 / 6))
    return Spread(low, usual, high, len(ordered))
