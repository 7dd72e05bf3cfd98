"""cobrex process logs: what a recipe said, and says while it runs."""

from __future__ import annotations

import codecs
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from cobrex.interrupt import INTERRUPTED

from .output import note

if TYPE_CHECKING:
    from cobrex.process.running import Running
    from cobrex.settings import Settings

_LOOK_S = 0.2
_ASK_S = 1.0  # how often the catalogue is asked while nothing runs


def follow(settings: Settings, process: dict[str, Any], attempt: int) -> None:
    """Print the log of an attempt as it grows, until the attempt ends.

    Parameters
    ----------
    settings : Settings
    process : dict
        As the catalogue gave it.
    attempt : int
        Which one; 0 for the one that runs, is waited for, or was the latest.

    Raises
    ------
    CatalogueError
        Kind ``no-log``: nobody makes it, and nobody has.
    """
    try:
        _follow_process(settings, process, attempt)
    except KeyboardInterrupt:  # that is how one stops looking: nothing to say
        raise SystemExit(INTERRUPTED) from None


def _follow_process(settings: Settings, process: dict[str, Any], attempt: int) -> None:
    from cobrex.process import running

    tried = max((a["number"] for a in process["attempts"]), default=0)
    if attempt and attempt <= tried:
        _whole(_folder(settings, process, attempt))
        return
    told = False
    while True:
        found = running.find(settings.store, process["key"])
        if found is not None and attempt in (0, found.attempt):
            _follow(found, settings.store)
            return
        following = attempt or tried + 1
        if (_folder(settings, process, following) / "record.json").is_file():
            _whole(_folder(settings, process, following))
            return
        batch = _claimed_by(settings, process["key"])
        if batch is None:
            _nobody(settings, process, tried if not attempt else 0)
            return
        if not told:
            note(f"{process['key'][:8]} waits in batch {batch}; its log begins when it does")
            told = True
        time.sleep(_ASK_S)


def _follow(found: Running, store: Path) -> None:
    from cobrex.process.execute import LOG

    log: BinaryIO | None = None
    ended = False
    decoder = _decoder()
    while True:
        log = log or _opened(found.scratch / LOG)
        if log is not None:
            _copy(log, decoder)
        if ended:
            break
        ended = found.ended  # looked at before the last reading: nothing is missed
        if not ended:
            time.sleep(_LOOK_S)
    folder = store / found.folder
    if log is None:
        _whole(folder)
    else:
        log.close()
        _tell_end(folder)


def _whole(folder: Path) -> None:
    from cobrex.process.execute import LOG

    log = _opened(folder / LOG)
    if log is not None:
        with log:
            _copy(log, _decoder())
    _tell_end(folder)


def _nobody(settings: Settings, process: dict[str, Any], tried: int) -> None:
    from cobrex_db.errors import CatalogueError

    if tried:
        _whole(_folder(settings, process, tried))
        return
    raise CatalogueError(
        f"process {process['key'][:8]} has no log, and no batch is making it",
        hint="`cobrex reduce` makes it; `cobrex process show` tells what it is",
        kind="no-log",
    )


def _folder(settings: Settings, process: dict[str, Any], attempt: int) -> Path:
    from cobrex.plan.file import attempt_folder
    from cobrex_db.errors import CatalogueError

    for one in process["attempts"]:
        if one["number"] == attempt:
            if one["removed_at"] is not None and one["outcome"] != "done":
                raise CatalogueError(
                    f"the log of attempt {attempt}, which failed, was cleaned away",
                    hint="`cobrex process show` tells what became of it",
                    kind="no-log",
                )
            return settings.store / str(one["folder"])
    return settings.store / attempt_folder(
        process["recipe"], process["version"], process["key"], attempt
    )


def _claimed_by(settings: Settings, key: str) -> str | None:
    from cobrex_db.engine import open_catalogue
    from cobrex_db.processes import known

    with open_catalogue(settings.database_url).connect() as connection:
        return known(connection, [key])[key].claimed_by


def _opened(path: Path) -> BinaryIO | None:
    try:
        return path.open("rb")
    except OSError:
        return None


def _decoder() -> codecs.IncrementalDecoder:
    return codecs.getincrementaldecoder("utf-8")("replace")  # a letter may come in two pieces


def _copy(log: BinaryIO, decoder: codecs.IncrementalDecoder) -> None:
    while piece := log.read(1 << 16):
        sys.stdout.write(decoder.decode(piece))
    sys.stdout.flush()


def _tell_end(folder: Path) -> None:
    from cobrex.records.read import glance

    from .progress import describe

    record = glance(folder)
    note(describe(record) if record else "it ended without a record: killed, or its machine lost")
