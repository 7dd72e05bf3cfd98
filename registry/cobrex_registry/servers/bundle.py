"""Bundles: versions in one file, for servers that no network reaches."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from cobrex_registry.errors import RegistryError
from cobrex_registry.repository import Registry
from cobrex_registry.store.git import Git, GitError
from cobrex_registry.store.refs import read

from .exchange import Chosen
from .incoming import parts_of
from .peers import BUNDLE, Peer
from .transport import NETWORK_TIMEOUT_S, PREFIXES

_MARK = b"# v"


def peer_of(path: Path) -> Peer:
    """Return a bundle as something to sync with.

    Parameters
    ----------
    path : pathlib.Path
        A file that `write` made.

    Returns
    -------
    Peer

    Raises
    ------
    RegistryError
        Of kind ``bundle`` when it is none.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(16)
    except OSError as error:
        raise RegistryError(
            f"{path}: {error.strerror or error}", kind="bundle", hint="see that it may be read"
        ) from error
    if not head.startswith(_MARK) or b" git bundle" not in head:
        raise RegistryError(
            f"{path} is there, and is no bundle",
            kind="bundle",
            hint="a file that exists is taken in; name one that does not to write a bundle",
        )
    return Peer(BUNDLE, str(path.absolute()))


def write(registry: Registry, path: Path, chosen: Chosen | None = None) -> list[str]:
    """Write versions, with their status, channels and attestations, into a file.

    Parameters
    ----------
    registry : Registry
        Whose versions.
    path : pathlib.Path
        A file that does not exist.
    chosen : Chosen, optional
        Which versions; all by default.

    Returns
    -------
    list of str
        The tags in it.

    Raises
    ------
    RegistryError
        Of kind ``bundle``: the file exists, cannot be written, or nothing would be in it.
    """
    chosen = chosen or Chosen()
    ours = read(registry.git, *PREFIXES)
    tags = [ref for ref in ours if ref.startswith("refs/tags/") and _has(chosen, ref)]
    gone = sorted((chosen.tags or frozenset()) - ours.keys())
    if gone or not tags:
        first = gone[0].removeprefix("refs/tags/") if gone else "nothing"
        raise RegistryError(
            f"{first} is not published here" if gone else "nothing is published here",
            kind="bundle",
            hint="cobrex recipe sync PEER --lock FILE brings it in first",
        )
    others = [ref for ref in ours if ref not in tags and not ref.startswith("refs/tags/")]
    if chosen.tags is not None:
        others = [ref for ref in others if chosen.has(ref) and not ref.startswith("refs/channels/")]
    _write(registry.git, path.absolute(), [*tags, *others])
    return tags


def _has(chosen: Chosen, ref: str) -> bool:
    try:
        parts_of(ref)
    except RegistryError:
        return False
    return chosen.has(ref)


def _write(git: Git, path: Path, refs: list[str]) -> None:
    patient = Git(git.path, timeout_s=NETWORK_TIMEOUT_S)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
            made = Path(folder) / "bundle"
            patient.run(
                "bundle", "create", "--quiet", str(made), "--stdin",
                data="".join(f"{ref}\n" for ref in refs).encode(),
            )  # fmt: skip
            with made.open("rb") as stream:
                os.fsync(stream.fileno())
            os.link(made, path)  # takes nobody's file away
    except (OSError, GitError) as error:
        told = getattr(error, "strerror", None) or str(error)
        raise RegistryError(
            f"{path} cannot be written: {told}",
            kind="bundle",
            hint="name a file that does not exist, in a folder you may write",
        ) from error
