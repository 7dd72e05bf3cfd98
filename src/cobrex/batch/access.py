"""Whether a request may be made in its workspace, and with which recipes."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from cobrex.errors import UsageError
from cobrex_db import belonging, workspaces
from cobrex_db.engine import transact
from cobrex_db.errors import CatalogueError
from cobrex_registry.version import Version

from .request import Request

if TYPE_CHECKING:
    from sqlalchemy import Engine


def enter(engine: Engine, request: Request) -> tuple[str, ...]:
    """Refuse a request whose user may not reduce in its workspace.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    request : Request

    Returns
    -------
    tuple of str
        Registry namespaces whose recipes may be used; empty: all of them.

    Raises
    ------
    CatalogueError
        Kinds ``unknown-workspace``, ``no-access``.
    """
    with engine.connect() as connection:
        workspaces.demand(connection, request.user, request.workspace, "member")
        return workspaces.namespaces_of(connection, request.workspace)


def adopt(engine: Engine, request: Request, process_ids: Collection[int]) -> None:
    """Note that processes that need not be made belong to the workspace of a request too.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    request : Request
    process_ids : collection of int
    """
    with engine.connect() as connection:
        place = workspaces.demand(connection, request.user, request.workspace, "member")
        lacking = belonging.lacking_processes(connection, place, process_ids)
    if not lacking:
        return
    try:
        transact(engine, lambda c: belonging.add_processes(c, place, lacking))
    except CatalogueError as error:  # somebody else's catalogue, read only
        if error.kind != "database-refused":
            raise


def allow(version: Version, namespaces: tuple[str, ...]) -> Version:
    """Return a version, unless it is of a namespace the workspace does not use.

    Parameters
    ----------
    version : Version
        Of a recipe.
    namespaces : tuple of str
        From `enter`.

    Returns
    -------
    Version

    Raises
    ------
    UsageError
        Kind ``namespace``.
    """
    if namespaces and version.namespace not in namespaces:
        raise UsageError(
            f"the workspace uses recipes of {' and '.join(namespaces)}; "
            f"{version.full_name} is of {version.namespace}",
            hint="reduce in another workspace: COBREX_WORKSPACE=NAME; `cobrex workspace list` "
            "shows their namespaces",
            kind="namespace",
        )
    return version
