"""Standing of versions: deprecated or yanked, by events that are only ever added."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from cobrex_registry.canonical import canonical_json
from cobrex_registry.errors import RegistryError
from cobrex_registry.ident import Author, caller
from cobrex_registry.roles import check_publish
from cobrex_registry.semver import Semver, Spec
from cobrex_registry.store.git import ZERO, Git, Objects
from cobrex_registry.store.objects import EMPTY_TREE, moment, write_commit
from cobrex_registry.store.refs import read, swap

SCHEMA = "status/1"
ACTIONS = ("deprecate", "undeprecate", "yank", "unyank")
_KEYS = frozenset({"schema", "action", "version", "reason", "replacement", "by", "at"})
_LONGEST = 2000
_PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Event:
    """One thing said of a version.

    Attributes
    ----------
    action : str
        One of `ACTIONS`.
    version : str
        Empty for every version.
    reason, replacement : str
        Why; a recipe or version to use instead.
    by : str
        Who said it.
    at : str
        When, UTC, ISO.
    """

    action: str
    version: str
    reason: str = ""
    replacement: str = ""
    by: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds of a version after all events.

    Attributes
    ----------
    yanked, deprecated : Event or None
        The event that made it so.
    """

    yanked: Event | None = None
    deprecated: Event | None = None


def status_ref(kind: str, spec: Spec) -> str:
    """Return the ref that holds the events of a thing."""
    return f"refs/status/{kind}/{spec.namespace}/{spec.name}"


def add(git: Git, kind: str, spec: Spec, event: Event, author: Author) -> str:
    """Add an event.

    Parameters
    ----------
    git : Git
        The registry.
    kind : str
        ``recipe``, ``preset`` ...
    spec : Spec
        Which thing.
    event : Event
        Without a time it gets the present one.
    author : Author
        Who says it.

    Returns
    -------
    str
        Id of the commit that holds it.

    Raises
    ------
    RegistryError
        Of kind ``status`` when the event is malformed; ``role`` when it is not the caller's.
    """
    at = event.at or f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    said = {"schema": SCHEMA, **asdict(event), "at": at}
    title = f"{event.action} {spec.full_name} {event.version}".rstrip()
    message = f"{title}\n\n{canonical_json(said).decode()}"
    parse(message)
    check_publish(git.path, spec.namespace, caller())
    ref = status_ref(kind, spec)
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        old = read(git, ref).get(ref, "")
        parents = [old] if old else []
        if not parents:
            git.run("mktree")  # git knows the empty tree by heart, fsck and the others want it
        new = write_commit(
            git, EMPTY_TREE, parents, message, author=author, when=moment(_after(git, old))
        )
        if swap(git, ref, new, old or ZERO):
            return new
        time.sleep(random.uniform(0, 0.05))  # noqa: S311 - so that many hands take turns
    raise RegistryError(f"{ref} moves all the time", hint="try again", kind="status")


def standings(
    git: Git, kind: str, full_names: Iterable[str] = ()
) -> dict[str, dict[str, Standing]]:
    """Return what holds of the versions of things.

    Parameters
    ----------
    git : Git
        The registry.
    kind : str
        ``recipe``, ``preset`` ...
    full_names : iterable of str
        ``namespace/name``; everything of the kind when empty.

    Returns
    -------
    dict of str to dict of str to Standing
        By full name, then version; ``""`` is every version. What is no event does not count;
        `cobrex recipe fsck` tells of it.
    """
    base = f"refs/status/{kind}/"
    wanted = [f"{base}{name}" for name in full_names] or [base]
    heads = {ref.removeprefix(base): sha for ref, sha in read(git, *wanted).items()}
    if not heads:
        return {}
    with git.objects() as objects:
        return {name: fold(events_of(objects, sha, [])) for name, sha in heads.items()}


def _after(git: Git, head: str) -> int:
    """Return the time of a new event: later than all before it, whatever the clocks say."""
    now = int(time.time())
    if not head:
        return now
    with git.objects() as objects:  # a commit of another hand may be older than its parent
        return max(now, *(read_commit(objects, sha)[1] + 1 for sha in _reachable(objects, head)))


