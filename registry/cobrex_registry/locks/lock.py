"""Lock files: exact versions of recipes and presets, with the ids that tell them apart."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cobrex_registry.canonical import canonical_json, digest
from cobrex_registry.errors import RegistryError
from cobrex_registry.reading.fields import COMPONENT, Fields
from cobrex_registry.reading.near_miss import near_miss
from cobrex_registry.reading.problems import Findings
from cobrex_registry.reading.strict_yaml import Mapped, load, load_file
from cobrex_registry.semver import Semver
from cobrex_registry.version import KINDS
from cobrex_registry.written import replace

SCHEMA = "lock/1"
MOST = 10_000
KEYS = ("kind", "name", "version", "tag", "tree", "code_hash", "environment")
LOCKED = tuple(kind for kind in KINDS if kind != "suite")
_NAME = re.compile(rf"{COMPONENT.pattern}/{COMPONENT.pattern}")
_ID = re.compile(r"[0-9a-f]{40}")
_HASH = re.compile(r"[A-Za-z0-9_-]{43}")
_ENVIRONMENT = ("kind", "lock", "image")
_WORD = re.compile(r"[a-z][a-z0-9_-]{0,59}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_IMAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:@-]{0,499}")
_SUITE = re.compile(rf"{_NAME.pattern}@[0-9A-Za-z.-]{{1,100}}")


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One version that is held.

    Attributes
    ----------
    kind, name, version : str
        ``recipe``, ``main/ifs_specpos``, ``1.2.0``.
    tag, tree : str
        Git ids of the tag and its root tree.
    code_hash : str
        Of a recipe.
    environment : tuple of (str, str)
        Of a recipe: ``kind``; ``lock``, the sha256 of its lock file, or ``image``.
    """

    kind: str
    name: str
    version: str
    tag: str
    tree: str
    code_hash: str = ""
    environment: tuple[tuple[str, str], ...] = ()

    @property
    def short(self) -> str:
        """How people write it: ``ifs_specpos@1.2.0``."""
        return f"{self.name.removeprefix('main/')}@{self.version}"

    def as_json(self) -> dict[str, Any]:
        """Return it as it stands in a file."""
        values: dict[str, Any] = {
            "kind": self.kind,
            "name": self.name,
            "version": self.version,
            "tag": self.tag,
            "tree": self.tree,
        }
        if self.code_hash:
            values["code_hash"] = self.code_hash
        if self.environment:
            values["environment"] = dict(self.environment)
        return values


@dataclass(frozen=True, slots=True)
class Lock:
    """Exact versions: what is not in it is not used.

    Attributes
    ----------
    entries : tuple of Entry
        By kind and name; one version of each.
    suite : str
        Published suite it was made from: ``main/pipeline@0.15.0``; empty for none.
    source : str
        What it is called in messages: a path, as a rule.
    """

    entries: tuple[Entry, ...]
    suite: str = ""
    source: str = ""

    @property
    def digest(self) -> str:
        """What it holds as one id, however it is written."""
        return digest(canonical_json([SCHEMA, [one.as_json() for one in sorted(self.entries)]]))

    @property
    def called(self) -> str:
        """How people call it."""
        if self.suite:
            return f"suite {self.suite.removeprefix('main/')}"
        return f"lock {self.source}".rstrip()

    def get(self, kind: str, full_name: str) -> Entry | None:
        """Return what is held of a thing; None when nothing is."""
        return next((e for e in self.entries if (e.kind, e.name) == (kind, full_name)), None)


def find(lock: Lock, kind: str, full_name: str) -> Entry:
    """Return what a lock holds of a thing.

    Parameters
    ----------
    lock : Lock
        Where to look.
    kind : str
        ``recipe`` or ``preset``.
    full_name : str
        ``main/ifs_specpos``.

    Returns
    -------
    Entry

    Raises
    ------
    RegistryError
        Of kind ``not-locked``, with the nearest names.
    """
    entry = lock.get(kind, full_name)
    if entry is not None:
        return entry
    name = full_name.removeprefix("main/")
    held = [one.name.removeprefix("main/") for one in lock.entries if one.kind == kind]
    recipe = name.partition("--")[0]
    cure = (
        "publish a suite that has it, or cobrex recipe suite use --none"
        if lock.suite
        else f"cobrex recipe pin ... {recipe} writes a lock with it"
    )
    near = near_miss(name, held)
    raise RegistryError(
        f"{kind} {name} is not in the {lock.called}",
        kind="not-locked",
        hint=f"{cure}; {near}" if near.startswith("did") else cure,
    )


