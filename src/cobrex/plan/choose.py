"""Which of the candidates that fit are taken."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from itertools import islice

from .candidate import Graded
from .draft import plain, value_of
from .search import Search, preference
from .shelf import group_key

Usable = Callable[[Graded], bool]


def take(search: Search, low: int, most: int | None, usable: Usable) -> list[Graded]:
    """Return what is taken of the candidates that fit, best first.

    Parameters
    ----------
    search : Search
    low : int
        So many are wanted.
    most : int or None
        At most so many.
    usable : callable
        Whether a candidate that would be taken is there, or can be made: asked of no others.

    Returns
    -------
    list of Graded
        Fewer than `low` when there are no more.
    """
    source = search.source
    if source.per:
        return _one_per(search, most, usable)
    if source.take == "nearest_group":
        return _group(search, low, most, usable)
    if source.take == "bracket":
        return _bracket(search, most, usable)
    if source.take == "latest":
        return list(islice(filter(usable, _latest(search)), max(low, 1)))
    enough = most if source.take == "all" else max(low, 1)
    return list(islice(filter(usable, search.ordered()), enough))


def _one_per(search: Search, most: int | None, usable: Usable) -> list[Graded]:
    """The best for each value of a column."""
    best: dict[Hashable, Graded] = {}
    shelf, column = search.shelf, search.source.per
    values = len(shelf.groups((column,))) if shelf else 0
    enough = values if most is None else min(most, values)
    for one in search.ordered():
        value = plain(value_of(one.frame, column))
        if value not in best and usable(one):
            best[value] = one
            if len(best) == enough:
                break
    return list(best.values())


def _group(search: Search, low: int, most: int | None, usable: Usable) -> list[Graded]:
    """The nearest group that has enough; if none has, the nearest."""
    shelf, columns = search.shelf, search.source.group_by
    seen: set[Hashable] = set()
    first: list[Graded] = []
    for one in search.ordered():
        key = group_key(one.frame, columns)
        if key in seen or shelf is None or not usable(one):
            continue
        seen.add(key)
        members = search.graded(shelf.groups(columns)[key])
        found = list(islice(filter(usable, members), most))
        if len(found) >= low:
            return found
        first = first or found
    return first


def _bracket(search: Search, most: int | None, usable: Usable) -> list[Graded]:
    """The nearest before and after the main frames first, then what lies between them."""
    shelf, anchor = search.shelf, search.draft.anchor(search.source.of)
    times = [f.mjd for f in anchor.frames if f.mjd is not None] if anchor else []
    if not times or shelf is None:
        return list(islice(filter(usable, search.ordered()), 1))
    first, last = min(times), max(times)
    ends: dict[bool, Graded] = {}
    for one in search.ordered():
        mjd = one.frame.mjd
        if mjd is None or first <= mjd <= last or (mjd > last) in ends or not usable(one):
            continue
        ends[mjd > last] = one
        if len(ends) == 2:
            break
    within = [f for dated in (shelf.raw, shelf.made) for f in dated.between(first, last)]
    found = [*ends.values(), *filter(usable, search.graded(within))]
    return sorted(found[:most], key=lambda one: preference(search.rule, one))


def _latest(search: Search) -> Iterator[Graded]:
    """The latest first, whatever its level."""
    shelf = search.shelf
    found = search.graded(shelf.frames) if shelf else []
    found.sort(key=lambda one: (-(one.frame.mjd or 0.0), -one.frame.frame_id))
    return iter(found)
