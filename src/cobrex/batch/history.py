"""What past processes of a recipe tell of its next: time, memory, disk."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil
from statistics import median
from typing import TYPE_CHECKING

from cobrex.plan.model import RecipeUse
from cobrex.plan.needs import Needs
from cobrex_db.usage import Left, Usage, left, used

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

FEWEST = 5
MARGIN = 1.5
FLOOR_MB = 512
FLOOR_MIN = 5
_OFTEN = 0.95
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Experience:
    """What is known of a recipe.

    Attributes
    ----------
    attempts : int
        Done ones that the numbers come from.
    elapsed_s, cpu_s : float
        Medians, seconds.
    long_s : float
        Of a hundred, 95 took no longer.
    memory_bytes : int
        The most that one of its processes used.
    least_memory_bytes : int
        What was too little: attempts that ended for want of memory had as much.
    sizes : mapping of str to float
        Bytes that one process leaves on disk, by frame type.
    """

    attempts: int = 0
    elapsed_s: float = 0.0
    cpu_s: float = 0.0
    long_s: float = 0.0
    memory_bytes: int = 0
    least_memory_bytes: int = 0
    sizes: Mapping[str, float] = field(default_factory=dict)

    def fit(self, asked: Needs) -> Needs:
        """Return what a manifest asks for, as large as it was ever needed.

        Parameters
        ----------
        asked : Needs

        Returns
        -------
        Needs
            With a margin and a floor; never more than asked, unless more was used.
        """
        known = round(self.elapsed_s, 3) or 0.001  # 0 would say that nobody knows
        expected = known if self.attempts else 6.0 * asked.walltime_min
        memory, minutes = asked.memory_mb, asked.walltime_min
        if self.attempts >= FEWEST:
            # it was measured of the largest of its processes, one of which may run on each core
            most = asked.cores * self.memory_bytes / _MIB
            memory = _fitted(most, memory, FLOOR_MB)
            minutes = _fitted(self.long_s / 60.0, minutes, FLOOR_MIN)
        least = ceil(MARGIN * self.least_memory_bytes / _MIB)
        return replace(
            asked, memory_mb=max(memory, least), walltime_min=minutes, expected_s=expected
        )


def _fitted(most: float, asked: int, floor: int) -> int:
    wanted = max(ceil(MARGIN * most), floor)
    return min(wanted, asked) if most <= asked else wanted


def experience(engine: Engine, uses: Iterable[RecipeUse]) -> dict[tuple[str, str], Experience]:
    """Ask the catalogue for what past processes of recipes used.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    uses : iterable of RecipeUse

    Returns
    -------
    dict of (str, str) to Experience
        By ``namespace/name`` and code hash; of recipes that nobody has used, too.
    """
    wanted = {(use.name, use.code_hash) for use in uses}
    names = {name for name, _ in wanted}
    with engine.connect() as connection:
        attempts, products = used(connection, names), left(connection, names)
    return {case: learn(*case, attempts, products) for case in wanted}


def usual_s(connection: Connection, recipes: Collection[str]) -> dict[str, float]:
    """Return how long one process of each recipe takes.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    recipes : collection of str
        ``namespace/name``.

    Returns
    -------
    dict of str to float
        Median of past ones, seconds; 0 where there are none.
    """
    attempts = used(connection, recipes) if recipes else []
    return {recipe: learn(recipe, "", attempts, ()).elapsed_s for recipe in recipes}


def learn(
    recipe: str, code_hash: str, attempts: Sequence[Usage], products: Sequence[Left]
) -> Experience:
    """Sum up past attempts of a recipe.

    Parameters
    ----------
    recipe, code_hash : str
    attempts : sequence of Usage
        Of any recipe; those of the same code count alone when there are enough of them.
    products : sequence of Left

    Returns
    -------
    Experience
    """
    mine = [a for a in attempts if a.recipe == recipe]
    done = [a for a in mine if a.outcome == "done"]
    same = [a for a in done if a.code_hash == code_hash]
    done = same if len(same) >= FEWEST else done
    short = [a.memory_bytes for a in mine if a.reason == "out-of-memory"]
    sizes = {p.frame_type: p.size_bytes / p.attempts for p in products if p.recipe == recipe}
    if not done:
        return Experience(least_memory_bytes=max(short, default=0), sizes=sizes)
    times = sorted(a.elapsed_s for a in done)
    return Experience(
        attempts=len(done),
        elapsed_s=median(times),
        cpu_s=median(a.cpu_s for a in done),
        long_s=times[ceil(_OFTEN * len(times)) - 1],
        memory_bytes=max(a.memory_bytes for a in done),
        least_memory_bytes=max(short, default=0),
        sizes=sizes,
    )
