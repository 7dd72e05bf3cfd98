"""Conflicts: the same version with other files on another server; kept, told, never used."""

from __future__ import annotations

from dataclasses import dataclass

from cobrex_registry.standing.status import standing_of, standings
from cobrex_registry.store.git import Git
from cobrex_registry.store.refs import read

PREFIX = "refs/conflicts/"


@dataclass(frozen=True, slots=True)
class Conflict:
    """One version that is not the same on two servers.

    Attributes
    ----------
    peer : str
        The other server.
    what : str
        ``<kind>/<ns>/<name>/<version>``, or ``attest/<server>``.
    ours, theirs : str
        Ids of the two tags; `ours` is empty when it is gone here.
    settled : str
        Why nothing remains to be done; empty while something does.
    """

    peer: str
    what: str
    ours: str
    theirs: str
    settled: str = ""

    @property
    def message(self) -> str:
        """What it is, for people."""
        if self.what.startswith("attest/"):
            server = self.what.partition("/")[2]
            return f"attestations of {server} at {self.peer} have lost lines that are here"
        kind, name = self.what.split("/", 1)
        return (
            f"{kind} {'@'.join(name.rsplit('/', 1))} has other files at {self.peer} "
            f"(here {self.ours[:12]}, there {self.theirs[:12]})"
        )

    @property
    def cure(self) -> str:
        """What settles it, for people."""
        if self.what.startswith("attest/"):
            return f"{self.peer} is to restore them from a backup, or by a sync with this server"
        kind, name = self.what.split("/", 1)
        recipe = "@".join(name.rsplit("/", 1))
        verb = "yank it on both servers" if kind == "recipe" else "leave it on both servers"
        return (
            f"a published version never changes: {verb} (cobrex recipe yank {recipe}) and publish "
            "both again, each with another version in its file"
        )


def listed(git: Git, peer: str = "") -> list[Conflict]:
    """Return the conflicts that have been seen.

    Parameters
    ----------
    git : Git
        The registry.
    peer : str
        With this server alone; with any when empty.

    Returns
    -------
    list of Conflict
        By server and version; those that are settled are marked.
    """
    recorded = read(git, f"{PREFIX}{peer}/" if peer else PREFIX)
    if not recorded:
        return []
    ours = read(git, *(_our_ref(ref) for ref in recorded))
    shown = read(git, *(_mirror_ref(ref) for ref in recorded))
    said = {kind: standings(git, kind) for kind in {ref.split("/")[3] for ref in recorded}}
    found = []
    for ref, theirs in sorted(recorded.items()):
        _, _, server, what = ref.split("/", 3)
        mine = ours.get(_our_ref(ref), "")
        settled = ""
        if mine and shown.get(_mirror_ref(ref)) == mine:
            settled = f"{server} shows the same by now"
        elif what.count("/") == 3:
            kind, namespace, name, version = what.split("/")
            own = said[kind].get(f"{namespace}/{name}", {})
            settled = "yanked" if standing_of(own, version).yanked else ""
        found.append(Conflict(server, what, mine, theirs, settled))
    return found


def _our_ref(ref: str) -> str:
    what = ref.split("/", 3)[3]
    return f"refs/notes/{what}" if what.startswith("attest/") else f"refs/tags/{what}"


def _mirror_ref(ref: str) -> str:
    return f"refs/mirror/{ref.split('/')[2]}/{_our_ref(ref).removeprefix('refs/')}"
