"""Chunks: processes of one kind and level that one job makes, one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

from .model import PlannedProcess
from .needs import Needs

_MOST = 1000


@dataclass(frozen=True, slots=True)
class Sizing:
    """How large chunks are to be.

    Attributes
    ----------
    target_s, floor_s : float
        How long one is to last at most and, where there are enough processes, at least.
    spread : int
        Into how many a kind of processes is divided, if they last long enough then.
    most_chunks : int
        Snakemake keeps each in mind: there are no more than this, whatever they last.
    workers : int
        How many work at once, if the last chunks of a kind are to be smaller, so that all end
        together; 0 where a small chunk costs too much.
    """

    target_s: float
    floor_s: float
    spread: int
    most_chunks: int
    workers: int = 0

    @classmethod
    def one_machine(cls, cores: int) -> Sizing:
        """Return the sizing for one machine: a chunk costs a third of a second of start-up.

        The first are large, the last small: whatever a process takes, all cores end together.
        What nobody has used is expected to take long: hours of that are minutes, often.
        """
        most = 20 * cores
        return cls(
            target_s=14_400.0, floor_s=5.0, spread=4 * cores, most_chunks=most, workers=cores
        )

    @classmethod
    def cluster(cls) -> Sizing:
        """Return the sizing for a cluster: a chunk costs two Snakemake start-ups and a wait."""
        return cls(target_s=600.0, floor_s=60.0, spread=32, most_chunks=5000)

    def size(self, count: int, expected_s: float, share: float) -> int:
        """Return how many processes of a kind go into one chunk.

        Parameters
        ----------
        count : int
            Of this kind.
        expected_s : float
            How long one takes, seconds; 0 when nobody knows.
        share : float
            Of all processes of the plan, 0 to 1.

        Returns
        -------
        int
        """
        fewest = self._fewest(count, share)
        if expected_s <= 0.0:
            return min(_MOST, fewest)
        each = max(expected_s, 1e-3)
        wanted = min(self.target_s / each, max(count / self.spread, self.floor_s / each))
        return min(_MOST, max(fewest, int(wanted), 1))

    def _fewest(self, count: int, share: float) -> int:
        return ceil(count / max(1.0, self.most_chunks * share))

    def sizes(self, count: int, expected_s: float, share: float) -> Iterator[int]:
        """Yield how many processes go into each chunk of a kind; arguments as of `size`."""
        size = self.size(count, expected_s, share)
        least = self._fewest(count, share)
        if expected_s > 0.0:
            least = max(least, ceil(self.floor_s / max(expected_s, 1e-3)))
        least = min(size, least)
        while count > 0:
            fair = ceil(count / (2 * self.workers)) if self.workers else size
            taken = min(count, size, max(fair, least))
            yield taken
            count -= taken


@dataclass(frozen=True, slots=True)
class Chunk:
    """Processes of one recipe version, place and level.

    Attributes
    ----------
    number : int
        In its plan, from 1.
    keys : tuple of str
    each : tuple of Needs
        Of each of them.
    needs : Needs
        Of the job that makes them one after the other.
    """

    number: int
    keys: tuple[str, ...]
    each: tuple[Needs, ...]
    needs: Needs


def chunked(
    processes: Iterable[PlannedProcess], needs: Mapping[str, Needs], sizing: Sizing
) -> list[Chunk]:
    """Put processes into chunks.

    Parameters
    ----------
    processes : iterable of PlannedProcess
        Those to make, producers first.
    needs : mapping of str to Needs
        By key.
    sizing : Sizing

    Returns
    -------
    list of Chunk
        Those of lower levels first; members of one never need each other.
    """
    kinds: dict[tuple[Any, ...], list[str]] = {}
    for p in processes:
        its = needs[p.key]
        kind = (p.level, p.recipe.name, p.recipe.version, its.cores, its.place)
        kinds.setdefault(kind, []).append(p.key)
    total = sum(map(len, kinds.values()))
    chunks: list[Chunk] = []
    for kind in sorted(kinds, key=lambda k: k[0]):
        keys = kinds[kind]
        known = [needs[k].expected_s for k in keys]
        first = 0
        for size in sizing.sizes(len(keys), sum(known) / len(known), len(keys) / total):
            members = tuple(keys[first : first + size])
            first += size
            each = tuple(needs[key] for key in members)
            chunks.append(Chunk(len(chunks) + 1, members, each, together(each)))
    return chunks


def together(needs: Sequence[Needs]) -> Needs:
    """Return what a job needs that makes some processes one after the other.

    Parameters
    ----------
    needs : sequence of Needs
        Of one number of cores and one place.

    Returns
    -------
    Needs
        Time for the longest to reach its limit, and for the others to take twice what is expected.
    """
    if len(needs) == 1:
        return needs[0]
    longest = max(needs, key=lambda one: one.walltime_min)
    expected = sum(one.expected_s or 60.0 * one.walltime_min for one in needs)
    others = 2.0 * (expected - (longest.expected_s or 60.0 * longest.walltime_min))
    limit = sum(one.walltime_min for one in needs)
    return replace(
        longest,
        memory_mb=max(one.memory_mb for one in needs),
        scratch_mb=max(one.scratch_mb for one in needs),
        walltime_min=min(limit, longest.walltime_min + ceil(others / 60.0)),
        expected_s=expected,
    )
