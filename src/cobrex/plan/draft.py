"""Drafts: main frames grouped, their inputs chosen, reasons kept; no identity yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .association import Association
from .model import PlanFrame


@dataclass(slots=True)
class Chosen:
    """One input that was chosen, and why.

    Attributes
    ----------
    role, why : str
    frame : PlanFrame or None
        A catalogued frame ...
    draft : Draft or None
        ... or the process that will make it,
    output : str or None
        with the role it has there.
    """

    role: str
    why: str
    frame: PlanFrame | None = None
    draft: Draft | None = None
    output: str | None = None


@dataclass(slots=True)
class Draft:
    """A process before it has a key.

    Attributes
    ----------
    association : Association
    main : tuple of PlanFrame
        In order of time.
    chosen : list of Chosen
    missing : list of (str, str)
        What is lacking, and the cure.
    """

    association: Association
    main: tuple[PlanFrame, ...]
    chosen: list[Chosen] = field(default_factory=list)
    missing: list[tuple[str, str]] = field(default_factory=list)

    @property
    def values(self) -> Mapping[str, Any]:
        """Columns the group shares: those of its first frame."""
        return self.main[0].values

    @property
    def mjd(self) -> float | None:
        """Mean start of the main frames, days; None when no frame says when it was taken."""
        times = [f.mjd for f in self.main if f.mjd is not None]
        return sum(times) / len(times) if times else None

    @property
    def level(self) -> int:
        """How many steps lie below."""
        return max((1 + c.draft.level for c in self.chosen if c.draft), default=0)

    @property
    def signature(self) -> tuple[str, tuple[int, ...]]:
        """What names the draft within a plan."""
        return self.association.name, tuple(f.frame_id for f in self.main)

    @property
    def title(self) -> str:
        """The main frames in words."""
        first = self.main[0]
        night = f" of {first.night}" if first.night else ""
        number = "1 frame" if len(self.main) == 1 else f"{len(self.main)} frames"
        return f"{first.star or first.name}: {number} {first.frame_type}{night}"


def time_order(frame: PlanFrame) -> tuple[float, str, int]:
    """Sort key: time, then name, then id."""
    return (frame.mjd if frame.mjd is not None else float("inf"), frame.name, frame.frame_id)


def group(frames: Iterable[PlanFrame], association: Association) -> list[Draft]:
    """Group main frames into drafts.

    Parameters
    ----------
    frames : iterable of PlanFrame
        Any order; the result does not depend on it.
    association : Association

    Returns
    -------
    list of Draft
        In order of time of their first frames.
    """
    groups: dict[tuple[str, ...], list[PlanFrame]] = {}
    for frame in frames:
        groups.setdefault(_group_key(frame, association.group_by), []).append(frame)
    drafts = [Draft(association, tuple(sorted(g, key=time_order))) for g in groups.values()]
    return sorted(drafts, key=lambda d: time_order(d.main[0]))


def _group_key(frame: PlanFrame, columns: Sequence[str]) -> tuple[str, ...]:
    return (frame.frame_type, *(repr(value_of(frame, c)) for c in columns))


def value_of(frame: PlanFrame, column: str) -> Any:
    """Return a column of a frame; ``frame``, ``star`` and ``night`` are columns too."""
    if column == "frame":
        return frame.frame_id
    if column == "star":
        return frame.star
    if column == "night":
        return frame.night
    return frame.values.get(column)
