"""Channels: moving names for versions, each a promotion tag that tells its own history."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from cobrex_registry.canonical import canonical_json
from cobrex_registry.errors import RegistryError
from cobrex_registry.ident import Author
from cobrex_registry.roles import check_channel
from cobrex_registry.semver import Semver, Spec
from cobrex_registry.store.git import ZERO, Git, Objects
from cobrex_registry.store.objects import moment, write_tag
from cobrex_registry.store.refs import read, swap
from cobrex_registry.version import KINDS, Version

SCHEMA = "promotion/1"
NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_ID = re.compile(r"[0-9a-f]{40}")
_KEPT = 50
MOST = 1_000_000  # moves of one channel: beyond it a number is made up to win against all others
_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Step:
    """One move of a channel.

    Attributes
    ----------
    version : str
        What it stood on afterwards.
    at : str
        When, UTC, ISO.
    who : str
        By whom.
    rollback : bool
        Whether it was the way back.
    why : str
        For people.
    """

    version: str
    at: str
    who: str
    rollback: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class Promotion:
    """What a channel stands on, and what it stood on before.

    Attributes
    ----------
    channel, kind, namespace, name : str
        Which channel of which thing.
    target : str
        Id of the version's tag.
    why : str
        Said by who promoted.
    length : int
        How many moves there have been.
    history : tuple of Step
        The latest of them; the last one is this promotion.
    tag_sha : str
        Id of the promotion tag.
    """

    channel: str
    kind: str
    namespace: str
    name: str
    target: str
    why: str
    length: int
    history: tuple[Step, ...]
    tag_sha: str

    @property
    def version(self) -> str:
        """What the channel stands on."""
        return self.history[-1].version

    @property
    def full_name(self) -> str:
        """Namespace and name."""
        return f"{self.namespace}/{self.name}"

    @property
    def order(self) -> tuple[int, str, str]:
        """Of two promotions the greater one holds on every server."""
        return (self.length, self.history[-1].at, self.tag_sha)

    @property
    def before(self) -> str | None:
        """The version a rollback goes to; None when there is none."""
        stack: list[str] = []
        for step in self.history:
            if step.rollback and step.version in stack[:-1]:
                below = len(stack) - 1
                del stack[max(i for i in range(below) if stack[i] == step.version) + 1 :]
            elif not stack or stack[-1] != step.version:
                stack.append(step.version)
        return stack[-2] if len(stack) > 1 else None


def channel_ref(channel: str, kind: str, spec: Spec) -> str:
    """Return the ref of a channel.

    Raises
    ------
    RegistryError
        Of kind ``channel`` when that is no name.
    """
    if not NAME.fullmatch(channel):
        raise RegistryError(
            f"{channel[:60]!r} is not the name of a channel",
            kind="channel",
            hint="a-z 0-9 _ -, a letter first: production, test",
        )
    return f"refs/channels/{channel}/{kind}/{spec.namespace}/{spec.name}"


def promote(
    git: Git,
    version: Version,
    channel: str,
    *,
    who: str,
    author: Author,
    why: str = "",
    rollback: bool = False,
    follows: str | None = None,
    key: Path | None = None,
) -> Promotion:
    """Let a channel stand on a version; standing there already is a no-op.

    Parameters
    ----------
    git : Git
        The registry.
    version : Version
        Published.
    channel : str
        ``production`` ...
    who : str
        Name that roles know.
    author : Author
        Tagger.
    why : str
        For people.
    rollback : bool
        Whether this is the way back.
    key : pathlib.Path, optional
        ssh key the promotion is signed with.
    follows : str, optional
        Id of the promotion the choice was made upon, empty for none; by default whatever stands.

    Returns
    -------
    Promotion

    Raises
    ------
    RegistryError
        Of kind ``channel``: no name; ``role`` when `who` may not; ``channel-moved`` when somebody
        else moved it meanwhile.
    """
    spec = Spec(version.namespace, version.name)
    ref = channel_ref(channel, version.kind, spec)
    old = read(git, ref).get(ref, "")
    if follows not in {None, old}:
        raise _moved(channel, version)
    now = read_promotion(git, old, ref) if old else None
    if now is not None and now.target == version.tag_sha:
        return now
    check_channel(git.path, channel, version.namespace, who)
    step = Step(version.version, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", who, rollback, why)
    said = {
        "schema": SCHEMA,
        "why": why,
        "length": min(now.length + 1, MOST) if now else 1,
        "history": [asdict(one) for one in (*(now.history if now else ()), step)][-_KEPT:],
    }
    message = canonical_json(said).decode()
    name = ref.removeprefix("refs/")
    new = write_tag(
        git, version.tag_sha, "tag", name, message, author=author, when=moment(), key=key
    )
    if not swap(git, ref, new, old or ZERO):
        raise _moved(channel, version)
    return read_promotion(git, new)


def standing_on(git: Git, channel: str, kind: str, spec: Spec) -> Promotion | None:
    """Return where a channel of one thing stands; None when it stands on nothing.

    Raises
    ------
    RegistryError
        Of kind ``channel``: no name, or a ref that holds no promotion.
    """
    ref = channel_ref(channel, kind, spec)
    sha = read(git, ref).get(ref, "")
    return read_promotion(git, sha, ref) if sha else None


def promotions(git: Git, kind: str) -> list[Promotion]:
    """Return where all channels of a kind stand.

    Parameters
    ----------
    git : Git
        The registry.
    kind : str
        ``recipe``, ``preset`` ...

    Returns
    -------
    list of Promotion
        Those that can be read; `cobrex recipe fsck` tells of the others.
    """
    refs = {
        ref: sha
        for ref, sha in read(git, "refs/channels/").items()
        if ref.count("/") == 5 and ref.split("/")[3] == kind
    }
    found: list[Promotion] = []
    if not refs:
        return found
    with git.objects() as objects:
        for ref, sha in refs.items():
            try:
                found.append(parse(objects.read(sha)[1], ref, sha))
            except RegistryError:
                continue
    return found


def read_promotion(git: Git, sha: str, ref: str = "") -> Promotion:
    """Return a promotion by the id of its tag.

    Raises
    ------
    RegistryError
        Of kind ``channel`` when it is none, or not that of `ref`.
    """
    with git.objects() as objects:
        return parse(objects.read(sha)[1], ref, sha)


def tree_of(objects: Objects, tag: str) -> str:
    """Return the root tree of a version's tag; empty when it is none.

    On another server the same version may have been published on its own: another tag of the same
    tree.
    """
    try:
        what, data = objects.read(tag)
        commit = data[7:47].decode() if what == "tag" else tag
        what, data = objects.read(commit)
        return data[5:45].decode() if what == "commit" else ""
    except (RegistryError, UnicodeDecodeError):
        return ""


def parse(data: bytes, ref: str, sha: str) -> Promotion:
    """Read a promotion tag.

    Parameters
    ----------
    data : bytes
        Contents of the tag object; a signature at its end does not matter.
    ref : str
        Ref it is to stand under; empty for any.
    sha : str
        Its id.

    Returns
    -------
    Promotion

    Raises
    ------
    RegistryError
        Of kind ``channel``.
    """
    head, _, message = data.decode("utf-8", "replace").partition("\n\n")
    lines = dict(line.partition(" ")[::2] for line in head.split("\n"))
    parts = lines.get("tag", "").split("/")
    try:
        said = json.loads(message.partition("\n")[0])
        history = tuple(Step(**step) for step in said["history"])
        length, why, schema = said["length"], said["why"], said["schema"]
    except (ValueError, TypeError, LookupError, RecursionError):
        raise _no_promotion(ref or sha) from None
    sound = (
        schema == SCHEMA
        and lines.get("type") == "tag"
        and _ID.fullmatch(lines.get("object", ""))
        and len(parts) == 5
        and parts[0] == "channels"
        and parts[2] in KINDS
        and isinstance(why, str)
        and type(length) is int
        and 0 < len(history) <= min(length, _KEPT)
        and length <= MOST
        and all(_is_step(step) for step in history)
        and ref in {"", "refs/" + "/".join(parts)}
    )
    if not sound:
        raise _no_promotion(ref or sha)
    channel, kind, namespace, name = parts[1:]
    channel_ref(channel, kind, Spec.parse(f"{namespace}/{name}"))
    return Promotion(
        channel, kind, namespace, name, lines["object"], why[:_LONGEST], length, history, sha
    )


def _is_step(step: Step) -> bool:
    if not all(isinstance(text, str) for text in (step.version, step.why)):
        return False
    if not isinstance(step.rollback, bool):
        return False
    Semver.parse(step.version)
    return isinstance(step.at, str) and isinstance(step.who, str)


def _moved(channel: str, version: Version) -> RegistryError:
    return RegistryError(
        f"{channel} of {version.full_name} was moved by somebody else just now",
        kind="channel-moved",
        hint=f"cobrex recipe show {version.full_name}; promote again if it is still right",
    )


def _no_promotion(what: str) -> RegistryError:
    return RegistryError(f"{what} is no promotion", kind="channel", hint="cobrex recipe fsck")
