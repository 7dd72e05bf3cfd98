"""How a batch is driven from the command line: here, or in a session of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from cobrex.interrupt import INTERRUPTED

from .exit_codes import of_batch

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from cobrex.batch.opening import Opened
    from cobrex.batch.outcome import Outcome
    from cobrex.batch.prepare import Prepared
    from cobrex.settings import Settings

LOG = "driver.log"

Open = Callable[["Engine"], "Opened"]


def drive_batch(
    settings: Settings, prepared: Prepared, opening: Open, *, quiet: bool, detach: bool = False
) -> Outcome | None:
    """Make what a plan wants, and tell how it goes.

    Parameters
    ----------
    settings : Settings
    prepared : Prepared
    opening : callable
        Opens the batch.
    quiet : bool
        Print nothing.
    detach : bool
        Leave it to a process in a session of its own.

    Returns
    -------
    Outcome or None
        None in the process that has left it to the other.
    """
    from cobrex import content
    from cobrex.batch.drive import drive
    from cobrex.batch.report import report
    from cobrex.batch.rounds import Listener, build_environments
    from cobrex.errors import CobrexError
    from cobrex_db.engine import open_catalogue

    from . import plan_view
    from .output import note, say
    from .progress import RecordLines

    tell: Callable[[str], None] = (lambda text: None) if quiet else say
    if not quiet:
        plan_view.show(prepared)
    engine = open_catalogue(settings.database_url)
    _demand_room(engine, prepared)
    build_environments(prepared, Listener(tell))
    opened = opening(engine)
    if detach:
        engine.dispose()  # connections do not outlive a fork
        prepared.planner.engine.dispose()
        if not _goes_on(opened, engine, settings):
            _say_where(opened, quiet=quiet)
            return None
    with RecordLines(len(prepared.wanted), quiet=quiet) as lines:
        outcome = drive(engine, settings, prepared, opened, Listener(tell, lines.add, lines.more))
    try:
        outcome.report = report(engine, settings, outcome.name, home=content.home())
    except (OSError, CobrexError, KeyboardInterrupt) as error:
        # how the batch ended is told all the same
        why = str(error) or "interrupted"
        note(f"warning: no report: {why}", f"hint: cobrex batch report {outcome.name} makes it")
    return outcome


def _goes_on(opened: Opened, engine: Engine, settings: Settings) -> bool:
    """Divide in two; true in the one that drives, whose words go to a file."""
    from cobrex.batch import orphans

    from .output import note

    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    reader, writer = os.pipe()
    if child := os.fork():
        os.close(writer)
        signed = os.read(reader, 1)  # ends, too, when the other has died
        os.close(reader)
        if not signed:
            os.waitpid(child, 0)
            orphans.close(engine, settings, opened.name, "interrupted")
            note(
                f"error: what was to drive batch {opened.name} was killed before it began",
                f"hint: cobrex batch retry {opened.name}",
            )
            raise SystemExit(INTERRUPTED)
        return False
    os.setsid()
    opened.hand_over(os.getpid())
    log = os.open(opened.folder / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    nothing = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.write(writer, b"1")
    os.close(reader)
    os.close(writer)
    return True


def _say_where(opened: Opened, *, quiet: bool) -> None:
    from .output import emit_json, say

    log = opened.folder / LOG
    if quiet:
        emit_json({"batch": opened.name, "log": str(log)})
    else:
        say(
            f"batch {opened.name} goes on by itself; what it says is in {log}",
            f"  look: cobrex batch watch {opened.name}",
            f"  stop: cobrex batch cancel {opened.name}",
        )


def _demand_room(engine: Engine, prepared: Prepared) -> None:
    """Refuse, before anything starts, what would not fit into the workspace."""
    from cobrex.batch.estimate import disk_bytes
    from cobrex_db import quota

    workspace = prepared.request.workspace
    with engine.connect() as connection:
        if quota.limit(connection, workspace) is not None:
            quota.check(connection, workspace, disk_bytes(engine, prepared))


def close_batch(outcome: Outcome | None, *, as_json: bool) -> int:
    """Show how a batch ended, or where it goes on; return the exit code.

    Parameters
    ----------
    outcome : Outcome or None
        None: it goes on elsewhere.
    as_json : bool

    Returns
    -------
    int

    Raises
    ------
    SystemExit
        130: it was stopped.
    """
    from . import outcome_view
    from .output import emit_json, say

    if outcome is None:
        return 0
    if as_json:
        emit_json(outcome_view.as_json(outcome))
    else:
        outcome_view.show(outcome)
    code = of_batch(outcome.state, gaps=bool(outcome.prepared.plan.gaps))
    if code == INTERRUPTED:
        if not as_json:
            say(f"it goes on with: cobrex batch retry {outcome.name}")
        raise SystemExit(INTERRUPTED)
    return code or 0


def of_plan(prepared: Prepared) -> int:
    """Return the exit code of a plan that is not made: as of a batch that would reuse all."""
    state = "failed" if prepared.spoilt else "done"
    return of_batch(state, gaps=bool(prepared.plan.gaps)) or 0
