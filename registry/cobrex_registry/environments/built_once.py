"""Built once: one process builds under a lock, others wait; what is there is complete."""

from __future__ import annotations

import ctypes
import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cobrex_registry.discard import discard
from cobrex_registry.errors import RegistryError
from cobrex_registry.held import held

BUILD_TIMEOUT_S = 3600.0
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


@dataclass(frozen=True, slots=True)
class Site:
    """Where something is being built.

    Attributes
    ----------
    folder : pathlib.Path
        Empty; becomes what was to be built.
    what : str
        Its name in messages.
    lock : int
        Descriptor of the lock that is held.
    """

    folder: Path
    what: str
    lock: int

    def run(
        self, argv: Sequence[str], environ: Mapping[str, str], hint: str = "mend the lock file"
    ) -> None:
        """Run a builder's command.

        It dies when we are killed, and the lock is held until it and all it started are dead: a
        second builder never meets the writes of a first one.

        Parameters
        ----------
        argv : sequence of str
            Started without a shell.
        environ : mapping of str to str
            Its whole environment.
        hint : str
            The cure when it fails.

        Raises
        ------
        RegistryError
            Of kind ``environment``, with its last lines.
        """
        try:
            done = subprocess.run(
                list(argv),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=BUILD_TIMEOUT_S,
                check=False,
                env=dict(environ),
                pass_fds=(self.lock,),
                preexec_fn=_die_with_parent,
            )
        except subprocess.TimeoutExpired as error:
            raise RegistryError(
                f"building the {self.what} took longer than an hour",
                kind="environment",
                hint="see whether the package index answers",
            ) from error
        if done.returncode != 0:
            lines = (done.stdout + done.stderr).decode("utf-8", "replace").strip().splitlines()
            told = "\n  ".join(line.strip() for line in lines[-8:])
            raise RegistryError(
                f"the {self.what} cannot be built:\n  {told}",
                kind="environment",
                hint=f"{hint}, or see whether the package index answers",
            )


def build_once(
    place: Path, what: str, make: Callable[[Site], None], *, movable: bool = True
) -> None:
    """Build a folder unless it is there; killed at any instant, it is there whole or not at all.

    Parameters
    ----------
    place : pathlib.Path
        The folder; others may want it at the same time.
    what : str
        Its name in messages: ``Python environment``.
    make : callable
        Fills the folder of the site it is given.
    movable : bool
        Whether it may be renamed when it is complete. What holds its own path within stays where
        it was built, and `place` becomes a link to it.

    Raises
    ------
    RegistryError
        Of kind ``environment``; nothing is left behind.
    """
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with held(place.with_name(f"{place.name}.lock")) as lock:
            if not place.is_dir():
                _build(place, what, make, lock, movable)
    except OSError as error:
        raise RegistryError(
            f"{place} cannot be written: {error.strerror or error}",
            kind="environment",
            hint="see that you may write to the store and its disk is not full",
        ) from error


def _build(place: Path, what: str, make: Callable[[Site], None], lock: int, movable: bool) -> None:
    for rest in place.parent.glob(f".{place.name}.*"):
        if rest.is_symlink():
            rest.unlink()
        discard(rest)  # its builder is dead: we hold the lock
    if place.is_symlink():  # what it points to was removed by hand
        place.unlink()
    folder = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
    try:
        make(Site(folder, what, lock))
        _seal(folder)
        if movable:
            folder.rename(place)
        else:
            _link(folder, place)
    except BaseException:
        discard(folder)
        raise


def _link(folder: Path, place: Path) -> None:
    link = folder.with_name(f"{folder.name}.link")
    link.symlink_to(folder.name)
    link.rename(place)


def _seal(folder: Path) -> None:
    """Make everything read-only: it is never changed again."""
    for parent, _, names in os.walk(folder, topdown=False):
        for name in names:
            path = Path(parent, name)
            if not path.is_symlink():
                path.chmod(stat.S_IMODE(path.stat().st_mode) & ~0o222)
        Path(parent).chmod(0o555)


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
