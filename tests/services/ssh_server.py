"""A real sshd on this machine whose keys are people: a forced command says who pushes."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Self

from push_bench import keygen

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


def why_not() -> str:
    """Return why no sshd can be started here; empty when it can."""
    if SSHD is None:
        return "sshd is not installed"
    if os.getuid() == 0 and not Path("/run/sshd").is_dir():
        try:
            Path("/run/sshd").mkdir(mode=0o755)
        except OSError as error:
            return f"/run/sshd: {error.strerror}"
    return ""


class SshServer:
    """Serves the account it runs in, by git alone.

    Attributes
    ----------
    folder : pathlib.Path
        Its keys, and for each person a folder with what ``~/.ssh/config`` would hold.
    port : int
    """

    def __init__(self, folder: Path, *people: str) -> None:
        self.folder = folder
        folder.mkdir()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._host = keygen(folder / "host", "host")
        lines = []
        for one in people:
            public = keygen(folder / "keys", one).with_suffix(".pub").read_text()
            command = f'env COBREX_PUSHER={one} git-shell -c \\"$SSH_ORIGINAL_COMMAND\\"'
            lines.append(f'restrict,command="{command}" {public}')
        (folder / "authorized_keys").write_text("".join(lines))
        (folder / "sshd_config").write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {self._host}\nPidFile none\n"
            f"AuthorizedKeysFile {folder / 'authorized_keys'}\nStrictModes no\nUsePAM no\n"
            "PasswordAuthentication no\nKbdInteractiveAuthentication no\n"
            "PermitRootLogin forced-commands-only\nLogLevel VERBOSE\n"
        )

    def __enter__(self) -> Self:
        assert SSHD is not None
        self._process = subprocess.Popen(
            [SSHD, "-D", "-f", str(self.folder / "sshd_config"), "-E", str(self.folder / "log")],
            stdin=subprocess.DEVNULL,
        )
        for _ in range(400):
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            if self._process.poll() is not None:
                break
            time.sleep(0.05)
        self.__exit__()
        raise AssertionError(f"sshd does not answer: {(self.folder / 'log').read_text()}")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(10)

    def path_of(self, who: str, *, knows_host: bool = True) -> str:
        """Return a PATH on which ssh has somebody's ``~/.ssh``, under the alias ``central``.

        ssh finds ``~`` in the system's list of accounts, whatever ``HOME`` says: so it is told.
        """
        home = self.folder / f"{who}-{knows_host}"
        home.mkdir(exist_ok=True)
        host = self._host.with_suffix(".pub").read_text()
        (home / "known_hosts").write_text(f"central {host}" if knows_host else "")
        (home / "config").write_text(
            f"Host central\n  HostName 127.0.0.1\n  HostKeyAlias central\n  Port {self.port}\n"
            f"  User {getpass.getuser()}\n  UserKnownHostsFile {home / 'known_hosts'}\n"
            f"  GlobalKnownHostsFile none\n  IdentityFile {self.folder / 'keys' / who}\n"
            "  IdentitiesOnly yes\n  IdentityAgent none\n"
        )
        program = home / "ssh"
        program.write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {home / "config"} "$@"\n')
        program.chmod(0o755)
        return f"{home}:{os.environ['PATH']}"
