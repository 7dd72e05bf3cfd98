"""A git daemon on this machine, and a connection to it that can be cut after some bytes."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Self


class Daemon:
    """Serves the repositories of a folder, pushes too."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._argv = [
            "git", "daemon", "--reuseaddr", "--listen=127.0.0.1", f"--port={self.port}",
            "--export-all", "--enable=receive-pack", f"--base-path={folder}", str(folder),
        ]  # fmt: skip

    def __enter__(self) -> Self:
        own = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory",
               "GIT_CONFIG_VALUE_0": "*"}  # fmt: skip
        self._process = subprocess.Popen(
            self._argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True, env={**os.environ, **own},
        )  # fmt: skip
        for _ in range(400):
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            time.sleep(0.05)
        raise AssertionError("git daemon does not answer")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(10)


class Cutter:
    """Passes bytes on to a daemon, and hangs up when so many have come back or gone out.

    Attributes
    ----------
    limit : int or None
        How many bytes pass on each connection; None for all.
    """

    def __init__(self, port: int) -> None:
        self._to = port
        self.limit: int | None = None
        self.cuts = 0
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._door.close()

    def _serve(self) -> None:
        while True:
            try:
                caller, _ = self._door.accept()
            except OSError:
                return
            threading.Thread(target=self._connect, args=(caller,), daemon=True).start()

    def _connect(self, caller: socket.socket) -> None:
        left = [self.limit if self.limit is not None else 1 << 60]
        with (
            caller,
            suppress(OSError),
            socket.create_connection(("127.0.0.1", self._to)) as there,
        ):
            back = threading.Thread(target=self._pass_on, args=(there, caller, left), daemon=True)
            back.start()
            self._pass_on(caller, there, left)
            back.join()

    def _pass_on(self, source: socket.socket, sink: socket.socket, left: list[int]) -> None:
        try:
            while data := source.recv(4096):
                sink.sendall(data[: max(left[0], 0)])
                left[0] -= len(data)
                if left[0] <= 0:
                    self.cuts += 1
                    break
            else:
                sink.shutdown(socket.SHUT_WR)
                return
        except OSError:
            pass
        for one in (source, sink):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
