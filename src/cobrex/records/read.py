"""Reads a record of the store; nothing in it is believed before it was looked at."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from .small_file import read_json

SCHEMA = "record/1"
_PRODUCER = re.compile(r"/([A-Za-z0-9_-]{43})/([0-9]{4,9})/[^/]+")
#: what a batch may be called: its folder is
BATCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}")
_OUTCOMES = ("done", "failed", "blocked", "lost")
_LONGEST = 255
_VERDICTS = ("pass", "warn", "fail")
_TEXT, _NUMBER, _NONE = str, (int, float), type(None)
_TOP: dict[str, Any] = {
    "key": _TEXT, "attempt": int, "uuid": _TEXT, "series": _TEXT, "recipe": dict,
    "environment": dict, "parameters": dict, "labels": dict, "main_frames": list, "used": list,
    "generated": list, "qc": list, "outcome": _TEXT, "reason": _TEXT, "message": _TEXT,
    "exit_code": (int, _NONE), "started": _TEXT, "ended": (str, _NONE), "cpu_s": _NUMBER,
    "memory_bytes": int, "agent": dict, "verdict": (str, _NONE),
}  # fmt: skip
_PARTS: dict[str, dict[str, Any]] = {
    "recipe": {"name": _TEXT, "version": _TEXT, "code_hash": _TEXT},
    "environment": {"digest": _TEXT},
    "labels": {
        "batch": _TEXT, "user": _TEXT, "workspace": _TEXT, "star": (str, _NONE),
        "night": (str, _NONE), "preset": _TEXT, "frame_type": _TEXT,
    },
    "agent": {"host": _TEXT},
}  # fmt: skip
_ROWS: dict[str, dict[str, Any]] = {
    "used": {
        "role": _TEXT, "frame_type": _TEXT, "content_id": _TEXT, "path": _TEXT, "why": _TEXT,
        "frame_id": (int, _NONE), "key": (str, _NONE),
    },
    "generated": {
        "role": _TEXT, "n": int, "frame_type": _TEXT, "file": _TEXT, "content_id": _TEXT,
        "size_bytes": int,
    },
    "qc": {
        "name": _TEXT, "value": (*_NUMBER, _NONE), "unit": _TEXT, "product": (str, _NONE),
        "low": (*_NUMBER, _NONE), "high": (*_NUMBER, _NONE), "action": (str, _NONE),
        "verdict": _TEXT,
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is kept of a record while all are put in order.

    Attributes
    ----------
    folder : pathlib.Path
    key : str
    number : int
    ended : datetime.datetime
    outcome : str
    batch, user, workspace : str
    uses : tuple of (str, int)
        Attempts whose products it used.
    raw : tuple of (str, str)
        Content and file name of the other frames it used.
    main : tuple of str
        Contents of the raw frames it is about, as far as it used them itself.
    fails : bool
        Whether its products failed their QC.
    removed : mapping or None
        What was cleaned away of it: `removed/1`.
    """

    folder: Path
    key: str
    number: int
    ended: datetime
    outcome: str
    batch: str
    user: str
    workspace: str
    uses: tuple[tuple[str, int], ...]
    raw: tuple[tuple[str, str], ...]
    main: tuple[str, ...]
    fails: bool
    removed: Mapping[str, Any] | None = None


def read_record(folder: Path) -> dict[str, Any]:
    """Read the record of an attempt.

    Parameters
    ----------
    folder : pathlib.Path
        ``.../NAMESPACE/RECIPE/VERSION/KK/KEY/NNNN``.

    Returns
    -------
    dict
        ``record/1``: all that the catalogue takes from it is there and of its type.

    Raises
    ------
    OSError, ValueError
        It is not there, or is no such record, or that of another attempt.
    """
    record = read_json(folder / "record.json")
    if not isinstance(record, dict) or record.get("schema") != SCHEMA:
        raise ValueError(f"it is no {SCHEMA}")
    _demand(record, _TOP, "")
    record = {**dict.fromkeys(_TOP), **record}
    for name, wanted in _PARTS.items():
        _demand(record[name], wanted, f"{name}.")
    for name, wanted in _ROWS.items():
        for row in record[name]:
            _demand(row, wanted, f"{name}[].")
            row.update({n: None for n in wanted if n not in row})
    if (record["key"], f"{record['attempt']:04d}") != (folder.parent.name, folder.name):
        raise ValueError("it is the record of another attempt than its folder's")
    _demand_words(record)
    return record


