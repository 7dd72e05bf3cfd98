"""What was asked for, in the words in which it is asked again."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

_MOST = 3
_PLAIN = (
    ("recipe", "--recipe"),
    ("preset", "--preset"),
    ("workflow", "--workflow"),
    ("first", "--from"),
    ("last", "--until"),
)
_FLAGS = (
    ("refresh", "--refresh"),
    ("require_validation", "--require-validation"),
    ("force", "--force"),
    ("keep_scratch", "--keep-scratch"),
)


def request_words(request: Mapping[str, Any]) -> str:
    """Return a stored request as the options of ``cobrex reduce``.

    Parameters
    ----------
    request : mapping
        `cobrex.batch.request.Request` as JSON; of another version of the program, perhaps.

    Returns
    -------
    str
        One line; of many stars the first and how many more.
    """
    return " ".join(_words(request)) or "everything"


def _words(request: Mapping[str, Any]) -> Iterator[str]:
    for name, option in _PLAIN:
        if value := request.get(name):
            yield f"{option} {_quoted(value)}"
    yield from _many("--star", request.get("stars"))
    yield from _many("--frame", request.get("frame_types"))
    first, last = [*(request.get("nights") or ()), None, None][:2]
    if first or last:
        yield f"--night {first}" if first == last else f"--night {first or ''}..{last or ''}"
    for name, value in _items(request.get("observed")):
        yield f"--{name} {_quoted(value)}"
    for option, name in (("--set", "parameters"), ("--rule", "changes"), ("--need", "needs")):
        yield from _many(option, [f"{k}={v}" for k, v in _flat(_items(request.get(name)))])
    yield from (option for name, option in _FLAGS if request.get(name))
    if request.get("main"):
        yield "(one process, cobrex process new)"


def _many(option: str, values: Any) -> Iterator[str]:
    found = list(values) if isinstance(values, list | tuple) else []
    yield from (f"{option} {_quoted(value)}" for value in found[:_MOST])
    if len(found) > _MOST:
        yield f"({len(found) - _MOST} more {option})"


def _flat(items: list[tuple[str, Any]], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in items:
        if isinstance(value, Mapping):
            yield from _flat(_items(value), f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _items(value: Any) -> list[tuple[str, Any]]:
    return list(value.items()) if isinstance(value, Mapping) else []


def _quoted(value: Any) -> str:
    return shlex.quote(str(value))
