"""The association rules of this installation, and which one answers a request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from cobrex import instruments
from cobrex.errors import PlanError, UsageError
from cobrex.plan.association import Association, columns_used, parse
from cobrex_registry.authoring.working_copy import holds_recipe

from .frames import COLUMNS
from .request import Request


def load() -> dict[str, Association]:
    """Read the associations of all instrument files.

    Returns
    -------
    dict of str to Association

    Raises
    ------
    PlanError
        Kind ``rules``: not of the known form, or one name in two files.
    """
    found: dict[str, Association] = {}
    for source, mapping in instruments.mappings():
        for name, association in parse(mapping.get("associations") or {}, source).items():
            if name in found:
                raise PlanError(
                    f"{source}: associations.{name}: the name is taken by another file",
                    hint="give it another name",
                    kind="rules",
                )
            found[name] = association
            _check_columns(association, source)
    return found


def _check_columns(association: Association, source: str) -> None:
    """A misspelt column would match nothing, or group everything, without a word."""
    known = COLUMNS | instruments.load().columns
    for column in sorted(columns_used(association) - known):
        near = get_close_matches(column, sorted(known), n=1)
        raise PlanError(
            f"{source}: associations.{association.name}: no instrument has a column {column!r}",
            hint=f"did you mean {near[0]}?" if near else "columns are named in the same file",
            kind="rules",
        )


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
            "neither --frame nor --recipe is given",
            hint="say what to reduce: reduce --star HR100 --frame IFS_ASTROMETRY_RAW",
            kind="which-recipe",
        )
    if not request.frame_types:
        return found
    wanted = set(request.frame_types)
    fitting = [a for a in found if wanted & set(a.frame_types)]
    if not fitting and draft is not None:
        raise _only_below(draft, found, wanted, associations)
    if not fitting:
        known = sorted({t for a in found for t in a.frame_types})
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
    own = sorted({t for a in found for t in a.frame_types})
    names = {a.name for a in found}
    above = [a for a in associations.values() if wanted & set(a.frame_types)]
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
        queue += [associations[r.source] for r in association.inputs if r.source]
    return list(found.values())
