"""Drafts: main frames grouped, their inputs chosen, reasons kept; no identity yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cobrex.rules.model import Association

from .model import PlanFrame


@dataclass(slots=True)
class Chosen:
    """One input that was chosen, and why.

    Attributes
    ----------
    role, why : str
    frame : PlanFrame
        Catalogued, or a product of another draft.
    level : int or None
        Quality level; None for a main frame.
    delta_d : float or None
        Its time minus the main frames', days.
    source : str
        Which alternative of the rule it came from.
    """

    role: str
    why: str
    frame: PlanFrame
    level: int | None = None
    delta_d: float | None = None
    source: str = ""


@dataclass(slots=True, eq=False)
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
    warnings : list of str
        What a person should know of the inputs.
    state : str
        ``new``, ``filling``, ``filled``.
    """

    association: Association
    main: tuple[PlanFrame, ...]
    chosen: list[Chosen] = field(default_factory=list)
    missing: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    state: str = "new"
    _signature: tuple[str, tuple[Any, ...]] | None = None
    _level: int = -1

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
        if self._level < 0:
            makers = [c.frame.maker for c in self.chosen if c.frame.maker]
            self._level = max((1 + m.level for m in makers), default=0)
        return self._level

    @property
    def signature(self) -> tuple[str, tuple[Any, ...]]:
        """What names the draft within a plan."""
        if self._signature is None:
            self._signature = self.association.name, tuple(f.identity for f in self.main)
        return self._signature

    @property
    def title(self) -> str:
        """The main frames in words."""
        first = self.main[0]
        night = f" of {first.night}" if first.night else ""
        number = "1 frame" if len(self.main) == 1 else f"{len(self.main)} frames"
        return f"{first.star or first.name}: {number} {first.frame_type}{night}"


def product(maker: Draft, output: str, frame_type: str) -> PlanFrame:
    """Return the product that a draft will make: setup, star and time are its first main frame's.

    Parameters
    ----------
    maker : Draft
    output : str
        Its role there.
    frame_type : str

    Returns
    -------
    PlanFrame
    """
    first = maker.main[0]
    return PlanFrame(
        frame_id=0,
        frame_type=frame_type,
        name=f"{output} of {maker.title}",
        mjd=first.mjd,
        night=first.night,
        star=first.star,
        values=first.values,
        maker=maker,
        output=output,
    )


def time_order(frame: PlanFrame) -> tuple[float, str, int]:
    """Sort key: time, then name, then id."""
    return (frame.mjd if frame.mjd is not None else float("inf"), frame.name, frame.frame_id)


def value_of(frame: PlanFrame, column: str) -> Any:
    """Return a column of a frame; ``frame``, ``star``, ``night``, ``verdict`` are columns too."""
    if column in _OWN:
        return frame.identity if column == "frame" else getattr(frame, column)
    return frame.values.get(column)


_OWN = frozenset({"frame", "frame_type", "star", "night", "verdict"})
