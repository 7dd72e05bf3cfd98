"""The query of an archive that would find what is lacking: ADQL for ESO's table of raw frames."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from cobrex import instruments
from cobrex.plan.sought import Sought

TAP = "https://archive.eso.org/tap_obs"
_SELECTED = "dp_id, object, exp_start, dp_cat, dp_type, dp_tech, exposure"
# what ESO's table dbo.raw calls the keywords that tell frame types
_COLUMNS = {"ESO DPR CATG": "dp_cat", "ESO DPR TYPE": "dp_type", "ESO DPR TECH": "dp_tech"}


def adql(sought: Sought) -> str:
    """Return the ADQL query for frames of ESO's archive.

    Parameters
    ----------
    sought : Sought

    Returns
    -------
    str
        For the TAP service `TAP`, table ``dbo.raw``. What that table has no column for follows
        as comments.

    References
    ----------
    ESO, Programmatic access, http://archive.eso.org/programmatic/#TAP
    """
    types = [kind for t in sought.frame_types if (kind := _conditions(t))]
    lines = [f"SELECT {_SELECTED}", "FROM dbo.raw"]
    names = sorted({name for name, _ in types})
    clauses = [f"instrument IN ({', '.join(map(_quoted, names))})"] if names else []
    either = [" AND ".join(parts) for _, parts in types if parts]
    if either:
        clauses.append("(" + " OR ".join(f"({one})" for one in either) + ")")
    if sought.nights is not None:
        first, last = sought.nights
        # a night begins at noon UTC and ends at the next
        clauses.append(f"exp_start >= '{first.isoformat()}T12:00:00'")
        clauses.append(f"exp_start < '{(last + timedelta(days=1)).isoformat()}T12:00:00'")
    if clauses:
        lines.append("WHERE " + "\n  AND ".join(clauses))
    lines.append("ORDER BY exp_start")
    lines += [f"-- of these: {column} = {_plain(v)}" for column, v in sought.conditions.items()]
    return "\n".join(lines)


def _conditions(frame_type: str) -> tuple[str, list[str]] | None:
    """The archive's name of the instrument of a frame type, and what tells the type there."""
    for _, mapping in instruments.mappings():
        kind = (mapping.get("types") or {}).get(frame_type)
        if kind is None:
            continue
        when = kind.get("when") or {}
        first = when[0] if isinstance(when, list) else when
        columns = mapping.get("columns") or {}
        parts = [
            _compare(_COLUMNS[columns[name]], condition)
            for name, condition in first.items()
            if isinstance(columns.get(name), str) and columns[name] in _COLUMNS
        ]
        return str(next(iter(_names(mapping)), mapping.get("name", ""))), [p for p in parts if p]
    return None


def _names(mapping: Mapping[str, Any]) -> Iterable[str]:
    said = (mapping.get("match") or {}).get("INSTRUME", ())
    return [said] if isinstance(said, str) else list(said)


def _compare(column: str, condition: Any) -> str:
    if isinstance(condition, Mapping):
        patterns = condition.get("glob")
        if patterns is None:
            return ""
        listed = patterns if isinstance(patterns, list) else [patterns]
        return " OR ".join(f"{column} LIKE {_quoted(_like(p))}" for p in listed)
    listed = condition if isinstance(condition, list) else [condition]
    return f"{column} IN ({', '.join(_quoted(v) for v in listed if v is not None)})"


def _like(pattern: str) -> str:
    return pattern.replace("*", "%").replace("?", "_")


def _quoted(value: object) -> str:
    return "'" + _plain(value).replace("'", "''") + "'"


def _plain(value: object) -> str:
    """Text of one line: a header may hold anything."""
    return "".join(c if c.isprintable() else " " for c in str(value))[:200]
