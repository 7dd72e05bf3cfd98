"""An SQLite catalogue on a network file system is written by one host, the first that did."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass, field
from pathlib import Path

from .errors import CatalogueError

_MOUNTS = Path("/proc/self/mountinfo")
_NETWORK = frozenset(
    {
        *("nfs", "nfs4", "lustre", "gpfs", "beegfs", "beegfs_nodev", "cifs", "smb3", "ceph"),
        *("glusterfs", "afs", "panfs", "pvfs2", "wekafs", "gfs2", "ocfs2"),
    }
)
_LONGEST = 256


@dataclass(slots=True)
class SingleHost:
    """Keeps all hosts but one from writing a catalogue; SQLite's locks do not on such places.

    Attributes
    ----------
    file : pathlib.Path
        The catalogue.
    network : bool
        Whether it lies where several hosts may see it.
    host : str
        This one.
    """

    file: Path
    network: bool
    host: str = field(default_factory=socket.gethostname)
    _claimed: bool = False

    @property
    def note(self) -> Path:
        """Where it is written down who writes: ``catalogue.sqlite.host``."""
        return self.file.with_name(f"{self.file.name}.host")

    @property
    def is_other(self) -> bool:
        """Whether another host writes it."""
        return self.network and self._owner() not in {"", self.host}

    def claim(self) -> None:
        """Write down that this host writes, before it does so for the first time.

        Raises
        ------
        CatalogueError
            Kind ``database-refused``: another one does.
        """
        if self._claimed or not self.network:
            return
        if not self._owner():
            self._sign()
        owner = self._owner()
        if owner != self.host:
            raise CatalogueError(
                f"{self.file} lies on a network file system and is written by the host "
                f"{owner or 'of another name'}; this is {self.host}",
                hint="put the catalogue on MariaDB (COBREX_DATABASE_URL), which many hosts may "
                f"write; or, when nothing runs on {owner or 'it'} any more: rm {self.note}",
                kind="database-refused",
            )
        self._claimed = True

    def _owner(self) -> str:
        try:
            with self.note.open("rb") as stream:
                return stream.read(_LONGEST).decode("utf-8", "replace").strip()
        except OSError:
            return ""

    def _sign(self) -> None:
        partial = self.note.with_name(f".{self.note.name}.{self.host}.{os.getpid()}")
        try:
            partial.write_text(f"{self.host}\n", encoding="utf-8")
            os.link(partial, self.note)  # of two hosts one is first, also on NFS
        except FileExistsError:
            pass
        except OSError as error:
            raise CatalogueError(
                f"cannot note in {self.note} which host writes the catalogue: {error.strerror}",
                hint="a catalogue on a network file system needs it; or use MariaDB",
                kind="database-refused",
            ) from error
        finally:
            partial.unlink(missing_ok=True)


def is_network(place: Path, mounts: str | None = None) -> bool:
    """Tell whether a path lies on a file system that other hosts may have mounted, too.

    Parameters
    ----------
    place : pathlib.Path
        It, or a folder above it, exists.
    mounts : str, optional
        Text of ``/proc/self/mountinfo``, proc_pid_mountinfo(5).

    Returns
    -------
    bool
        False when nobody can tell.
    """
    try:
        text = mounts if mounts is not None else _MOUNTS.read_text(encoding="utf-8")
        path = os.path.realpath(place)
    except OSError:
        return False
    found, kind = -1, ""
    for line in text.splitlines():
        words, _, rest = line.partition(" - ")
        fields = words.split(" ")
        if len(fields) < 5 or not rest:
            continue
        point = _plain(fields[4])
        if _is_below(path, point) and len(point) >= found:  # a later mount hides an earlier one
            found, kind = len(point), rest.partition(" ")[0]
    return kind in _NETWORK or kind.startswith("fuse.")


def _is_below(path: str, point: str) -> bool:
    return point in {"/", path} or path.startswith(f"{point}/")


def _plain(text: str) -> str:
    """A mount point with its octal escapes undone."""
    for code, char in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(code, char)
    return text
