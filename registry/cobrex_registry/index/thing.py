"""A thing of the registry as its refs say: its versions, their standing, its channels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from cobrex_registry.errors import RegistryError
from cobrex_registry.reading.fields import COMPONENT
from cobrex_registry.semver import Semver, Spec
from cobrex_registry.standing import channels as promotions
from cobrex_registry.standing import status
from cobrex_registry.standing.status import Event, Standing, standing_of
from cobrex_registry.store.git import Git, Objects
from cobrex_registry.version import KINDS, Version

Name = tuple[str, str, str]  # kind, namespace, name
_FORMAT = "%00".join(
    ("%(refname)", "%(objectname)", "%(objecttype)", "%(*objectname)", "%(*tree)", "%(tag)",
     "%(taggerdate:unix)")
)  # fmt: skip
_AT_ONCE = 100


@dataclass(slots=True)
class Thing:
    """One recipe, preset, suite ... with all that is published of it.

    Attributes
    ----------
    kind, namespace, name : str
        Which.
    versions : list of Version
        From old to new.
    standings : dict of str to Standing
        By version; ``""`` is every version.
    channels : dict of str to (str, str)
        Version and tag id that each channel stands on; empty when that cannot be read.
    trouble : str
        Why it cannot be read in full; empty as a rule.
    """

    kind: str
    namespace: str
    name: str
    versions: list[Version] = field(default_factory=list)
    standings: dict[str, Standing] = field(default_factory=dict)
    channels: dict[str, tuple[str, str]] = field(default_factory=dict)
    trouble: str = ""

    @property
    def full_name(self) -> str:
        """Namespace and name."""
        return f"{self.namespace}/{self.name}"

    def standing(self, version: Version) -> Standing:
        """Return what holds of one of its versions."""
        return standing_of(self.standings, version.version)

    def channels_of(self, version: Version) -> tuple[str, ...]:
        """Return the channels that stand on one of its versions."""
        return tuple(sorted(c for c, (_, tag) in self.channels.items() if tag == version.tag_sha))

    def as_plain(self) -> list[Any]:
        """Return it as lists and dicts for JSON."""
        rows = [
            [v.number.major, v.number.minor, v.number.patch, v.number.pre, v.tag_sha, v.commit_sha,
             v.tree_sha, int(v.published.timestamp()) if v.published else None]
            for v in self.versions
        ]  # fmt: skip
        said = {
            version: [one and list(astuple(one)) for one in (standing.yanked, standing.deprecated)]
            for version, standing in self.standings.items()
        }
        channels = {channel: list(stands) for channel, stands in self.channels.items()}
        return [rows, said, channels, self.trouble]

    @classmethod
    def from_plain(cls, name: Name, plain: Sequence[Any]) -> Thing:
        """Make it again from `as_plain`."""
        rows, said, channels, trouble = plain
        versions = [
            Version(*name, _number(a, b, c, pre), tag, commit, tree,
                    None if at is None else datetime.fromtimestamp(at, UTC))
            for a, b, c, pre, tag, commit, tree, at in rows
        ]  # fmt: skip
        standings = {
            version: Standing(*(Event(*one) if one else None for one in pair))
            for version, pair in said.items()
        }
        return cls(
            *name, versions, standings, {c: (v, t) for c, (v, t) in channels.items()}, trouble
        )


# many recipes have a version 1.0.0: one object will do for them all
_number = lru_cache(maxsize=4096)(Semver)


def read_things(
    git: Git, names: Iterable[Name], known: Iterable[Version] = ()
) -> dict[Name, Thing]:
    """Read things from their refs.

    Parameters
    ----------
    git : Git
        The registry.
    names : iterable of (str, str, str)
        Kind, namespace and name.
    known : iterable of Version
        Read before: a tag of the same id is not read again where there are many.

    Returns
    -------
    dict of (str, str, str) to Thing
        One for each name; what is damaged says so in its ``trouble``.
    """
    wanted = list(dict.fromkeys(names))
    if len(wanted) > _AT_ONCE:
        refs = []
        for kind in sorted({kind for kind, _, _ in wanted}):
            refs += [f"refs/tags/{kind}/", f"refs/status/{kind}/", f"refs/channels/*/{kind}/*/*"]
    else:
        refs = [ref for name in wanted for ref in _refs(name)]
    before = {one.tag_sha: one for one in known}
    try:
        return _read(git, refs, wanted, before if len(before) > _AT_ONCE else {})
    except RegistryError as error:
        if len(wanted) == 1:
            return {wanted[0]: Thing(*wanted[0], trouble=error.message)}
    # one damaged object makes git refuse them all: find out whose it is
    return {name: thing for name in wanted for thing in read_things(git, [name]).values()}


def _refs(name: Name) -> tuple[str, str, str]:
    path = "/".join(name)
    return f"refs/tags/{path}/", f"refs/status/{path}", f"refs/channels/*/{path}"


def _read(
    git: Git, refs: Sequence[str], names: Sequence[Name], known: Mapping[str, Version]
) -> dict[Name, Thing]:
    things = {name: Thing(*name) for name in names}
    others: list[tuple[str, str]] = []
    for line in _lines(git, refs, known):
        ref, sha, *_ = line.split("\0")
        if not ref.startswith("refs/tags/"):
            others.append((ref, sha))
            continue
        old = known.get(sha)
        version = old if old is not None and old.ref == ref else read_ref(line)
        if version is not None:
            thing = things.get((version.kind, version.namespace, version.name))
            if thing is not None:
                thing.versions.append(version)
    for thing in things.values():
        thing.versions.sort(key=lambda one: one.number.precedence)
    if others:
        with git.objects() as objects:
            for ref, sha in others:
                _add(objects, things, ref, sha)
    return things


def _lines(git: Git, refs: Sequence[str], known: Mapping[str, Version]) -> list[str]:
    """Return a line for each ref; in full, with tags read, for those that are not known."""
    if not known:
        return git.run("for-each-ref", f"--format={_FORMAT}", *refs).splitlines()
    lines = git.run("for-each-ref", "--format=%(refname)%00%(objectname)", *refs).splitlines()
    pairs = [line.split("\0") for line in lines]
    tags = [(ref, sha) for ref, sha in pairs if ref.startswith("refs/tags/")]
    fresh = [ref for ref, sha in tags if sha not in known or known[sha].ref != ref]
    if len(fresh) > _AT_ONCE:
        return _lines(git, refs, {})
    new = set(fresh)
    kept = [line for line, (ref, _) in zip(lines, pairs, strict=True) if ref not in new]
    return kept + (_lines(git, fresh, {}) if fresh else [])


def _add(objects: Objects, things: dict[Name, Thing], ref: str, sha: str) -> None:
    """Add what a status or channel ref says to the thing it is about."""
    parts = ref.split("/")
    thing = things.get((parts[-3], parts[-2], parts[-1]))
    if thing is None or len(parts) != (5 if parts[1] == "status" else 6):
        return
    try:
        if parts[1] == "status":
            thing.standings = status.fold(status.events_of(objects, sha, []))
        else:
            made = promotions.parse(objects.read(sha)[1], ref, sha)
            thing.channels[made.channel] = (made.version, _tag_here(objects, thing, made))
    except RegistryError as error:
        if parts[1] == "status":
            thing.trouble = f"{ref}: {error.message}"
        else:
            thing.channels[parts[2]] = ("", "")


def _tag_here(objects: Objects, thing: Thing, made: promotions.Promotion) -> str:
    """Return the tag here of the version that a promotion, maybe of another server, stands on."""
    here = next((one for one in thing.versions if one.version == made.version), None)
    if here is None or here.tag_sha == made.target:
        return made.target
    same = promotions.tree_of(objects, made.target) == here.tree_sha
    return here.tag_sha if same else made.target


def read_ref(line: str) -> Version | None:
    """Return the version a ref stands for; None for a ref no publication made."""
    ref, tag_sha, kind_of_object, commit, tree, tag, date = line.split("\0")
    parts = ref.removeprefix("refs/tags/").split("/")
    if kind_of_object != "tag" or not tree or len(parts) != 4 or tag != "/".join(parts):
        return None  # a tag verifies under any ref name, so its own header decides
    kind, namespace, name, number = parts
    if not is_name((kind, namespace, name)):
        return None
    try:
        parsed = Semver.parse(number)
    except RegistryError:
        return None
    published = datetime.fromtimestamp(int(date), UTC) if date else None
    return Version(kind, namespace, name, parsed, tag_sha, commit, tree, published)


def is_name(name: Sequence[str]) -> bool:
    """Tell whether three words are kind, namespace and name of a thing that may exist."""
    return len(name) == 3 and name[0] in KINDS and all(COMPONENT.fullmatch(w) for w in name[1:])


def name_of(kind: str, spec: Spec) -> Name:
    """Return what a thing is known by here."""
    return kind, spec.namespace, spec.name
