"""From a name to the one star that bears it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from sqlalchemy import Connection, Row, select

from cobrex_db.errors import CatalogueError
from cobrex_db.schema import alias, frame_star, star

from .header_names import spellings_in_headers, stars_in_headers
from .names import MAX_NAME, normal_form
from .seeds import read_seeds

_POOL = 400
_LAST = "\uffff"


@dataclass(frozen=True, slots=True)
class Star:
    """A star of the catalogue.

    Attributes
    ----------
    star_id : int
        Its number in the catalogue.
    identifier : str
        The name it is known by: ``HR 100``.
    ra_deg, dec_deg : float or None
        ICRS at epoch 2000.0, degrees.
    pm_ra_masyr, pm_dec_masyr : float or None
        Proper motion, milliarcseconds a year, the first with cos(dec).
    parallax_mas, magnitude_v : float or None
        Parallax and V magnitude.
    source : str
        Where the position is from.
    aliases : tuple of str
        All its names.
    """

    star_id: int
    identifier: str
    ra_deg: float | None
    dec_deg: float | None
    pm_ra_masyr: float | None
    pm_dec_masyr: float | None
    parallax_mas: float | None
    magnitude_v: float | None
    source: str
    aliases: tuple[str, ...]


def resolve(connection: Connection, name: str) -> Star:
    """Return the star that a name means, whatever its spelling.

    A name that only headers know means the star chosen, by position, for their frames.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Reading is enough.
    name : str
        ``HR100``, ``hr 100``, ``kap Phe``, ``HD 2262`` ...

    Returns
    -------
    Star

    Raises
    ------
    CatalogueError
        Kind ``unknown-star`` (the nearest names are offered) or ``ambiguous-star``.
    """
    stars = find_stars(connection, name)
    if not stars:
        in_headers = spellings_in_headers(connection)
        stars = _star_of_headers(connection, in_headers.get(normal_form(name), []))
        if not stars:
            raise _unknown(connection, name, in_headers)
    if len(stars) > 1:
        raise CatalogueError(
            f"{shorten(name)!r} is the name of {len(stars)} stars",
            hint="say which: " + ", ".join(s.identifier for s in stars),
            kind="ambiguous-star",
        )
    return stars[0]


def find_stars(connection: Connection, name: str) -> list[Star]:
    """Return every star that bears a name, in the order of their identifiers.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Reading is enough.
    name : str
        In any spelling.

    Returns
    -------
    list of Star
        Empty when the catalogue knows no such name.
    """
    key = normal_form(name)
    if not key:
        return []
    rows = connection.execute(
        select(star)
        .join(alias, alias.c.star_id == star.c.star_id)
        .where(alias.c.name_key == key)
        .order_by(star.c.identifier)
    ).all()
    return [_star(connection, row) for row in rows]


def nearest_names(
    connection: Connection, name: str, more: Iterable[str] = (), count: int = 3
) -> list[str]:
    """Return the known names that look most like an unknown one.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Reading is enough.
    name : str
        What nobody knows.
    more : iterable of str
        Names that may be offered besides those of stars.
    count : int
        At most so many.

    Returns
    -------
    list of str
        Best first.
    """
    key = normal_form(name)
    pool = {seed_name.casefold(): seed_name for seed in read_seeds() for seed_name in seed.aliases}
    pool |= {known.casefold(): known for known in (*more, *_observed(connection))}
    pool |= {known.casefold(): known for known in _alike(connection, key)}
    found = get_close_matches(key.casefold(), pool, n=count, cutoff=0.6)
    return [pool[match] for match in found]


def shorten(name: str, length: int = 60) -> str:
    """Return a name that fits a message."""
    clean = " ".join(name.split())
    return clean if len(clean) <= length else clean[: length - 1] + "…"


def _star(connection: Connection, row: Row[tuple[object, ...]]) -> Star:
    names = connection.execute(
        select(alias.c.name).where(alias.c.star_id == row.star_id).order_by(alias.c.alias_id)
    ).scalars()
    return Star(**row._mapping, aliases=tuple(names))


def _star_of_headers(connection: Connection, spellings: list[str]) -> list[Star]:
    ids = stars_in_headers(connection, spellings) if spellings else []
    rows = connection.execute(
        select(star).where(star.c.star_id.in_(ids)).order_by(star.c.identifier)
    )
    return [_star(connection, row) for row in rows.all()]


def _unknown(connection: Connection, name: str, in_headers: dict[str, list[str]]) -> CatalogueError:
    headers = (spelling for some in in_headers.values() for spelling in some)
    near = nearest_names(connection, name, headers) if len(name) <= MAX_NAME else []
    offer = f"did you mean {' or '.join(near)}? " if near else ""
    return CatalogueError(
        f"no star is called {shorten(name)!r}",
        hint=f"{offer}More names: `cobrex star import CATALOGUES`, "
        "or ask SIMBAD: `cobrex star show NAME --simbad`",
        kind="unknown-star",
    )


def _alike(connection: Connection, key: str) -> set[str]:
    """Return known names that begin like a key, the longest common beginnings first."""
    found: set[str] = set()
    for length in sorted({max(1, len(key) - 1), max(1, len(key) - 2), 4, 2}, reverse=True):
        for start in {key[:length], key[:length].lower(), key[:length].capitalize()}:
            found.update(_beginning(connection, start))
        if len(found) >= _POOL:
            break
    return found


def _beginning(connection: Connection, start: str) -> list[str]:
    rows = connection.execute(
        select(alias.c.name)
        .where(alias.c.name_key >= start, alias.c.name_key < start + _LAST)
        .order_by(alias.c.name_key)
        .limit(_POOL)
    )
    return list(rows.scalars())


def _observed(connection: Connection) -> list[str]:
    observed = select(frame_star.c.star_id).distinct().limit(_POOL).subquery()
    names = select(alias.c.name).join(observed, observed.c.star_id == alias.c.star_id)
    return list(connection.execute(names.limit(4 * _POOL)).scalars())
