"""From a request to a plan: the catalogue is asked, files are hashed, then all is pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from cobrex.errors import PlanError
from cobrex.plan.association import Association
from cobrex.plan.build import Builder, frames_used
from cobrex.plan.draft import Draft
from cobrex.plan.file import attempt_folder
from cobrex.plan.model import Located, Plan, PlanFrame, PlannedProcess
from cobrex.plan.organise import Organiser
from cobrex_db import candidates, locate, processes
from cobrex_db.query import what_there_is
from cobrex_db.stars.lookup import Star, resolve

from . import rules
from .recipes import Kitchen
from .request import Request

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Prepared:
    """A plan with what the catalogue knows of its processes.

    Attributes
    ----------
    request : Request
    stars : list of Star
        The stars asked for, resolved.
    plan : Plan
    asked : set of str
        Keys of the processes of the main frames.
    known : dict of str to Known
    reused : set of str
        Keys of processes that need not be made.
    attempts : dict of str to int
        Which attempt to make or, for reused ones, to read.
    kitchen : Kitchen
    """

    request: Request
    stars: list[Star]
    plan: Plan
    asked: set[str]
    known: dict[str, processes.Known]
    reused: set[str]
    attempts: dict[str, int]
    kitchen: Kitchen

    @property
    def wanted(self) -> list[str]:
        """Keys of the processes to make, producers first."""
        return [p.key for p in self.plan.processes if p.key not in self.reused]


def prepare(
    engine: Engine, kitchen: Kitchen, request: Request, progress: Progress | None = None
) -> Prepared:
    """Plan a request.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    kitchen : Kitchen
        Of a registry; filled with the recipes of the plan.
    request : Request
    progress : callable, optional
        Called with (done, total) while files are hashed.

    Returns
    -------
    Prepared

    Raises
    ------
    UsageError, PlanError, CatalogueError, RegistryError
        No such star, frames, recipe, version, preset or parameter.
    """
    associations = rules.load()
    chosen = rules.choose(request, associations)
    needed = rules.below(chosen, associations)
    for association in needed:
        kitchen.take(association, request if association in chosen else None)
    with engine.connect() as connection:
        stars = [resolve(connection, name) for name in request.stars]
        main = {a.name: _main_frames(connection, a, request, stars) for a in chosen}
        if not any(main.values()):
            _nothing_matches(connection, chosen, request, stars)
        frames = _candidates(connection, needed, main, request)
    return _settle(engine, kitchen, request, stars, chosen, associations, main, frames, progress)


def _settle(
    engine: Engine, kitchen: Kitchen, request: Request, stars: list[Star],
    chosen: list[Association], associations: Mapping[str, Association],
    main: Mapping[str, list[PlanFrame]], frames: dict[str, list[PlanFrame]],
    progress: Progress | None,
) -> Prepared:
    """Plan until no input is a product that failed; the excluded set only grows, so it ends."""
    excluded: set[tuple[str, tuple[int, ...]]] = set()
    located: dict[int, Located] = {}
    while True:
        organiser = Organiser(associations, {n: m.inputs for n, m in kitchen.manifests.items()},
                              frames, excluded)
        drafts = [d for a in chosen for d in organiser.organise(a, main[a.name])]
        _locate(engine, drafts, located, progress)
        builder = Builder(kitchen.uses, located, request.workspace)
        asked = {p.key for p in (builder.add(d) for d in drafts) if p is not None}
        with engine.connect() as connection:
            known = processes.known(connection, [p.key for p in builder.plan.processes])
        spoilt = {
            builder.signatures[k] for k, v in known.items()
            if v.verdict == "fail" and k not in asked
        }
        if spoilt <= excluded:
            break
        excluded |= spoilt
    forced = asked if request.force else set()
    reused = {
        p.key for p in builder.plan.processes
        if p.key not in forced and _is_made(known.get(p.key), p, kitchen)
    }
    attempts = {
        p.key: _attempt(known.get(p.key), p.key in reused) for p in builder.plan.processes
    }
    return Prepared(request, stars, builder.plan, asked, known, reused, attempts, kitchen)


def _is_made(
    known: processes.Known | None, process: PlannedProcess, kitchen: Kitchen
) -> bool:
    """Done, and its folder still there."""
    if known is None or known.state != "done":
        return False
    use = process.recipe
    folder = attempt_folder(use.name, use.version, process.key, known.attempts)
    return (kitchen.settings.store / folder / "record.json").is_file()


def _attempt(known: processes.Known | None, reused: bool) -> int:
    if known is None:
        return 1
    return known.attempts if reused else known.attempts + 1


def _locate(
    engine: Engine, drafts: Iterable[Draft], located: dict[int, Located],
    progress: Progress | None,
) -> None:
    missing = [i for i in frames_used(drafts) if i not in located]
    for frame_id, (path, content) in locate.locate(engine, missing, progress).items():
        located[frame_id] = Located(str(path), content)


def _main_frames(
    connection: Connection, association: Association, request: Request, stars: list[Star]
) -> list[PlanFrame]:
    types = [t for t in association.frame_types
             if not request.frame_types or t in request.frame_types]
    rows = candidates.candidates(
        connection, types, request.workspace, star_ids=[s.star_id for s in stars] or None,
        nights=request.nights, observed=dict(request.observed),
    )
    return [plan_frame(row) for row in rows]


def _candidates(
    connection: Connection, needed: Iterable[Association], main: Mapping[str, list[PlanFrame]],
    request: Request,
) -> dict[str, list[PlanFrame]]:
    types: set[str] = set()
    windows: list[tuple[float, float] | None] = []
    for association in needed:
        types.update(*(r.frame_types for r in association.inputs))
        windows += [r.window_days for r in association.inputs]
        if association.name not in main:
            types.update(association.frame_types)
    nights = [f.night for group in main.values() for f in group]
    rows = candidates.candidates(connection, types, request.workspace,
                                 nights=_reach(nights, windows))
    frames: dict[str, list[PlanFrame]] = {}
    for row in rows:
        frames.setdefault(row["frame_type"], []).append(plan_frame(row))
    return frames


def _reach(
    nights: list[date | None], windows: list[tuple[float, float] | None]
) -> tuple[date | None, date | None]:
    """The nights any input may be of; open when one rule has no window, or a frame no night."""
    dated = [n for n in nights if n is not None]
    bounded = [w for w in windows if w is not None]
    if len(dated) < len(nights) or len(bounded) < len(windows) or not windows:
        return None, None
    # what a cascade may reach is the sum of its windows; a night more for the half-day shift
    before = sum(min(w[0], 0.0) for w in bounded) - 1
    after = sum(max(w[1], 0.0) for w in bounded) + 1
    return min(dated) + timedelta(days=before), max(dated) + timedelta(days=after)


_LABELS = ("frame_id", "frame_type", "archive_name", "mjd_obs", "night", "star",
           "instrument_columns", "kind", "process_id")


def plan_frame(row: Mapping[str, Any]) -> PlanFrame:
    """Return a catalogue row as the plan sees it."""
    values = {k: v for k, v in row.items() if k not in _LABELS}
    return PlanFrame(
        frame_id=row["frame_id"], frame_type=row["frame_type"],
        name=row["archive_name"] or f"frame {row['frame_id']}", mjd=row["mjd_obs"],
        night=row["night"], star=row["star"],
        values={**values, **(row["instrument_columns"] or {})},
        foreign=row["kind"] == "product" and row["process_id"] is None,
    )


def _nothing_matches(
    connection: Connection, chosen: list[Association], request: Request, stars: list[Star]
) -> None:
    types = sorted(set(request.frame_types) or {t for a in chosen for t in a.frame_types})
    whose = f" of {', '.join(s.identifier for s in stars)}" if stars else ""
    there = [
        f"{s.identifier} has {counts}" if (counts := _counts(connection, s)) else
        f"the catalogue has no frames of {s.identifier}" for s in stars
    ]
    raise PlanError(
        f"no frames {' or '.join(types)}{whose} match",
        hint="; ".join(there) or "see what there is with `cobrex find`", kind="nothing-matches",
    )


def _counts(connection: Connection, star: Star) -> str:
    there = what_there_is(connection, star.star_id)
    return ", ".join(f"{number} {frame_type}" for frame_type, number in there.items())
