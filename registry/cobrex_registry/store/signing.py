"""Signatures of tags by ssh keys: made with ssh-keygen, verified against allowed signers."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cobrex_registry.errors import RegistryError

from .git import Git

_TIMEOUT_S = 60.0
_BEGIN = b"-----BEGIN SSH SIGNATURE-----\n"
_END = b"-----END SSH SIGNATURE-----\n"
_TAGGED = re.compile(rb"\ntagger [^\n]*> ([0-9]{1,11}) [+-][0-9]{4}\n")
_PRINCIPAL = re.compile(r"[^\x00-\x20\x7f\"'`$\\|;&<>*?!,-][^\x00-\x20\x7f\"'`$\\|;&<>*?!,]{0,199}")


@dataclass(frozen=True, slots=True)
class Signing:
    """What tags are signed and verified with.

    Attributes
    ----------
    key : pathlib.Path or None
        ssh private key (or the public one of a key that an agent holds); None signs nothing.
    allowed : pathlib.Path or None
        File of allowed signers (``ssh-keygen(1)``); None verifies nothing.
    """

    key: Path | None = None
    allowed: Path | None = None

    @classmethod
    def of(cls, key: str, allowed: str) -> Signing:
        """Return what two settings say; empty ones are none."""
        paths = (Path(text).expanduser().absolute() if text else None for text in (key, allowed))
        return cls(*paths)


def sign(payload: bytes, key: Path) -> bytes:
    """Return the signature that is appended to a tag.

    Parameters
    ----------
    payload : bytes
        The tag without a signature, its last newline included.
    key : pathlib.Path
        ssh private key.

    Returns
    -------
    bytes
        Armoured lines.

    Raises
    ------
    RegistryError
        Of kind ``signature``: no such key, one with a passphrase and no agent, no ssh-keygen.
    """
    if not key.is_file():
        raise RegistryError(
            f"the signing key {key} is not there",
            kind="signature",
            hint="ssh-keygen -t ed25519 makes one; set signing_key to its path",
        )
    done = _keygen("sign", "-n", "git", "-f", str(key.absolute()), data=payload)
    if done.returncode != 0 or not done.stdout.startswith(_BEGIN):
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise RegistryError(
            f"{key} cannot sign: {said[-1] if said else 'ssh-keygen failed'}",
            kind="signature",
            hint="a key with a passphrase wants an agent: ssh-add, then signing_key = its .pub",
        )
    return done.stdout


def signature_of(data: bytes) -> tuple[bytes, bytes]:
    """Return a tag without its signature, and the signature; empty when there is none."""
    at = data.rfind(b"\n" + _BEGIN)
    if at < 0 or not data.endswith(_END):
        return data, b""
    return data[: at + 1], data[at + 1 :]


def signer(data: bytes, allowed: Path) -> str:
    """Return who signed a tag.

    Parameters
    ----------
    data : bytes
        Contents of the tag object.
    allowed : pathlib.Path
        File of allowed signers.

    Returns
    -------
    str
        The principal whose key it is.

    Raises
    ------
    RegistryError
        Of kind ``signature``: not signed, by an unknown key, or changed since.
    """
    if not allowed.is_file():
        raise RegistryError(
            f"the allowed signers {allowed} are not there",
            kind="signature",
            hint="a line each: NAME ssh-ed25519 AAAA...; allowed_signers names the file",
        )
    payload, signature = signature_of(data)
    if not signature:
        raise RegistryError(
            "it is not signed", kind="signature", hint="set signing_key, and publish anew"
        )
    when = _TAGGED.search(payload.partition(b"\n\n")[0] + b"\n")
    time = ("-O", f"verify-time={_moment(int(when[1]))}") if when else ()
    with tempfile.NamedTemporaryFile(prefix="cobrex-", suffix=".sig") as file:
        file.write(signature)
        file.flush()
        common = ("-f", str(allowed.absolute()), "-s", file.name)
        found = _keygen("find-principals", *common, *time, data=b"")
        for name in found.stdout.decode("utf-8", "replace").splitlines():
            if not _PRINCIPAL.fullmatch(name):
                continue
            said = _keygen("verify", "-n", "git", "-I", name, *common, *time, data=payload)
            if said.returncode == 0:
                return name
    raise RegistryError(
        "its signature is by no allowed signer, or it was changed since",
        kind="signature",
        hint=f"see {allowed}",
    )


def verify_tag(git: Git, tag_sha: str, signing: Signing) -> str:
    """Return who signed a published tag.

    Parameters
    ----------
    git : Git
        The registry.
    tag_sha : str
        Id of the tag object.
    signing : Signing
        Says whose signatures count.

    Returns
    -------
    str
        The principal; empty when nothing is verified here.

    Raises
    ------
    RegistryError
        Of kind ``signature``.
    """
    if signing.allowed is None:
        return ""
    with git.objects() as objects:
        return signer(objects.read(tag_sha)[1], signing.allowed)


def _moment(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y%m%d%H%M%SZ}"


def _keygen(verb: str, *arguments: str, data: bytes) -> subprocess.CompletedProcess[bytes]:
    passed = {name: os.environ[name] for name in ("SSH_AUTH_SOCK",) if name in os.environ}
    try:
        return subprocess.run(
            ["ssh-keygen", "-Y", verb, *arguments],
            input=data,
            capture_output=True,
            check=False,
            timeout=_TIMEOUT_S,
            start_new_session=True,  # nobody is asked for a passphrase
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", **passed,
                 "SSH_ASKPASS_REQUIRE": "never"},
        )  # fmt: skip
    except FileNotFoundError as error:
        raise RegistryError(
            "ssh-keygen is not installed", kind="signature", hint="install openssh-client"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise RegistryError(
            f"ssh-keygen took longer than {_TIMEOUT_S:.0f} s",
            kind="signature",
            hint="see that the agent answers: ssh-add -l",
        ) from error
