"""Refs that move, checked when they come from elsewhere: events, promotions, attestations."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta

from cobrex_registry.errors import RegistryError
from cobrex_registry.reading.fields import COMPONENT
from cobrex_registry.standing import channels, status
from cobrex_registry.standing.channels import Promotion
from cobrex_registry.store.git import Objects
from cobrex_registry.store.objects import EMPTY_TREE
from cobrex_registry.store.tree_files import PLAIN
from cobrex_registry.store.tree_hash import FOLDER, read_entries
from cobrex_registry.version import KINDS

from .incoming import MAX_TAG, read_commit, read_version, refused

MAX_EVENTS = 20_000
MAX_NOTE_TREES = 20_000
_AHEAD_S = 86_400
_AT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_MAX_TREE = 32 << 20
_STATUS = re.compile(rf"refs/status/(?:{'|'.join(KINDS)})/([^/]+)/([^/]+)")
_CHANNEL = re.compile(rf"refs/channels/([^/]+)/(?:{'|'.join(KINDS)})/([^/]+)/([^/]+)")
_NOTES = re.compile(r"refs/notes/attest/([^/]+)")
_TAG = re.compile(
    rb"object ([0-9a-f]{40})\ntype tag\ntag ([^\n]+)\n"
    rb"tagger [^\n<>]+ <[^\n<>]*> (?:0|[1-9][0-9]{0,10}) [+-][0-9]{4}\n\n"
)


def check_status(objects: Objects, ref: str, new: str, old: str = "") -> None:
    """Check the events that a chain adds.

    Parameters
    ----------
    objects : Objects
        Reader.
    ref : str
        ``refs/status/<kind>/<ns>/<name>``.
    new : str
        Head of the chain.
    old : str
        A head whose events are here already.

    Raises
    ------
    RegistryError
        Of kind ``refused``: no such ref, a commit that holds files, no event or a malformed one.
    """
    for _, data in added_events(objects, ref, new, old):
        try:
            event = status.parse(data)
        except RegistryError as error:
            raise refused(f"{error.message}: {data.partition(chr(10))[0][:80]!r}") from error
        _demand_plain(event.reason, event.by, event.at)


def added_events(objects: Objects, ref: str, new: str, old: str = "") -> list[tuple[str, str]]:
    """Return commits, with their messages, that a chain adds; merges are left out.

    Raises
    ------
    RegistryError
        Of kind ``refused``.
    """
    namespace_of_status(ref)
    seen, found = {old}, []
    queue = [new]
    while queue:
        sha = queue.pop()
        if sha in seen:
            continue
        seen.add(sha)
        tree, parents = read_commit(objects, sha)
        if tree != EMPTY_TREE:
            raise refused(f"commit {sha[:12]} holds files; an event holds none")
        if len(parents) > 2 or len(seen) > MAX_EVENTS:
            raise refused(f"commit {sha[:12]} has {len(parents)} parents, or there are too many")
        _, when, message = status.read_commit(objects, sha)
        if when > time.time() + _AHEAD_S:  # whatever is said later must come after it
            raise refused(f"commit {sha[:12]} is of a time that is yet to come; see the clocks")
        if len(parents) < 2:
            found.append((sha, message))
        queue += parents
    return found


def namespace_of_status(ref: str) -> str:
    """Return whose a status ref is.

    Raises
    ------
    RegistryError
        Of kind ``refused`` when it is none.
    """
    match = _STATUS.fullmatch(ref)
    if match is None or not all(COMPONENT.fullmatch(part) for part in match.groups()):
        raise refused("no status: they are refs/status/<kind>/<namespace>/<name>")
    return match[1]


def is_moving(ref: str) -> bool:
    """Tell whether a ref is named as a status, a channel or a server's attestations are."""
    match = _STATUS.fullmatch(ref) or _CHANNEL.fullmatch(ref) or _NOTES.fullmatch(ref)
    return match is not None and all(COMPONENT.fullmatch(part) for part in match.groups())


