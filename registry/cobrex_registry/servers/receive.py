"""The pre-receive hook of a server: a push is taken in whole, or refused with a reason a ref."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cobrex_registry.admission.comparison import demand_bump
from cobrex_registry.errors import RegistryError
from cobrex_registry.evidence.attest import demand
from cobrex_registry.ident import caller
from cobrex_registry.recipe import preset
from cobrex_registry.repository import Registry
from cobrex_registry.roles import Roles
from cobrex_registry.roles import load as load_roles
from cobrex_registry.semver import Semver
from cobrex_registry.store.git import ZERO, Git, Objects
from cobrex_registry.store.refs import read
from cobrex_registry.store.signing import Signing, signer
from cobrex_registry.version import Version

from .converge import newer
from .incoming import Arrival, check_arrival, parts_of, read_version, refused
from .moving import (
    added_events,
    check_notes,
    check_status,
    check_target,
    is_ancestor,
    namespace_of_status,
    promotion_of,
)
from .transport import PREFIXES

_QUARANTINE = ("GIT_QUARANTINE_PATH", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES")
_LINE = re.compile(r"([0-9a-f]{40}) ([0-9a-f]{40}) (refs/[\x21-\x7e]+|HEAD)")
MAX_REFS = 20_000


@dataclass
class Push:
    """One push: what it would change, and what is here.

    Attributes
    ----------
    registry : Registry
        Read through the quarantine.
    objects : Objects
        Reader.
    changes : dict of str to str
        Ref to what it is to be.
    ours : dict of str to str
        Those refs, as they are.
    roles : Roles
        Who may do what.
    who : str
        Who pushes.
    server : str
        This server's name; its attestations are nobody else's to write.
    attested : frozenset of str
        Channels that demand a passed attestation.
    arrived : dict of str to Arrival
        Publications of this push that are good so far.
    """

    registry: Registry
    objects: Objects
    changes: dict[str, str]
    ours: dict[str, str]
    roles: Roles
    who: str
    server: str = ""
    attested: frozenset[str] = frozenset()
    arrived: dict[str, Arrival] = field(default_factory=dict)


def main() -> int:
    """Read a push from standard input; say what is wrong with it; 0 when nothing is."""
    repository = Path(os.environ.get("GIT_DIR", ".")).absolute()
    try:
        reasons = decide(repository, sys.stdin.read().splitlines(), caller())
    except RegistryError as error:
        sys.stderr.write(f"this push cannot be judged: {_plain(error.message)}\n")
        return 1
    for ref, reason in reasons.items():
        sys.stderr.write(f"refused {_plain(ref)}: {_plain(reason)}\n")
    return 1 if reasons else 0


def decide(repository: Path, lines: Iterable[str], who: str) -> dict[str, str]:
    """Return why a push is refused.

    Parameters
    ----------
    repository : pathlib.Path
        The server's; what git set up for the hook is in the environment.
    lines : iterable of str
        ``old new ref`` each.
    who : str
        Who pushes.

    Returns
    -------
    dict of str to str
        A reason for each ref that is at fault; empty when all may come in.
    """
    reasons: dict[str, str] = {}
    changes: dict[str, str] = {}
    for line in lines:
        match = _LINE.fullmatch(line)
        if match is None or len(changes) >= MAX_REFS:
            reasons[line[82:200] or "?"] = "no ref that may be pushed"
        elif match[3] in changes:  # git would carry out the first, which nobody has looked at
            reasons[match[3]] = "it stands twice in this push"
        else:
            changes[match[3]] = match[2]
    quarantine = {name: os.environ[name] for name in _QUARANTINE if name in os.environ}
    git = Git(repository, quarantine)
    registry = Registry(git)
    settings = _settings(git)
    registry.signing = Signing.of("", settings.get("allowedsigners", ""))
    with git.objects() as objects:
        push = Push(
            registry, objects, changes, read(git, *PREFIXES),
            load_roles(repository), who, settings.get("server", ""),
            frozenset(settings.get("attestedchannels", "").replace(",", " ").split()),
        )  # fmt: skip
        # versions first, old ones before new ones: channels and presets stand on them
        for ref in sorted(changes, key=lambda ref: (not ref.startswith("refs/tags/recipe/"),
                                                    not ref.startswith("refs/tags/"),
                                                    _age(ref))):  # fmt: skip
            try:
                _judge(push, ref)
            except RegistryError as error:
                reasons.setdefault(ref, error.message)
    return reasons


def _judge(push: Push, ref: str) -> None:
    if push.changes[ref] == ZERO:
        raise refused("nothing is ever deleted here; yank a version that must not be used")
    if ref.startswith("refs/tags/"):
        _judge_version(push, ref)
    elif ref.startswith("refs/channels/"):
        _judge_channel(push, ref)
    elif ref.startswith("refs/status/"):
        _judge_status(push, ref)
    elif ref.startswith("refs/notes/attest/"):
        _judge_notes(push, ref)
    else:
        raise refused("only versions, channels, status and attestations may be pushed here")


def _judge_version(push: Push, ref: str) -> None:
    if ref in push.ours:
        raise refused("it is published already, and a version never changes: raise the number")
    kind, namespace, name, number = parts_of(ref)
    arrival = check_arrival(push.objects, ref, push.changes[ref], _known(push, name))
    who = _who(push, arrival.data)
    if not push.roles.may_publish(namespace, who):
        raise refused(f"{who} may not publish in the namespace {namespace}")
    published = _published(push, kind, f"{namespace}/{name}")
    if arrival.manifest is not None:
        demand_bump(push.registry, arrival.manifest, number, published)
    if kind == "preset":
        _judge_preset(push, arrival.version)
    push.arrived[ref] = arrival


def _judge_preset(push: Push, version: Version) -> None:
    one = preset.parse(push.registry.text(version, preset.FILE), preset.FILE)
    good = [v for v in _published(push, "recipe", one.recipe.full_name)
            if v.number in one.recipe.range]  # fmt: skip
    if not good:
        raise refused(f"it is for {one.recipe}, which is not published here")
    one.check(push.registry.manifest(good[-1]))


def _judge_channel(push: Push, ref: str) -> None:
    promotion, data = promotion_of(push.objects, ref, push.changes[ref])
    who = _who(push, data)
    if not push.roles.may_move(promotion.channel, promotion.namespace, who):
        raise refused(f"{who} may not move the channel {promotion.channel}")
    tag = f"refs/tags/{promotion.kind}/{promotion.full_name}/{promotion.version}"
    here = push.arrived.get(tag)
    published = here.version.tag_sha if here else read(push.registry.git, tag).get(tag, "")
    check_target(push.objects, promotion, published)
    if promotion.channel in push.attested and promotion.kind == "recipe":
        demand(push.registry, read_version(push.objects, tag, published)[0])
    if ref in push.ours:
        now, _ = promotion_of(push.objects, ref, push.ours[ref])
        if not newer(now, promotion):
            raise refused("a newer promotion stands there: fetch it, and promote again")


def _judge_status(push: Push, ref: str) -> None:
    namespace, old, new = namespace_of_status(ref), push.ours.get(ref, ""), push.changes[ref]
    if not push.roles.may_publish(namespace, push.who):
        raise refused(f"{push.who} may not deprecate or yank in the namespace {namespace}")
    if old and not is_ancestor(push.objects, old, new):
        raise refused("events are only added, and some that are here are missing: fetch them first")
    check_status(push.objects, ref, new, old)
    if not added_events(push.objects, ref, new, old) and not old:
        raise refused("it holds no event")


def _judge_notes(push: Push, ref: str) -> None:
    server = check_notes(push.objects, ref, push.changes[ref])
    if server == push.server:
        raise refused(f"the attestations of {server} are written on {server} alone")
    if not push.roles.may_attest(server, push.who):
        raise refused(f"{push.who} may not bring attestations of {server}")
    old = push.ours.get(ref)
    if old and not is_ancestor(push.objects, old, push.changes[ref]):
        raise refused("attestations are only added, and some that are here are missing")


def _who(push: Push, data: bytes) -> str:
    allowed = push.registry.signing.allowed
    return signer(data, allowed) if allowed is not None else push.who


def _known(push: Push, name: str) -> Callable[[str], bool]:
    """Return what tells whether a commit is a version's here, or in this push, of that name."""
    listed = push.registry.git.run(
        "for-each-ref", "--format=%(*objectname)", f"refs/tags/*/*/{name}"
    )
    commits = {*listed.split(), *(one.version.commit_sha for one in push.arrived.values())}
    return commits.__contains__


def _published(push: Push, kind: str, full_name: str) -> list[Version]:
    here = list(push.registry.versions(kind, full_name))
    here += [a.version for a in push.arrived.values()
             if (a.version.kind, a.version.full_name) == (kind, full_name)]  # fmt: skip
    return sorted(here, key=lambda one: one.number.precedence)


def _age(ref: str) -> tuple[str, object]:
    parts = ref.split("/")
    try:
        return ("/".join(parts[:-1]), Semver.parse(parts[-1]).precedence)
    except RegistryError:
        return (ref, ())


def _settings(git: Git) -> Mapping[str, str]:
    """Return what `serve-init` wrote down, by key."""
    lines = git.run("config", "--local", "--list").splitlines()
    pairs = (line.partition("=")[::2] for line in lines if line.startswith("cobrex."))
    return {key.removeprefix("cobrex."): value for key, value in pairs}


def _plain(text: str) -> str:
    """Put it on one line, without what a terminal would obey."""
    return "".join(c if c.isprintable() else " " for c in " ".join(text.split()))[:600]


if __name__ == "__main__":
    sys.exit(main())
