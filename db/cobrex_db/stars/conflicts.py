"""Frames whose name and position do not agree on the star."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, or_, select

from cobrex_db.schema import alias, frame, frame_star, star
from cobrex_db.workspaces import restrict_frames

from .labels import is_label
from .match import NAME, POSITION
from .names import normal_form

ANOTHER = "another star is nearer"
FAR = "far from its star"
AMBIGUOUS = "name of several stars"
NAMES = "OBJECT names another star"

_named = frame_star.alias("named")
_placed = frame_star.alias("placed")
_name_star = star.alias("name_star")
_other_star = star.alias("other_star")


def conflicts(connection: Connection, *, viewer: str | None = None) -> list[dict[str, Any]]:
    """List the frames whose headers say two things; the one chosen is told, none is changed.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Reading is enough.
    viewer : str, optional
        Only frames this user may see.

    Returns
    -------
    list of dict
        ``frame_id``, ``archive_name``, ``night``, ``object``, ``target``, ``conflict`` (what does
        not agree), ``star`` (chosen), ``separation_arcsec``, ``other_star``,
        ``other_separation_arcsec``; in the order of frames.
    """
    found = [
        *_ask(connection, ANOTHER, _another_nearer(), viewer),
        *_ask(connection, FAR, _far(), viewer),
        *_ask(connection, AMBIGUOUS, _ambiguous(), viewer),
        *_contradicting_names(connection, viewer),
    ]
    return sorted(found, key=lambda row: (row["frame_id"], row["conflict"]))


def _ask(
    connection: Connection, conflict: str, query: Select[Any], viewer: str | None
) -> Iterator[dict[str, Any]]:
    for row in connection.execute(restrict_frames(connection, query, viewer)).mappings():
        yield {**row, "conflict": conflict}


def _chosen(*more: Any) -> Select[Any]:
    return (
        select(
            frame.c.frame_id, frame.c.archive_name, frame.c.night, frame.c.object, frame.c.target,
            _name_star.c.identifier.label("star"), _named.c.separation_arcsec, *more,
        )
        .join(_named, _named.c.frame_id == frame.c.frame_id)
        .join(_name_star, _name_star.c.star_id == _named.c.star_id)
        .where(_named.c.chosen, _named.c.method == NAME)
    )  # fmt: skip


def _other(separation: Any) -> tuple[Any, Any]:
    return (
        _other_star.c.identifier.label("other_star"),
        separation.label("other_separation_arcsec"),
    )


def _another_nearer() -> Select[Any]:
    """Say which star is nearer than the named one; a star made from a header is always near."""
    nearer = or_(
        _named.c.separation_arcsec.is_(None),
        _placed.c.separation_arcsec < _named.c.separation_arcsec,
        and_(_name_star.c.source == "header", _other_star.c.source != "header"),
    )
    return (
        _chosen(*_other(_placed.c.separation_arcsec))
        .join(_placed, _placed.c.frame_id == frame.c.frame_id)
        .join(_other_star, _other_star.c.star_id == _placed.c.star_id)
        .where(_placed.c.method == POSITION, _placed.c.star_id != _named.c.star_id, nearer)
        .where(~_placed_nearer_still())
    )


def _placed_nearer_still() -> ColumnElement[bool]:
    """Keep only the nearest of the other stars."""
    still = frame_star.alias("still")
    return exists().where(
        still.c.frame_id == _placed.c.frame_id,
        still.c.method == POSITION,
        still.c.star_id != _named.c.star_id,
        or_(
            still.c.separation_arcsec < _placed.c.separation_arcsec,
            and_(
                still.c.separation_arcsec == _placed.c.separation_arcsec,
                still.c.star_id < _placed.c.star_id,
            ),
        ),
    )


def _far() -> Select[Any]:
    """Say which frames point to nothing, farther from the named star than the radius."""
    anything = exists().where(_placed.c.frame_id == _named.c.frame_id, _placed.c.method == POSITION)
    return _chosen().where(_named.c.separation_arcsec.is_not(None), ~anything)


def _ambiguous() -> Select[Any]:
    """Say where a name means several stars and no position tells which."""
    another = frame_star.alias("another")
    return (
        _chosen(_other_star.c.identifier.label("other_star"))
        .join(another, another.c.frame_id == frame.c.frame_id)
        .join(_other_star, _other_star.c.star_id == another.c.star_id)
        .where(another.c.method == NAME, ~another.c.chosen, _named.c.separation_arcsec.is_(None))
    )


def _contradicting_names(connection: Connection, viewer: str | None) -> Iterator[dict[str, Any]]:
    chosen = (
        _chosen(_named.c.star_id.label("chosen_id"))
        .where(frame.c.object.is_not(None), frame.c.object != frame.c.target)
    )  # fmt: skip
    rows = connection.execute(restrict_frames(connection, chosen, viewer)).mappings().all()
    keys = {
        row["object"]: normal_form(row["object"]) for row in rows if not is_label(row["object"])
    }
    bearers = _bearers(connection, sorted(set(keys.values())))
    for row in rows:
        others = bearers.get(keys.get(row["object"], ""), {})
        if others and row["chosen_id"] not in others:
            plain = {column: row[column] for column in row if column != "chosen_id"}
            yield {**plain, "conflict": NAMES, "other_star": " or ".join(others.values())}


def _bearers(connection: Connection, keys: list[str]) -> dict[str, dict[int, str]]:
    bearers: dict[str, dict[int, str]] = {}
    for start in range(0, len(keys), 500):
        rows = connection.execute(
            select(alias.c.name_key, star.c.star_id, star.c.identifier)
            .join(star, star.c.star_id == alias.c.star_id)
            .where(alias.c.name_key.in_(keys[start : start + 500]))
            .order_by(star.c.identifier)
        )
        for key, star_id, identifier in rows.tuples():
            bearers.setdefault(key, {})[star_id] = identifier
    return bearers
