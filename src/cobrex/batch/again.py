"""What a process was made of, found again: its recipe version, its inputs, where they lie now."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cobrex.errors import CobrexError, PlanError
from cobrex.plan.file import PlanFile
from cobrex.plan.model import RecipeUse
from cobrex.process.attempt import locate_input
from cobrex.process.failure import AttemptError
from cobrex.process.need import needed
from cobrex.settings import Settings
from cobrex_db.errors import CatalogueError
from cobrex_db.plans import plans_of
from cobrex_registry.environments import environment
from cobrex_registry.errors import RegistryError
from cobrex_registry.recipe import manifest, parameters

if TYPE_CHECKING:
    from sqlalchemy import Engine


@dataclass(frozen=True, slots=True)
class Again:
    """A process that can be run once more.

    Attributes
    ----------
    recipe : RecipeUse
        Its environment has been built.
    inputs : tuple of (path, frame type)
        In the order the recipe asks for; all can be read.
    warning : str
        How it differs from what it was; empty when it does not.
    """

    recipe: RecipeUse
    inputs: tuple[tuple[str, str], ...]
    warning: str = ""


def again(engine: Engine, settings: Settings, process: Mapping[str, Any], attempt: int) -> Again:
    """Find what a process was, or is to be, made of.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    settings : Settings
    process : mapping
        As the catalogue gave it.
    attempt : int
        Which one; 0 for the latest, or the plan of one that was not tried yet.

    Returns
    -------
    Again

    Raises
    ------
    CatalogueError
        Kind ``unknown-attempt``.
    PlanError
        Kind ``input-missing``: inputs that are not there, by name.
    RegistryError
        The recipe's files are gone, or its environment cannot be built.
    """
    tried = [a for a in process["attempts"] if attempt in (0, a["number"])]
    if attempt and not tried:
        raise CatalogueError(
            f"process {process['key'][:8]} has no attempt {attempt}",
            hint="`cobrex process show` lists its attempts",
            kind="unknown-attempt",
        )
    plan = _plan(engine, settings, process, tried)
    host = tried[0]["host"] if tried else ""
    if plan is not None:
        recipe = plan.process(process["key"])[0].recipe
        inputs = _planned_inputs(plan, process["key"], host)
        plan.close()
    elif tried:
        recipe = _recorded_recipe(settings, tried[0]["record"])
        inputs = _recorded_inputs(tried[0]["record"], host)
    else:
        raise PlanError(
            f"the plan of process {process['key'][:8]} is gone, and it was never tried",
            hint="`cobrex reduce ... --dry-run` plans it again",
            kind="plan-file",
        )
    return _with_environment(settings, recipe, inputs)


def _plan(
    engine: Engine, settings: Settings, process: Mapping[str, Any], tried: Sequence[Any]
) -> PlanFile | None:
    """The plan of the attempt's batch, else the latest it is in; None when they are gone."""
    with engine.connect() as connection:
        places = plans_of(connection, process["process_id"])
    if tried:
        places.sort(key=lambda place: place.batch_id != tried[0]["batch_id"])
    for place in places:
        try:
            plan = PlanFile(settings.store / place.path)
            plan.process(process["key"])
        except (CobrexError, KeyError):
            continue
        return plan
    return None


def _planned_inputs(plan: PlanFile, key: str, host: str) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    lacking: list[str] = []
    for one in plan.inputs(key):
        try:
            found.append((locate_input(plan, one), one.frame_type))
        except AttemptError as error:
            lacking.append(str(error))
    return _all_there(found, lacking, host)


def _recorded_inputs(record: Mapping[str, Any], host: str) -> tuple[tuple[str, str], ...]:
    found = [(str(u["path"]), str(u["frame_type"])) for u in record["used"]]
    lacking = [f"{t}: {p} cannot be read" for p, t in found if not os.access(p, os.R_OK)]
    if not found:
        lacking = ["its record names no inputs, and its plan is gone"]
    return _all_there(found, lacking, host)


def _all_there(
    found: Sequence[tuple[str, str]], lacking: Sequence[str], host: str
) -> tuple[tuple[str, str], ...]:
    if lacking:
        count = f"{len(lacking)} inputs are" if len(lacking) > 1 else "an input is"
        elsewhere = f"it was made on {host}; " if host not in ("", socket.gethostname()) else ""
        raise PlanError(
            f"{count} not there:\n  " + "\n  ".join(lacking[:20]),
            hint=f"{elsewhere}`cobrex check` tells which files went; `cobrex reduce` makes "
            "products again",
            kind="input-missing",
        )
    return tuple(found)


def _recorded_recipe(settings: Settings, record: Mapping[str, Any]) -> RecipeUse:
    """Build the use of a recipe from a record and the files in the cache."""
    said = record["recipe"]
    folder = settings.cache / said["tree"][:2] / said["tree"]
    document = _manifest(folder, said)
    values = record["parameters"]
    return RecipeUse(
        name=said["name"],
        version=said["version"],
        tree=said["tree"],
        code_hash=said["code_hash"],
        folder=str(folder),
        environment={
            **environment.locate(document, folder, settings.environments).as_json(),
            "digest": record["environment"]["digest"],
        },
        manifest=needed(document),
        parameters=values,
        options=tuple(parameters.as_options(values, document)),
        preset=record["labels"]["preset"],
        draft=said.get("draft", ""),
    )


def _manifest(folder: Path, said: Mapping[str, Any]) -> manifest.Manifest:
    path = folder / manifest.FILE
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise RegistryError(
            f"the files of {said['name']}@{said['version']} are not in the cache: {folder}",
            hint="`cobrex reduce` with this version brings a published recipe back; a draft is "
            "where its author has it",
            kind="cache",
        ) from error
    return manifest.parse(text, str(path))


def _with_environment(
    settings: Settings, recipe: RecipeUse, inputs: tuple[tuple[str, str], ...]
) -> Again:
    """Build the environment if it is gone, and tell when it is another one by now."""
    folder = Path(recipe.folder)
    said = {"name": recipe.name, "version": recipe.version}
    ready = environment.prepare(_manifest(folder, said), folder, settings.environments)
    if ready.digest == recipe.environment["digest"]:
        return Again(replace(recipe, environment=ready.as_json()), inputs)
    there = recipe.environment["path"]
    if there and Path(there).is_dir():
        return Again(recipe, inputs)
    return Again(
        replace(recipe, environment=ready.as_json()),
        inputs,
        f"its {ready.kind} environment is not what it was: results may differ",
    )
