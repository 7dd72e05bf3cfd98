"""What is lacking, for whom, and the archive query that would find it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from cobrex.plan.lacking import Lacking, lacking
from cobrex.plan.sought import Sought

from .archive_query import adql
from .prepare import Prepared


@dataclass(slots=True)
class Lack:
    """Frames that some processes lack.

    Attributes
    ----------
    sought : Sought
        With the nights of all of them together.
    needed : bool
        Whether some of them cannot be made without it.
    roles : list of str
        ``ASSOCIATION.ROLE``.
    stars : list of str
        Whose observations.
    nights : list of datetime.date
        Of these observations.
    processes : int
        How many.
    """

    sought: Sought
    needed: bool = False
    roles: list[str] = field(default_factory=list)
    stars: list[str] = field(default_factory=list)
    nights: list[date] = field(default_factory=list)
    processes: int = 0

    @property
    def query(self) -> str:
        """ADQL that would find it."""
        return adql(self.sought)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        first, last = self.sought.nights or (None, None)
        return {
            "frame_types": list(self.sought.frame_types),
            "conditions": {c: _plain(v) for c, v in self.sought.conditions.items()},
            "nights": [first.isoformat(), last.isoformat()] if first and last else None,
            "needed": self.needed,
            "roles": self.roles,
            "stars": self.stars,
            "observed": [night.isoformat() for night in self.nights],
            "processes": self.processes,
            "adql": self.query,
        }


def lacks(prepared: Prepared) -> list[Lack]:
    """Return what the processes of a plan lack, what is needed first.

    Parameters
    ----------
    prepared : Prepared

    Returns
    -------
    list of Lack
        One for each setup: windows of time that overlap are one.
    """
    planner = prepared.planner
    every = [one for draft in planner.drafts for one in lacking(planner.organiser, draft)]
    found: list[Lack] = []
    for one in sorted(every, key=_order):
        lack = next((k for k in found if _same(k.sought, one.sought)), None)
        if lack is None:
            lack = Lack(one.sought)
            found.append(lack)
        _add(lack, one)
    return sorted(found, key=lambda lack: (not lack.needed, -lack.processes))


def _order(one: Lacking) -> tuple[Any, ...]:
    nights = one.sought.nights
    return (one.sought.frame_types, nights[0] if nights else date.min, one.association, one.main)


def _same(first: Sought, second: Sought) -> bool:
    if (first.frame_types, first.conditions) != (second.frame_types, second.conditions):
        return False
    if first.nights is None or second.nights is None:
        return first.nights == second.nights
    return second.nights[0] <= first.nights[1] and first.nights[0] <= second.nights[1]


def _add(lack: Lack, one: Lacking) -> None:
    lack.needed = lack.needed or one.needed
    lack.processes += 1
    _once(lack.roles, [f"{one.association}.{one.role}"])
    _once(lack.stars, [one.star] if one.star else [])
    _once(lack.nights, [one.night] if one.night else [])
    both = [n for n in (lack.sought.nights, one.sought.nights) if n is not None]
    if both:
        nights = min(n[0] for n in both), max(n[1] for n in both)
        lack.sought = Sought(lack.sought.frame_types, lack.sought.conditions, nights)


def _once(values: list[Any], more: Iterable[Any]) -> None:
    values += [v for v in more if v not in values]


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool | None) else str(value)
