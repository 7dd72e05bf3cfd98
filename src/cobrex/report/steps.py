"""The steps of a batch: its recipes, what each is made from, and how long each process took."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from .entry import Entry
from .plain import parameter, plain


@dataclass(slots=True)
class Step:
    """A recipe version as the report tells of it, or a page that no recipe has made.

    Attributes
    ----------
    name : str
    count : int
        Number of its processes.
    command : str
        Of the first one that says it.
    inputs, outputs : list of str
        Roles of that process's inputs, files it made.
    environment : str
    makers : set of str
        Steps whose products it uses.
    times : list of (float, float)
        When each process began and ended, seconds since 1970.
    """

    name: str
    count: int = 0
    command: str = ""
    inputs: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    environment: str = ""
    makers: set[str] = field(default_factory=set)
    times: list[tuple[float, float]] = field(default_factory=list)


def steps(entries: Sequence[Entry]) -> dict[str, Step]:
    """Sum up the steps of a batch.

    Parameters
    ----------
    entries : sequence of Entry

    Returns
    -------
    dict of str to Step
        By name.
    """
    found: dict[str, Step] = {}
    step_of = {entry.key: plain(entry.recipe) for entry in entries}
    for entry in entries:
        name = step_of[entry.key]
        step = found.setdefault(name, Step(name))
        step.count += 1
        used = {step_of.get(str(row.get("key"))) for row in entry.rows("used") if row.get("key")}
        step.makers |= {maker for maker in used if maker and maker != name}
        began, ended = _instant(entry.record.get("started")), _instant(entry.record.get("ended"))
        if began is not None and ended is not None:
            step.times.append((began, max(began, ended)))
        if not step.command:
            _tell(step, entry)
    return found


def levels(found: Mapping[str, Step]) -> Iterator[list[str]]:
    """Put steps in order.

    Parameters
    ----------
    found : mapping of str to Step

    Yields
    ------
    list of str
        Names of those that need only what came before; of a circle, all at once.
    """
    left = {name: step.makers & found.keys() for name, step in found.items()}
    while left:
        ready = sorted(n for n, makers in left.items() if not makers & left.keys()) or sorted(left)
        yield ready
        for name in ready:
            del left[name]


def _tell(step: Step, entry: Entry) -> None:
    command = entry.record.get("command")
    step.command = shlex.join(map(str, command)) if isinstance(command, list) else ""
    step.inputs = sorted({parameter(row.get("role"), 80) for row in entry.rows("used")})
    step.outputs = [parameter(row.get("file"), 80) for row in entry.rows("generated")]
    environment = entry.part("environment")
    step.environment = parameter(
        f"{environment.get('kind') or '?'} {str(environment.get('digest') or '?')[:8]}", 80
    )


def _instant(text: object) -> float | None:
    try:
        found = datetime.fromisoformat(str(text))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
