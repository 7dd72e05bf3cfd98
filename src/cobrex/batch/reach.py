"""Which frames of the catalogue may matter to a plan: their types and nights."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from cobrex.plan.draft import PlanFrame
from cobrex.rules.model import Association, Source

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Scope:
    """What the candidates of a plan have in common.

    Attributes
    ----------
    types : frozenset of str
    nights : (date or None, date or None)
        First and last; None for no limit.
    lineage : bool
        Whether a rule asks what products were made from.
    """

    types: frozenset[str]
    nights: tuple[date | None, date | None] = (None, None)
    lineage: bool = False


def scope(
    needed: Collection[Association], served: Iterable[str], main: Mapping[str, list[PlanFrame]]
) -> Scope:
    """Return which frames may serve.

    Parameters
    ----------
    needed : collection of Association
        Those of the plan, producers included.
    served : iterable of str
        Types the recipes ask for beside their main frames: products from elsewhere serve too.
    main : mapping of str to list of PlanFrame
        Main frames by association name.

    Returns
    -------
    Scope
    """
    types = set(served)
    origins = {name for a in needed for name in a.origins}
    sources = [s for a in needed for r in a.inputs for s in r.sources]
    types.update(*(s.frame_types for s in sources))
    for association in needed:
        if association.name in origins or association.main.origin:
            types.update(association.main.frame_types)
    nights = [f.night for group in main.values() for f in group]
    lineage = any(s.lineage == "derived_from" for s in sources)
    return Scope(frozenset(types), _nights(nights, _farthest(needed)), lineage)


def _farthest(needed: Collection[Association]) -> Span | None:
    """How far from its main frames a cascade may reach, days; None for any distance."""
    by_name = {a.name: a for a in needed}
    known: dict[str, Span | None] = {}

    def reach(name: str) -> Span | None:
        if name not in by_name:
            return 0.0, 0.0
        if name not in known:
            known[name] = 0.0, 0.0  # a circle between rules never makes an input
            association = by_name[name]
            ways = [(s, _compared(association, s, frozenset())) for s in _sources(association)]
            found = [_sum(way, reach(s.origin)) for s, way in ways]
            found += [reach(association.main.origin)] if association.main.origin else []
            known[name] = _widest(found)
        return known[name]

    return _widest([reach(name) for name in by_name])


def _sources(association: Association) -> list[Source]:
    return [s for r in association.inputs for s in r.sources]


def _compared(association: Association, source: Source, seen: frozenset[str]) -> Span | None:
    """A source's window; what it is compared with may itself lie away from the main frames."""
    rule = association.rule(source.of) if source.of and source.of not in seen else None
    if rule is None:
        return _window(source)
    others = [_compared(association, s, seen | {source.of}) for s in rule.sources]
    return _sum(_window(source), _widest(others))


def _window(source: Source) -> Span | None:
    windows = [level.window_days for level in source.levels]
    if source.lineage:
        return 0.0, 0.0
    if None in windows:
        return None
    return _widest(windows)


def _widest(spans: Iterable[Span | None]) -> Span | None:
    low = high = 0.0
    for span in spans:
        if span is None:
            return None
        low, high = min(low, span[0]), max(high, span[1])
    return low, high


def _sum(first: Span | None, second: Span | None) -> Span | None:
    if first is None or second is None:
        return None
    return first[0] + second[0], first[1] + second[1]


def _nights(nights: list[date | None], span: Span | None) -> tuple[date | None, date | None]:
    """The nights any input may be of; open when a rule has no window, or a frame no night."""
    dated = [n for n in nights if n is not None]
    if span is None or not dated or len(dated) < len(nights):
        return None, None
    # a night more for the half-day shift, and for what a night's frames are apart
    return _shifted(min(dated), span[0] - 1), _shifted(max(dated), span[1] + 1)


def _shifted(night: date, days: float) -> date | None:
    try:
        return night + timedelta(days=days)
    except OverflowError:
        return None
