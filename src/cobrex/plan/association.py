"""Association rules: how the other inputs are found once the main one is set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cobrex.errors import PlanError


@dataclass(frozen=True, slots=True)
class InputRule:
    """How the frames of one role are found.

    Attributes
    ----------
    role : str
    frame_types : tuple of str
        Catalogued frames of these types are candidates.
    source : str or None
        Name of the association whose products are candidates.
    source_role : str or None
        Which of its outputs.
    match : tuple of str
        Columns that must be equal to the main frame's.
    window_days : (float, float) or None
        How long before and after the main frame.
    take : str
        ``nearest`` or ``all``.
    """

    role: str
    frame_types: tuple[str, ...]
    source: str | None
    source_role: str | None
    match: tuple[str, ...]
    window_days: tuple[float, float] | None
    take: str


@dataclass(frozen=True, slots=True)
class Association:
    """What belongs in one process of a recipe.

    Attributes
    ----------
    name : str
    recipe : str
        Recipe with an optional version range: ``ifs_astrometry@^1``.
    preset : str
        Preset used unless another is asked for; empty for the recipe's defaults.
    frame_types : tuple of str
        Types of the main frames.
    group_by : tuple of str
        Main frames equal in these columns go into one process; ``frame`` for one each.
    inputs : tuple of InputRule
    """

    name: str
    recipe: str
    preset: str
    frame_types: tuple[str, ...]
    group_by: tuple[str, ...]
    inputs: tuple[InputRule, ...]

    def rule(self, role: str) -> InputRule | None:
        """Return the rule of a role."""
        return next((r for r in self.inputs if r.role == role), None)


def columns_used(association: Association) -> set[str]:
    """Return the columns that the rules of an association compare or group by."""
    return {*association.group_by, *(c for rule in association.inputs for c in rule.match)}


def parse(table: Mapping[str, Any], source: str) -> dict[str, Association]:
    """Read the ``associations`` of an instrument file.

    Parameters
    ----------
    table : mapping
        Association name to its rules.
    source : str
        File name for messages.

    Returns
    -------
    dict of str to Association

    Raises
    ------
    PlanError
        When a rule is not of the known form (kind ``rules``).
    """
    _mapping(table, source, "")
    found = {name: _association(name, entry, source) for name, entry in table.items()}
    for association in found.values():
        for rule in association.inputs:
            if rule.source is not None and rule.source not in found:
                raise _bad(
                    source,
                    f"{association.name}.{rule.role}",
                    f"no association is called {rule.source!r}",
                    "name one of this file",
                )
    return found


_ASSOCIATION = {"recipe", "preset", "main", "inputs"}
_MAIN = {"frame_type", "group_by"}
_INPUT = {"frame_type", "from", "match", "window_days", "take"}


def _association(name: str, entry: Any, source: str) -> Association:
    _known(entry, _ASSOCIATION, source, name)
    main = entry.get("main")
    _known(main, _MAIN, source, f"{name}.main")
    inputs = entry.get("inputs") or {}
    _mapping(inputs, source, f"{name}.inputs")
    return Association(
        name=name,
        recipe=str(entry.get("recipe", name)),
        preset=str(entry.get("preset", "")),
        frame_types=_names(main.get("frame_type"), source, f"{name}.main.frame_type"),
        group_by=_names(main.get("group_by", "frame"), source, f"{name}.main.group_by"),
        inputs=tuple(_input(name, role, rule, source) for role, rule in inputs.items()),
    )


def _input(association: str, role: str, entry: Any, source: str) -> InputRule:
    place = f"{association}.{role}"
    _known(entry, _INPUT, source, place)
    origin, _, origin_role = str(entry.get("from", "")).partition(".")
    if bool(origin) != bool(origin_role):
        raise _bad(source, place, "from must read association.output", "from: ifs_specpos.specpos")
    types = _names(entry.get("frame_type", []), source, f"{place}.frame_type")
    if not types and not origin:
        raise _bad(source, place, "says neither frame_type nor from", "name one of the two")
    take = entry.get("take", "nearest")
    if take not in {"nearest", "all"}:
        raise _bad(source, place, f"take is {take!r}", "nearest or all")
    return InputRule(
        role=role,
        frame_types=types,
        source=origin or None,
        source_role=origin_role or None,
        match=_names(entry.get("match", []), source, f"{place}.match"),
        window_days=_window(entry.get("window_days"), source, place),
        take=take,
    )


_LONGEST_D = 100_000  # dates end soon after


def _window(value: Any, source: str, place: str) -> tuple[float, float] | None:
    if value is None:
        return None
    if (
        not isinstance(value, list)
        or len(value) != 2
        or not all(isinstance(v, int | float) for v in value)
        or not all(abs(v) <= _LONGEST_D for v in value)
        or value[0] > value[1]
    ):
        raise _bad(
            source, place, f"window_days is {value!r}", "two numbers, start before end: [-7, 7]"
        )
    return float(value[0]), float(value[1])


def _names(value: Any, source: str, place: str) -> tuple[str, ...]:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(n, str) for n in names):
        raise _bad(source, place, f"is {value!r}", "a name or a list of names")
    return tuple(names)


def _mapping(entry: Any, source: str, place: str) -> None:
    if not isinstance(entry, Mapping):
        raise _bad(source, place, "is not a mapping", "NAME: {...}")


def _known(entry: Any, keys: set[str], source: str, place: str) -> None:
    if not isinstance(entry, Mapping):
        raise _bad(source, place, "is not a mapping", f"keys: {', '.join(sorted(keys))}")
    for key in entry:
        if key not in keys:
            raise _bad(source, place, f"unknown key {key!r}", f"keys: {', '.join(sorted(keys))}")


def _bad(source: str, place: str, what: str, cure: str) -> PlanError:
    return PlanError(f"{source}: associations.{place}: {what}", hint=cure, kind="rules")
