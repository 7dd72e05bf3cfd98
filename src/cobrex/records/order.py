"""The order in which things happened: by time, but nothing before what it needs."""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened.

    Attributes
    ----------
    when : datetime.datetime
        UTC, without a zone; clocks of several machines may disagree.
    name : tuple
        Unlike those of all others, and comparable with them.
    needs : tuple
        Names of what must have happened before; what is not there is not waited for.
    what : object
    """

    when: datetime
    name: tuple[str, ...]
    needs: tuple[Hashable, ...] = ()
    what: Any = None


def in_order(events: Iterable[Event]) -> Iterator[Event]:
    """Yield events as they happened.

    Parameters
    ----------
    events : iterable of Event

    Yields
    ------
    Event
        The earliest of those whose needs have been yielded; those that need each other in a
        circle, which no honest record does, come last.
    """
    known: dict[Hashable, Event] = {e.name: e for e in events}
    waiting = {name: {n for n in e.needs if n in known and n != name} for name, e in known.items()}
    needed_by: dict[Hashable, list[Hashable]] = {}
    for name, needs in waiting.items():
        for need in needs:
            needed_by.setdefault(need, []).append(name)
    ready = [(e.when, e.name) for name, e in known.items() if not waiting[name]]
    heapq.heapify(ready)
    while ready:
        _, name = heapq.heappop(ready)
        yield known.pop(name)
        for user in needed_by.get(name, ()):
            waiting[user].discard(name)
            if not waiting[user]:
                heapq.heappush(ready, (known[user].when, known[user].name))
    yield from sorted(known.values(), key=lambda e: (e.when, e.name))
