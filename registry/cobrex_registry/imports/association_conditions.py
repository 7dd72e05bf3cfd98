"""What one group of frames of AssociationRules.xml asks for, in the words of rules of ours."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cobrex_registry.reading.fields import FRAME_TYPE

from .safe_xml import Element, refused

# what the data centre calls it, and the column that holds it here
COLUMNS = {
    "object": "star",
    "obs_date": "mjd_obs",
    "obs_night": "night",
    "obs_id": "ob_id",
    "exp_time": "dit_s",
    "coro": "coronagraph",
    "inst_filter": "filter",
    "neutral_density": "neutral_density",
    "arm": "arm",
    "instrument": "instrument",
}
# of the main frame: made by the same process, or made from it
_LINEAGE = {"parent_process_id": "same_process", "any_reduction_id": "derived_from"}
_HOWS = ("equal", "equalOrValue", "variable")
_COLUMN = re.compile(r"[a-z][a-z0-9_]{0,63}")
_COUNT = re.compile(r"[0-9]{1,6}")
_NUMBERS = frozenset({"dit_s", "mjd_obs"})
_NUMBER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,12})?")
_TRUE = frozenset({"1", "true", "yes"})
Say = Callable[[Element, str], None]


@dataclass(slots=True)
class Asked:
    """What a group of frames asks for.

    Attributes
    ----------
    kinds : list of str
        Its frame types.
    every : bool
        All types the recipe takes, but for those left out.
    left_out : list of str
    columns : list of str
        To be grouped by, when it is of main frames.
    match : list
        As ``match:`` of a rule.
    lineage : str
    limit : int or None
        Most frames; 0 for no limit.
    optional : bool
    """

    kinds: list[str]
    every: bool
    left_out: list[str]
    columns: list[str] = field(default_factory=list)
    match: list[Any] = field(default_factory=list)
    lineage: str = ""
    limit: int | None = None
    optional: bool = False

    def source(self, kinds: list[str]) -> dict[str, Any]:
        """Return where frames of some of its types come from."""
        rule: dict[str, Any] = {"frame_type": kinds[0] if len(kinds) == 1 else kinds}
        if self.match:
            rule["match"] = self.match
        if self.lineage:
            rule["lineage"] = self.lineage
        if self.limit == 0 or (self.limit or 0) > 1:
            rule["take"] = "all"
        return rule

    @property
    def count(self) -> dict[str, int]:
        """How many frames, as ``count:`` of a rule; empty when the recipe's manifest says it."""
        least = {"min": 0} if self.optional else {}
        return {**least, **({"max": self.limit} if self.limit else {})}


def read_asked(path: Path, group: Element, say: Say) -> Asked:
    """Return what a ``frame_type`` of a rule asks for.

    Parameters
    ----------
    path : pathlib.Path
        The file, for messages.
    group : Element
    say : callable
        Gets an element and how it was read, where that is a matter of judgement.

    Returns
    -------
    Asked

    Raises
    ------
    RegistryError
        Of kind ``xml``: a count, a frame type or a use that is none.
    """
    said = group.attributes.get("include", "").strip()
    limit = group.attributes.get("limit", "").strip()
    if limit and not _COUNT.fullmatch(limit):
        raise refused(path, group.line, group.column, f"limit={limit[:20]!r} is no count", "0")
    every = said.lower() == "all"
    left_out = _names(path, group, "exclude")
    kinds = [] if every else [k for k in _names(path, group, "include") if k not in left_out]
    asked = Asked(
        kinds=kinds,
        every=every,
        left_out=left_out,
        limit=int(limit) if limit else None,
        optional=_is_true(group, "optional"),
    )
    for one in group.all("attribute"):
        _attribute(path, one, asked, say)
    return asked


def _names(path: Path, group: Element, attribute: str) -> list[str]:
    said = group.attributes.get(attribute, "")
    kinds = [kind.strip() for kind in said.split(",") if kind.strip()]
    for kind in kinds:
        if not FRAME_TYPE.fullmatch(kind):
            raise refused(
                path, group.line, group.column, f"{kind[:60]!r} is no frame type", "IFS_DARK_RAW"
            )
    return list(dict.fromkeys(kinds))


def _attribute(path: Path, one: Element, asked: Asked, say: Say) -> None:
    said = one.attributes.get("id", "").strip()
    how = (one.attributes.get("use") or one.attributes.get("restriction") or "equal").strip()
    if how not in _HOWS:
        raise refused(
            path, one.line, one.column, f"{how[:40]!r} is no use of an attribute", ", ".join(_HOWS)
        )
    if how == "variable":
        say(one, f"{said[:40]} is variable: no condition on it, frames of one process may differ")
        return
    if said in _LINEAGE:
        asked.lineage = _LINEAGE[said]
        asked.columns.append("process_id")
        return
    column = COLUMNS.get(said, said)
    if not _COLUMN.fullmatch(column):
        raise refused(path, one.line, one.column, f"{said[:40]!r} is no attribute", "object")
    if said not in COLUMNS:
        say(one, f"{said}: taken for a column of that name; cobrex rules lint tells whether it is")
    condition: dict[str, Any] = {}
    if how == "equalOrValue":
        value = one.attributes.get("value", "").strip()
        condition["or"] = float(value) if column in _NUMBERS and _NUMBER.fullmatch(value) else value
    if _is_true(one, "allowNull"):
        condition["empty"] = "allow"
    asked.columns.append(column)
    asked.match.append({column: condition} if condition else column)


def _is_true(element: Element, attribute: str) -> bool:
    return element.attributes.get(attribute, "").strip().lower() in _TRUE