def promotion_of(objects: Objects, ref: str, sha: str) -> tuple[Promotion, bytes]:
    """Return a promotion, and its tag.

    Raises
    ------
    RegistryError
        Of kind ``refused`` when what stands there is none, or is made for another ref.
    """
    what, data = objects.read(sha, MAX_TAG)
    header = _TAG.match(data) if what == "tag" else None
    if header is None or ref.removeprefix("refs/").encode() != header[2]:
        raise refused("no promotion of this channel")
    try:
        promotion = channels.parse(data, ref, sha)
    except RegistryError as error:
        raise refused(error.message) from error
    soon = f"{datetime.now(UTC) + timedelta(seconds=_AHEAD_S):%Y-%m-%dT%H:%M:%SZ}"
    for step in promotion.history:
        if not _AT.fullmatch(step.at) or step.at > soon:
            raise refused("it is of a time that is yet to come, or of none; see the clocks")
    _demand_plain(promotion.why, *(t for step in promotion.history for t in (step.who, step.why)))
    return promotion, data


def _demand_plain(*texts: str) -> None:
    if not all(one.isprintable() for one in texts):
        raise refused("its text holds what a terminal would obey")


def check_target(objects: Objects, promotion: Promotion, published: str) -> None:
    """Check that a promotion stands on a version that is published here.

    Parameters
    ----------
    objects : Objects
        Reader.
    promotion : Promotion
        Which.
    published : str
        Id of the tag of that version here; empty when there is none.

    Raises
    ------
    RegistryError
        Of kind ``refused``.
    """
    what = f"{promotion.full_name}@{promotion.version}"
    if not published:
        raise refused(f"{promotion.channel} would stand on {what}, which is not published here")
    if published == promotion.target:
        return
    tag = f"refs/tags/{promotion.kind}/{promotion.full_name}/{promotion.version}"
    there, _ = read_version(objects, tag, promotion.target)
    if there.tree_sha != read_version(objects, tag, published)[0].tree_sha:
        raise refused(f"{promotion.channel} would stand on other files than {what} has here")


def check_notes(objects: Objects, ref: str, sha: str) -> str:
    """Check a server's attestations.

    Parameters
    ----------
    objects : Objects
        Reader.
    ref : str
        ``refs/notes/attest/<server>``.
    sha : str
        Head of the notes.

    Returns
    -------
    str
        The server.

    Raises
    ------
    RegistryError
        Of kind ``refused``: anything but notes of objects.
    """
    match = _NOTES.fullmatch(ref)
    if match is None or not COMPONENT.fullmatch(match[1]):
        raise refused("no attestations: they are refs/notes/attest/<server>")
    tree, _ = read_commit(objects, sha)
    _check_note_tree(objects, tree, 40, set())
    return match[1]


def _check_note_tree(objects: Objects, tree: str, left: int, seen: set[tuple[str, int]]) -> None:
    # a folder that stands in 256 places of each of 19 levels is looked at once
    if (tree, left) in seen:
        return
    seen.add((tree, left))
    if len(seen) > MAX_NOTE_TREES:
        raise refused(f"holds more than {MAX_NOTE_TREES} folders of notes")
    what, data = objects.read(tree, _MAX_TREE)
    for mode, sha, name in read_entries(data) if what == "tree" else ():
        if mode == PLAIN and re.fullmatch(rf"[0-9a-f]{{{left}}}", name):
            continue
        if mode != FOLDER or not re.fullmatch(r"[0-9a-f]{2}", name) or left <= 2:
            raise refused("holds other things than notes of versions")
        _check_note_tree(objects, sha, left - 2, seen)


def is_ancestor(objects: Objects, old: str, new: str) -> bool:
    """Tell whether one commit can be reached from another."""
    seen: set[str] = set()
    queue = [new]
    while queue:
        sha = queue.pop()
        if sha == old:
            return True
        if sha not in seen:
            seen.add(sha)
            queue += read_commit(objects, sha)[1]
    return False
