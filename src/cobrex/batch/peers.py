"""How far a value lies from its peers, whatever the outliers among them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, median

# Iglewicz and Hoaglin 1993, How to Detect and Handle Outliers: the modified z-score;
# where half of the values are equal the mean absolute deviation takes the MAD's place
_MAD_TO_SIGMA = 1.4826
_MEAN_TO_SIGMA = 1.253314
FEWEST = 5


@dataclass(frozen=True, slots=True)
class Spread:
    """Where some values lie.

    Attributes
    ----------
    number : int
        How many there are.
    middle : float
        Their median.
    sigma : float
        Robust standard deviation; 0 when all are equal.
    """

    number: int
    middle: float
    sigma: float

    def z(self, value: float) -> float | None:
        """Return how many sigma one of the values is off; None when too few tell."""
        if self.number < FEWEST:
            return None
        return abs(value - self.middle) / self.sigma if self.sigma else 0.0


def spread(values: Sequence[float]) -> Spread:
    """Return where values lie.

    Parameters
    ----------
    values : sequence of float
        At least one.

    Returns
    -------
    Spread
    """
    middle = median(values)
    off = [abs(v - middle) for v in values]
    sigma = _MAD_TO_SIGMA * median(off) or _MEAN_TO_SIGMA * fmean(off)
    return Spread(len(values), middle, sigma)


@dataclass(frozen=True, slots=True)
class Oddness:
    """What is oddest about an attempt.

    Attributes
    ----------
    metric : str
    value, middle : float
        Its own, and the median of its peers.
    z : float
        How many robust sigma it is off.
    """

    metric: str
    value: float
    middle: float
    z: float


def oddest(measured: Iterable[tuple[int, str, str, float]]) -> dict[int, Oddness]:
    """Return the metric that lies farthest from its peers, for each attempt.

    Parameters
    ----------
    measured : iterable of (int, str, str, float)
        Attempt, recipe, metric, value; peers are of the same recipe.

    Returns
    -------
    dict of int to Oddness
        By attempt; those with too few peers are left out.
    """
    groups: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for attempt, recipe, metric, value in measured:
        groups.setdefault((recipe, metric), []).append((attempt, value))
    found: dict[int, Oddness] = {}
    for (_, metric), members in groups.items():
        where = spread([value for _, value in members])
        for attempt, value in members:
            z = where.z(value)
            if z is not None and (attempt not in found or z > found[attempt].z):
                found[attempt] = Oddness(metric, value, where.middle, z)
    return found
