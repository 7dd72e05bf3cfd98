"""Writes what an import decided, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, insert, select, update

from . import schema as s
from .belonging import add_frames
from .chunks import chunks
from .describe import Describer, redescribe
from .identify import Content, Decision
from .people import utc_now
from .reading import Read, Reader, merged
from .stamped import Stamp


class Call(NamedTuple):
    """One call of an import.

    Attributes
    ----------
    import_id, user_id, workspace_id : int
    """

    import_id: int
    user_id: int
    workspace_id: int


def record(
    connection: Connection,
    call: Call,
    decisions: Sequence[Decision],
    learnt: Sequence[Content],
    reader: Reader,
) -> int:
    """Write decisions.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        In the transaction in which they were made.
    call : Call
        For whom.
    decisions : sequence of Decision
    learnt : sequence of Content
        Catalogued frames of which more is known now.
    reader : Reader
        Describes frames again whose supplied values changed.

    Returns
    -------
    int
        How many catalogued frames were described anew.
    """
    new = list(dict.fromkeys(d.frame for d in decisions if d.frame.frame_id is None))
    if new:
        _insert_frames(connection, call, new)
    _write_files(connection, decisions)
    _write_learnt(connection, learnt)
    _write_replaced(connection, decisions)
    share(connection, call, [_id(d.frame) for d in decisions])
    return _describe_again(connection, decisions, reader)


def share(connection: Connection, call: Call, frame_ids: Sequence[int]) -> None:
    """Note that a user imported frames into a workspace, where that is not noted yet.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    call : Call
    frame_ids : sequence of int
    """
    ids = list(dict.fromkeys(frame_ids))
    add_frames(connection, call.workspace_id, ids)
    taken = s.import_frame.c
    mine = s.import_.c.user_id == call.user_id
    for chunk in chunks(ids):
        imported = (
            select(taken.frame_id)
            .join(s.import_, s.import_.c.import_id == taken.import_id)
            .where(mine, taken.frame_id.in_(chunk))
        )
        known = set(connection.scalars(imported))
        rows = [{"import_id": call.import_id, "frame_id": i} for i in chunk if i not in known]
        if rows:
            connection.execute(insert(s.import_frame), rows)


def _insert_frames(connection: Connection, call: Call, frames: list[Content]) -> None:
    reads = [_first(frame) for frame in frames]
    describer = Describer(connection, [read.classified for read in reads])
    processes = _processes(connection, [read.stamp for read in reads if read.stamp])
    fixed = {"user_id": call.user_id, "created": utc_now(), "state": "present"}
    rows = [
        {
            **describer.columns(read.classified),
            **fixed,
            **_origin(read.stamp, processes),
            "content_id": frame.content_id or read.content_id,
            "header_id": frame.header_id,
            "supplied": merged(None, read.given),
        }
        for frame, read in zip(frames, reads, strict=True)
    ]
    connection.execute(insert(s.frame), rows)
    _take_ids(connection, frames, rows)
    stars = [
        row
        for frame, read in zip(frames, reads, strict=True)
        for row in describer.stars(_id(frame), read.classified)
    ]
    if stars:
        connection.execute(insert(s.frame_star), stars)


def _origin(stamp: Stamp | None, processes: dict[str, int]) -> dict[str, Any]:
    if stamp is None:
        return {"process_id": None, "product_role": None, "product_n": None}
    return {
        "kind": "product",
        "process_id": processes.get(stamp.key),
        "product_role": stamp.role,
        "product_n": stamp.n,
    }


def _processes(connection: Connection, stamps: list[Stamp]) -> dict[str, int]:
    if not stamps:
        return {}
    p = s.process.c
    keys = {stamp.key for stamp in stamps}
    rows = connection.execute(select(p.key, p.process_id).where(p.key.in_(keys)))
    return dict(rows.tuples().all())


def _take_ids(connection: Connection, frames: list[Content], rows: list[dict[str, Any]]) -> None:
    """Find the ids of frames just inserted: header and content name them."""
    f = s.frame.c
    found: dict[tuple[str | None, str | None], int] = {}
    for headers in chunks({frame.header_id for frame in frames}):
        query = select(f.header_id, f.content_id, f.frame_id).order_by(f.frame_id)
        rows_found = connection.execute(query.where(f.header_id.in_(headers)))
        # the newest last: an old replaced frame may have the same header
        found.update({(header, content): frame_id for header, content, frame_id in rows_found})
    for frame, row in zip(frames, rows, strict=True):
        frame.frame_id = found[row["header_id"], row["content_id"]]


def _write_files(connection: Connection, decisions: Sequence[Decision]) -> None:
    rows = [_file_row(decision) for decision in decisions]
    new = [row for row, d in zip(rows, decisions, strict=True) if d.file_id is None]
    old = [
        {**row, "the_id": d.file_id}
        for row, d in zip(rows, decisions, strict=True)
        if d.file_id is not None
    ]
    if new:
        connection.execute(insert(s.file), new)
    if old:
        connection.execute(update(s.file).where(s.file.c.file_id == bindparam("the_id")), old)


def _file_row(decision: Decision) -> dict[str, Any]:
    read = decision.read
    return {
        "root_id": read.root_id, "path": read.relative, "frame_id": _id(decision.frame),
        "compression": read.compression, "size_bytes": read.size_bytes,
        "mtime_ns": read.mtime_ns, "ctime_ns": read.ctime_ns, "device": read.device,
        "inode": read.inode, "seen_ns": read.seen_ns, "state": "present",
    }  # fmt: skip


def _write_learnt(connection: Connection, learnt: Sequence[Content]) -> None:
    f = s.frame.c
    for frame in learnt:
        connection.execute(
            update(s.frame)
            .where(f.frame_id == frame.frame_id)
            .values(content_id=frame.content_id, header_id=frame.header_id, state=frame.state)
        )


def _write_replaced(connection: Connection, decisions: Sequence[Decision]) -> None:
    f = s.frame.c
    for decision in decisions:
        old = decision.replaced
        if old is not None and not old.places:
            connection.execute(
                update(s.frame)
                .where(f.frame_id == old.frame_id, f.state == "present")
                .values(state="replaced", replaced_by_id=_id(decision.frame))
            )


def _describe_again(connection: Connection, decisions: Sequence[Decision], reader: Reader) -> int:
    again = []
    for decision in decisions:
        read, frame = decision.read, decision.frame
        if read is frame.first or read.given is None:
            continue
        supplied = merged(frame.supplied, read.given)
        if supplied != frame.supplied:
            again.append((_id(frame), reader.classify(read.cards, supplied), supplied))
    if again:
        redescribe(connection, again)
    return len(again)


def _first(frame: Content) -> Read:
    if frame.first is None:
        raise TypeError("a new frame without the file that describes it")
    return frame.first


def _id(frame: Content) -> int:
    if frame.frame_id is None:
        raise TypeError("a frame that was not inserted")
    return frame.frame_id
