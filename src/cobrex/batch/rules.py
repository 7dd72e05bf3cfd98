"""Which association rules answer a request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from cobrex.errors import PlanError, UsageError
from cobrex.rules import book
from cobrex.rules.book import Book
from cobrex.rules.model import Association
from cobrex.rules.overlay import lay_over
from cobrex.rules.read import parse
from cobrex.rules.workflow import Workflow
from cobrex_db.near_miss import near_or_all
from cobrex_registry.authoring.working_copy import WorkingCopy, holds_recipe

from .request import Request


def answer(
    request: Request, copy: WorkingCopy | None = None
) -> tuple[dict[str, Association], list[Association]]:
    """Return the rules that hold for a request, and those of what it asks for.

    Parameters
    ----------
    request : Request
    copy : WorkingCopy, optional
        Takes the place of a published recipe: what is asked for is chosen later.

    Returns
    -------
    associations : dict of str to Association
    chosen : list of Association
        Empty with a working copy.

    Raises
    ------
    UsageError, PlanError
        Unknown workflow or step; rules that mean nothing.
    """
    known = book.load()
    associations = dict(known.associations)
    goals: list[str] = []
    if request.workflow:
        workflow = known.workflow(request.workflow, request.lock)
        associations |= workflow.steps
        goals = list(workflow.goals)
        if request.last:
            goals = [_step(request.last, workflow)]
    associations = changed(known, associations, request.changes)
    for association in associations.values():
        book.demand_origins(association, associations)
    if copy is not None:
        return associations, []
    if goals and request.recipe is None and not request.frame_types:
        return associations, [associations[g] for g in goals]
    return associations, choose(request, associations)


def changed(
    known: Book, associations: dict[str, Association], changes: Mapping[str, Any]
) -> dict[str, Association]:
    """Return rules with a request's changes laid over them."""
    for name, change in changes.items():
        if name not in associations:
            raise UsageError(
                f"no association is called {name!r}",
                hint=near_or_all(name, associations, "associations"),
                kind="unknown-rule",
            )
        _demand_inputs(associations[name], change)
        document = lay_over(associations[name].document, change)
        said = associations[name].rules
        try:
            associations |= parse(
                {name: document}, "--rule", columns=known.columns, levels=known.levels, rules=said,
                others={other: one.document for other, one in associations.items()},
            )  # fmt: skip
        except PlanError as error:
            raise UsageError(error.message, hint=error.hint, kind="rule-change") from error
    return associations


def _demand_inputs(association: Association, change: Any) -> None:
    """A misspelt role would be a new input without a source."""
    inputs = change.get("inputs") if isinstance(change, Mapping) else None
    known = [one.role for one in association.inputs]
    for role, said in inputs.items() if isinstance(inputs, Mapping) else ():
        new = isinstance(said, Mapping) and {"frame_type", "from", "first_of", "like"} & set(said)
        if role not in known and not new:
            raise UsageError(
                f"{association.name} has no input {role!r}",
                hint=near_or_all(role, known, "inputs"),
                kind="rule-change",
            )


def _step(name: str, workflow: Workflow) -> str:
    if name not in workflow.steps:
        raise UsageError(
            f"{workflow.name} has no step {name!r}",
            hint=near_or_all(name, workflow.steps, "steps"),
            kind="unknown-step",
        )
    return name


def root(association: Association, associations: Mapping[str, Association]) -> Association:
    """Return the association whose catalogued main frames another one's are made from.

    Raises
    ------
    PlanError
        Kind ``rules``: main frames that are made from each other.
    """
    passed = [association.name]
    while name := association.main.origin:
        if name in passed:
            raise PlanError(
                f"{association.rules}: main frames are made from each other: "
                f"{' <- '.join([*passed, name])}",
                hint="mend `main: {from: ...}` of one of them; `cobrex rules lint` names the place",
                kind="rules",
            )
        passed.append(name)
        association = associations[name]
    return association


