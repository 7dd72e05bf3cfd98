"""Asks SIMBAD for a star, when told to; the answer is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, delete, select, update

from cobrex_db.engine import transact
from cobrex_db.errors import CatalogueError
from cobrex_db.schema import name_lookup, star

from . import motion
from .lookup import Star, find_stars, resolve, shorten
from .merge import merge_stars
from .names import is_weak, legible, normal_form, parse
from .register import Entry, add_aliases, add_star, insert_new
from .simbad_tap import LONGEST_NAME, SIMBAD_URL, ask

__all__ = ["SIMBAD_URL", "ask_simbad"]

_SERVICE = "simbad"
_TIMEOUT_S = 10.0
# a name that SIMBAD does not know today may be there next week
_UNKNOWN_FOR = timedelta(days=7)
_PREFERRED = ("HR", "HD", "HIP")


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
    if not key or len(name) > LONGEST_NAME:
        raise _unknown(name)
    with engine.connect() as connection:
        answer = _remembered(connection, key)
    asked = answer is None
    if answer is None:
        answer = ask(legible(name.replace("_", " ")), url, timeout_s)
    entry = _entry(answer, name) if answer else None
    if asked:
        transact(engine, lambda c: _remember(c, key, answer))
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
        insert_new(name_lookup).values(service=_SERVICE, name_key=key, answer=answer, asked=_now())
    )


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _entry(answer: dict[str, Any], asked: str) -> Entry:
    names = [asked, answer["main_id"], *answer["names"]]
    names = [n for n in names if n == asked or not is_weak(normal_form(n))]
    known = {parse(name).catalogue: parse(name).key for name in reversed(names[1:])}
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


def _unknown(name: str) -> CatalogueError:
    return CatalogueError(
        f"SIMBAD knows no star {shorten(name)!r}",
        hint="check the spelling at https://simbad.cds.unistra.fr", kind="unknown-star",
    )  # fmt: skip
