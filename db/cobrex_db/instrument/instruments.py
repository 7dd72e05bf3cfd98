"""All instruments together: which one a header is of, and what the header says."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from cobrex_db.errors import CatalogueError
from cobrex_db.near_miss import near

from . import rules as instrument_rules
from . import supplied as supplied_values
from .rules import TYPE_NAME, Rules
from .standard import FIELDS, OBSERVATION
from .values import mjd_of, moment_of, night_of, scalar, text

UNCLASSIFIED = "UNCLASSIFIED"
CATEGORY = "ESO PRO CATG"
DEFAULT_RADIUS_ARCSEC = 5.0
_NAMELESS = frozenset({"object name not set", "name not set", "not set"})
_OBSERVATION_FIELDS = ("instrument", "arm", *OBSERVATION, "night")
_MEMORY = 8192


class Classified(NamedTuple):
    """What a header says.

    Attributes
    ----------
    frame_type : str
        ``UNCLASSIFIED`` when no rule fits.
    kind : str
        ``raw`` or ``product``.
    classification : str
        ``instrument/version@digest`` of the rules.
    fields : dict
        Columns of the table ``frame``.
    columns : dict
        Columns only this instrument has; nulls left out.
    observation : dict
        Columns of the table ``observation``.
    radius_arcsec : float
        How far a star may lie from the coordinates; 0 where they say nothing.
    """

    frame_type: str
    kind: str
    classification: str
    fields: dict[str, Any]
    columns: dict[str, Any]
    observation: dict[str, Any]
    radius_arcsec: float


class Instruments:
    """The compiled rules of every instrument.

    Parameters
    ----------
    rules : sequence of Rules
        One an instrument.

    Attributes
    ----------
    wanted : frozenset of str
        All header keywords any instrument reads, without HIERARCH.
    frame_types : dict
        Description by name, of every declared type and ``UNCLASSIFIED``.
    """

    def __init__(self, rules: Sequence[Rules]) -> None:
        self._rules = tuple(rules)
        digest = hashlib.sha256(" ".join(r.digest for r in rules).encode()).hexdigest()[:8]
        self._generic = instrument_rules.generic(digest)
        everyone = (*self._rules, self._generic)
        self.wanted: frozenset[str] = frozenset({CATEGORY, "INSTRUME"}).union(
            *(r.wanted for r in everyone), *((k for k, _ in r.match) for r in self._rules)
        )
        self.frame_types: dict[str, str] = {UNCLASSIFIED: "No rule of its instrument fits"}
        for one in self._rules:
            for name, kind in one.types.items():
                self.frame_types.setdefault(name, kind.description)
        self._names = {id(r): f"{r.name}/{r.version}@{r.digest}" for r in everyone}
        self._seen: dict[int, dict[tuple[Any, ...], str]] = {id(r): {} for r in everyone}

    @classmethod
    def from_mappings(cls, files: Sequence[tuple[str, Mapping[str, Any]]]) -> Instruments:
        """Compile instrument files.

        Parameters
        ----------
        files : sequence of (str, mapping)
            Path of a file, and what it holds.

        Returns
        -------
        Instruments

        Raises
        ------
        CatalogueError
            Of kind ``instrument``: a rule means nothing, or two files are of one instrument.
        """
        rules: list[Rules] = []
        for source, content in files:
            one = instrument_rules.build(source, content)
            for other in rules:
                if other.name == one.name or other.match == one.match:
                    raise CatalogueError(
                        f"{source} and {other.source} are of one instrument",
                        hint="remove one, or give them different name and match",
                        kind="instrument",
                    )
            rules.append(one)
        return cls(rules)

    @property
    def classifications(self) -> frozenset[str]:
        """The classifications these rules give; frames with another are older (or newer)."""
        return frozenset(self._names.values())

    @property
    def columns(self) -> frozenset[str]:
        """The columns that only some instrument has."""
        return frozenset(name for rules in self._rules for name in rules.extra)

    def radius_arcsec(self, instrument: str | None, arm: str | None, frame_type: str) -> float:
        """Return how far the star of a catalogued frame may lie from its coordinates.

        Parameters
        ----------
        instrument, arm : str or None
            Columns of the frame.
        frame_type : str
            Its name.

        Returns
        -------
        float
            0 where the coordinates say nothing.
        """
        name = (instrument or "").casefold()
        rules = next((r for r in self._rules if r.name.casefold() == name), self._generic)
        return _radius(rules, arm, frame_type)

    def classify(
        self, cards: Mapping[str, Any], supplied: Mapping[str, Any] | None = None
    ) -> Classified:
        """Say what a header says.

        Parameters
        ----------
        cards : mapping
            Header keyword (without HIERARCH) to value.
        supplied : mapping, optional
            Values that override the header: ``frame_type``, ``kind``, standard columns,
            columns of the instrument.

        Returns
        -------
        Classified

        Raises
        ------
        CatalogueError
            Of kind ``supplied`` when a supplied value cannot be right.
        """
        rules = self._choose(cards, supplied) if supplied else self._of(cards)
        values: dict[str, Any] = {}
        if not supplied:
            for name, get in rules.columns:
                values[name] = get(cards, values)
            return self._finish(rules, cards, values, {})
        given = supplied_values.check(supplied, rules, self._allowed(rules))
        for name, get in rules.columns:
            values[name] = given[name] if name in given else get(cards, values)
        return self._finish(rules, cards, values, given)

    def _of(self, cards: Mapping[str, Any]) -> Rules:
        for rules in self._rules:
            if rules.matches(cards):
                return rules
        return self._generic

    def _choose(self, cards: Mapping[str, Any], supplied: Mapping[str, Any]) -> Rules:
        """Return the rules of the supplied instrument, the header's, or the supplied type's."""
        name = supplied.get("instrument")
        if isinstance(name, str):
            for rules in self._rules:
                if name.casefold() == rules.name.casefold():
                    return rules
            hint = near(name, (r.name for r in self._rules))
            if hint:
                raise CatalogueError(f"unknown instrument {name!r}", hint=hint, kind="supplied")
            return self._generic
        rules = self._of(cards)
        owners = [r for r in self._rules if supplied.get("frame_type") in r.types]
        return owners[0] if rules is self._generic and len(owners) == 1 else rules

    def _allowed(self, rules: Rules) -> tuple[str, ...]:
        return () if rules is self._generic else (*rules.types, UNCLASSIFIED)

    def _finish(
        self,
        rules: Rules,
        cards: Mapping[str, Any],
        values: dict[str, Any],
        given: Mapping[str, Any],
    ) -> Classified:
        frame_type, kind = self._type(rules, cards, values, given)
        _name(values, given)
        _coordinates(values)
        _time(values, given, raw=kind == "raw")
        values["instrument"] = self._instrument(rules, cards, given)
        fields = {name: values[name] for name in FIELDS}
        columns = {n: v for n in rules.extra if (v := values[n]) is not None}
        return Classified(
            frame_type,
            kind,
            self._names[id(rules)],
            fields,
            columns,
            {name: values[name] for name in _OBSERVATION_FIELDS},
            _radius(rules, values["arm"], frame_type),
        )

    def _instrument(
        self, rules: Rules, cards: Mapping[str, Any], given: Mapping[str, Any]
    ) -> str | None:
        if rules is not self._generic:
            return rules.name
        name: str | None = given.get("instrument") or text(32)(cards.get("INSTRUME"))
        return name

    def _type(
        self,
        rules: Rules,
        cards: Mapping[str, Any],
        values: dict[str, Any],
        given: Mapping[str, Any],
    ) -> tuple[str, str]:
        category = scalar(cards.get(CATEGORY))
        name: str | None = given.get("frame_type")
        if name is None and category is not None:
            name = str(category).upper()
            name = name if TYPE_NAME.fullmatch(name) else UNCLASSIFIED
        if name is None:
            name = self._first_match(rules, values)
        declared = rules.types.get(name)
        product = category is not None or (declared is not None and declared.product)
        return name, given.get("kind") or ("product" if product else "raw")

    def _first_match(self, rules: Rules, values: dict[str, Any]) -> str:
        seen = self._seen[id(rules)]
        # 1, 1.0 and True are one key of a dict, and equal in a condition too
        key = tuple(values[name] for name in rules.used)
        name = seen.get(key)
        if name is None:
            if len(seen) >= _MEMORY:
                seen.clear()
            name = seen[key] = next(
                (t.name for t in rules.types.values() if t.match and t.match(values)), UNCLASSIFIED
            )
        return name


def _radius(rules: Rules, arm: str | None, frame_type: str) -> float:
    declared = rules.types.get(frame_type)
    if declared is not None and not declared.sky:
        return 0.0
    default = rules.radius_arcsec.get("default", DEFAULT_RADIUS_ARCSEC)
    return rules.radius_arcsec.get(arm or "default", default)


def _name(values: dict[str, Any], given: Mapping[str, Any]) -> None:
    """Give OBJECT the target's name where it has none, and the reverse."""
    for name in ("object", "target"):
        value = values[name]
        if value is not None and value.casefold() in _NAMELESS:
            values[name] = None
    if values["object"] is None and "object" not in given:
        values["object"] = values["target"]
    if values["target"] is None and "target" not in given:
        values["target"] = values["object"]


def _coordinates(values: dict[str, Any]) -> None:
    if values["ra_deg"] is None or values["dec_deg"] is None:
        values["ra_deg"] = values["dec_deg"] = None


def _time(values: dict[str, Any], given: Mapping[str, Any], *, raw: bool) -> None:
    """Complete time, MJD and night: each from the other where it is missing.

    The MJD of a product is no time of observation (static tables: "not before").
    """
    when, mjd = values["date_obs"], values["mjd_obs"]
    if when is None and raw and mjd is not None and "date_obs" not in given:
        when = values["date_obs"] = moment_of(mjd)
    if when is not None and (mjd is None or "date_obs" in given) and "mjd_obs" not in given:
        values["mjd_obs"] = mjd_of(when)
    values["night"] = given["night"] if "night" in given else when and night_of(when)
