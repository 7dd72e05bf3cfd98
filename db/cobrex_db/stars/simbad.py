"""Asks SIMBAD for a star, when told to; the answer is kept."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

from sqlalchemy import Connection, Engine, delete, insert, select, update

from cobrex_db.engine import transact
from cobrex_db.errors import CatalogueError
from cobrex_db.schema import name_lookup, star

from . import motion
from .lookup import Star, find_stars, resolve, shorten
from .merge import merge_stars
from .names import is_weak, legible, normal_form, parse
from .register import Entry, add_aliases, add_star

SIMBAD_URL = "https://simbad.cds.unistra.fr/simbad/sim-tap/sync"

_SERVICE = "simbad"
_TIMEOUT_S = 10.0
_MOST_BYTES = 1_000_000
_MOST_NAMES = 200
_LONGEST_NAME = 100
# a name that SIMBAD does not know today may be there next week
_UNKNOWN_FOR = timedelta(days=7)
_PREFERRED = ("HR", "HD", "HIP")
_QUERY = (
    "SELECT main_id, ra, dec, pmra, pmdec, plx_value, ids.ids FROM ident "
    "JOIN basic ON ident.oidref = basic.oid JOIN ids ON ids.oidref = basic.oid "
    "WHERE ident.id = '{name}'"
)


@dataclass(frozen=True, slots=True)
class _Simbad:
    """Where SIMBAD answers, and how long to wait."""

    url: str
    timeout_s: float


def ask_simbad(
    engine: Engine, name: str, *, url: str = SIMBAD_URL, timeout_s: float = _TIMEOUT_S
) -> Star:
    """Return the star SIMBAD knows by a name; the catalogue learns it, with all its names.

    Parameters
    ----------
    engine : sqlalchemy.Engine
        An open catalogue.
    name : str
        As a person writes it.
    url : str
        TAP service of SIMBAD or of a mirror.
    timeout_s : float
        How long the whole answer may take, seconds.

    Returns
    -------
    Star

    Raises
    ------
    CatalogueError
        Of kind ``unknown-star``, ``simbad-away``, ``simbad-answer`` or ``simbad-url``.
    """
    key = normal_form(name)
    if not key or len(name) > _LONGEST_NAME:
        raise _unknown(name)
    with engine.connect() as connection:
        answer = _remembered(connection, key)
    if answer is None:
        answer = _ask(_Simbad(url, timeout_s), legible(name.replace("_", " ")))
        transact(engine, lambda c: _remember(c, key, answer))
    entry = _entry(answer, name) if answer else None
    if entry is None:
        raise _unknown(name)
    return transact(engine, lambda c: _learn(c, entry))


def _remembered(connection: Connection, key: str) -> dict[str, Any] | None:
    row = connection.execute(
        select(name_lookup.c.answer, name_lookup.c.asked).where(
            name_lookup.c.service == _SERVICE, name_lookup.c.name_key == key
        )
    ).one_or_none()
    if row is None or not isinstance(row.answer, dict):
        return None
    if not row.answer and _now() - row.asked > _UNKNOWN_FOR:
        return None
    return row.answer


def _remember(connection: Connection, key: str, answer: dict[str, Any]) -> None:
    where = (name_lookup.c.service == _SERVICE, name_lookup.c.name_key == key)
    connection.execute(delete(name_lookup).where(*where))
    connection.execute(
        insert(name_lookup).values(service=_SERVICE, name_key=key, answer=answer, asked=_now())
    )


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _ask(simbad: _Simbad, name: str) -> dict[str, Any]:
    """Return the first row as a mapping; empty when SIMBAD knows no such name."""
    query = _QUERY.format(name=name.replace("'", "''"))
    form = {"request": "doQuery", "lang": "adql", "format": "json", "query": query}
    body = _fetch(simbad, urlencode(form).encode())
    try:
        rows = json.loads(body)["data"]
        if not isinstance(rows, list):
            raise TypeError
        if not rows:
            return {}
        return _row(*rows[0])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise CatalogueError(
            "SIMBAD's answer is not what it should be",
            hint="try again later; nothing was changed", kind="simbad-answer",
        ) from error  # fmt: skip


def _fetch(simbad: _Simbad, form: bytes) -> bytes:
    if urlsplit(simbad.url).scheme not in {"http", "https"}:
        raise CatalogueError(
            f"{shorten(simbad.url)} is no address of a web service",
            hint="it begins with https://", kind="simbad-url",
        )  # fmt: skip
    deadline = time.monotonic() + simbad.timeout_s
    request = Request(simbad.url, data=form, headers={"User-Agent": "cobrex"})  # noqa: S310 scheme checked
    body = b""
    try:
        with urlopen(request, timeout=simbad.timeout_s) as response:  # noqa: S310
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
        raise _away(f"no answer in {simbad.timeout_s:g} s") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        timed_out = isinstance(reason, TimeoutError)
        why = f"no answer in {simbad.timeout_s:g} s" if timed_out else shorten(str(reason))
        raise _away(why) from error
    return body


def _row(
    main_id: object, ra: object, dec: object, pm_ra: object, pm_dec: object,
    parallax: object, names: object,
) -> dict[str, Any]:  # fmt: skip
    """Check the types of a row of the answer."""
    numbers = (ra, dec, pm_ra, pm_dec, parallax)
    if not isinstance(main_id, str) or not isinstance(names, str):
        raise TypeError
    if any(isinstance(n, bool) or not isinstance(n, int | float | None) for n in numbers):
        raise TypeError
    some = [name for part in names.split("|")[:_MOST_NAMES] if (name := legible(part))]
    return {
        "main_id": legible(main_id)[:_LONGEST_NAME], "ra_deg": ra, "dec_deg": dec,
        "pm_ra_masyr": pm_ra, "pm_dec_masyr": pm_dec, "parallax_mas": parallax,
        "names": [name for name in some if len(name) <= _LONGEST_NAME],
    }  # fmt: skip


def _entry(answer: dict[str, Any], asked: str) -> Entry | None:
    names = [n for n in (asked, answer["main_id"], *answer["names"]) if not is_weak(normal_form(n))]
    if not names:
        return None
    known = {parse(name).catalogue: parse(name).key for name in reversed(names)}
    identifier = next((known[c] for c in _PREFERRED if c in known), normal_form(answer["main_id"]))
    ra, dec = answer["ra_deg"], answer["dec_deg"]
    if not identifier or (ra is not None and not motion.on_sky(ra, dec)):
        raise CatalogueError(
            f"SIMBAD gives no place on the sky for {shorten(asked)!r}",
            hint="try again later; nothing was changed", kind="simbad-answer",
        )  # fmt: skip
    return Entry(
        identifier, ra, dec, answer["pm_ra_masyr"], answer["pm_dec_masyr"],
        answer["parallax_mas"], None, _SERVICE, tuple(legible(name) for name in names),
    )  # fmt: skip


def _learn(connection: Connection, entry: Entry) -> Star:
    """Add the star, or its names to the one the catalogue knows already."""
    known = {s.star_id: s for name in entry.aliases for s in find_stars(connection, name)}
    # stars that catalogues tell apart stay apart, whatever a service says
    firm = [s for s in known.values() if s.source != "header"]
    if not known:
        return _by_id(connection, add_star(connection, entry), entry.identifier)
    kept = (firm or list(known.values()))[0]
    for other in known.values():
        if other.source == "header" and other is not kept:
            merge_stars(connection, kept.star_id, other.star_id)
    if kept.source == "header" and entry.ra_deg is not None:
        values = {c: v for c, v in entry.measured().items() if v is not None}
        connection.execute(update(star).where(star.c.star_id == kept.star_id).values(values))
    add_aliases(connection, kept.star_id, entry.aliases, _SERVICE)
    return _by_id(connection, kept.star_id, kept.identifier)


def _by_id(connection: Connection, star_id: int, identifier: str) -> Star:
    found = [s for s in find_stars(connection, identifier) if s.star_id == star_id]
    return found[0] if found else resolve(connection, identifier)


def _away(why: str) -> CatalogueError:
    return CatalogueError(
        f"SIMBAD does not answer: {why}",
        hint="try again later, or without --simbad; nothing was changed", kind="simbad-away",
    )  # fmt: skip


def _unknown(name: str) -> CatalogueError:
    return CatalogueError(
        f"SIMBAD knows no star {shorten(name)!r}",
        hint="check the spelling at https://simbad.cds.unistra.fr", kind="unknown-star",
    )  # fmt: skip
