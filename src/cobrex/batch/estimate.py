"""What a plan will cost: processor hours, hours on the clock, memory, disk."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cobrex.plan.model import PlannedProcess, uses
from cobrex.plan.needs import Needs
from cobrex.site import Site

from .history import Experience
from .needs import needs_of, past_of
from .snakemake import executor

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from .prepare import Prepared

USUAL_JOBS = 500  # of profiles/slurm


@dataclass(frozen=True, slots=True)
class Places:
    """How much can be made at once.

    Attributes
    ----------
    cores : int
        Of one machine; 0 on a cluster.
    jobs : int
        SLURM jobs at once; each makes one process at a time. 0 on one machine.
    """

    cores: int = 0
    jobs: int = 0

    @property
    def room(self) -> int:
        """How many units of `takes` there are."""
        return max(1, self.cores or self.jobs)

    def takes(self, needs: Needs) -> int:
        """Return how much of the room a process takes."""
        return min(needs.cores, self.room) if self.cores else 1

    @classmethod
    def of_profile(cls, profile: Path, cores: int, site: Site) -> Places:
        """Return how much a Snakemake profile makes at once.

        Parameters
        ----------
        profile : pathlib.Path
            Its folder.
        cores : int
            To use on this machine.
        site : Site

        Raises
        ------
        UsageError
            Kind ``unknown-profile``.
        """
        if executor(profile) == "local":
            return cls(cores=cores)
        return cls(jobs=site.max_jobs or USUAL_JOBS)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a plan will cost.

    Attributes
    ----------
    processes : int
        To be made.
    unknown : tuple of str
        Recipes that nobody has used yet: a tenth of their time limit is taken, and no disk.
    cpu_s, wall_s : float
        Processor seconds; seconds on the clock without waiting in queues.
    critical_s : float
        Seconds of the longest chain: it takes no less, whatever there is to make it on.
    memory_mb : int
        The most that one process may use, MiB.
    together_mb : int
        The most of all that are made at once.
    disk : mapping of str to int
        Bytes of products, by frame type.
    """

    processes: int = 0
    unknown: tuple[str, ...] = ()
    cpu_s: float = 0.0
    wall_s: float = 0.0
    critical_s: float = 0.0
    memory_mb: int = 0
    together_mb: int = 0
    disk: Mapping[str, int] = field(default_factory=dict)

    @property
    def disk_bytes(self) -> int:
        """Bytes of all products."""
        return sum(self.disk.values())

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON values: `batch.forecast`."""
        return {**asdict(self), "disk": dict(self.disk), "disk_bytes": self.disk_bytes}


Expected = Mapping[tuple[str, str], Experience]


def estimate(
    processes: Iterable[PlannedProcess],
    needs: Mapping[str, Needs],
    expected: Expected,
    places: Places,
) -> Estimate:
    """Add up what processes will cost.

    Parameters
    ----------
    processes : iterable of PlannedProcess
        Those to make, producers first.
    needs : mapping of str to Needs
        By key; how long each will take stands in it.
    expected : mapping of (str, str) to Experience
        By recipe and code hash.
    places : Places

    Returns
    -------
    Estimate
    """
    listed = list(processes)
    known = {id(u): expected[u.name, u.code_hash] for u in uses(listed)}
    each = [needs[p.key] for p in listed]
    course = _Course(listed, each, places)
    wall, together = course.follow()
    unknown = {u.name for u in uses(listed) if not known[id(u)].attempts}
    return Estimate(
        processes=len(listed),
        unknown=tuple(sorted(unknown)),
        cpu_s=sum(_cpu_s(known[id(p.recipe)], n) for p, n in zip(listed, each, strict=True)),
        wall_s=wall,
        critical_s=course.critical_s(),
        memory_mb=max((one.memory_mb for one in each), default=0),
        together_mb=together,
        disk=_disk(listed, expected),
    )


def _cpu_s(known: Experience, needs: Needs) -> float:
    return known.cpu_s if known.attempts else needs.expected_s * needs.cores


def _disk(processes: Iterable[PlannedProcess], expected: Expected) -> dict[str, int]:
    sizes: dict[str, float] = defaultdict(float)
    for case, times in Counter((p.recipe.name, p.recipe.code_hash) for p in processes).items():
        for frame_type, size in expected[case].sizes.items():
            sizes[frame_type] += size * times
    return {frame_type: round(size) for frame_type, size in sorted(sizes.items())}


class _Course:
    """How processes follow each other when each begins as soon as it can.

    Parameters
    ----------
    processes : list of PlannedProcess
        Producers first.
    needs : list of Needs
        Of each of them.
    places : Places
    """

    def __init__(self, processes: list[PlannedProcess], needs: list[Needs], places: Places) -> None:
        self.room = places.room
        self.memory = [one.memory_mb for one in needs]
        self.lasts = [one.expected_s for one in needs]
        # thousands need the same
        takes = {number: places.takes(one) for number, one in {id(n): n for n in needs}.items()}
        self.takes = [takes[id(one)] for one in needs]
        place = {p.key: number for number, p in enumerate(processes)}
        self.makers = [
            {place[i.producer] for i in p.inputs if i.producer in place} for p in processes
        ]
        self.users: dict[int, list[int]] = defaultdict(list)
        for number, makers in enumerate(self.makers):
            for maker in makers:
                self.users[maker].append(number)

    def critical_s(self) -> float:
        """Return how long the longest chain takes, seconds."""
        ends: list[float] = []
        for makers, lasts in zip(self.makers, self.lasts, strict=True):
            begun = max(ends[m] for m in makers) if makers else 0.0
            ends.append(begun + lasts)
        return max(ends, default=0.0)

    def follow(self) -> tuple[float, int]:
        """Return when the last has ended, seconds, and the most memory used at once, MiB."""
        lacking = [len(makers) for makers in self.makers]
        ready = deque(number for number, count in enumerate(lacking) if not count)
        running: list[tuple[float, int]] = []
        now, free, used, most = 0.0, self.room, 0, 0
        while ready or running:
            while ready and self.takes[ready[0]] <= free:
                number = ready.popleft()
                free -= self.takes[number]
                used += self.memory[number]
                heapq.heappush(running, (now + self.lasts[number], number))
            most = max(most, used)
            now = running[0][0]
            while running and running[0][0] == now:
                number = heapq.heappop(running)[1]
                free += self.takes[number]
                used -= self.memory[number]
                if number in self.users:
                    ready += self._freed(number, lacking)
        return now, most

    def _freed(self, number: int, lacking: list[int]) -> list[int]:
        """What may begin now that one has ended."""
        for user in self.users[number]:
            lacking[user] -= 1
        return [user for user in self.users[number] if not lacking[user]]


def foresee(engine: Engine, prepared: Prepared, places: Places) -> Estimate:
    """Estimate what is to be made of a plan, by what the catalogue knows.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    prepared : Prepared
    places : Places

    Returns
    -------
    Estimate

    Raises
    ------
    UsageError
        Kind ``need``: the request asks for what there is not.
    """
    past = past_of(engine, prepared)
    return estimate(prepared.to_make, needs_of(prepared, past, {}), past, places)


def disk_bytes(engine: Engine, prepared: Prepared) -> int:
    """Return how many bytes of products what is to be made of a plan will leave.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    prepared : Prepared

    Returns
    -------
    int
        By what past processes left; recipes that nobody has used count for nothing.
    """
    return sum(_disk(prepared.to_make, past_of(engine, prepared)).values())
