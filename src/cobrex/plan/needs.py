"""What a process needs of the machine it is made on: cores, memory, time, disk, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Place:
    """Where on a cluster.

    Attributes
    ----------
    partition, account, qos, constraint : str
        SLURM's words; empty for the site's default.
    avoid : tuple of str
        Nodes not to use.
    """

    partition: str = ""
    account: str = ""
    qos: str = ""
    constraint: str = ""
    avoid: tuple[str, ...] = ()

    @property
    def named(self) -> tuple[str, ...]:
        """What it names, so that nothing empty reaches SLURM."""
        return tuple(name for name, value in asdict(self).items() if value)


@dataclass(frozen=True, slots=True)
class Needs:
    """What one process may use.

    Attributes
    ----------
    cores : int
    memory_mb, scratch_mb : int
        MiB.
    walltime_min : int
        It is ended after that many minutes on the clock.
    expected_s : float
        How long it will take, seconds on the clock; 0 when nobody knows.
    place : Place
    """

    cores: int = 1
    memory_mb: int = 2048
    walltime_min: int = 60
    scratch_mb: int = 2048
    expected_s: float = 0.0
    place: Place = field(default_factory=Place)

    @classmethod
    def of_manifest(cls, resources: Mapping[str, Any]) -> Needs:
        """Return what a manifest asks for (`cobrex.process.need.needed`)."""
        return cls(
            cores=resources["cores"],
            memory_mb=resources["memory_mb"],
            walltime_min=resources["walltime_min"],
            scratch_mb=resources["scratch_mb"],
        )

    @classmethod
    def from_plain(cls, values: Mapping[str, Any]) -> Needs:
        """Make it again from `as_plain`."""
        place = dict(values["place"])
        return cls(**{**values, "place": Place(**{**place, "avoid": tuple(place["avoid"])})})

    def as_plain(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)

    def grown(self, *, memory: int = 0, time: int = 0) -> Needs:
        """Return it with memory and time doubled so many times."""
        return replace(
            self, memory_mb=self.memory_mb << memory, walltime_min=self.walltime_min << time
        )

    def away(self, nodes: tuple[str, ...]) -> Needs:
        """Return it with nodes to avoid."""
        return replace(self, place=replace(self.place, avoid=nodes))
