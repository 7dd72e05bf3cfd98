"""Attestations: what a server says of a version it has tested, as notes of the version's tag."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cobrex_registry.canonical import canonical_json
from cobrex_registry.errors import RegistryError
from cobrex_registry.ident import Author
from cobrex_registry.repository import Registry
from cobrex_registry.store import notes
from cobrex_registry.store.refs import read
from cobrex_registry.version import Version

SCHEMA = "attest/1"
PREFIX = "refs/notes/attest/"
SERVER = re.compile(r"[a-z][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Attestation:
    """One test of a published version on one server.

    Attributes
    ----------
    server : str
        Whose it is.
    outcome : str
        ``passed`` or ``failed``.
    environment : str
        Digest of the environment it ran in.
    kind : str
        Of the environment.
    platform, by, at, cobrex : str
        Machine, who, when (UTC, ISO), with which cobrex.
    tests : tuple of mapping
        ``name outcome products qc`` of each test.
    """

    server: str
    outcome: str
    environment: str
    kind: str
    platform: str
    by: str
    at: str
    cobrex: str
    tests: tuple[Mapping[str, Any], ...]

    @property
    def passed(self) -> bool:
        """Whether all tests gave what was expected."""
        return self.outcome == "passed"


def attest(
    registry: Registry,
    version: Version,
    server: str,
    *,
    passed: bool,
    code_hash: str,
    environment: Mapping[str, str],
    tests: Sequence[Mapping[str, Any]],
    agent: Mapping[str, str],
    author: Author | None = None,
) -> Attestation:
    """Add an attestation to this server's notes; earlier ones stay.

    Parameters
    ----------
    registry : Registry
        Where the version is published.
    version : Version
        What was tested.
    server : str
        Name of this server.
    passed : bool
        Whether every test gave what was expected.
    code_hash : str
        Of the version.
    environment : mapping of str to str
        ``kind`` and ``digest``.
    tests : sequence of mapping
        ``name``, ``outcome``, ``products`` (role, n, datamd5) and ``qc`` (name to value).
    agent : mapping of str to str
        ``by``, ``platform``, ``cobrex``.
    author : Author, optional
        Of the note.

    Returns
    -------
    Attestation

    Raises
    ------
    RegistryError
        When the server's name cannot stand in a ref, or notes cannot be written.
    """
    ref = ref_of(server)
    line = {
        "schema": SCHEMA,
        "version": str(version),
        "tag": version.tag_sha,
        "tree": version.tree_sha,
        "code_hash": code_hash,
        "outcome": "passed" if passed else "failed",
        "tests": [dict(one) for one in tests],
        "environment": {"kind": environment["kind"], "digest": environment["digest"]},
        "platform": agent["platform"],
        "cobrex": agent["cobrex"],
        "by": agent["by"],
        "at": datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds"),
    }
    made = _read_line(server, version, line)
    if made is None:
        raise RegistryError(f"the attestation of {version} is ill-formed")
    about = (version.tag_sha, version.tree_sha)
    title = f"attest {version}"
    notes.append(
        registry.git, ref, about, canonical_json(line), title=title, author=author or Author()
    )
    return made


def of(registry: Registry, version: Version) -> tuple[Attestation, ...]:
    """Return what all servers attest of a version.

    Parameters
    ----------
    registry : Registry
        Where it is published.
    version : Version
        Which one.

    Returns
    -------
    tuple of Attestation
        From old to new; lines that are not about this version or make no sense do not count.
    """
    refs = read(registry.git, PREFIX)
    if not refs:
        return ()
    found: list[Attestation] = []
    with registry.git.objects() as objects:
        for ref, commit in refs.items():
            server = ref.removeprefix(PREFIX)
            if not SERVER.fullmatch(server):
                continue
            said = [
                notes.read_note(objects, commit, one) for one in (version.tag_sha, version.tree_sha)
            ]
            for line in dict.fromkeys(b"".join(said).split(b"\n")):
                if (one := _read_line(server, version, _parsed(line))) is not None:
                    found.append(one)
    return tuple(sorted(found, key=lambda one: (one.at, one.server)))


def latest(attestations: Sequence[Attestation]) -> dict[str, Attestation]:
    """Return the last word of each server."""
    return {one.server: one for one in sorted(attestations, key=lambda one: one.at)}


def demand(registry: Registry, version: Version, *, environment: str = "") -> Attestation:
    """Insist that a server's last test of a version passed.

    Parameters
    ----------
    registry : Registry
        Where it is published.
    version : Version
        To be promoted.
    environment : str
        Digest of the environment as it is now; empty when any will do.

    Returns
    -------
    Attestation
        The one that will do.

    Raises
    ------
    RegistryError
        Of kind ``not-attested``, saying what is missing.
    """
    known = latest(of(registry, version))
    good = [one for one in known.values() if one.passed]
    fitting = [one for one in good if environment in {"", one.environment}]
    if fitting:
        return max(fitting, key=lambda one: one.at)
    name = str(version).removeprefix("main/")
    hint = f"cobrex recipe test {name}"
    if version.kind != "recipe":
        raise RegistryError(
            f"{name} is a {version.kind}: there is nothing to attest",
            kind="not-attested",
            hint="only recipes can be promoted to this channel",
        )
    if not registry.manifest(version).tests:
        what, hint = "the recipe has no tests", "publish a version with tests: in its recipe.yaml"
    elif good:
        where = ", ".join(f"on {one.server} at {_minute(one)}" for one in good)
        what = f"it passed in another environment than that of now ({where})"
    elif known:
        what = ", ".join(f"it failed on {one.server} at {_minute(one)}" for one in known.values())
        hint = f"{hint}; mend it and publish a new version"
    else:
        what = "it was never tested"
    raise RegistryError(f"{name} has no attestation: {what}", kind="not-attested", hint=hint)


def ref_of(server: str) -> str:
    """Return the ref of a server's notes.

    Raises
    ------
    RegistryError
        Of kind ``server``.
    """
    if not SERVER.fullmatch(server):
        raise RegistryError(
            f"{server[:60]!r} is no name of a server",
            kind="server",
            hint="small letters, digits, - and _; set `server` in cobrex.toml",
        )
    return f"{PREFIX}{server}"


def _minute(one: Attestation) -> str:
    return one.at[:16]


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _read_line(server: str, version: Version, line: Any) -> Attestation | None:
    """Return an attestation of this version; None for what is none: notes come from anywhere."""
    if not isinstance(line, dict) or line.get("schema") != SCHEMA:
        return None
    about = (line.get("version"), line.get("tree"))
    environment, tests = line.get("environment"), line.get("tests")
    texts = [line.get(key) for key in ("platform", "by", "at", "cobrex")]
    if about != (str(version), version.tree_sha) or line.get("outcome") not in {
        "passed",
        "failed",
    }:
        return None
    if not isinstance(environment, dict) or not isinstance(tests, list):
        return None
    if not all(isinstance(one, dict) for one in tests):
        return None
    texts += [environment.get("digest"), environment.get("kind")]
    if not all(isinstance(one, str) and one.isprintable() and len(one) <= 300 for one in texts):
        return None
    platform, by, at, cobrex, digest, kind = (str(one) for one in texts)
    return Attestation(
        server, line["outcome"], digest, kind, platform, by, at, cobrex, tuple(tests)
    )
