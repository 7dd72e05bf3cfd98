"""What a plan is made of: recipes in use, processes with their inputs, gaps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .draft import Signature
from .identity import draft_hash


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


def uses(processes: Iterable[PlannedProcess]) -> list[RecipeUse]:
    """Return the uses of recipes of some processes, each once."""
    return list({id(p.recipe): p.recipe for p in processes}.values())


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
