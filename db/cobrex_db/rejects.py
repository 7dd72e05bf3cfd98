"""The table of files that imports could not take."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from . import schema as s
from .errors import CatalogueError
from .people import utc_now


class OpenRejects:
    """Rejects that no later import has resolved.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    """

    def __init__(self, connection: Connection) -> None:
        r = s.reject.c
        rows = connection.execute(select(r.path, r.reject_id).where(~r.resolved))
        self._ids: dict[str, int] = dict(rows.tuples().all())

    def note(
        self, connection: Connection, import_id: int, errors: Mapping[str, CatalogueError]
    ) -> None:
        """Write down what could not be taken; a path has one open row.

        Parameters
        ----------
        connection : sqlalchemy.Connection
        import_id : int
        errors : mapping
            By path, as printable text.
        """
        now = utc_now()
        rows = [_row(import_id, path, error, now) for path, error in errors.items()]
        new = [row for row in rows if row["path"] not in self._ids]
        old = [{**row, "the_id": self._ids[row["path"]]} for row in rows if row not in new]
        if new:
            connection.execute(insert(s.reject), new)
        if old:
            connection.execute(
                update(s.reject).where(s.reject.c.reject_id == bindparam("the_id")), old
            )

    def resolve(self, connection: Connection, paths: Collection[str]) -> None:
        """Close the rows of files that were taken now.

        Parameters
        ----------
        connection : sqlalchemy.Connection
        paths : collection of str
        """
        taken = [self._ids[path] for path in paths if path in self._ids] if self._ids else []
        if taken:
            connection.execute(
                update(s.reject).where(s.reject.c.reject_id.in_(taken)).values(resolved=True)
            )


def _row(import_id: int, path: str, error: CatalogueError, now: datetime) -> dict[str, Any]:
    return {
        "import_id": import_id, "path": path, "kind": error.kind, "reason": error.message,
        "seen": now, "resolved": False,
    }  # fmt: skip
