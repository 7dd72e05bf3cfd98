"""Frames, drafts and choices; a frame's columns as rules name them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cobrex.rules.model import Association

Signature = tuple[str, tuple[Any, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class PlanFrame:
    """A frame as the plan sees it: catalogued, or a product still to be made.

    Attributes
    ----------
    frame_id : int
        0 for a product of a plan.
    frame_type : str
    name : str
        Archive name, or file name.
    mjd : float or None
        Start of the exposure, days.
    night : datetime.date or None
    star : str or None
        Identifier of the star.
    values : mapping
        Columns that rules compare and group by: ``prism``, ``dit_s``, ``ob_id`` ...
    foreign : bool
        A product that no process of this catalogue made.
    process_id : int or None
        The process that made it.
    verdict : str or None
        Of its process; None when nothing was measured.
    parents : frozenset of int
        Ids of the frames its process used.
    maker : Draft or None
        The process of this plan that makes it,
    output : str
        with this output role.
    """

    frame_id: int
    frame_type: str
    name: str
    mjd: float | None
    night: date | None
    star: str | None
    values: Mapping[str, Any]
    foreign: bool = False
    process_id: int | None = None
    verdict: str | None = None
    parents: frozenset[int] = frozenset()
    maker: Draft | None = None
    output: str = ""

    @property
    def identity(self) -> Any:
        """What names it within a plan."""
        return (self.maker.signature, self.output) if self.maker else self.frame_id


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
    _signature: Signature | None = None
    _level: int = -1
    _anchor: Anchor | None = None

    @property
    def values(self) -> Mapping[str, Any]:
        """Columns the group shares: those of its first frame."""
        return self.main[0].values

    @property
    def mjd(self) -> float | None:
        """Mean start of the main frames, days; None when no frame says when it was taken."""
        return mean_time(self.main)

    def anchor(self, role: str) -> Anchor | None:
        """Return what candidates are compared with: the main frames, or the first of a role."""
        if role:
            frame = next((c.frame for c in self.chosen if c.role == role), None)
            return None if frame is None else Anchor((frame,), frame.mjd)
        if self._anchor is None:
            self._anchor = Anchor(self.main, self.mjd)
        return self._anchor

    @property
    def level(self) -> int:
        """How many steps lie below."""
        if self._level < 0:
            makers = [c.frame.maker for c in self.chosen if c.frame.maker]
            self._level = max((1 + m.level for m in makers), default=0)
        return self._level

    @property
    def signature(self) -> Signature:
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


@dataclass(frozen=True, slots=True)
class Anchor:
    """What candidates are compared with.

    Attributes
    ----------
    frames : tuple of PlanFrame
        Never empty; the first one's columns count.
    mjd : float or None
        From which time differences are taken, days.
    """

    frames: tuple[PlanFrame, ...]
    mjd: float | None


def mean_time(frames: Iterable[PlanFrame]) -> float | None:
    """Return the mean start of frames, days; None when none says when it was taken."""
    times = [f.mjd for f in frames if f.mjd is not None]
    return sum(times) / len(times) if times else None


def product(maker: Draft, output: str, frame_type: str, verdict: str | None = None) -> PlanFrame:
    """Return the product that a draft will make: setup, star and time are its first main frame's.

    Parameters
    ----------
    maker : Draft
    output : str
        Its role there.
    frame_type : str
    verdict : str or None
        When it has been made before: how it was judged.

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
        verdict=verdict,
        maker=maker,
        output=output,
    )


def time_order(frame: PlanFrame) -> tuple[float, str, int]:
    """Sort key: time, then name, then id; of a product still to be made, its first main frame's."""
    first = frame
    while first.maker is not None:
        first = first.maker.main[0]
    return (frame.mjd if frame.mjd is not None else float("inf"), frame.name, first.frame_id)


def value_of(frame: PlanFrame, column: str) -> Any:
    """Return a column of a frame; ``frame``, ``star``, ``night``, ``verdict`` are columns too."""
    own = _OWN.get(column)
    return frame.values.get(column) if own is None else own(frame)


def plain(value: Any) -> Any:
    """Return a value that can be a key: equal for equal values."""
    try:
        hash(value)
    except TypeError:
        return repr(value)
    return value if value == value else "nan"  # noqa: PLR0124 not a number is not itself


_OWN: dict[str, Callable[[PlanFrame], Any]] = {
    "frame": attrgetter("identity"),
    "frame_id": attrgetter("frame_id"),
    "process_id": attrgetter("process_id"),
    **{name: attrgetter(name) for name in ("frame_type", "star", "night", "verdict")},
    "archive_name": attrgetter("name"),
    "mjd_obs": attrgetter("mjd"),
    "kind": lambda frame: "product" if is_product(frame) else "raw",
    "product_role": lambda frame: frame.output or frame.values.get("product_role"),
}


def is_product(frame: PlanFrame) -> bool:
    """Tell whether a frame was made, or is to be made, by a process."""
    return frame.maker is not None or frame.process_id is not None or frame.foreign
