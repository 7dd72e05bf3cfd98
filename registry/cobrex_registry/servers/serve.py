"""Serving: a bare repository that others push into, with a hook that judges every push."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

from cobrex_registry.errors import RegistryError
from cobrex_registry.repository import Registry
from cobrex_registry.roles import FILE, SAMPLE

from .peers import write_file

_MARK = "cobrex_registry.servers.receive"
_SETTINGS = {
    "receive.denyDeletes": "true",
    "receive.denyNonFastForwards": "true",
    "receive.fsckObjects": "true",
    "receive.maxInputSize": "256m",
    "receive.autogc": "false",
    "transfer.fsckObjects": "true",
    # what others showed is nobody else's concern
    "uploadpack.hideRefs": "refs/mirror",
}


def serve_init(
    path: Path, *, server: str, allowed_signers: str = "", attested_channels: str = ""
) -> Registry:
    """Make a registry one that others may push into; a registry that is there is kept.

    Parameters
    ----------
    path : pathlib.Path
        The bare repository; made when it is not there.
    server : str
        Its name among servers.
    allowed_signers : str
        File of allowed signers; when given, what is pushed must be signed by one of them.
    attested_channels : str
        Channels, with commas, that recipes without a passed attestation here are kept from.

    Returns
    -------
    Registry

    Raises
    ------
    RegistryError
        Of kind ``server``: somebody else's hook is there; or the repository cannot be written.
    """
    registry = Registry.open(path)
    hook = registry.path / "hooks" / "pre-receive"
    _demand_own(hook)
    for key, value in _SETTINGS.items():
        registry.git.run("config", key, value)
    registry.git.run("config", "cobrex.server", server)
    if allowed_signers:
        signers = Path(allowed_signers).expanduser().absolute()
        registry.git.run("config", "cobrex.allowedSigners", str(signers))
    if attested_channels:
        registry.git.run("config", "cobrex.attestedChannels", attested_channels)
    if not (registry.path / FILE).exists():
        write_file(registry.path / FILE, SAMPLE)
    try:
        hook.parent.mkdir(exist_ok=True)
    except OSError as error:
        raise RegistryError(
            f"{hook.parent}: {error.strerror or error}",
            kind="server",
            hint="see that you may write to the registry",
        ) from error
    write_file(hook, _hook(), mode=0o755)  # the last step: from here on pushes are judged
    return registry


def _demand_own(hook: Path) -> None:
    try:
        text = hook.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        if hook.is_symlink():
            text = ""
        else:
            return
    except OSError as error:
        raise RegistryError(
            f"{hook}: {error.strerror or error}", kind="server", hint="see what it is"
        ) from error
    if _MARK not in text:
        raise RegistryError(
            f"{hook} is a hook of somebody else's",
            kind="server",
            hint=f"move it away, or let it end with: {sys.executable} -I -m {_MARK}",
        )


def _hook() -> str:
    python = shlex.quote(sys.executable)
    call = f"{python} -I -m {_MARK}"
    found = subprocess.run(
        [sys.executable, "-I", "-c", f"import {_MARK}"],
        capture_output=True,
        check=False,
        cwd=os.sep,
    )
    if found.returncode != 0:  # a checkout that is not installed
        root = shlex.quote(str(Path(__file__).resolve().parents[1]))
        call = f"env PYTHONPATH={root} {python} -P -m {_MARK}"
    return f"#!/bin/sh\n# written by cobrex registry serve-init: judges every push\nexec {call}\n"
