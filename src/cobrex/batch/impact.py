"""What would be made anew if a recipe, frame, rule or preset changed, and what that costs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cobrex.errors import UsageError
from cobrex.rules import book
from cobrex.settings import Settings
from cobrex_db import descent, series
from cobrex_db.engine import transact
from cobrex_db.frame_lookup import frame_by
from cobrex_db.query import describe_frame
from cobrex_registry.materialise import materialise
from cobrex_registry.recipe.code_hash import code_hash
from cobrex_registry.repository import Registry
from cobrex_registry.semver import Spec

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

KINDS = ("recipe", "frame", "rule", "preset")


@dataclass(frozen=True, slots=True)
class Impact:
    """What a change reaches.

    Attributes
    ----------
    what : str
        The change in words.
    direct : frozenset of int
        Processes it touches itself.
    rows : list of dict
        All it reaches, as `cobrex_db.descent.describe` gives them.
    """

    what: str
    direct: frozenset[int]
    rows: list[dict[str, Any]] = field(default_factory=list)

    @property
    def cpu_s(self) -> float:
        """CPU seconds these processes took when they were made."""
        return sum(row["cpu_s"] or 0.0 for row in self.rows)

    def table(self) -> list[dict[str, Any]]:
        """Return products and cost by star and frame type."""
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for row in self.rows:
            where = (row["star"] or "", row["frame_type"])
            line = found.setdefault(
                where, {"star": where[0], "frame_type": where[1], "processes": 0, "cpu_s": 0.0}
            )
            line["processes"] += 1
            line["cpu_s"] += row["cpu_s"] or 0.0
        return [found[where] for where in sorted(found)]


def impact(connection: Connection, settings: Settings, registry: Registry, word: str) -> Impact:
    """Find what a change would reach.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    settings : Settings
    registry : Registry
    word : str
        ``RECIPE@VERSION``, a frame (id, archive name or path), the name of an association rule,
        ``RECIPE/PRESET``; ``recipe:``, ``frame:``, ``rule:``, ``preset:`` before it say which.

    Returns
    -------
    Impact

    Raises
    ------
    UsageError
        Kind ``impact``: nothing is called so.
    CatalogueError, RegistryError
        No such frame, recipe or version.
    """
    kind, name = _kind(word)
    if kind == "recipe":
        what, direct = _of_recipe(connection, settings, registry, name)
    elif kind == "preset":
        what, direct = _of_preset(connection, name)
    elif kind == "rule":
        found = descent.of_recipe(connection, "", association=name)
        what, direct = f"rule {name}", [row["process_id"] for row in found]
    else:
        what, direct = _of_frame(connection, name, settings.user)
    reached = {*direct, *descent.descendants(connection, direct)}
    rows = descent.describe(connection, reached, viewer=settings.user)
    return Impact(what, frozenset(direct), rows)


def _kind(word: str) -> tuple[str, str]:
    prefix, colon, rest = word.partition(":")
    if colon and prefix in KINDS:
        return prefix, rest
    if word in book.load().associations:
        return "rule", word
    if word.isdigit() or word.endswith((".fits", ".fits.gz", ".fits.Z")) or Path(word).exists():
        return "frame", word
    if "@" in word or "#" in word:
        return "recipe", word
    if word.count("/") == 1:
        return "preset", word
    raise UsageError(
        f"nothing tells whether {word!r} is a recipe, a frame, a rule or a preset",
        hint=f"RECIPE@VERSION, a frame, RECIPE/PRESET, or say which: recipe:{word}",
        kind="impact",
    )


def _of_recipe(
    connection: Connection, settings: Settings, registry: Registry, name: str
) -> tuple[str, list[int]]:
    """Processes of a recipe whose code is not that of a version."""
    version = registry.resolve("recipe", name)
    folder = materialise(registry, version, settings.cache)
    new = code_hash(registry.manifest(version), folder)
    there = descent.of_recipe(connection, version.full_name)
    return f"{version}", [row["process_id"] for row in there if row["code_hash"] != new]


def _of_preset(connection: Connection, name: str) -> tuple[str, list[int]]:
    recipe, _, preset = name.rpartition("/")
    full = Spec.parse(recipe).full_name
    found = descent.of_recipe(connection, full, preset=preset)
    return f"preset {preset} of {recipe}", [row["process_id"] for row in found]


def _of_frame(connection: Connection, name: str, viewer: str) -> tuple[str, list[int]]:
    frame = describe_frame(connection, frame_by(connection, name, viewer=viewer)) or {}
    content = frame.get("content_id")
    what = f"frame {frame.get('frame_id')} {frame.get('archive_name') or ''}".rstrip()
    return what, descent.users_of(connection, content) if content else []


def mark(engine: Engine, found: Impact) -> int:
    """Mark what a change reaches as stale; ``reduce --refresh`` makes it anew.

    Returns
    -------
    int
        How many series.
    """
    why = f"{found.what} changed"
    names = list(dict.fromkeys(str(row["series"]) for row in found.rows))
    transact(engine, lambda c: series.mark(c, dict.fromkeys(names, why), ()))
    return len(names)
