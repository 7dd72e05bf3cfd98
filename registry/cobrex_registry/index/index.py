"""The index: what refs say, kept in SQLite beside them; derived, and true or not believed."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from cobrex_registry.store.git import Git
from cobrex_registry.version import Version

from .shelf import UNREADABLE, Row, Shelf
from .stamp import Refs
from .thing import Name, Thing, read_things

_PACKED: Name = ("", "", "packed-refs")


class Index:
    """Answers what is published without asking git, as long as no ref changed.

    What is kept of a thing bears the stamp of the files its refs were read from; when that
    differs, or is so young that it could hide a change, git is asked again. So the file may be
    lost, old, damaged or not writable: answers are the same, later.

    Parameters
    ----------
    git : Git
        The registry.
    """

    def __init__(self, git: Git) -> None:
        self.git = git
        # between the nodes of a network file system SQLite's locks do not hold: a file for each
        host = re.sub(r"[^A-Za-z0-9_-]", "-", socket.gethostname().partition(".")[0])[:64]
        self._seen: dict[Name, list[Version]] = {}  # by who publishes many versions of one thing
        self.folder = git.path / "cobrex"
        self.shelf = Shelf(self.folder / f"index.{host or 'host'}.sqlite")

    def thing(self, name: Name) -> Thing:
        """Return one thing; it has no versions when nothing of that name is published."""
        refs = Refs(self.git.path)
        row = self.shelf.get(name)
        kept = _read_row(name, row)
        if row is not None and kept is not None and row.stamp == refs.stamp(name).text:
            return kept
        known = self._seen.get(name) or (kept.versions if kept else [])
        thing = self._read(refs, [name], known)[name]
        self._seen = {name: thing.versions}
        return thing

    def things(self, kind: str) -> list[Thing]:
        """Return everything of a kind that has versions, by namespace and name."""
        refs = Refs(self.git.path)
        names = sorted(refs.loose(kind) | {one for one in self._packed(refs) if one[0] == kind})
        rows = self.shelf.all(kind)
        found: dict[Name, Thing] = {}
        for name in names:
            row = rows.get(name)
            if row is not None and row.stamp == refs.stamp(name).text:
                kept = _read_row(name, row)
                if kept is not None:
                    found[name] = kept
        stale = [name for name in names if name not in found]
        if stale:
            found |= self._read(refs, stale)
        return [found[name] for name in names if found[name].versions or found[name].trouble]

    def forget(self) -> None:
        """Remove the file: it is made anew from the refs."""
        self.shelf.remove()

    def _packed(self, refs: Refs) -> set[Name]:
        """Return the things in ``packed-refs``, whose names no folder tells."""
        row = self.shelf.get(_PACKED)
        if row is not None and row.stamp == refs.packed.text:
            with suppress(*UNREADABLE):
                return {(kind, ns, name) for kind, ns, name in row.body}
        now = self.now()
        names = refs.packed_names()
        if refs.packed.settled(now):
            self.shelf.put([(_PACKED, Row(refs.packed.text, sorted(names)))])
        return names

    def _read(
        self, refs: Refs, names: Sequence[Name], known: Sequence[Version] = ()
    ) -> dict[Name, Thing]:
        now = self.now()
        stamps = {name: refs.stamp(name) for name in names}  # before the refs they vouch for
        things = read_things(self.git, names, known)
        self.shelf.put(
            (name, Row(stamps[name].text, thing.as_plain()))
            for name, thing in things.items()
            if stamps[name].settled(now)
        )
        return things

    def now(self) -> int:
        """Return the time of the registry's file system in ns; 0 when it may not be written."""
        clock = self.folder / "clock"
        try:
            os.utime(clock)
            return clock.stat().st_mtime_ns
        except FileNotFoundError:
            return self._make(clock)
        except OSError:
            return 0

    def _make(self, clock: Path) -> int:
        """Make the index's folder, for the same people as the registry."""
        try:
            shared = self.git.path.stat().st_mode & 0o2775
            self.folder.mkdir(exist_ok=True)
            self.folder.chmod(shared)
            clock.touch()
            clock.chmod(shared & 0o664)
            return clock.stat().st_mtime_ns
        except OSError:
            return 0


def _read_row(name: Name, row: Row | None) -> Thing | None:
    """Return the thing of a row; None for a row that another cobrex has written otherwise."""
    if row is not None:
        with suppress(*UNREADABLE):
            return Thing.from_plain(name, row.body)
    return None