def events_of(objects: Objects, head: str, damaged: list[str] | None = None) -> list[Event]:
    """Return all events reachable from a commit, in the order in which they hold.

    Parameters
    ----------
    objects : Objects
        Of the registry.
    head : str
        Where the chain stands.
    damaged : list of str, optional
        Gets the ids of commits that hold no event; without it they are an error.

    Returns
    -------
    list of Event

    Raises
    ------
    RegistryError
        Of kind ``status``: a commit that holds no event. Of kind ``git``: one that is missing.
    """
    found: dict[str, tuple[int, Event | None]] = {}
    queue = [head]
    while queue:
        sha = queue.pop()
        if sha in found:
            continue
        parents, when, message = read_commit(objects, sha)
        found[sha] = (when, None if len(parents) > 1 else _event(message, sha, damaged))
        queue += parents
    ordered = sorted((when, sha, event) for sha, (when, event) in found.items() if event)
    return [event for _, _, event in ordered]


def _event(message: str, sha: str, damaged: list[str] | None) -> Event | None:
    try:
        return parse(message)
    except RegistryError:
        if damaged is None:
            raise
        damaged.append(sha)
        return None


def fold(events: Iterable[Event]) -> dict[str, Standing]:
    """Return what holds after events, by version."""
    yanked: dict[str, Event | None] = {}
    deprecated: dict[str, Event | None] = {}
    for event in events:
        table = yanked if event.action.endswith("yank") else deprecated
        table[event.version] = None if event.action.startswith("un") else event
    return {
        version: Standing(yanked.get(version), deprecated.get(version))
        for version in {*yanked, *deprecated}
    }


def standing_of(standings_of_thing: Mapping[str, Standing], version: str) -> Standing:
    """Return what holds of one version: what is said of it, else of every version."""
    own = standings_of_thing.get(version, Standing())
    whole = standings_of_thing.get("", Standing())
    return Standing(own.yanked or whole.yanked, own.deprecated or whole.deprecated)


def parse(message: str) -> Event:
    """Read the event of a commit message.

    Raises
    ------
    RegistryError
        Of kind ``status``.
    """
    _, _, text = message.partition("\n\n")
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        said = None
    if (
        not isinstance(said, dict)
        or said.keys() != _KEYS
        or said["schema"] != SCHEMA
        or said["action"] not in ACTIONS
        or not all(isinstance(v, str) and len(v) <= _LONGEST for v in said.values())
    ):
        raise RegistryError("not an event of a status", kind="status", hint="recipe fsck")
    if said["version"]:
        Semver.parse(said["version"])
    if said["replacement"]:
        Spec.parse(said["replacement"])
    del said["schema"]
    return Event(**said)


def merge(git: Git, ours: str, theirs: str) -> str:
    """Return a commit that holds the events of two chains; the same on every server.

    Parameters
    ----------
    git : Git
        Holds both.
    ours, theirs : str
        Heads.

    Returns
    -------
    str
        One of them when it holds the other's events already, else a merge commit.
    """
    with git.objects() as objects:
        if theirs in _reachable(objects, ours):
            return ours
        if ours in _reachable(objects, theirs):
            return theirs
        parents = sorted((ours, theirs))
        when = max(read_commit(objects, one)[1] for one in parents)
    return write_commit(git, EMPTY_TREE, parents, "merge", author=Author(), when=moment(when))


def read_commit(objects: Objects, sha: str) -> tuple[list[str], int, str]:
    """Return parents, committer time (seconds) and message of a commit."""
    kind, data = objects.read(sha)
    head, _, message = data.decode("utf-8", "replace").partition("\n\n")
    lines = head.split("\n")
    parents = [line.partition(" ")[2] for line in lines if line.startswith("parent ")]
    times = [line.split()[-2] for line in lines if line.startswith("committer ")]
    if kind != "commit" or not times or not times[0].isdigit():
        raise RegistryError(f"{sha} is no commit of a status", kind="status", hint="recipe fsck")
    return parents, int(times[0]), message


def _reachable(objects: Objects, head: str) -> set[str]:
    seen: set[str] = set()
    queue = [head]
    while queue:
        sha = queue.pop()
        if sha not in seen:
            seen.add(sha)
            queue += read_commit(objects, sha)[0]
    return seen
