"""Suites: published locks, what a data centre calls pipeline 0.15.0."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from cobrex_registry.admission.change import (
    MAJOR,
    MINOR,
    PATCH,
    Change,
    level_of,
    ordered,
    raised,
    suffices,
)
from cobrex_registry.admission.comparison import previous
from cobrex_registry.errors import RegistryError
from cobrex_registry.exact import exact_number
from cobrex_registry.ident import Author
from cobrex_registry.publication import publish_files
from cobrex_registry.reading.fields import NAME, Fields
from cobrex_registry.reading.problems import Findings
from cobrex_registry.reading.strict_yaml import load
from cobrex_registry.recipe.manifest import read_version
from cobrex_registry.repository import Registry
from cobrex_registry.semver import Semver, Spec
from cobrex_registry.store.tree_files import PLAIN, TreeFile
from cobrex_registry.version import Version

from .lock import Entry, Lock, lines, read_entries
from .locked import verify

FILE = "suite.yaml"
SCHEMA = "suite/1"
_KEYS = ("schema", "name", "version", "title", "members")
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Suite:
    """Versions that belong together.

    Attributes
    ----------
    name, version, title : str
        Its own.
    members : tuple of Entry
        Recipes and presets.
    """

    name: str
    version: str
    title: str
    members: tuple[Entry, ...]

    def text(self) -> str:
        """Return it as the text of its file."""
        head = [
            f"schema: {SCHEMA}",
            f"name: {self.name}",
            f"version: {json.dumps(self.version)}",
            f"title: {json.dumps(self.title, ensure_ascii=False)}",
            "members:",
        ]
        return "\n".join([*head, *lines(self.members, "  - ")]) + "\n"


def parse(text: str, source: str) -> Suite:
    """Read a suite.

    Parameters
    ----------
    text : str
        Contents of ``suite.yaml``.
    source : str
        Its name in messages.

    Returns
    -------
    Suite

    Raises
    ------
    RegistryError
        Of kind ``yaml``, or of kind ``suite`` with all that is wrong.
    """
    findings = Findings(source)
    fields = Fields(findings, load(text, source), _KEYS)
    fields.choice("schema", (SCHEMA,))
    suite = Suite(
        fields.text("name", pattern=NAME, like="pipeline"),
        read_version(fields),
        fields.text("title", ""),
        read_entries(fields, "members"),
    )
    findings.refuse("suite")
    return suite


def read(registry: Registry, version: Version) -> Suite:
    """Return a published suite.

    Raises
    ------
    RegistryError
        Of kind ``suite`` or ``yaml`` when it cannot be read.
    """
    source = f"{version}:{FILE}"
    suite = parse(registry.text(version, FILE), source)
    if (suite.name, suite.version) != (version.name, version.version):
        raise RegistryError(
            f"{source} is called {suite.name} {suite.version}", kind="suite", hint="do not use it"
        )
    return suite


def as_lock(registry: Registry, version: Version) -> Lock:
    """Return a published suite as a lock that knows where it comes from."""
    return Lock(read(registry, version).members, str(version))


def publish_suite(
    registry: Registry,
    text: str,
    members: Sequence[Entry],
    *,
    title: str = "",
    author: Author | None = None,
) -> Version:
    """Publish versions that belong together.

    Parameters
    ----------
    registry : Registry
        Where the members are published, and the suite will be.
    text : str
        ``NAME@VERSION``, the version in full.
    members : sequence of Entry
        Of a lock.
    title : str
        For people.
    author : Author, optional
        Who publishes.

    Returns
    -------
    Version

    Raises
    ------
    RegistryError
        Of kind ``lock``: a member that is not published here or is another one; ``yanked``;
        ``suite``: malformed; ``bump-too-small``: the number says less than what changed;
        ``version-taken``.
    """
    spec = Spec.parse(text)
    number = exact_number(spec)
    if number is None or spec.channel:
        raise RegistryError(
            f"{text[:80]!r} names no version in full",
            kind="suite",
            hint=f"a suite is published as {spec.name}@0.15.0",
        )
    suite = Suite(spec.name, str(number), " ".join(title.split()), tuple(sorted(members)))
    parse(suite.text(), f"suite {spec.name}")
    _refuse_yanked(registry, verify(registry, Lock(suite.members, source="the lock")))
    return publish_files(
        registry,
        "suite",
        Spec(spec.namespace, spec.name),
        version=suite.version,
        files=[TreeFile(FILE, PLAIN, suite.text().encode())],
        author=author or Author(),
        check=partial(_demand_bump, registry, suite),
    )


def changes(old: Suite, new: Suite) -> list[Change]:
    """Return what changed from one suite to the next.

    Parameters
    ----------
    old, new : Suite
        The version before and the one that follows.

    Returns
    -------
    list of Change
        The weightiest first: a member gone or of another major number is major, a new one or of
        another minor number is minor.
    """
    return ordered(_changes(old, new))


def _changes(old: Suite, new: Suite) -> Iterator[Change]:
    before = {(one.kind, one.name): one for one in old.members}
    after = {(one.kind, one.name): one for one in new.members}
    for key in sorted(before.keys() | after.keys()):
        was, now = before.get(key), after.get(key)
        if now is None and was is not None:
            yield Change(MAJOR, f"{was.kind} {was.short} is gone")
        elif was is None and now is not None:
            yield Change(MINOR, f"{now.kind} {now.short} is new")
        elif was is not None and now is not None and was.version != now.version:
            level = _level(Semver.parse(was.version), Semver.parse(now.version))
            yield Change(level, f"{now.kind} {was.short} becomes {now.version}")
    if old.title != new.title:
        yield Change(PATCH, "title: changed")


def _level(old: Semver, new: Semver) -> str:
    if old.major != new.major or (old.major == 0 and old.minor != new.minor):
        return MAJOR
    return MINOR if old.minor != new.minor else PATCH


def _demand_bump(registry: Registry, suite: Suite, published: Sequence[Version]) -> None:
    number = Semver.parse(suite.version)
    before = previous(published, number)
    if before is None:
        return
    found = changes(read(registry, before), suite)
    level = level_of(found)
    if suffices(before.number, number, level):
        return
    told = "".join(f"\n  {one}" for one in found[:_SHOWN] if one.level != PATCH)
    raise RegistryError(
        f"{number} after {before.version} says less than what changed:{told}",
        kind="bump-too-small",
        hint=f"{suite.name}@{raised(before.number, level)} would do",
    )


def _refuse_yanked(registry: Registry, members: Sequence[Version]) -> None:
    for one in members:
        event = registry.thing(one.kind, Spec(one.namespace, one.name)).standing(one).yanked
        if event is not None:
            raise RegistryError(
                f"{one.kind} {one} is yanked: {event.reason}",
                kind="yanked",
                hint=f"use {event.replacement} instead" if event.replacement else "pin another one",
            )
