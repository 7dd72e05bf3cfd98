"""Why a file cannot be catalogued."""

from __future__ import annotations

from .errors import CatalogueError


class RejectionError(CatalogueError):
    """A file that cannot be taken.

    Kinds: ``empty``, ``not-fits``, ``truncated``, ``damaged``, ``no-end``, ``unreadable``,
    ``directory``, ``not-a-file``, ``missing``, ``bad-name``, ``supplied``,
    ``side-car``, ``unrecordable``.
    """

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason, kind=kind)


def from_os(error: OSError) -> RejectionError:
    """Return the rejection for what the operating system refused.

    Parameters
    ----------
    error : OSError
        From opening or reading.

    Returns
    -------
    RejectionError
    """
    if isinstance(error, FileNotFoundError):
        return RejectionError("missing", "there is no such file")
    if isinstance(error, IsADirectoryError):
        return RejectionError("directory", "it is a folder")
    return RejectionError("unreadable", f"cannot be read: {error.strerror or error}")
