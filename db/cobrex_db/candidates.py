"""Frames as the plan needs them: main frames of a request, candidates for the other inputs."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, and_, func, not_, or_, select

from . import schema as s
from .chunks import chunks
from .valid import NOT_FAILED

DRAFTS = "draft-"  # namespaces of unpublished working copies

COLUMNS = (
    "frame_id",
    "content_id",
    "kind",
    "archive_name",
    "mjd_obs",
    "night",
    "instrument",
    "arm",
    "object",
    "target",
    "filter",
    "coronagraph",
    "neutral_density",
    "dit_s",
    "ndit",
    "exposure_s",
    "observation_id",
    "process_id",
    "product_role",
    "instrument_columns",
)


def candidates(
    connection: Connection,
    frame_types: Collection[str] | None,
    workspace: str,
    *,
    frame_ids: Collection[int] | None = None,
    contents: Collection[str] | None = None,
    star_ids: Collection[int] | None = None,
    nights: tuple[date | None, date | None] = (None, None),
    observed: dict[str, str] | None = None,
    out_of_use: bool = False,
) -> list[dict[str, Any]]:
    """Return the present frames of some types.

    Products that failed their QC are not among them, nor those of drafts: nothing is made from
    what an unpublished recipe made.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    frame_types : collection of str or None
        None: of any type.
    workspace : str
    frame_ids, contents : collection, optional
        Only frames with these ids, content ids.
    star_ids : collection of int, optional
        Only frames of these stars.
    nights : (date or None, date or None)
        First and last night; frames without a night pass an open range only.
    observed : dict of str to str, optional
        Further columns that must be equal: ``arm``, ``filter``, ``programme``.
    out_of_use : bool
        Also frames that were replaced or invalidated, and products that failed.

    Returns
    -------
    list of dict
        Columns of ``frame`` with ``frame_type``, ``star`` (identifier), ``star_id``, ``ob_id``,
        ``programme``, ``template_start``, ``verdict``, ``state``, ``invalidated_at``,
        ``replaced_by_id``; in order of their ids.
    """
    f, o, fs = s.frame.c, s.observation.c, s.frame_star.c
    query: Select[Any] = (
        select(
            *(f[name] for name in COLUMNS),
            s.frame_type.c.name.label("frame_type"),
            s.star.c.identifier.label("star"),
            fs.star_id,
            o.ob_id,
            o.programme,
            o.template_start,
            s.process.c.verdict,
            *(f.state, f.invalidated_at, f.replaced_by_id),
        )
        .join(s.frame_type, s.frame_type.c.frame_type_id == f.frame_type_id)
        .join(s.workspace_frame, s.workspace_frame.c.frame_id == f.frame_id)
        .join(s.workspace, s.workspace.c.workspace_id == s.workspace_frame.c.workspace_id)
        .outerjoin(s.observation, o.observation_id == f.observation_id)
        .outerjoin(s.frame_star, and_(fs.frame_id == f.frame_id, fs.chosen))
        .outerjoin(s.star, s.star.c.star_id == fs.star_id)
        .outerjoin(s.process, s.process.c.process_id == f.process_id)
        .where(
            s.workspace.c.name == workspace,
            or_(
                s.process.c.recipe.is_(None),
                not_(s.process.c.recipe.startswith(DRAFTS, autoescape=True)),
            ),
        )
        .order_by(f.frame_id)
    )
    if not out_of_use:
        query = query.where(f.state == "present", NOT_FAILED)
    among = ((s.frame_type.c.name, frame_types), (f.frame_id, frame_ids), (f.content_id, contents))
    for column, values in among:
        if values is not None:
            query = query.where(column.in_(list(values)))
    first, last = nights
    if first is not None:
        query = query.where(f.night >= first)
    if last is not None:
        query = query.where(f.night <= last)
    if star_ids is not None:
        query = query.where(fs.star_id.in_(list(star_ids)))
    for name, value in (observed or {}).items():
        query = query.where((o if name == "programme" else f)[name] == value)
    result = connection.execute(query)
    names = tuple(result.keys())
    return [dict(zip(names, row, strict=True)) for row in result.all()]


def horizon(connection: Connection) -> int:
    """Return the greatest frame id there is; 0 when there are no frames."""
    return int(connection.scalar(select(func.max(s.frame.c.frame_id))) or 0)


def maker_of(connection: Connection, frame_id: int) -> str | None:
    """Return the key of the process that made a frame; None when none of this catalogue did."""
    f, p = s.frame.c, s.process.c
    return connection.scalar(
        select(p.key).join(s.frame, f.process_id == p.process_id).where(f.frame_id == frame_id)
    )


def parents(connection: Connection, process_ids: Iterable[int]) -> dict[int, frozenset[int]]:
    """Return the frames that processes used.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    process_ids : iterable of int

    Returns
    -------
    dict of int to frozenset of int
        Frame ids by process id.
    """
    f, i = s.frame.c, s.process_input.c
    found: dict[int, set[int]] = {}
    for some in chunks(sorted(set(process_ids))):
        rows = connection.execute(
            select(i.process_id, f.frame_id)
            .join(s.frame, f.content_id == i.content_id)
            .where(i.process_id.in_(some))
        )
        for process_id, frame_id in rows:
            found.setdefault(process_id, set()).add(frame_id)
    return {process_id: frozenset(ids) for process_id, ids in found.items()}
