"""Waits for a database that is away: a batch of hours outlives its restart."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from cobrex_db.errors import CatalogueError

Result = TypeVar("Result")

_WAIT_S = 2.0


def insist(function: Callable[[], Result], on_message: Callable[[str], None]) -> Result:
    """Call a function until the database answers.

    Parameters
    ----------
    function : callable
        May be called several times.
    on_message : callable
        Told once that it is waited for.

    Returns
    -------
    object
        What the function returned.
    """
    told = False
    while True:
        try:
            return function()
        except CatalogueError as error:
            if error.kind != "database-away":
                raise
            if not told:
                on_message(f"{error.message}: waiting for it")
            told = True
        time.sleep(_WAIT_S)
