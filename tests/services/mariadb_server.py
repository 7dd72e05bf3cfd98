"""A private MariaDB server in a temporary folder, as a plain process."""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote_plus

import pymysql
import pymysql.cursors

PASSWORD = "p@ss:w/ord"
_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
_START_S = 60
_ROOM = 2 << 30


def missing() -> str:
    """Return the program that is not installed, or an empty text."""
    names = ("mariadbd", "mariadb-install-db")
    return next((n for n in names if shutil.which(n, path=_PATH) is None), "")


def _die_with_parent() -> None:
    """Let the server end when the tests are killed (PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def _folder() -> Path:
    """Make a folder in memory where there is room: every table made waits for the disk else."""
    memory = Path("/dev/shm")
    roomy = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > _ROOM
    return Path(tempfile.mkdtemp(prefix="cobrex-mariadb-", dir=memory if roomy else None))


@dataclass
class MariaDB:
    """One server; `start` it, `stop` it, ask for databases.

    Attributes
    ----------
    folder : pathlib.Path
        Short, because a socket's path has at most 107 bytes.
    """

    folder: Path = field(default_factory=_folder)
    _process: subprocess.Popen[bytes] | None = None
    _count: int = 0

    @property
    def socket(self) -> Path:
        return self.folder / "s"

    def install(self) -> None:
        """Make the data folder and the account the tests use."""
        self._call(
            "mariadb-install-db",
            "--skip-test-db",
            "--skip-name-resolve",
            "--auth-root-authentication-method=normal",
        )
        self.start()
        with self._root() as cursor:
            cursor.execute("CREATE USER 'cobrex'@'localhost' IDENTIFIED BY %s", (PASSWORD,))
            cursor.execute("GRANT ALL ON `cobrex\\_%`.* TO 'cobrex'@'localhost'")

    def start(self) -> None:
        """Start the server and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._argv(
                    "mariadbd",
                    "--skip-networking",
                    f"--socket={self.socket}",
                    f"--pid-file={self.folder / 'pid'}",
                    "--innodb-buffer-pool-size=64M",
                    "--innodb-flush-log-at-trx-commit=0",
                    "--innodb-doublewrite=0",
                    "--innodb-log-file-size=16M",
                    "--innodb-lock-wait-timeout=10",
                    "--max-allowed-packet=64M",
                ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 no other thread runs yet
            )
        end = time.monotonic() + _START_S
        while not self._listens():
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"mariadbd: {self._tail()}")
            time.sleep(0.05)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End the server; it can be started again."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(timeout=_START_S)
            self._process = None

    def remove(self) -> None:
        """End the server and take its folder away."""
        self.stop(signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def new_database(self) -> str:
        """Make an empty database and return its name."""
        self._count += 1
        name = f"cobrex_{self._count}"
        with self._root() as cursor:
            # the worst default a site may have: the project must not rely on it
            cursor.execute(f"CREATE DATABASE {name} CHARACTER SET latin1")
        return name

    def drop_database(self, name: str) -> None:
        """Drop a database, and end what still uses it."""
        with self._root() as cursor:
            cursor.execute("SELECT id FROM information_schema.processlist WHERE db = %s", (name,))
            for (number,) in cursor.fetchall():
                cursor.execute(f"KILL {int(number)}")
            cursor.execute(f"DROP DATABASE {name}")

    def url(self, database: str) -> str:
        """Return the SQLAlchemy URL of a database."""
        account = f"cobrex:{quote_plus(PASSWORD)}"
        socket = quote_plus(str(self.socket))
        return f"mysql+pymysql://{account}@localhost/{database}?unix_socket={socket}"

    @contextmanager
    def _root(self) -> Iterator[pymysql.cursors.Cursor]:
        connection = pymysql.connect(unix_socket=str(self.socket), user="root", autocommit=True)
        try:
            with connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()

    def _listens(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self.socket)) == 0

    def _argv(self, program: str, *options: str) -> list[str]:
        # --no-defaults must come first: it keeps /etc/mysql and ~/.my.cnf out
        return [
            str(shutil.which(program, path=_PATH)),
            "--no-defaults",
            f"--user={pwd.getpwuid(os.geteuid()).pw_name}",
            f"--datadir={self.folder / 'data'}",
            *options,
        ]

    def _call(self, program: str, *options: str) -> None:
        done = subprocess.run(
            self._argv(program, *options),
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PATH": _PATH},
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stdout[-500:]}{done.stderr[-500:]}")

    def _tail(self) -> str:
        return (self.folder / "log").read_text(errors="replace")[-1000:]
