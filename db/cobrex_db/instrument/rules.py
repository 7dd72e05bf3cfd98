"""The rules of one instrument, compiled from its file."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from cobrex_db.near_miss import near

from . import columns as column_rules
from . import conditions
from .columns import Column, Getter
from .place import Place
from .standard import DERIVED, ESO_COLUMNS, STANDARD
from .values import number, scalar

SCHEMA = "instrument/1"
# changes when the same rules would name a frame differently
ENGINE = 1
TYPE_NAME = re.compile(r"[A-Z0-9][A-Z0-9_]{0,63}")
_COLUMN_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_SECTIONS = (
    "schema",
    "name",
    "version",
    "description",
    "match",
    "star_radius_arcsec",
    "columns",
    "types",
    "associations",
    "levels",
    "defaults",
    "recipes",
)
_NOTHING = Column(lambda _cards, _values: None)


@dataclass(frozen=True, slots=True)
class FrameType:
    """A frame type an instrument knows.

    Attributes
    ----------
    name, description : str
    product : bool
        Made by a process, not observed.
    sky : bool
        Whether its coordinates say which star is on it.
    match : callable or None
        Conditions on columns; without, only ``ESO PRO CATG`` names the type.
    """

    name: str
    description: str
    product: bool
    sky: bool
    match: conditions.Match | None


@dataclass(frozen=True, slots=True)
class Rules:
    """Compiled rules of one instrument.

    Attributes
    ----------
    name, version, source, digest : str
    match : tuple
        Header keyword and the values that mean this instrument.
    columns : tuple of (str, callable)
        Every column in an order in which each finds what it needs.
    extra : tuple of str
        Columns that only this instrument has.
    types : dict of str to FrameType
        In the order of the file.
    used : tuple of str
        Columns that conditions read.
    radius_arcsec : dict
        Star radius by arm, and ``default``.
    wanted : frozenset of str
        Header keywords read.
    """

    name: str
    version: str
    source: str
    digest: str
    match: tuple[tuple[str, frozenset[Any]], ...]
    columns: tuple[tuple[str, Getter], ...]
    extra: tuple[str, ...]
    types: Mapping[str, FrameType]
    used: tuple[str, ...]
    radius_arcsec: Mapping[str, float]
    wanted: frozenset[str]

    def matches(self, cards: Mapping[str, Any]) -> bool:
        """Tell whether a header is this instrument's."""
        return all(scalar(cards.get(key)) in values for key, values in self.match)


def build(source: str, content: Any) -> Rules:
    """Compile an instrument file.

    Parameters
    ----------
    source : str
        Its path, for errors.
    content : mapping
        What it holds (schema ``instrument/1``).

    Returns
    -------
    Rules

    Raises
    ------
    CatalogueError
        Of kind ``instrument``; names file, line where known, place and cure.
    """
    top = Place(source)
    rule = top.mapping(content, _SECTIONS)
    if rule.get("schema") != SCHEMA:
        raise top.at("schema", rule).error(
            f"is {rule.get('schema')!r}, this code reads {SCHEMA}",
            f"begin the file with schema: {SCHEMA}",
        )
    name = top.at("name", rule).text(rule.get("name"), "name: SPHERE")
    version = top.at("version", rule).text(rule.get("version"), "quote it: version: '1.0.0'")
    if len(name) > 32 or len(version) > 24 or not re.fullmatch(r"[\w.+-]+", name + version):
        raise top.at("name", rule).error(
            "name (32) and version (24) are short plain words", "letters, digits and . + - _ only"
        )
    named = _columns(rule.get("columns", {}), top.at("columns", rule))
    types, used = _types(rule.get("types", {}), named, top.at("types", rule))
    return Rules(
        name=name,
        version=version,
        source=source,
        digest=_digest(rule),
        match=_match(rule.get("match"), top.at("match", rule)),
        columns=tuple((n, c.get) for n, c in named.items()),
        extra=tuple(n for n in named if n not in STANDARD),
        types=types,
        used=tuple(sorted(used)),
        radius_arcsec=_radius(
            rule.get("star_radius_arcsec", {}), top.at("star_radius_arcsec", rule)
        ),
        wanted=frozenset().union(*(c.keys for c in named.values())),
    )


