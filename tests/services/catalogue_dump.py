"""What a catalogue says, by names, keys and contents: the same of two that number otherwise."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, and_, select

from cobrex_db import schema as s
from cobrex_db import words
from cobrex_db.engine import open_catalogue

Rows = dict[str, list[tuple[Any, ...]]]


def dump(url: str) -> Rows:
    """All that means something of what was made, and of what people said."""
    engine = open_catalogue(url)
    try:
        with engine.connect() as connection:
            return {**_made(connection), **_batches(connection), **_people(connection)}
    finally:
        engine.dispose()


def _sorted(rows: Any) -> list[tuple[Any, ...]]:
    return sorted(tuple(map(str, row)) for row in rows)


def _made(connection: Connection) -> Rows:
    p, a, f, m, i = s.process.c, s.attempt.c, s.frame.c, s.metric.c, s.process_input.c
    raw = s.frame.alias()
    return {
        "processes": _sorted(
            connection.execute(
                select(
                    p.key, p.recipe, p.version, p.code_hash, p.environment_digest, p.series,
                    s.star.c.identifier, p.night, p.preset, p.association, p.state, p.verdict,
                ).outerjoin(s.star, s.star.c.star_id == p.star_id)
            )
        ),
        "attempts": _sorted(
            connection.execute(
                select(
                    p.key, a.number, a.uuid, s.batch.c.name, s.user.c.name, a.folder, a.outcome,
                    a.reason, a.host, a.started, a.ended, a.cpu_s, a.size_bytes, a.ranges_hash,
                    a.invalidated_at.is_(None), a.removed_at,
                )
                .join(s.process, p.process_id == a.process_id)
                .join(s.user, s.user.c.user_id == a.user_id)
                .outerjoin(s.batch, s.batch.c.batch_id == a.batch_id)
            )
        ),
        "products": _sorted(
            connection.execute(
                select(
                    p.key, a.number, f.product_role, f.product_n, f.content_id, f.state, f.night,
                    f.object, f.mjd_obs, f.filter, f.archive_name, s.frame_type.c.name,
                    s.star.c.identifier, s.file.c.path, f.classification,
                )
                .select_from(s.frame)
                .join(s.process, p.process_id == f.process_id)
                .join(s.attempt, a.attempt_id == f.attempt_id)
                .join(s.frame_type, s.frame_type.c.frame_type_id == f.frame_type_id)
                .outerjoin(s.file, s.file.c.frame_id == f.frame_id)
                .outerjoin(
                    s.frame_star, and_(s.frame_star.c.frame_id == f.frame_id, s.frame_star.c.chosen)
                )
                .outerjoin(s.star, s.star.c.star_id == s.frame_star.c.star_id)
            )
        ),
        "inputs": _sorted(
            connection.execute(
                select(
                    p.key, i.position, i.role, i.frame_type, i.content_id, i.why, i.level,
                    i.delta_d, i.source, raw.c.archive_name,
                )
                .join(s.process, p.process_id == i.process_id)
                .outerjoin(
                    raw, and_(raw.c.content_id == i.content_id, raw.c.state == "present")
                )
            )
        ),
        "metrics": _sorted(
            connection.execute(
                select(p.key, a.number, m.name, m.value, m.unit, m.low, m.high, m.verdict)
                .join(s.attempt, a.attempt_id == m.attempt_id)
                .join(s.process, p.process_id == a.process_id)
            )
        ),
    }  # fmt: skip


def _batches(connection: Connection) -> Rows:
    b, r, m, p = s.batch.c, s.round_.c, s.batch_process.c, s.process.c
    return {
        "batches": _sorted(
            connection.execute(
                select(b.name, b.state, b.folder, b.started, b.ended, b.profile, b.host,
                       s.user.c.name, s.workspace.c.name, b.request)
                .join(s.user, s.user.c.user_id == b.user_id)
                .join(s.workspace, s.workspace.c.workspace_id == b.workspace_id)
            )
        ),
        "members": _sorted(
            connection.execute(
                select(b.name, r.number, r.started, r.ended, p.key, m.state, m.level, m.cause,
                       m.blocked_by, m.since, m.host)
                .select_from(s.batch_process)
                .join(s.round_, r.round_id == m.round_id)
                .join(s.batch, b.batch_id == r.batch_id)
                .join(s.process, p.process_id == m.process_id)
            )
        ),
        "changes": _sorted(
            connection.execute(
                select(b.name, r.number, p.key, s.batch_change.c.what, s.batch_change.c.message)
                .select_from(s.batch_change)
                .join(s.round_, r.round_id == s.batch_change.c.round_id)
                .join(s.batch, b.batch_id == r.batch_id)
                .outerjoin(s.process, p.process_id == s.batch_change.c.process_id)
            )
        ),
        "belongs": _sorted(
            connection.execute(
                select(s.workspace.c.name, p.key)
                .select_from(s.workspace_process)
                .join(s.workspace,
                      s.workspace.c.workspace_id == s.workspace_process.c.workspace_id)
                .join(s.process, p.process_id == s.workspace_process.c.process_id)
            )
        ),
    }  # fmt: skip


def _people(connection: Connection) -> Rows:
    said = words.dump(connection)
    return {f"said: {name}": _sorted(rows) for name, rows in said.items() if name != "schema"}