def read(path: Path) -> Lock:
    """Read a lock file.

    Parameters
    ----------
    path : pathlib.Path
        JSON as `write` makes it, or YAML that says the same.

    Returns
    -------
    Lock

    Raises
    ------
    RegistryError
        Of kind ``yaml`` or ``lock``, with all that is wrong.
    """
    return _lock(load_file(path), str(path))


def parse(text: str, source: str) -> Lock:
    """Read a lock from text, as `read` does."""
    return _lock(load(text, source), source)


def read_entries(fields: Fields, key: str) -> tuple[Entry, ...]:
    """Read the entries of a lock or the members of a suite; problems go into the findings."""
    found: dict[tuple[str, str], Entry] = {}
    listed = fields.mapping.get(key)
    if not isinstance(listed, list) or not 0 < len(listed) <= MOST:
        fields.problem(key, f"must be a list of 1 to {MOST} versions", "cobrex recipe pin makes it")
        return ()
    for one in fields.items(key, KEYS):
        entry = _entry(one)
        if (entry.kind, entry.name) in found:
            one.problem("name", f"{entry.kind} {entry.name} stands there twice", "keep one")
        found[entry.kind, entry.name] = entry
    return tuple(sorted(found.values()))


def lines(entries: Iterable[Entry], indent: str = "") -> list[str]:
    """Return entries as lines of JSON, one each: a changed version is one changed line."""
    return [indent + json.dumps(one.as_json(), ensure_ascii=False) for one in sorted(entries)]


def text_of(lock: Lock) -> str:
    """Return a lock as the text of its file."""
    suite = [f'"suite": {json.dumps(lock.suite)},'] if lock.suite else []
    entries = ",\n".join(lines(lock.entries))
    head = "\n".join(["{", f'"schema": "{SCHEMA}",', *suite, '"entries": ['])
    return f"{head}\n{entries}\n]\n}}\n"


def write(path: Path, lock: Lock) -> None:
    """Write a lock file, whole or not at all; only a lock is ever replaced.

    Parameters
    ----------
    path : pathlib.Path
        Where to.
    lock : Lock
        What it is to hold.

    Raises
    ------
    RegistryError
        Of kind ``lock``: something else is there, or it cannot be written.
    """
    try:
        place = path.resolve()
        if place.exists():
            _refuse_other(place)
        replace(place, text_of(lock).encode())
    except (OSError, RuntimeError) as error:
        raise RegistryError(
            f"{path} cannot be written: {getattr(error, 'strerror', None) or error}",
            kind="lock",
            hint="see that its folder exists and you may write there",
        ) from error


def _lock(value: Any, source: str) -> Lock:
    if not isinstance(value, Mapped):
        raise RegistryError(
            f"{source}: this is no lock file", kind="lock", hint="cobrex recipe pin writes one"
        )
    findings = Findings(source)
    fields = Fields(findings, value, ("schema", "suite", "entries"))
    fields.choice("schema", (SCHEMA,))
    suite = fields.text("suite", "", pattern=_SUITE, like="main/pipeline@0.15.0")
    entries = read_entries(fields, "entries") if not findings.problems else ()
    findings.refuse("lock")
    return Lock(entries, suite, source)


def _entry(fields: Fields) -> Entry:
    kind = fields.choice("kind", LOCKED)
    version = fields.text("version")
    try:
        Semver.parse(version)
    except RegistryError as error:
        fields.problem("version", error.message, error.hint)
    recipe = kind == "recipe"
    return Entry(
        kind=kind,
        name=fields.text("name", pattern=_NAME, like="main/ifs_specpos"),
        version=version,
        tag=fields.text("tag", pattern=_ID, like="40 hexadecimal digits"),
        tree=fields.text("tree", pattern=_ID, like="40 hexadecimal digits"),
        code_hash=fields.text(
            "code_hash", None if recipe else "", pattern=_HASH, like="43 characters"
        )
        if recipe or fields.has("code_hash")
        else "",
        environment=_environment(fields),
    )


def _environment(fields: Fields) -> tuple[tuple[str, str], ...]:
    said = fields.within("environment", _ENVIRONMENT)
    if said is None:
        return ()
    values = {
        "kind": said.text("kind", pattern=_WORD, like="python"),
        "lock": said.text("lock", "", pattern=_SHA256, like="64 hexadecimal digits"),
        "image": said.text("image", "", pattern=_IMAGE, like="name@sha256:..."),
    }
    return tuple((key, value) for key, value in values.items() if value)


def _refuse_other(path: Path) -> None:
    try:
        read(path)
    except RegistryError as error:
        raise RegistryError(
            f"{path} is there and is no lock file",
            kind="lock",
            hint="name another --output, or move it away",
        ) from error
