"""Turns what a header says into rows of frame, observation and frame_star."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from . import schema as s
from .digests import digest_text
from .instrument import Classified
from .stars.match import StarMatcher

_OBSERVED = ("programme", "ob_id", "template_start")
_IDENTITY = ("instrument", "arm", *_OBSERVED, "night")


def observation_identity(observation: Mapping[str, Any]) -> str | None:
    """Name the observation a frame was taken for.

    Parameters
    ----------
    observation : mapping
        Columns of the table ``observation``.

    Returns
    -------
    str or None
        None when the header names no programme, OB or template.
    """
    if all(observation[name] is None for name in _OBSERVED):
        return None
    parts = [observation[name] for name in _IDENTITY]
    canonical = json.dumps(parts, default=str, separators=(",", ":"), ensure_ascii=False)
    return digest_text(hashlib.sha256(canonical.encode()).digest())


class Describer:
    """Describes frames within one transaction.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    classified : sequence of Classified
        Of the frames that will be described: their types and observations are made sure of.
    """

    def __init__(self, connection: Connection, classified: Sequence[Classified]) -> None:
        self._connection = connection
        self._types = _types(connection, {c.frame_type for c in classified})
        self._observations = _observations(connection, [c.observation for c in classified])
        self._matcher: StarMatcher | None = None

    def columns(self, classified: Classified) -> dict[str, Any]:
        """Return the columns of ``frame`` that come from header and supplied values.

        Parameters
        ----------
        classified : Classified

        Returns
        -------
        dict
        """
        identity = observation_identity(classified.observation)
        return {
            **classified.fields,
            "kind": classified.kind,
            "frame_type_id": self._types[classified.frame_type],
            "classification": classified.classification,
            "observation_id": self._observations[identity] if identity else None,
            "instrument_columns": classified.columns,
        }

    def stars(self, frame_id: int, classified: Classified) -> list[dict[str, Any]]:
        """Return the rows of ``frame_star`` of a frame.

        Parameters
        ----------
        frame_id : int
        classified : Classified

        Returns
        -------
        list of dict
        """
        if self._matcher is None:
            self._matcher = StarMatcher(self._connection)
        fields = classified.fields
        found = self._matcher.candidates(
            fields["target"], fields["ra_deg"], fields["dec_deg"], fields["mjd_obs"],
            classified.radius_arcsec,
        )  # fmt: skip
        type_id = self._types[classified.frame_type]
        return [
            {"frame_id": frame_id, "star_id": c.star_id, "method": c.method,
             "separation_arcsec": c.separation_arcsec, "chosen": c.chosen,
             "frame_type_id": type_id}
            for c in found
        ]  # fmt: skip


def redescribe(
    connection: Connection, frames: Iterable[tuple[int, Classified, Mapping[str, Any] | None]]
) -> None:
    """Describe catalogued frames anew: columns, observation, stars.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    frames : iterable of (int, Classified, mapping or None)
        Frame id, what it is now, what was supplied for it.
    """
    frames = list(frames)
    describer = Describer(connection, [classified for _, classified, _ in frames])
    stars = []
    for frame_id, classified, supplied in frames:
        connection.execute(
            update(s.frame)
            .where(s.frame.c.frame_id == frame_id)
            .values(**describer.columns(classified), supplied=supplied)
        )
        connection.execute(delete(s.frame_star).where(s.frame_star.c.frame_id == frame_id))
        stars += describer.stars(frame_id, classified)
    if stars:
        connection.execute(insert(s.frame_star), stars)


def _types(connection: Connection, wanted: set[str]) -> dict[str, int]:
    t = s.frame_type.c
    query = select(t.name, t.frame_type_id).where(t.name.in_(wanted))
    known = dict(connection.execute(query).tuples().all())
    lacking = wanted - known.keys()
    if lacking:
        connection.execute(insert(s.frame_type), [{"name": name} for name in sorted(lacking)])
        known = dict(connection.execute(query).tuples().all())
    return known


def _observations(
    connection: Connection, observations: Sequence[Mapping[str, Any]]
) -> dict[str, int]:
    wanted = {identity: o for o in observations if (identity := observation_identity(o))}
    column = s.observation.c
    query = select(column.identity, column.observation_id).where(column.identity.in_(wanted))
    known = dict(connection.execute(query).tuples().all())
    lacking = [{"identity": i, **o} for i, o in wanted.items() if i not in known]
    if lacking:
        connection.execute(insert(s.observation), lacking)
        known = dict(connection.execute(query).tuples().all())
    return known
