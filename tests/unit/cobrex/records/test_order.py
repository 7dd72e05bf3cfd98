"""Events happen again in their order, though the clocks of nodes disagree."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from cobrex.records.order import Event, in_order

START = datetime(2026, 11, 27)


def event(name: str, minute: int, *needs: str) -> Event:
    return Event(START + timedelta(minutes=minute), (name,), tuple((n,) for n in needs))


def names(events: list[Event]) -> str:
    return "".join(e.name[0] for e in in_order(events))


def test_by_time() -> None:
    assert names([event("c", 3), event("a", 1), event("b", 2)]) == "abc"
    assert names([event("b", 1), event("a", 1)]) == "ab"


def test_nothing_before_what_it_needs() -> None:
    # the node that made `a` is ten minutes ahead; `x` is not there at all
    events = [event("a", 12), event("b", 3, "a"), event("c", 4, "b", "x"), event("d", 13)]
    assert names(events) == "abcd"


def test_a_circle_comes_last_and_is_not_waited_for() -> None:
    events = [event("a", 1, "b"), event("b", 2, "a"), event("c", 3), event("d", 0, "d")]
    assert names(events) == "dcab"


def test_whatever_the_order_they_are_found_in() -> None:
    numbers = random.Random(5)
    events: list[Event] = []
    for n in range(300):
        needs = {chr(1000 + numbers.randrange(n)) for _ in range(numbers.randrange(3))} if n else ()
        events.append(event(chr(1000 + n), numbers.randrange(1000), *needs))
    once = names(events)
    numbers.shuffle(events)
    assert names(events) == once
    place = {name: n for n, name in enumerate(once)}
    assert len(place) == 300
    assert all(place[need[0]] < place[e.name[0]] for e in events for need in e.needs)