def generic(digest: str) -> Rules:
    """Return the rules for headers of no known instrument: ESO's usual keywords, no types."""
    named = _columns({}, Place("ESO"))
    return Rules(
        name="none",
        version=str(ENGINE),
        source="ESO",
        digest=digest,
        match=(),
        columns=tuple((n, c.get) for n, c in named.items()),
        extra=(),
        types={},
        used=(),
        radius_arcsec={},
        wanted=frozenset().union(*(c.keys for c in named.values())),
    )


def _columns(given: Any, place: Place) -> dict[str, Column]:
    own = place.mapping(given)
    for name in own:
        if not _COLUMN_NAME.fullmatch(name) or name in DERIVED:
            raise place.at(name, own).error(
                "cannot be the name of a column",
                "small letters, digits and _; night is made by itself",
            )
    built = {name: _NOTHING for name in STANDARD if name not in DERIVED}
    built |= {
        name: column_rules.build(spec, place.at(name, own))
        for name, spec in {**ESO_COLUMNS, **own}.items()
    }
    for name, column in built.items():
        for need in column.needs - built.keys():
            raise place.at(name, own).error(
                f"unknown column {need!r}", near(need, built) or "declare it under columns"
            )
    try:
        order = TopologicalSorter({n: c.needs for n, c in built.items()}).static_order()
        return {name: _cleaned(name, built[name]) for name in order}
    except CycleError as error:
        raise place.error(
            f"columns need one another: {' -> '.join(error.args[1])}",
            "let one of them read the header",
        ) from None


def _cleaned(name: str, column: Column) -> Column:
    clean = STANDARD.get(name)
    if clean is None:
        return column
    get = column.get

    def cleaned(cards: Mapping[str, Any], values: Mapping[str, Any]) -> Any:
        value = get(cards, values)
        return None if value is None else clean(value)

    return Column(cleaned, column.keys, column.needs)


def _types(
    given: Any, named: Mapping[str, Column], place: Place
) -> tuple[dict[str, FrameType], set[str]]:
    types: dict[str, FrameType] = {}
    used: set[str] = set()
    content = place.mapping(given)
    for name, spec in content.items():
        here = place.at(name, content)
        if not TYPE_NAME.fullmatch(name):
            raise here.error("cannot be a frame type", "capital letters, digits and _, at most 64")
        rule = here.mapping(spec, ("description", "when", "product", "sky"))
        match = None
        if "when" in rule:
            match, columns = conditions.build(rule["when"], named, here.at("when", rule))
            used |= columns
        for flag in ("product", "sky"):
            if not isinstance(rule.get(flag, True), bool):
                raise here.at(flag, rule).error("must be true or false", f"{flag}: true")
        product = bool(rule.get("product", False))
        if match is None and not product:
            raise here.error(
                "a raw frame type needs conditions", "add when: {...}, or product: true"
            )
        description = here.at("description", rule).text(
            rule.get("description"), "say in one line what it is"
        )
        types[name] = FrameType(name, description[:400], product, rule.get("sky", True), match)
    return types, used


def _match(given: Any, place: Place) -> tuple[tuple[str, frozenset[Any]], ...]:
    rule = place.mapping(given)
    if not rule:
        raise place.error("is empty", "for example match: {INSTRUME: SPHERE}")
    found = []
    for key, values in rule.items():
        wanted = values if isinstance(values, list) else [values]
        if not wanted or not all(isinstance(v, str | int | float) for v in wanted):
            raise place.at(key, rule).error(
                "must be a value or a list of values", "INSTRUME: SPHERE"
            )
        found.append((column_rules.keyword(key, place.at(key, rule)), frozenset(wanted)))
    return tuple(found)


def _radius(given: Any, place: Place) -> dict[str, float]:
    rule = place.mapping(given)
    for arm, value in rule.items():
        if isinstance(value, str | bool) or number(value) is None or not 0 <= value <= 3600:
            raise place.at(arm, rule).error(
                f"must be 0 to 3600 arcseconds, not {value!r}", "IFS: 5"
            )
    return {arm: float(value) for arm, value in rule.items()}


def _digest(rule: Mapping[str, Any]) -> str:
    """Return a digest of what decides columns and types; texts and star radii do not."""
    types = [
        [name, {k: v for k, v in spec.items() if k in {"when", "product"}}]
        for name, spec in rule.get("types", {}).items()
    ]
    decides = [ENGINE, ESO_COLUMNS, rule["match"], rule.get("columns", {}), types]
    canonical = json.dumps(decides, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()[:8]
