"""What a role asks for, and what may serve it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from .draft import Draft
from .model import PlanFrame


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


@dataclass(slots=True)
class Candidate:
    """A frame, catalogued or still to be made, that may serve a role."""

    frame: PlanFrame
    draft: Draft | None = None
    output: str | None = None
