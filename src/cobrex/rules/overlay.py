"""Changes laid over rules: a workflow's, a preset's, a request's; inputs that are like others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cobrex_db.instrument.place import Place
from cobrex_db.near_miss import near


class Merged(dict[str, Any]):
    """A mapping laid over another; knows the lines of what was laid over it.

    Attributes
    ----------
    line : int
        First line of the change.
    lines : dict
        Line of each key the change has.
    """

    __slots__ = ("line", "lines")

    def __init__(self, values: Mapping[str, Any], change: Mapping[str, Any]) -> None:
        super().__init__(values)
        self.line = getattr(change, "line", 0)
        self.lines: dict[Any, int] = dict(getattr(change, "lines", {}))


def lay_over(rules: Mapping[str, Any], change: Mapping[str, Any]) -> Merged:
    """Return rules with a change laid over them.

    Mappings are merged, all else is replaced; null takes a key away. What is said in one form
    (``first_of``, ``levels``, ``exact``) takes the place of the other forms of the same thing.

    Parameters
    ----------
    rules, change : mapping

    Returns
    -------
    Merged
    """
    merged = Merged(_without_lines(rules), change)
    for key, value in change.items():
        for other in _INSTEAD.get(key, ()):
            if other not in change:
                merged.pop(other, None)
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(merged.get(key), Mapping):
            merged[key] = lay_over(merged[key], value)
        else:
            merged[key] = value
    return merged


def change_to(rules: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return the change that makes rules, laid over them, what is wanted."""
    change: dict[str, Any] = {key: None for key in rules if key not in wanted}
    for key, value in wanted.items():
        before = rules.get(key)
        both = isinstance(value, Mapping) and isinstance(before, Mapping)
        change[key] = change_to(before, value) if both and before is not None else value
    return change


_INSTEAD = {
    "levels": ("window_days",),
    "window_days": ("levels",),
    "first_of": ("frame_type", "from"),
    "frame_type": ("first_of",),
    "from": ("first_of",),
    "exact": ("min", "max", "by", "cases"),
    "min": ("exact", "by", "cases"),
    "max": ("exact", "by", "cases"),
    "cases": ("exact", "min", "max"),
}


def _without_lines(value: Any) -> Any:
    """Lines of another file would be told as this one's."""
    if isinstance(value, Mapping):
        return {key: _without_lines(one) for key, one in value.items()}
    return [_without_lines(one) for one in value] if isinstance(value, list) else value


_MOST_ALIKE = 50  # each is read within the one before


def expand(
    called: tuple[str, str],
    entry: Any,
    table: Mapping[str, Any],
    place: Place,
    above: tuple[tuple[str, str], ...] = (),
) -> Any:
    """Return an input with what ``like: ASSOCIATION.ROLE`` says written out.

    Parameters
    ----------
    called : (str, str)
        Association and role of the input.
    entry : mapping
        As it is written.
    table : mapping
        All associations, as they are written.
    place : Place
        Of the input.
    above : tuple of (str, str)
        Inputs that are like this one.

    Returns
    -------
    mapping

    Raises
    ------
    CatalogueError
        There is no such input, it is like itself, or like too many one after the other.
    """
    if not isinstance(entry, Mapping) or "like" not in entry:
        return entry
    here = place.at("like", entry)
    said = here.text(entry["like"], "like: ifs_wave.dark")
    other, _, wanted = said.partition(".")
    above = (*above, called)
    if (other, wanted) in above:
        raise here.error(f"{said} is like itself", "write one of them out")
    if len(above) > _MOST_ALIKE:
        raise here.error(
            f"more than {_MOST_ALIKE} inputs are each like the next", "write one of them out"
        )
    inputs = _inputs(table.get(other))
    if wanted not in inputs:
        known = [f"{a}.{r}" for a, one in table.items() for r in _inputs(one)]
        raise here.error(f"no input is {said!r}", near(said, known) or "like: ASSOCIATION.ROLE")
    base = expand((other, wanted), inputs[wanted], table, here, above)
    own = Merged({k: v for k, v in entry.items() if k != "like"}, entry)
    return lay_over(base, own) if isinstance(base, Mapping) else base


def _inputs(entry: Any) -> Mapping[str, Any]:
    found = entry.get("inputs") if isinstance(entry, Mapping) else None
    return found if isinstance(found, Mapping) else {}
