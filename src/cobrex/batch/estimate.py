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

from .history import Experience, experience
from .needs import needs_of
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
    known = {p.key: expected[p.recipe.name, p.recipe.code_hash] for p in listed}
    course = _Course(listed, needs, places)
    wall, together = course.follow()
    unknown = {p.recipe.name for p in listed if not known[p.key].attempts}
    return Estimate(
        processes=len(listed),
        unknown=tuple(sorted(unknown)),
        cpu_s=sum(_cpu_s(known[p.key], needs[p.key]) for p in listed),
        wall_s=wall,
        critical_s=course.critical_s(),
        memory_mb=max((needs[p.key].memory_mb for p in listed), default=0),
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
    needs : mapping of str to Needs
    places : Places
    """

    def __init__(
        self, processes: list[PlannedProcess], needs: Mapping[str, Needs], places: Places
    ) -> None:
        self.needs = needs
        self.places = places
        keys = {p.key for p in processes}
        self.makers = {
            p.key: {i.producer for i in p.inputs if i.producer in keys} for p in processes
        }
        self.users: dict[str, list[str]] = defaultdict(list)
        for key, makers in self.makers.items():
            for maker in makers:
                self.users[str(maker)].append(key)

    def critical_s(self) -> float:
        """Return how long the longest chain takes, seconds."""
        ends: dict[str, float] = {}
        for key, makers in self.makers.items():
            begun = max((ends[str(m)] for m in makers), default=0.0)
            ends[key] = begun + self.needs[key].expected_s
        return max(ends.values(), default=0.0)

    def follow(self) -> tuple[float, int]:
        """Return when the last has ended, seconds, and the most memory used at once, MiB."""
        lacking = {key: len(makers) for key, makers in self.makers.items()}
        ready = deque(key for key, count in lacking.items() if not count)
        running: list[tuple[float, str]] = []
        now, free, used, most = 0.0, self.places.room, 0, 0
        while ready or running:
            while ready and self._takes(ready[0]) <= free:
                key = ready.popleft()
                free -= self._takes(key)
                used += self.needs[key].memory_mb
                heapq.heappush(running, (now + self.needs[key].expected_s, key))
            most = max(most, used)
            now = running[0][0]
            while running and running[0][0] == now:
                key = heapq.heappop(running)[1]
                free += self._takes(key)
                used -= self.needs[key].memory_mb
                ready += self._freed(key, lacking)
        return now, most

    def _takes(self, key: str) -> int:
        return self.places.takes(self.needs[key])

    def _freed(self, key: str, lacking: dict[str, int]) -> list[str]:
        """What may begin now that one has ended."""
        for user in self.users[key]:
            lacking[user] -= 1
        return [user for user in self.users[key] if not lacking[user]]


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
    wanted = set(prepared.wanted)
    processes = [p for p in prepared.plan.processes if p.key in wanted]
    expected = experience(engine, uses(processes))
    return estimate(processes, needs_of(engine, prepared, {}), expected, places)


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
    wanted = set(prepared.wanted)
    processes = [p for p in prepared.plan.processes if p.key in wanted]
    expected = experience(engine, uses(processes))
    return sum(_disk(processes, expected).values())