def glance(folder: Path) -> dict[str, Any] | None:
    """Return the record of an attempt for people to look at, unproved; None when it is gone."""
    try:
        record = read_json(folder / "record.json")
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) else None


def summary(record: Mapping[str, Any], folder: Path) -> Attempt:
    """Return what is needed of a record to put it in its place.

    Parameters
    ----------
    record : mapping
        From `read_record`.
    folder : pathlib.Path

    Returns
    -------
    Attempt
    """
    main = set(record["main_frames"])
    used, labels = record["used"], record["labels"]
    return Attempt(
        folder,
        record["key"],
        record["attempt"],
        moment(record["ended"] or record["started"]),
        record["outcome"],
        labels["batch"],
        labels["user"],
        labels["workspace"],
        uses=tuple(one for u in used if u["key"] and (one := _producer(u["path"], u["key"]))),
        raw=tuple((u["content_id"], Path(u["path"]).name) for u in used if not u["key"]),
        main=tuple(u["content_id"] for u in used if not u["key"] and u["frame_id"] in main),
        fails=any(m["verdict"] == "fail" for m in record["qc"]),
        removed=_removed(folder),
    )


def _removed(folder: Path) -> Mapping[str, Any] | None:
    """What a command that cleans left to say which products went."""
    try:
        said = read_json(folder / "removed.json")
    except FileNotFoundError:
        return None
    _demand(said, {"why": _TEXT, "at": _TEXT, "user": _TEXT, "files": list}, "removed.")
    moment(said["at"])
    if said.get("schema") != "removed/1" or any(not isinstance(f, str) for f in said["files"]):
        raise ValueError("removed.json is no removed/1")
    return {**said, "whole": bool(said.get("whole"))}


def moment(text: str) -> datetime:
    """Return a time, UTC, without a zone; what is none is a ValueError."""
    found = datetime.fromisoformat(text)
    try:
        return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found
    except OverflowError as error:
        raise ValueError(f"{text} is no time") from error


def _producer(path: str, key: str) -> tuple[str, int] | None:
    found = _PRODUCER.search(path)
    return (key, int(found[2])) if found and found[1] == key else None


def _demand(value: Any, wanted: Mapping[str, Any], where: str) -> None:
    if not isinstance(value, dict):
        raise ValueError(f"{where.rstrip('.')} is no object")
    for name, kind in wanted.items():
        if not isinstance(value.get(name), kind) or isinstance(value.get(name), bool):
            raise ValueError(f"{where}{name} is missing, or not what it should be")


def _demand_words(record: Mapping[str, Any]) -> None:
    moment(record["started"])
    if record["labels"]["night"] is not None:
        date.fromisoformat(record["labels"]["night"])
    if not BATCH.fullmatch(record["labels"]["batch"]):
        raise ValueError("labels.batch is no name of a batch")
    if record["outcome"] not in _OUTCOMES:
        raise ValueError("outcome is no word of record/1")
    if record["verdict"] not in {*_VERDICTS, None} or any(
        m["verdict"] not in _VERDICTS for m in record["qc"]
    ):
        raise ValueError("verdict is no word of record/1")
    if any(not isinstance(i, int) for i in record["main_frames"]):
        raise ValueError("main_frames are no numbers")
    for product in record["generated"]:
        if not _is_name(product["file"]):
            raise ValueError("a product lies elsewhere than in its attempt")


def _is_name(file: str) -> bool:
    """Tell whether something names a file in a folder."""
    return (
        file not in {"", ".", ".."}
        and not {"/", "\0"} & set(file)
        and len(os.fsencode(file)) <= _LONGEST
    )
