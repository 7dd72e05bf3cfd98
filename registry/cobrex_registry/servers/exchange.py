"""One sync under way: what both sides show, what has come of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from cobrex_registry.errors import RegistryError
from cobrex_registry.locks import lock
from cobrex_registry.repository import Registry
from cobrex_registry.store.git import ZERO, Git
from cobrex_registry.store.refs import create_all, swap

from .conflicts import Conflict
from .incoming import parts_of
from .peers import Peer
from .transport import Remote


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which versions a sync is about.

    Attributes
    ----------
    tags : frozenset of str or None
        Full ref names of versions; None for all.
    thing : str
        ``recipe/main/toy``: only its versions, standing and channels; empty for all.
    """

    tags: frozenset[str] | None = None
    thing: str = ""

    def has(self, ref: str) -> bool:
        """Tell whether a ref is meant: a version, or what belongs to a thing of it."""
        if self.thing:
            return f"{ref}/".startswith(f"refs/tags/{self.thing}/") or (
                ref.startswith(("refs/status/", "refs/channels/"))
                and ref.endswith(f"/{self.thing}")
            )
        if self.tags is None or ref.startswith("refs/notes/"):
            return True
        if ref.startswith("refs/tags/"):
            return ref in self.tags
        thing = ref.split("/", 2)[2] if ref.startswith("refs/status/") else ref.split("/", 3)[-1]
        return any(one.startswith(f"refs/tags/{thing}/") for one in self.tags)

    @classmethod
    def of_lock(cls, path: Path) -> Chosen:
        """Return the versions that a lock file names.

        Raises
        ------
        RegistryError
            Of kind ``lock`` or ``yaml``.
        """
        entries = lock.read(path).entries
        return cls(frozenset(f"refs/tags/{e.kind}/{e.name}/{e.version}" for e in entries))


@dataclass(slots=True)
class Outcome:
    """What a sync did.

    Attributes
    ----------
    peer : str
        With whom.
    came, sent : list of str
        Refs that came in, that were sent.
    joined : list of str
        Refs of status, channels and attestations that moved here.
    refused, declined : dict of str to str
        Refs that were not taken in, that the peer did not take, and why.
    missing : list of str
        Versions that were asked for and are neither here nor there.
    changed : list of str
        Tags of the peer that are not what it showed before.
    conflicts : list of Conflict
        Versions that are not the same here and there; settled ones too.
    """

    peer: str
    came: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    joined: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    declined: dict[str, str] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)

    @property
    def open_conflicts(self) -> list[Conflict]:
        """Conflicts that somebody has to settle."""
        return [one for one in self.conflicts if not one.settled]

    def problems(self) -> list[RegistryError]:
        """Return what somebody has to see to, the gravest first."""
        found = []
        if several := self.open_conflicts:
            told = "\n  ".join(one.message for one in several[:5])
            more = f"\n  and {len(several) - 5} more" if len(several) > 5 else ""
            found.append(RegistryError(told + more, kind="conflict", hint=several[0].cure))
        for kind, refs, what, hint in (
            ("refused", self.refused, "was not taken in", f"{self.peer} is to mend it"),
            ("declined", self.declined, "was not sent", "see its reason; the rest was sent"),
        ):
            if refs:
                ref, reason = next(iter(refs.items()))
                more = f" (and {len(refs) - 1} more)" if len(refs) > 1 else ""
                found.append(RegistryError(f"{ref} {what}: {reason}{more}", kind=kind, hint=hint))
        if self.missing:
            found.append(
                RegistryError(
                    f"{', '.join(self.missing[:5])}: the lock names it, {self.peer} has it not",
                    kind="unknown-version",
                    hint="sync with the server the lock was made on",
                )
            )
        return found

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON's types."""
        told = [
            {"what": one.what, "ours": one.ours, "theirs": one.theirs, "settled": one.settled,
             "message": one.message, "cure": one.cure}
            for one in self.conflicts
        ]  # fmt: skip
        return {
            "peer": self.peer,
            "came": self.came,
            "sent": self.sent,
            "joined": self.joined,
            "refused": self.refused,
            "declined": self.declined,
            "missing": self.missing,
            "changed": self.changed,
            "conflicts": told,
        }


@dataclass
class Exchange:
    """What one sync knows.

    Attributes
    ----------
    registry : Registry
        Ours.
    peer : Peer
        The other side.
    server : str
        Our own name among servers.
    remote : Remote
        The way there.
    theirs, ours, mirror : dict of str to str
        Refs to ids: what the peer shows, what is here, what the peer showed the last time.
    ids : set of str
        What some ref here holds: nothing of it needs to be fetched.
    chosen : Chosen
        What the sync is about.
    outcome : Outcome
        What has been done.
    """

    registry: Registry
    peer: Peer
    server: str
    remote: Remote
    theirs: dict[str, str]
    ours: dict[str, str]
    mirror: dict[str, str]
    ids: set[str]
    chosen: Chosen
    outcome: Outcome

    @property
    def git(self) -> Git:
        """Our repository."""
        return self.registry.git

    @cached_property
    def commits(self) -> set[str]:
        """Commits of the versions here."""
        return set(self.git.run("for-each-ref", "--format=%(*objectname)", "refs/tags/").split())

    def knows(self, commit: str) -> bool:
        """Tell whether a commit is that of a version here."""
        return commit in self.commits

    def fetch(self, refs: Sequence[str]) -> list[str]:
        """Bring in what some refs of the peer point to; return those that are here now."""
        missing = {ref: sha for ref in refs if (sha := self.theirs[ref]) not in self.ids}
        kept_out = self.remote.fetch(missing)
        self.outcome.refused |= kept_out
        return [ref for ref in refs if ref not in kept_out]

    def remember(self, refs: Sequence[str]) -> None:
        """Note what the peer showed: so it is kept, not fetched again, and a change is seen."""
        new = {}
        for ref in refs:
            sha, before = self.theirs[ref], self.mirror.get(ref, "")
            name = f"refs/mirror/{self.peer.name}/{ref.removeprefix('refs/')}"
            if not before:
                new[name] = sha
            elif before != sha:
                if ref.startswith("refs/tags/"):
                    self.outcome.changed.append(ref)
                swap(self.git, name, sha, before)
            self.ids.add(sha)
        create_all(self.git, {name: sha for name, sha in new.items() if sha != ZERO})

    @staticmethod
    def oldest_first(refs: Iterable[str]) -> list[str]:
        """Order tags by thing and version, so that what a version follows comes before it."""
        return sorted(refs, key=_order)


def _order(ref: str) -> tuple[str, Any]:
    try:
        kind, namespace, name, number = parts_of(ref)
    except RegistryError:
        return (ref, ())
    # presets and suites name recipes
    rank = "0" if kind == "recipe" else "1"
    return (f"{rank}/{kind}/{namespace}/{name}", number.precedence)
