"""What a database's errors mean: passing trouble, or a refusal with its cure."""

from __future__ import annotations

from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.exc import (
    DatabaseError,
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    ProgrammingError,
)

from .errors import CatalogueError


class PassingError(CatalogueError):
    """The database is away, busy or chose this transaction as a deadlock's victim."""


_CALLERS = (DataError, IntegrityError, NotSupportedError, ProgrammingError)
# server away, shutting down, too many connections, lock wait, deadlock, killed
_PASSING = frozenset(
    {
        1020,
        1040,
        1053,
        1158,
        1159,
        1160,
        1161,
        1203,
        1205,
        1213,
        1226,
        1290,
        1927,
        2002,
        2003,
        2006,
        2013,
        2014,
        2055,
    }
)
_DENIED = frozenset({1044, 1045, 1049, 1142, 1143, 1227, 1698})
_FULL = frozenset({3, 1021, 1030, 1041, 1114})


def translate(context: ExceptionContext) -> None:
    """Turn a driver's error into one of the catalogue's (a ``handle_error`` listener).

    Parameters
    ----------
    context : sqlalchemy.engine.ExceptionContext
        What failed.

    Raises
    ------
    CatalogueError
        For what a person can mend; other errors go on as they are.
    """
    error = context.sqlalchemy_exception
    if error is None or context.engine is None:
        return
    if isinstance(error, DBAPIError) and context.is_disconnect:
        raise _away(context.engine.url, error)
    if not isinstance(error, DatabaseError) or isinstance(error, _CALLERS):
        return
    answer = _explain(context.engine.url, error)
    if answer is not None:
        raise answer


def place(url: URL) -> str:
    """Return where a database lies, without the password.

    Parameters
    ----------
    url : sqlalchemy.engine.URL
        Its address.

    Returns
    -------
    str
        A file, or ``host:port/database``.
    """
    if url.get_backend_name() == "sqlite":
        return url.database or "memory"
    port = f":{url.port}" if url.port else ""
    return f"{url.host or 'localhost'}{port}/{url.database or ''}"


def _explain(url: URL, error: DBAPIError) -> CatalogueError | None:
    code, text = _code(error), str(error.orig)
    if url.get_backend_name() == "sqlite":
        return _explain_sqlite(url, text)
    if code in _PASSING:
        return _away(url, error)
    if code in _DENIED:
        return CatalogueError(
            f"the catalogue at {place(url)} refuses {url.username or 'this account'} "
            f"(error {code})",
            hint="check account, password, database and rights in COBREX_DATABASE_URL",
            kind="database-refused",
        )
    if code in _FULL:
        return _full(url)
    return None


def _explain_sqlite(url: URL, text: str) -> CatalogueError | None:
    if "locked" in text or "busy" in text:
        return PassingError(
            f"the catalogue {place(url)} is locked by another program",
            hint="try again when the other command has ended",
            kind="database-away",
        )
    if "disk is full" in text or "disk I/O" in text:
        return _full(url)
    if "readonly" in text or "unable to open" in text:
        return CatalogueError(
            f"the catalogue {place(url)} cannot be written or opened: {text}",
            hint="check the rights of the file and its folder",
            kind="database-refused",
        )
    if "not a database" in text or "malformed" in text:
        return CatalogueError(
            f"{place(url)} is not a catalogue: {text}",
            hint="move the file away, or restore it from a copy",
            kind="not-a-catalogue",
        )
    return None


def is_duplicate(error: IntegrityError) -> bool:
    """Tell whether an error says that a unique key exists already.

    Parameters
    ----------
    error : sqlalchemy.exc.IntegrityError
        From a statement.

    Returns
    -------
    bool
    """
    return _code(error) == 1062 or "UNIQUE constraint" in str(error.orig)


def _away(url: URL, error: DBAPIError) -> PassingError:
    return PassingError(
        f"the catalogue at {place(url)} does not answer (error {_code(error)})",
        hint="start the database or try again later; nothing was changed",
        kind="database-away",
    )


def _full(url: URL) -> CatalogueError:
    return CatalogueError(
        f"no space left where the catalogue {place(url)} lies",
        hint="free some space and repeat the command; nothing was changed",
        kind="disk-full",
    )


def _code(error: DBAPIError) -> int:
    arguments = getattr(error.orig, "args", ())
    return arguments[0] if arguments and isinstance(arguments[0], int) else 0
