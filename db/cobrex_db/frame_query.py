"""One question about frames, the same for command line, Python and plans."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from .errors import CatalogueError

KINDS = ("raw", "product")
STATUSES = ("present", "missing", "replaced", "invalid", "removed", "all")


@dataclass(frozen=True, slots=True)
class FrameQuery:
    """Which frames are asked for; all conditions hold, of several values one.

    Attributes
    ----------
    star_ids : tuple of int
        Chosen star of the frame; names are resolved before.
    frame_types : tuple of str
        Names or patterns with ``*`` and ``?``.
    night_from, night_to : datetime.date or None
        First and last night, both included.
    arm, filter, programme, instrument, object : str or None
        A value, or a pattern with ``*`` and ``?``.
    user, workspace : str or None
        Who imported it first; a workspace it belongs to.
    viewer : str or None
        Who asks: only what they may see; None: everything.
    kind : str or None
        ``raw`` or ``product``.
    current : bool
        Only products that are the latest accepted answer to their question, of the best inputs
        known (`cobrex_db.series`).
    status : str
        ``present``, ``missing`` (catalogued, no file left), ``replaced``, ``invalid``,
        ``removed`` (cleaned away), ``all``.
    limit : int or None
        At most so many frames: the latest.
    """

    star_ids: tuple[int, ...] = ()
    frame_types: tuple[str, ...] = ()
    night_from: date | None = None
    night_to: date | None = None
    arm: str | None = None
    filter: str | None = None
    programme: str | None = None
    instrument: str | None = None
    object: str | None = None
    user: str | None = None
    workspace: str | None = None
    viewer: str | None = None
    kind: str | None = None
    current: bool = False
    status: str = "present"
    limit: int | None = None

    def __post_init__(self) -> None:
        if self.kind is not None and self.kind not in KINDS:
            raise _wrong(f"kind {self.kind!r}", f"one of {', '.join(KINDS)}")
        if self.status not in STATUSES:
            raise _wrong(f"status {self.status!r}", f"one of {', '.join(STATUSES)}")
        if self.limit is not None and self.limit < 1:
            raise _wrong(f"limit {self.limit}", "a limit of at least 1, or none")
        if self.night_from and self.night_to and self.night_from > self.night_to:
            raise _wrong(
                f"nights {self.night_from}..{self.night_to}",
                f"the earlier one first: {self.night_to}..{self.night_from}",
            )


def _wrong(what: str, cure: str) -> CatalogueError:
    return CatalogueError(f"cannot ask for {what}", hint=f"give {cure}", kind="query")
