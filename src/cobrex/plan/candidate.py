"""What a role asks for, and what may serve it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from .draft import PlanFrame


class InputNeed(Protocol):
    """How many frames of which types a recipe wants in a role."""

    @property
    def role(self) -> str:
        """What the input is for."""

    @property
    def frame_types(self) -> tuple[str, ...]:
        """Types that can serve."""

    @property
    def min(self) -> int:
        """Fewest frames."""

    @property
    def max(self) -> int | None:
        """Most frames; None without a limit."""

    @property
    def main(self) -> bool:
        """Whether it is the main input."""


@dataclass(frozen=True, slots=True)
class Graded:
    """A candidate that fits, and how well.

    Attributes
    ----------
    frame : PlanFrame
    level : int
        Quality level, the source's offset added.
    delta_d : float or None
        Its time minus the main frames', days.
    warn : bool
        Whether a choice of this level is to be told.
    """

    frame: PlanFrame
    level: int
    delta_d: float | None
    warn: bool
