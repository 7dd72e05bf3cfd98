"""Candidates of a source on shelves: those equal in some columns together, in order of time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Any

from cobrex.rules.model import Level, Source

from . import lineage
from .draft import Anchor, Draft, PlanFrame, plain, time_order, value_of

Window = tuple[float, float] | None
_SLACK_D = 1e-6  # a window's edge is decided by the grade, not by rounding here
_FAR = float("inf")


class Dated:
    """Frames in order of time.

    Parameters
    ----------
    frames : sequence of PlanFrame
        In the order of `in_time`: those without a time are the last.
    """

    def __init__(self, frames: Sequence[PlanFrame]) -> None:
        self.times = [f.mjd for f in frames if f.mjd is not None]
        self.frames = frames[: len(self.times)]
        self.undated = frames[len(self.times) :]

    def near(self, mjd: float | None, window: Window) -> Iterator[Sequence[PlanFrame]]:
        """Yield the frames from a time outwards, those as far away together.

        Parameters
        ----------
        mjd : float or None
            Without it time differences are unknown, and only an open window has frames.
        window : (float, float) or None
            Days from there.

        Yields
        ------
        sequence of PlanFrame
        """
        if mjd is None:
            if window is None:
                yield from ([f] for f in (*self.frames, *self.undated))
            return
        yield from self._outwards(mjd, *self._range(mjd, window))
        if window is None:
            yield from ([f] for f in self.undated)

    def between(self, first: float, last: float) -> Sequence[PlanFrame]:
        """Return the frames of a span of time, both ends included."""
        return self.frames[bisect_left(self.times, first) : bisect_right(self.times, last)]

    def _range(self, mjd: float, window: Window) -> tuple[int, int]:
        if window is None:
            return 0, len(self.times)
        low, high = window
        return (
            bisect_left(self.times, mjd + low - _SLACK_D),
            bisect_right(self.times, mjd + high + _SLACK_D),
        )

    def _outwards(self, mjd: float, first: int, last: int) -> Iterator[Sequence[PlanFrame]]:
        times = self.times
        after = bisect_left(times, mjd, first, last)
        before = after - 1
        while before >= first or after < last:
            back = mjd - times[before] if before >= first else _FAR
            forth = times[after] - mjd if after < last else _FAR
            distance = min(back, forth)
            low, high = before, after
            while before >= first and mjd - times[before] == distance:
                before -= 1
            while after < last and times[after] - mjd == distance:
                after += 1
            yield [*self.frames[before + 1 : low + 1], *self.frames[high:after]]


class Shelf:
    """Candidates equal in some columns: catalogued ones and products of a rule apart.

    Parameters
    ----------
    frames : sequence of PlanFrame
        In the order of `in_time`.
    """

    def __init__(self, frames: Sequence[PlanFrame]) -> None:
        self.raw = Dated([f for f in frames if f.maker is None])
        self.made = Dated([f for f in frames if f.maker is not None])
        self.size = len(frames)
        self._groups: dict[tuple[str, ...], dict[Hashable, list[PlanFrame]]] = {}

    @property
    def frames(self) -> Iterator[PlanFrame]:
        """All of them."""
        for dated in (self.raw, self.made):
            yield from dated.frames
            yield from dated.undated

    def groups(self, columns: tuple[str, ...]) -> dict[Hashable, list[PlanFrame]]:
        """Return the frames by what they have in some columns."""
        if columns not in self._groups:
            groups: dict[Hashable, list[PlanFrame]] = {}
            for frame in self.frames:
                groups.setdefault(group_key(frame, columns), []).append(frame)
            self._groups[columns] = groups
        return self._groups[columns]


def group_key(frame: PlanFrame, columns: Iterable[str]) -> Hashable:
    """Return what frames of one group have in common."""
    return tuple(plain(value_of(frame, c)) for c in columns)


def in_time(frame: PlanFrame) -> tuple[Any, ...]:
    """Sort key of shelves: time, name, id, output role."""
    return (*time_order(frame), frame.output)


class Shelves:
    """The candidates of a source on shelves.

    Parameters
    ----------
    source : Source
    frames : iterable of PlanFrame
        All candidates.

    Attributes
    ----------
    everything : Shelf
        All of them, whatever they are.
    """

    def __init__(self, source: Source, frames: Iterable[PlanFrame]) -> None:
        self.source = source
        ordered = sorted(frames, key=in_time)
        self.everything = Shelf(ordered)
        self._frames = [f for f in ordered if holds(source, f)]
        self._shelves: dict[tuple[str, ...], dict[Hashable, Shelf]] = {}

    def find(self, draft: Draft, level: Level | None) -> Shelf | None:
        """Return the shelf of what can fit a draft.

        Parameters
        ----------
        draft : Draft
        level : Level or None
            Its relaxed columns are not looked at; None for what fits at any level.

        Returns
        -------
        Shelf or None
            None when there is nothing.
        """
        anchor = draft.anchor(self.source.of)
        if anchor is None:
            return None
        relaxed = {c for one in self.source.levels for c in one.relax}
        pairs = compared(self.source, relaxed if level is None else set(level.relax))
        wanted = self._wanted(draft, anchor, [main for _, main in pairs])
        columns = tuple(column for column, _ in pairs)
        if columns not in self._shelves:
            self._shelves[columns] = self._sorted(columns)
        return None if wanted is None else self._shelves[columns].get(wanted)

    def _wanted(self, draft: Draft, anchor: Anchor, columns: list[str]) -> Hashable:
        values = [plain(value_of(anchor.frames[0], c)) for c in columns]
        if self.source.lineage:
            values.append(lineage.asked(draft.main[0], self.source.lineage))
        return None if None in values else tuple(values)

    def _sorted(self, columns: tuple[str, ...]) -> dict[Hashable, Shelf]:
        found: dict[Hashable, list[PlanFrame]] = {}
        for frame in self._frames:
            values = tuple(plain(value_of(frame, c)) for c in columns)
            if None in values:
                continue
            if self.source.lineage:
                for key in lineage.held(frame, self.source.lineage):
                    found.setdefault((*values, key), []).append(frame)
            else:
                found.setdefault(values, []).append(frame)
        return {key: Shelf(frames) for key, frames in found.items()}


def compared(source: Source, relaxed: set[str]) -> list[tuple[str, str]]:
    """Return the columns, candidate's and main frame's, whose values must be equal."""
    return [
        (m.column, m.main)
        for m in source.match
        if m.how == "equal" and not m.values and not m.null and m.column not in relaxed
    ]


class _Row(dict[str, object]):
    """A frame's columns as conditions read them."""

    def __init__(self, frame: PlanFrame) -> None:
        self.frame = frame

    def get(self, column: str, default: object = None) -> object:
        return value_of(self.frame, column)


def holds(rule: Any, frame: PlanFrame) -> bool:
    """Tell whether the ``where`` of a source, or of main frames, holds for a frame."""
    return rule.where is None or bool(rule.where(_Row(frame)))
