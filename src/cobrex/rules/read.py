"""Reads association rules from plain values; what is wrong is told with file, line and cure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any, TypeVar

from cobrex.errors import PlanError
from cobrex_db.errors import CatalogueError
from cobrex_db.instrument import conditions
from cobrex_db.instrument.place import Place

from .model import Association, Bound, InputRule, Level, MainRule, Source, Test
from .overlay import Merged, expand
from .read_count import read_count
from .read_source import read_levels, read_source, source_keys
from .values import choice, names, number, whole

ASSOCIATION = ("recipe", "preset", "main", "inputs", "parameters", "defaults")
MAIN = (
    "frame_type", "from", "where", "group_by", "split_gap_h", "complete", "count", "pick",
)  # fmt: skip
INPUT = ("first_of", "count", "if_none", "prefer", "max_level", "verdict", "like")
_BOUND = ("column", "by", "cases", "else")
DEFAULTS = ("prefer", "max_level", "verdict", "empty")
VERDICTS = ("pass", "warn", "unchecked")
Found = TypeVar("Found")


def parse(
    table: Any,
    source: str,
    *,
    columns: Iterable[str],
    levels: Any = None,
    defaults: Any = None,
    others: Mapping[str, Any] = MappingProxyType({}),
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
    defaults : mapping, optional
        What holds for inputs that say nothing: ``prefer``, ``max_level``, ``verdict``, ``empty``.
    others : mapping
        Associations of other files, as they are written: inputs may be ``like`` theirs.
    rules : str
        Which rules these are: ``sphere/1.0.0``.

    Returns
    -------
    dict of str to Association

    Raises
    ------
    PlanError
        When a rule is not of the known form (kind ``rules``); all that is wrong is told.
    """
    found, problems = read_all(
        table, source, columns=columns, levels=levels, defaults=defaults, others=others, rules=rules
    )
    if problems:
        raise refusal(problems)
    return found


def read_all(
    table: Any,
    source: str,
    *,
    columns: Iterable[str],
    levels: Any = None,
    defaults: Any = None,
    others: Mapping[str, Any] = MappingProxyType({}),
    rules: str = "",
    section: str = "associations",
) -> tuple[dict[str, Association], list[CatalogueError]]:
    """Read associations as `parse` does; what is wrong is returned beside those that are sound.

    ``others`` holds associations of other files as they are written: for ``like``.
    """
    reader = _Reader(sorted(columns), [])
    place = Place(source)
    reader.read_ladders(levels, place.at("levels"))
    top = place.at(section)
    entries = reader.attempt(lambda: top.mapping({} if table is None else table)) or {}
    said = reader.attempt(lambda: place.at("defaults").mapping(defaults or {}, DEFAULTS)) or {}
    found = {}
    for name, entry in entries.items():
        around = ({**others, **entries}, said, rules)
        one = reader.association(name, entry, top.at(name, entries), around)
        if one is not None:
            found[name] = one
    return found, reader.problems


def refusal(problems: Sequence[CatalogueError]) -> PlanError:
    """Return the error that tells all that is wrong with rules."""
    told = "\n  ".join(one.message for one in problems)
    return PlanError(told, hint=problems[0].hint, kind="rules")


