"""Reads association rules from plain values; what is wrong is told with file, line and cure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cobrex.errors import PlanError
from cobrex_db.errors import CatalogueError
from cobrex_db.instrument import conditions
from cobrex_db.instrument.place import Place

from .model import Association, Bound, Count, InputRule, MainRule, Test
from .read_source import read_levels, read_source, source_keys
from .values import choice, names, number, whole

_ASSOCIATION = ("recipe", "preset", "main", "inputs", "parameters")
_MAIN = (
    "frame_type", "from", "where", "group_by", "split_gap_h", "complete", "count", "pick",
)  # fmt: skip
_INPUT = ("first_of", "count", "if_none", "prefer", "max_level", "verdict")
_BOUND = ("column", "by", "cases", "else")
VERDICTS = ("pass", "warn", "unchecked")


def parse(
    table: Any,
    source: str,
    *,
    columns: Iterable[str],
    levels: Any = None,
    rules: str = "",
) -> dict[str, Association]:
    """Read the ``associations`` of an instrument or workflow file.

    Parameters
    ----------
    table : mapping
        Association name to its rules.
    source : str
        File name for messages.
    columns : iterable of str
        Columns there are.
    levels : mapping, optional
        Named ladders of quality levels of the same file.
    rules : str
        Which rules these are: ``sphere/1.0.0``.

    Returns
    -------
    dict of str to Association

    Raises
    ------
    PlanError
        When a rule is not of the known form (kind ``rules``).
    """
    known = sorted(columns)
    try:
        place = Place(source)
        ladders = {
            name: read_levels(entry, place.at("levels").at(name, levels), {})
            for name, entry in place.at("levels").mapping(levels or {}).items()
        }
        top = place.at("associations")
        return {
            name: _Reader(top.at(name, table), known, ladders).association(name, entry, rules)
            for name, entry in top.mapping(table).items()
        }
    except CatalogueError as error:
        raise PlanError(error.message, hint=error.hint, kind="rules") from error


class _Reader:
    """Reads one association."""

    def __init__(self, place: Place, columns: list[str], ladders: Mapping[str, Any]) -> None:
        self.place = place
        self.columns = columns
        self.ladders = ladders

    def association(self, name: str, entry: Any, rules: str) -> Association:
        place = self.place
        place.mapping(entry, _ASSOCIATION)
        main = entry.get("main")
        return Association(
            name=name,
            recipe=place.at("recipe", entry).text(entry.get("recipe", name), "NAME@^1"),
            preset=str(entry.get("preset") or ""),
            main=self._main(main, place.at("main", entry)),
            inputs=tuple(
                self._input(role, rule, place.at("inputs", entry).at(role, entry["inputs"]))
                for role, rule in place.at("inputs", entry)
                .mapping(entry.get("inputs") or {})
                .items()
            ),
            parameters=self._parameters(entry, place),
            rules=rules,
            document=entry,
        )

    def _main(self, entry: Any, place: Place) -> MainRule:
        place.mapping(entry, _MAIN)
        origin, output = _origin(entry, place)
        gap = entry.get("split_gap_h")
        return MainRule(
            frame_types=names(entry, "frame_type", place, least=1),
            origin=origin,
            output=output,
            where=self.where(entry, place),
            where_text=_text(entry.get("where")),
            group_by=self.known(entry, "group_by", place) or ("frame",),
            split_gap_h=None if gap is None else number(entry, "split_gap_h", place, low=0.0),
            complete=self.column(entry, "complete", place),
            count=_count(entry, place),
            pick=choice(entry, "pick", place, ("first", "last", "spread")),
        )

    def _input(self, role: str, entry: Any, place: Place) -> InputRule:
        place.mapping(entry, (*_INPUT, *source_keys()))
        if "first_of" in entry:
            alternatives = entry["first_of"]
            if not isinstance(alternatives, list) or not alternatives:
                raise place.at("first_of", entry).error(
                    "must be a list of sources", "first_of: [{frame_type: ...}, {from: ...}]"
                )
        else:
            alternatives = [{k: v for k, v in entry.items() if k in source_keys()}]
        shared = {k: v for k, v in entry.items() if k in source_keys()}
        sources = tuple(
            read_source(self, one, shared if "first_of" in entry else {}, place, n)
            for n, one in enumerate(alternatives)
        )
        worst = entry.get("max_level")
        return InputRule(
            role=role,
            sources=sources,
            count=_count(entry, place),
            if_none=choice(entry, "if_none", place, ("gap", "warn")),
            prefer=choice(entry, "prefer", place, ("raw", "product")),
            max_level=None if worst is None else whole(entry, "max_level", place, low=0),
            verdicts=_verdicts(entry, place),
        )

    def _parameters(self, entry: Mapping[str, Any], place: Place) -> tuple[Bound, ...]:
        inner = place.at("parameters", entry)
        table = inner.mapping(entry.get("parameters") or {})
        return tuple(self._bound(name, one, inner.at(name, table)) for name, one in table.items())

    def _bound(self, name: str, entry: Any, place: Place) -> Bound:
        place.mapping(entry, _BOUND)
        by = "by" in entry
        if by == ("column" in entry) or by != ("cases" in entry):
            raise place.error(
                "needs a column, or by and cases",
                "{column: dit}, or {by: prism, cases: {YJH: true}, else: false}",
            )
        column = self.column(entry, "by" if by else "column", place)
        cases = place.at("cases", entry).mapping(entry["cases"]) if by else None
        return Bound(name, column, cases, entry.get("else"))

    def where(self, entry: Mapping[str, Any], place: Place) -> Test | None:
        """Compile a condition on the candidate alone."""
        if entry.get("where") is None:
            return None
        match, used = conditions.build(
            entry["where"], [*self.columns, "verdict", "frame_type"], place.at("where", entry)
        )
        read = tuple(used)
        return lambda values: match({name: values.get(name) for name in read})

    def known(self, entry: Mapping[str, Any], key: str, place: Place) -> tuple[str, ...]:
        """Return columns that are named, all of them known."""
        found = names(entry, key, place)
        for name in found:
            self.check(name, place.at(key, entry))
        return found

    def column(self, entry: Mapping[str, Any], key: str, place: Place) -> str:
        """Return a column that is named, or empty."""
        if entry.get(key) is None:
            return ""
        name = place.at(key, entry).text(entry[key], "name a column")
        return self.check(name, place.at(key, entry))

    def check(self, name: str, place: Place) -> str:
        """Refuse a column that no instrument has: it would match nothing without a word."""
        from cobrex_db.near_miss import near

        if name not in self.columns:
            raise place.error(
                f"no instrument has a column {name!r}",
                near(name, self.columns) or "columns are named in the instrument file",
            )
        return name


def _origin(entry: Mapping[str, Any], place: Place) -> tuple[str, str]:
    said = entry.get("from")
    if said is None:
        return "", ""
    origin, _, output = str(said).partition(".")
    if not origin or not output:
        raise place.at("from", entry).error(
            "must read association.output", "from: ifs_specpos.specpos"
        )
    return origin, output


def _count(entry: Mapping[str, Any], place: Place) -> Count:
    said = entry.get("count")
    if said is None:
        return Count()
    inner = place.at("count", entry)
    inner.mapping(said, ("min", "max"))
    low = None if said.get("min") is None else whole(said, "min", inner, low=0)
    high = None if said.get("max") is None else whole(said, "max", inner, low=1)
    if low is not None and high is not None and low > high:
        raise inner.error(f"min {low} is more than max {high}", "count: {min: 1, max: 4}")
    return Count(low, high)


def _verdicts(entry: Mapping[str, Any], place: Place) -> tuple[str, ...]:
    found = names(entry, "verdict", place) or VERDICTS
    for one in found:
        if one not in VERDICTS:
            raise place.at("verdict", entry).error(
                f"unknown verdict {one!r}", f"of {', '.join(VERDICTS)}"
            )
    return found


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return ", ".join(f"{k} = {v}" for k, v in value.items())
    return str(value)