def of_root(request: Request, association: Association) -> Request:
    """Return a request for the catalogued frames that what it asks for is made from."""
    own = set(request.frame_types) & set(association.main.frame_types)
    return request if own or not request.frame_types else replace(request, frame_types=())


def choose(
    request: Request, associations: Mapping[str, Association], draft: str | None = None
) -> list[Association]:
    """Return the associations that answer a request.

    Parameters
    ----------
    request : Request
    associations : mapping of str to Association
    draft : str, optional
        Name of the working copy that takes the place of the published recipe.

    Returns
    -------
    list of Association
        Several when the request names no frame type that tells them apart.

    Raises
    ------
    UsageError
        Kind ``no-recipe``, ``unknown-recipe``, ``which-recipe``.
    """
    found = list(associations.values())
    if draft is not None:
        found = of_name(found, draft)
    elif request.recipe is not None:
        found = _of_recipe(found, request.recipe)
    elif not request.frame_types:
        raise UsageError(
            "none of --workflow, --frame and --recipe is given",
            hint="say what to make: --workflow irdis_dbi, or --frame IFS_ASTROMETRY_RAW",
            kind="which-recipe",
        )
    if not request.frame_types:
        return found
    wanted = set(request.frame_types)
    fitting = [a for a in found if wanted & set(a.main.frame_types)]
    if not fitting and draft is not None:
        raise _only_below(draft, found, wanted, associations)
    if not fitting:
        known = sorted({t for a in found for t in a.main.frame_types})
        near = get_close_matches(next(iter(sorted(wanted))), known, n=1, cutoff=0.9)
        raise UsageError(
            f"no recipe{f' {request.recipe}' if request.recipe else ''} reduces "
            f"{', '.join(sorted(wanted))}",
            hint=f"did you mean {near[0]}?"
            if near
            else f"there are recipes for {', '.join(known)}",
            kind="no-recipe",
        )
    return fitting


def of_name(found: Iterable[Association], name: str) -> list[Association]:
    """Return the associations that use a recipe of this name, of whatever namespace."""
    return [a for a in found if _bare(a.recipe).rpartition("/")[2] == name]


def _only_below(
    draft: str,
    found: list[Association],
    wanted: set[str],
    associations: Mapping[str, Association],
) -> UsageError:
    """The working copy reduces other frames; perhaps it makes inputs for these."""
    own = sorted({t for a in found for t in a.main.frame_types})
    names = {a.name for a in found}
    above = [a for a in associations.values() if wanted & set(a.main.frame_types)]
    users = [a for a in above if names & {b.name for b in below([a], associations)}]
    makes = f": it only makes inputs for {users[0].name}" if users else ""
    return UsageError(
        f"{draft} does not reduce {', '.join(sorted(wanted))}{makes}",
        hint=f"a working copy is tried on its own frames: --frame {own[0]}",
        kind="no-recipe",
    )


def _of_recipe(found: list[Association], recipe: str) -> list[Association]:
    name = _bare(recipe)
    if holds_recipe(name) and not of_name(found, name):
        raise UsageError(
            f"no association rule uses a recipe {name!r}",
            hint=f"the working copy in the folder of that name is --recipe ./{name}",
            kind="unknown-recipe",
        )
    fitting = [a for a in found if _bare(a.recipe) == name]
    if not fitting:
        known = sorted({_bare(a.recipe) for a in found})
        near = get_close_matches(name, known, n=3) or known
        raise UsageError(
            f"no association rule uses a recipe {name!r}",
            hint=f"did you mean {', '.join(near)}? A recipe of your own wants an association rule",
            kind="unknown-recipe",
        )
    return fitting


def _bare(recipe: str) -> str:
    return re.split("[@#]", recipe, maxsplit=1)[0].removeprefix("main/")


def below(chosen: list[Association], associations: Mapping[str, Association]) -> list[Association]:
    """Return the chosen associations and all whose products they may use."""
    found: dict[str, Association] = {}
    queue = list(chosen)
    while queue:
        association = queue.pop()
        if association.name in found:
            continue
        found[association.name] = association
        queue += [associations[name] for name in association.origins]
    return list(found.values())
