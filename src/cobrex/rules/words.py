"""Rules in words for people, and as plain values for programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .model import Association, Bound, Count, InputRule, MainRule, Match, Source

_TAKE = {
    "nearest": "the nearest",
    "nearest_group": "the nearest group",
    "bracket": "the nearest before and after, and those between",
    "all": "all",
    "latest": "the latest",
}


def describe(one: Association) -> list[tuple[str, str]]:
    """Return an association as pairs of a head and what it says.

    Parameters
    ----------
    one : Association

    Returns
    -------
    list of (str, str)
        The head is empty where a line goes on.
    """
    rows = [("recipe", one.recipe + (f", preset {one.preset}" if one.preset else ""))]
    rows += _rows("main", _main(one.main))
    for rule in one.inputs:
        rows += _rows(rule.role, _input(rule))
    rows += [(f"--{bound.name}", _bound(bound)) for bound in one.parameters]
    return rows


def _rows(head: str, lines: Sequence[str]) -> list[tuple[str, str]]:
    return [(head if n == 0 else "", line) for n, line in enumerate(lines)]


def _main(rule: MainRule) -> list[str]:
    what = " or ".join(rule.frame_types)
    if rule.origin:
        what = f"{rule.output} of {rule.origin}" + (f", and {what} from elsewhere" if what else "")
    lines = [what + (f" where {rule.where_text}" if rule.where_text else "")]
    alone = rule.group_by == ("frame",)
    lines.append(
        "one process for each frame" if alone
        else f"together: those of one {', '.join(rule.group_by)}"
    )  # fmt: skip
    if rule.split_gap_h is not None:
        lines.append(f"a pause longer than {rule.split_gap_h:g} h begins another process")
    if rule.complete:
        lines.append(f"only when all {rule.complete} frames of a template are there")
    if counted := _count(rule.count):
        lines.append(f"{counted}; of too many the {rule.pick} ones")
    return lines


def _input(rule: InputRule) -> list[str]:
    lines = []
    for n, source in enumerate(rule.sources):
        lines += [("else " if n else "") + _source(source)]
        if len(source.levels) > 1:
            lines += [f"  {text}" for text in _levels(source)]
    limits = [_count(rule.count)] if _count(rule.count) else []
    limits += [f"level {rule.max_level} at worst"] if rule.max_level is not None else []
    limits += ["products to be made before what is there"] if rule.prefer == "product" else []
    limits += ["without it the process is made, with a warning"] if rule.if_none == "warn" else []
    if set(rule.verdicts) != {"pass", "warn", "unchecked"}:
        limits.append(f"of verdict {' or '.join(rule.verdicts)}")
    return [*lines, *(["; ".join(limits)] if limits else [])]


def _source(source: Source) -> str:
    what = " or ".join(source.frame_types)
    if source.origin:
        made = f"{source.output} of {source.origin}"
        what = f"{made}, or {what}" if what else made
    how = [f"one for each {source.per}" if source.per else _TAKE[source.take]]
    if source.lineage == "same_process":
        how.append("made by the same process as the main frame")
    elif source.lineage:
        how.append("made from the main frame")
    how += [_match(m) for m in source.match]
    how += [f"where {source.where_text}"] if source.where_text else []
    how += [f"compared with the {source.of}"] if source.of else []
    if len(source.levels) == 1:
        how += [w for w in [_window(source.levels[0].window_days)] if w]
    return f"{what}: {', '.join(how)}"


def _levels(source: Source) -> list[str]:
    asked = {match.column for match in source.match}
    lines = []
    for level in source.levels:
        window = _window(level.window_days) or "any time"
        relaxed = [f"{column} may differ" for column in level.relax if column in asked]
        warned = ["with a warning"] if level.warn else []
        number = level.level + source.level_offset
        lines.append(f"level {number}: {', '.join([window, *relaxed, *warned])}")
    return lines


def _window(window: tuple[float, float] | None) -> str:
    if window is None:
        return ""
    low, high = window
    return f"within {high:g} d" if low == -high else f"{low:+g} to {high:+g} d"


def _match(match: Match) -> str:
    other = "" if match.main == match.column else f" as {match.main}"
    empty = ", or empty" if match.null else ""
    said = {
        "equal": f"same {match.column}{other}",
        "each": f"{match.column} of one of the main frames",
        "differs": f"another {match.column}{other}",
        "tolerance": f"{match.column} within {match.tolerance:g}{other}",
        "in": f"{match.column} of {', '.join(map(str, match.values))}",
        "glob": f"{match.column} like {', '.join(map(str, match.values))}",
    }[match.how]
    if match.how in {"equal", "each"} and match.values:
        said += f" or {' or '.join(map(str, match.values))}"
    return said + empty


def _count(count: Count) -> str:
    if count.cases:
        cases = ", ".join(f"{_count(one)} for {v}" for v, one in count.cases.items())
        return f"by {count.by}: {cases}"
    if count.min is not None and count.min == count.max:
        return str(count.min)
    low = "" if count.min is None else f"at least {count.min}"
    high = "" if count.max is None else f"at most {count.max}"
    return ", ".join(w for w in (low, high) if w)


def _bound(bound: Bound) -> str:
    if bound.cases is None:
        return f"the main frame's {bound.column}"
    cases = ", ".join(f"{value} for {case}" for case, value in bound.cases.items())
    other = "" if bound.other is None else f", else {bound.other}"
    return f"by {bound.column}: {cases}{other}"


def graph(steps: Mapping[str, Association], goals: Iterable[str] = ()) -> list[str]:
    """Return who feeds whom, a line for each step, those that are fed before those they feed.

    Parameters
    ----------
    steps : mapping of str to Association
    goals : iterable of str
        Marked.

    Returns
    -------
    list of str
    """
    wanted = set(goals)
    width = max((len(name) for name in steps), default=0)
    lines = []
    for name in _in_order(steps):
        one = steps[name]
        fed = [f"{origin} ({', '.join(_roles(one, origin))})" for origin in one.origins]
        mark = "  = goal" if name in wanted else ""
        what = " + ".join(fed) or " or ".join(one.main.frame_types)
        lines.append(f"{name:<{width}}  <-  {what}{mark}")
    return lines


def _roles(one: Association, origin: str) -> list[str]:
    main = ["main"] if one.main.origin == origin else []
    return main + [r.role for r in one.inputs if any(s.origin == origin for s in r.sources)]


def _in_order(steps: Mapping[str, Association]) -> list[str]:
    done: dict[str, None] = {}
    while len(done) < len(steps):
        left = [name for name in steps if name not in done]
        ready = [n for n in left if all(o in done or o not in steps for o in steps[n].origins)]
        done |= dict.fromkeys(ready or left)  # a circle: lint tells it
    return list(done)


def plain(one: Association) -> dict[str, Any]:
    """Return an association as plain values, as it is written with all that is laid over it."""
    return {
        "name": one.name,
        "rules": one.rules,
        "recipe": one.recipe,
        "preset": one.preset,
        "feeds_on": list(one.origins),
        "document": one.document,
    }
