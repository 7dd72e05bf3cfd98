"""The catalogue judged again: every attempt by the ranges in force for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cobrex.process import quality
from cobrex.process.need import needed
from cobrex.rules import book
from cobrex.settings import Settings
from cobrex_db import verdicts
from cobrex_registry.errors import RegistryError
from cobrex_registry.materialise import materialise
from cobrex_registry.presets.published import find_preset
from cobrex_registry.recipe.code_hash import code_hash
from cobrex_registry.repository import Registry
from cobrex_registry.semver import Spec
from cobrex_registry.version import Version

from .change import Change
from .judge import Case, judge

if TYPE_CHECKING:
    from sqlalchemy import Engine

Ranges = tuple[Mapping[str, Any], ...]


@dataclass(slots=True)
class Verdicts:
    """What judging again came to.

    Attributes
    ----------
    looked : int
        How many attempts there are.
    judged : list of dict
        Those whose ranges are others now: ``key recipe before after``.
    changes : list of Change
        What went out of use.
    unknown : dict of str to str
        Why nobody can tell the ranges, by recipe and version: these stay as they are.
    """

    looked: int = 0
    judged: list[dict[str, Any]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    unknown: dict[str, str] = field(default_factory=dict)


def judge_all(
    engine: Engine, settings: Settings, registry: Registry, *, recipe: str | None = None
) -> Verdicts:
    """Judge all valid attempts, or those of a recipe, by the ranges in force.

    The ranges are those of the version used now, if its code is the one that made the products,
    else of the version that made them; a preset's ranges replace them.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    settings : Settings
    registry : Registry
    recipe : str, optional
        With or without namespace.

    Returns
    -------
    Verdicts
    """
    with engine.connect() as connection:
        rows = verdicts.judged_rows(connection, recipe=recipe)
    found = Verdicts(looked=len(rows))
    force = _InForce(settings, registry)
    cases: dict[int, tuple[dict[str, Any], Case]] = {}
    for row in rows:
        try:
            ranges = force.ranges(row)
        except RegistryError as error:
            found.unknown[f"{row['recipe']}@{row['version']}"] = str(error)
            continue
        if row["ranges_hash"] != quality.ranges_hash(ranges):
            name = f"{row['recipe'].removeprefix('main/')} {row['key'][:8]}"
            case = Case(row["process_id"], row["attempt_id"], name, ranges)
            cases[row["process_id"]] = (row, case)
    sentence = judge(engine, [case for _, case in cases.values()])
    found.changes = sentence.changes
    with engine.connect() as connection:
        said = verdicts.said(connection, [case.attempt_id for _, case in cases.values()])
    for process_id, (row, case) in cases.items():
        after = verdicts.effective(sentence.verdicts[process_id], said.get(case.attempt_id))
        found.judged.append(
            {"key": row["key"], "recipe": row["recipe"], "before": row["verdict"], "after": after}
        )
    return found


@dataclass(slots=True)
class _InForce:
    """Ranges by version and preset, each looked up once."""

    settings: Settings
    registry: Registry
    _found: dict[tuple[str, str], Ranges] = field(default_factory=dict)
    _used: dict[str, tuple[Version, str] | None] = field(default_factory=dict)

    def ranges(self, row: Mapping[str, Any]) -> Ranges:
        version = self._version(row)
        preset = str(row["preset"] or "").partition(" ")[0]
        preset = "" if "=" in preset else preset
        if (str(version), preset) not in self._found:
            manifest = self.registry.manifest(version)
            laid = find_preset(self.registry, version, preset).qc if preset else ()
            self._found[str(version), preset] = tuple(needed(manifest, laid)["qc"])
        return self._found[str(version), preset]

    def _version(self, row: Mapping[str, Any]) -> Version:
        recipe = str(row["recipe"])
        if recipe not in self._used:
            self._used[recipe] = self._now(recipe)
        now = self._used[recipe]
        if now is not None and now[1] == row["code_hash"]:
            return now[0]
        return self.registry.resolve("recipe", f"{recipe}@{row['version']}")

    def _now(self, recipe: str) -> tuple[Version, str] | None:
        """The version that the rules use, and its code."""
        try:
            version = self.registry.resolve("recipe", self._spec(recipe))
        except RegistryError:
            return None
        folder = materialise(self.registry, version, self.settings.cache)
        return version, code_hash(self.registry.manifest(version), folder)

    def _spec(self, recipe: str) -> str:
        specs = (a.recipe for a in book.load().associations.values())
        return next((s for s in specs if Spec.parse(s).full_name == recipe), recipe)