class _Reader:
    """Reads associations; keeps what is wrong and goes on."""

    def __init__(self, columns: list[str], problems: list[CatalogueError]) -> None:
        self.columns = columns
        self.ladders: Mapping[str, tuple[Level, ...]] = {}
        self.written: Mapping[str, Any] = {}
        self.null = False
        self.problems = problems

    def attempt(self, action: Callable[[], Found]) -> Found | None:
        """Return what an action reads; None when it is wrong."""
        try:
            return action()
        except CatalogueError as error:
            self.problems.append(error)
            return None

    def read_ladders(self, levels: Any, place: Place) -> None:
        """Read the named ladders."""
        table = self.attempt(lambda: place.mapping(levels or {})) or {}
        self.written = table
        self.ladders = {
            name: self.attempt(partial(read_levels, entry, place.at(name, table), {})) or ()
            for name, entry in table.items()
        }

    def association(
        self, name: str, entry: Any, place: Place, around: tuple[Any, Mapping[str, Any], str]
    ) -> Association | None:
        """Read one association; None when anything is wrong with it."""
        before = len(self.problems)
        if self.attempt(lambda: place.mapping(entry, ASSOCIATION)) is None:
            return None
        table, defaults, rules = around
        document = self._with_defaults(entry, defaults, place)
        said = document["defaults"]
        self.null = said.get("empty") == "allow"
        main = self.attempt(lambda: self._main(entry.get("main"), place.at("main", entry)))
        inner = place.at("inputs", entry)
        roles = self.attempt(lambda: inner.mapping(entry.get("inputs") or {})) or {}
        inputs = []
        for role, rule in roles.items():
            here = inner.at(role, roles)
            full = self.attempt(partial(expand, (name, role), rule, table, here))
            if full is not None:
                inputs.append(self.attempt(partial(self._input, role, full, here, said)))
        bound = self.attempt(lambda: self._parameters(entry, place))
        recipe = self.attempt(
            lambda: place.at("recipe", entry).text(entry.get("recipe", name), "NAME@^1")
        )
        if len(self.problems) > before or main is None or bound is None or recipe is None:
            return None
        return Association(
            name=name,
            recipe=recipe,
            preset=str(entry.get("preset") or ""),
            main=main,
            inputs=tuple(one for one in inputs if one is not None),
            parameters=bound,
            rules=rules,
            document=document,
            levels=self.written,
        )

    def _with_defaults(self, entry: Any, defaults: Mapping[str, Any], place: Place) -> Merged:
        """Return an association that keeps the file's defaults beside its own."""
        here = place.at("defaults", entry)
        own = self.attempt(lambda: here.mapping(entry.get("defaults") or {}, DEFAULTS)) or {}
        both = {**defaults, **own}
        self.attempt(lambda: choice(both, "empty", here, ("deny", "allow")))
        return Merged({**entry, "defaults": both}, entry)

    def _main(self, entry: Any, place: Place) -> MainRule:
        place.mapping(entry, MAIN)
        origin, output = _origin(entry, place)
        gap = entry.get("split_gap_h")
        return MainRule(
            frame_types=names(entry, "frame_type", place, least=0 if origin else 1),
            origin=origin,
            output=output,
            where=self.where(entry, place),
            where_text=_text(entry.get("where")),
            group_by=self.known(entry, "group_by", place) or ("frame",),
            split_gap_h=None if gap is None else number(entry, "split_gap_h", place, low=0.0),
            complete=self.column(entry, "complete", place),
            count=read_count(self, entry, place),
            pick=choice(entry, "pick", place, ("first", "last", "spread")),
        )

    def _input(
        self, role: str, entry: Any, place: Place, defaults: Mapping[str, Any]
    ) -> InputRule | None:
        place.mapping(entry, (*INPUT, *source_keys()))
        sources = self._sources(entry, place)
        said = {**{k: v for k, v in defaults.items() if k != "empty"}, **entry}
        worst = said.get("max_level")
        return InputRule(
            role=role,
            sources=sources,
            count=read_count(self, entry, place),
            if_none=choice(entry, "if_none", place, ("gap", "warn")),
            prefer=choice(said, "prefer", place, ("raw", "product")),
            max_level=None if worst is None else whole(said, "max_level", place, low=0),
            verdicts=_verdicts(said, place),
        )

    def _sources(self, entry: Mapping[str, Any], place: Place) -> tuple[Source, ...]:
        shared = {k: v for k, v in entry.items() if k in source_keys()}
        if "first_of" not in entry:
            return (read_source(self, Merged(shared, entry), {}, place),)
        here, alternatives = place.at("first_of", entry), entry["first_of"]
        if not isinstance(alternatives, list) or not alternatives:
            raise here.error(
                "must be a list of sources", "first_of: [{frame_type: ...}, {from: ...}]"
            )
        read = [
            self.attempt(partial(read_source, self, one, shared, _item(here, n, one)))
            for n, one in enumerate(alternatives)
        ]
        return tuple(one for one in read if one is not None)

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


def _item(place: Place, n: int, value: Any) -> Place:
    return replace(place, path=f"{place.path}[{n}]", line=getattr(value, "line", 0) or place.line)


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
