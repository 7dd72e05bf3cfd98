"""How the difference of two states of a recipe is shown."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cobrex_registry.authoring.recipe_diff import FileChange, Moved, RecipeDiff

_SHOWN = 40


def as_json(found: RecipeDiff) -> dict[str, Any]:
    """Return a difference as plain values."""
    from dataclasses import asdict

    return {
        "old": {"recipe": found.old.label, "version": found.old.manifest.version},
        "new": {"recipe": found.new.label, "version": found.new.manifest.version},
        "manifest": [asdict(one) for one in found.changes],
        "files": [asdict(one) for one in found.files],
        "packages": [asdict(one) for one in found.packages],
        "results": [asdict(one) for one in found.results],
        "bump": None if found.is_empty else found.level,
        "wanted": None if found.is_empty else str(found.wanted),
        "enough": found.is_empty or found.enough,
    }


def show(found: RecipeDiff) -> None:
    """Print a difference: a section for each kind of thing, what the number must say last."""
    from .output import say

    say(f"{found.old.label} -> {found.new.label}")
    if found.is_empty:
        say("", "nothing is different")
        return
    if found.changes:
        say("", "manifest", *(f"  {one.level:<5}  {one.text}" for one in found.changes))
    if found.packages:
        say("", "packages", *_moved(found.packages))
    if found.results:
        say("", "stored results", *_moved(found.results))
    if found.files:
        say("", "files", *(f"  {_file(one)}" for one in found.files))
    for one in found.files:
        if one.lines and one.what != "mode":
            say("", f"--- {one.path}" if one.what == "removed" else f"+++ {one.path}")
            _raw(one.lines)
    say("", _verdict(found))


def _moved(rows: list[Moved]) -> list[str]:
    lines = []
    where = ""
    for one in rows[:_SHOWN]:
        if one.where != where:
            where = one.where
            lines.append(f"  {where}")
        lines.append(f"    {one.name}: {_value(one.old)} -> {_value(one.new)}")
    more = len(rows) - _SHOWN
    return [*lines, f"    and {more} more (--json shows all)"] if more > 0 else lines


def _value(value: Any) -> str:
    text = "none" if value is None else str(value)
    text = "".join(c if c.isprintable() else "?" for c in text)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _file(one: FileChange) -> str:
    if one.what == "mode":
        return f"{one.path}: {one.lines[0]}"
    sizes = [f"{n} bytes" for n in (one.old_bytes, one.new_bytes) if n is not None]
    return f"{one.path}: {one.what}, {' -> '.join(sizes)}"


def _raw(lines: tuple[str, ...]) -> None:
    """Print lines of files as they are, but for what would steer the terminal."""
    from .output import printable

    for line in lines:
        sys.stdout.write(f"{printable(line)}\n")


def _verdict(found: RecipeDiff) -> str:
    says = f"{found.level}: {found.wanted} or higher after {found.old.number} says what changed"
    if found.new.number == found.old.number and found.new.version is None:
        return f"{says}; recipe publish --bump writes it"
    if found.new.number <= found.old.number:
        return says
    return f"{says}; {found.new.number} {'does' if found.enough else 'does not'}"
