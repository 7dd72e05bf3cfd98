"""Puts one question to SIMBAD's TAP service, and takes nothing for granted in the answer."""

from __future__ import annotations

import json
import time
from math import isfinite
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

from cobrex_db.errors import CatalogueError

from .lookup import shorten
from .names import legible

SIMBAD_URL = "https://simbad.cds.unistra.fr/simbad/sim-tap/sync"
LONGEST_NAME = 100

_MOST_BYTES = 1_000_000
_MOST_NAMES = 200
_QUERY = (
    "SELECT main_id, ra, dec, pmra, pmdec, plx_value, ids.ids FROM ident "
    "JOIN basic ON ident.oidref = basic.oid JOIN ids ON ids.oidref = basic.oid "
    "WHERE ident.id = '{name}'"
)
_NUMBERS = ("ra_deg", "dec_deg", "pm_ra_masyr", "pm_dec_masyr", "parallax_mas")


def ask(name: str, url: str, timeout_s: float) -> dict[str, Any]:
    """Ask for one name.

    Parameters
    ----------
    name : str
        Without control characters.
    url : str
        The service.
    timeout_s : float
        How long the whole answer may take, seconds.

    Returns
    -------
    dict
        ``main_id``, ``names``, ``ra_deg``, ``dec_deg``, ``pm_ra_masyr``, ``pm_dec_masyr``,
        ``parallax_mas``; empty when SIMBAD knows no such name.

    Raises
    ------
    CatalogueError
        Of kind ``simbad-away``, ``simbad-answer`` or ``simbad-url``.
    """
    query = _QUERY.format(name=name.replace("'", "''"))
    form = {"request": "doQuery", "lang": "adql", "format": "json", "query": query}
    body = _fetch(url, urlencode(form).encode(), timeout_s)
    try:
        rows = json.loads(body)["data"]
        if not isinstance(rows, list):
            raise TypeError
        return _row(rows[0]) if rows else {}
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        raise CatalogueError(
            "SIMBAD's answer is not what it should be",
            hint="try again later; nothing was changed",
            kind="simbad-answer",
        ) from error


def _row(row: list[Any]) -> dict[str, Any]:
    """Check the types of a row of the answer."""
    main_id, *numbers, names = row
    if not isinstance(main_id, str) or not isinstance(names, str) or len(row) != 7:
        raise TypeError
    some = [name for part in names.split("|")[:_MOST_NAMES] if (name := legible(part))]
    return {
        "main_id": legible(main_id)[:LONGEST_NAME],
        "names": [name for name in some if len(name) <= LONGEST_NAME],
        **dict(zip(_NUMBERS, map(_number, numbers), strict=True)),
    }


def _number(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise TypeError
    return float(value)


def _fetch(url: str, form: bytes, timeout_s: float) -> bytes:
    if not _is_web(url):
        raise CatalogueError(
            f"{shorten(url)!r} is no address of a web service",
            hint="it begins with https://",
            kind="simbad-url",
        )
    deadline = time.monotonic() + timeout_s
    request = Request(url, data=form, headers={"User-Agent": "cobrex"})  # noqa: S310 scheme checked
    body = b""
    try:
        with urlopen(request, timeout=timeout_s) as response:  # noqa: S310
            # a server that sends a byte now and then never trips the time-out of the socket
            while chunk := response.read1(65_536):
                body += chunk
                if len(body) > _MOST_BYTES:
                    raise _away("its answer is too long")
                if time.monotonic() > deadline:
                    raise TimeoutError
    except HTTPError as error:
        error.close()
        raise _away(f"HTTP status {error.code}") from error
    except TimeoutError as error:
        raise _away(f"no answer in {timeout_s:g} s") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        timed_out = isinstance(reason, TimeoutError)
        why = f"no answer in {timeout_s:g} s" if timed_out else shorten(str(reason))
        raise _away(why) from error
    return body


def _is_web(url: str) -> bool:
    try:
        return urlsplit(url).scheme in {"http", "https"}
    except ValueError:
        return False


def _away(why: str) -> CatalogueError:
    return CatalogueError(
        f"SIMBAD does not answer: {why}",
        hint="try again later, or without --simbad; nothing was changed", kind="simbad-away",
    )  # fmt: skip
