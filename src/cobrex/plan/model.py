"""What a plan is made of: frames, drafts and their choices, processes, gaps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from cobrex.rules.model import Association

from .identity import draft_hash

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


@dataclass(frozen=True, slots=True)
class Located:
    """Where a frame's bytes lie, and what they are.

    Attributes
    ----------
    path : str
        Absolute path on this host.
    content_id : str
    """

    path: str
    content_id: str


@dataclass(frozen=True, slots=True)
class PlannedInput:
    """One input of a process.

    Attributes
    ----------
    role, frame_type, content_id, why : str
    frame_id : int or None
        The catalogued frame; None for a product still to be made.
    path : str or None
        Absolute path of a catalogued frame.
    producer : str or None
        Key of the process that makes it.
    producer_role : str or None
        Output role of that process.
    level : int or None
        Quality level of the choice; None for a main frame.
    delta_d : float or None
        Its time minus the main frames', days.
    source : str
        Which alternative of the rule it came from.
    """

    role: str
    frame_type: str
    content_id: str
    why: str
    frame_id: int | None = None
    path: str | None = None
    producer: str | None = None
    producer_role: str | None = None
    level: int | None = None
    delta_d: float | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class RecipeUse:
    """An exact recipe version with everything a process needs to know of it.

    Attributes
    ----------
    name : str
        ``namespace/name``.
    version, tree, code_hash : str
    folder : str
        Materialised version, read-only.
    environment : mapping
        ``kind``, ``digest``, ``path``.
    manifest : mapping
        ``command``, ``outputs``, ``qc``, ``resources``, ``volatile``, ``issues_url``.
    parameters : mapping
        Fully resolved values.
    options : tuple of str
        The same as command-line words.
    preset : str
    draft : str
        Whose unpublished working copy it is; empty for a published version.
    """

    name: str
    version: str
    tree: str
    code_hash: str
    folder: str
    environment: Mapping[str, Any]
    manifest: Mapping[str, Any]
    parameters: Mapping[str, Any]
    options: tuple[str, ...]
    preset: str
    draft: str = ""

    @property
    def identity(self) -> str:
        """What stands for its code in a process's key."""
        return draft_hash(self.draft, self.code_hash) if self.draft else self.code_hash


@dataclass(frozen=True, slots=True)
class PlannedProcess:
    """One execution of a recipe version, named by its key.

    Attributes
    ----------
    key : str
    recipe : RecipeUse
    inputs : tuple of PlannedInput
        In the order the recipe asks for.
    level : int
        How many steps of the plan lie below it.
    labels : mapping
        Star, night, arm, filter ...: for people, not in the key.
    series : str
        The same question over time.
    main_frames : tuple of int
        Ids of the catalogued main frames; of a product still to be made, those it is made from.
    association : str
        Which rule planned it.
    warnings : tuple of str
        What a person should know of its inputs.
    """

    key: str
    recipe: RecipeUse
    inputs: tuple[PlannedInput, ...]
    level: int
    labels: Mapping[str, Any]
    series: str
    main_frames: tuple[int, ...]
    association: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """A process that cannot be planned, and the cure.

    Attributes
    ----------
    recipe, main, message, hint : str
    """

    recipe: str
    main: str
    message: str
    hint: str


@dataclass(slots=True)
class Plan:
    """The processes a request needs, in an order that can be followed.

    Attributes
    ----------
    processes : list of PlannedProcess
        Producers before consumers.
    gaps : list of Gap
    signatures : dict of str to signature
        Which draft each process was, by key.
    basis : dict
        What it was planned with: `cobrex.plan.basis`.
    """

    processes: list[PlannedProcess] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    signatures: dict[str, Signature] = field(default_factory=dict)
    basis: dict[str, Any] = field(default_factory=dict)
