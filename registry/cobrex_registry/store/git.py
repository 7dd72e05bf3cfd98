"""Git by argument vectors: never a shell, nobody's configuration, a time-out."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from cobrex_registry.errors import RegistryError

TIMEOUT_S = 120.0
ZERO = "0" * 40

_COMMANDS = frozenset({
    "bundle", "cat-file", "config", "fetch", "for-each-ref", "fsck", "hash-object", "init",
    "ls-remote", "mktag", "mktree", "push", "update-ref",
})  # fmt: skip
_CONFIG = (
    "core.hooksPath=/dev/null", "core.fsync=all", "core.autocrlf=false", "core.attributesFile=",
    "gc.auto=0", "maintenance.auto=false", "core.fsmonitor=false", "advice.detachedHead=false",
)  # fmt: skip


class GitError(RegistryError):
    """Git said no.

    Attributes
    ----------
    stderr, stdout : str
        What it said.
    """

    def __init__(self, message: str, stderr: str = "", stdout: str = "") -> None:
        super().__init__(
            message,
            kind="git",
            hint="cobrex registry lies in the store; see that "
            "you may write there and that its disk is not full",
        )
        self.stderr = stderr
        self.stdout = stdout


class Git:
    """The plumbing commands of git on one bare repository.

    Parameters
    ----------
    path : pathlib.Path
        The repository.
    surroundings : mapping of str to str, optional
        Variables git needs besides its own: of a hook's quarantine, of the network.
    timeout_s : float
        How long one command may take.
    """

    def __init__(
        self,
        path: Path,
        surroundings: Mapping[str, str] | None = None,
        *,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self.path = path.absolute()
        self.environment = {**environment(), **(surroundings or {})}
        self.timeout_s = timeout_s

    def run(
        self,
        command: str,
        *arguments: str,
        data: bytes = b"",
        folder: Path | None = None,
        keep: Sequence[int] = (),
    ) -> str:
        """Run one command and return what it prints.

        Parameters
        ----------
        command : str
            One of the few allowed.
        *arguments : str
            Its options and arguments. What comes from outside has been matched against a pattern
            before, or goes in by `data`.
        data : bytes
            Standard input.
        folder : pathlib.Path, optional
            Where it runs.
        keep : sequence of int
            File descriptors it inherits: a lock lives as long as it does.

        Returns
        -------
        str
            Standard output, without the last newline.

        Raises
        ------
        GitError
            When it fails, is missing, or takes too long.
        """
        argv = self.argv(command, *arguments)
        try:
            done = subprocess.run(
                argv,
                input=data,
                capture_output=True,
                timeout=self.timeout_s,
                check=False,
                cwd=folder,
                env=self.environment,
                pass_fds=tuple(keep),
            )
        except FileNotFoundError as error:
            raise GitError("git is not installed, or its folder is gone") from error
        except subprocess.TimeoutExpired as error:
            raise GitError(f"git {command} took longer than {self.timeout_s:.0f} s") from error
        except OSError as error:
            raise GitError(f"git {command}: {error.strerror or error}") from error
        stderr = done.stderr.decode("utf-8", "replace").strip()
        stdout = done.stdout.decode("utf-8", "surrogateescape")
        if done.returncode != 0:
            told = stderr.splitlines()[-1] if stderr else f"exit code {done.returncode}"
            raise GitError(f"git {command} in {self.path}: {told}", stderr, stdout)
        return stdout.removesuffix("\n")

    def argv(self, command: str, *arguments: str) -> list[str]:
        """Return the words that run a command on this repository.

        Raises
        ------
        ValueError
            When the command is not one of the few allowed, or an argument holds a NUL.
        """
        if command not in _COMMANDS or any("\0" in argument for argument in arguments):
            raise ValueError(f"git {command} is not allowed here")
        options = [word for setting in _CONFIG for word in ("-c", setting)]
        return ["git", f"--git-dir={self.path}", *options, command, *arguments]

    def objects(self) -> Objects:
        """Return a reader of objects; to be used in a ``with`` statement."""
        return Objects(self)


class Objects:
    """Reads objects through one ``git cat-file --batch``.

    Parameters
    ----------
    git : Git
        The repository.
    """

    def __init__(self, git: Git) -> None:
        self._argv = git.argv("cat-file", "--batch")
        self._path = git.path
        self._environment = git.environment

    def __enter__(self) -> Self:
        try:
            self._process = subprocess.Popen(
                self._argv,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=self._environment,
            )
        except OSError as error:
            raise GitError(f"git cannot be started: {error.strerror or error}") from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):  # what a git that died has not taken
                    pipe.close()
        self._process.wait()

    def read(self, name: str, limit: int | None = None) -> tuple[str, bytes]:
        """Return one object.

        Parameters
        ----------
        name : str
            Its id, or ``id:path``.
        limit : int, optional
            Most bytes that are kept in memory.

        Returns
        -------
        kind : str
            ``blob``, ``tree``, ``commit`` or ``tag``.
        data : bytes
            Its contents.

        Raises
        ------
        GitError
            When it is missing or larger than the limit, or the repository is damaged.
        """
        self._ask([name])
        return self._answer(name, limit)

    def _ask(self, names: Sequence[str]) -> None:
        """Ask for some objects; few enough that the names fit into a pipe."""
        stdin = self._process.stdin
        if stdin is None or any("\n" in name for name in names):
            raise GitError(f"no object {names[0]!r}")
        try:
            stdin.write("".join(f"{name}\n" for name in names).encode())
            stdin.flush()
        except OSError as error:
            raise GitError(f"{self._path}: git stopped while it read {names[0]}") from error

    def _answer(self, name: str, limit: int | None) -> tuple[str, bytes]:
        """Read what git answers to the next name it was asked for."""
        stdout = self._process.stdout
        if stdout is None:
            raise GitError(f"no object {name!r}")
        try:
            header = stdout.readline().decode().split()
            if len(header) != 3 or not header[2].isdigit():
                raise GitError(f"{self._path}: object {name} is missing")
            size = int(header[2])
            if limit is not None and size > limit:
                while size >= 0:
                    size -= len(stdout.read(min(size + 1, 1 << 20))) or size + 1
                raise GitError(f"object {name} is larger than {limit} bytes")
            data = stdout.read(size + 1)
        except OSError as error:
            raise GitError(f"{self._path}: git stopped while it read {name}") from error
        if len(data) != int(header[2]) + 1:
            raise GitError(f"{self._path}: object {name} is cut off")
        return header[1], data[:-1]


def environment() -> dict[str, str]:
    """Return the environment git runs in: nothing of the caller's but ``PATH``."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.devnull,
        "LC_ALL": "C",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_ALLOW_PROTOCOL": "file",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "",
        "GIT_OPTIONAL_LOCKS": "0",
    }
