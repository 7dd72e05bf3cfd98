"""cobrex batch watch: a batch while it runs; left and joined again without touching it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from cobrex.interrupt import INTERRUPTED

from .options import AsJson, BatchName

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from .watch_state import Watched

_EVERY_S = 2.0
_LINE_S = 30.0

Look = Callable[[], "Watched | None"]


def watch(
    name: BatchName = "",
    once: Annotated[bool, typer.Option("--once", help="Look once and stop.")] = False,
    as_json: AsJson = False,
) -> int:
    """Watch a batch: progress, rate, the end to be expected, the slowest, the last failures.

    It only looks: q or ^C leaves, the batch goes on; any terminal and machine may join. Ends with
    the batch, with the exit code of the `cobrex reduce` that drives it.
    """
    from cobrex import settings
    from cobrex_db.engine import ask, open_catalogue

    from . import watch_state
    from .output import emit_json, terminal_width

    configured = settings.load()
    engine = open_catalogue(configured.database_url)
    watcher = watch_state.Watcher(configured.store, configured.user, name)
    watched = ask(engine, watcher.look)
    if as_json:
        emit_json(watch_state.as_json(watched))
        return 0
    if once:
        _print(watched, terminal_width())
        return 0
    look = _patient(lambda: ask(engine, watcher.look))
    code = _live(look) if sys.stdout.isatty() else _plain(look)
    if code is None:
        _say_left(watcher.name)
        raise SystemExit(INTERRUPTED)
    if code == INTERRUPTED:
        raise SystemExit(INTERRUPTED)
    return code


def _patient(look: Callable[[], Watched]) -> Look:
    """A look that gives None while the database is away: what drives the batch waits too."""
    from cobrex_db.errors import CatalogueError

    def try_to_look() -> Watched | None:
        try:
            return look()
        except CatalogueError as error:
            if error.kind != "database-away":
                raise
            return None

    return try_to_look


def _say_left(name: str) -> None:
    from .output import say

    say(f"left; batch {name} goes on. Join it again: cobrex batch watch {name}")


def _print(watched: Watched, width: int | None) -> None:
    from .output import say
    from .watch_view import lines

    say(*(text for text, _ in lines(watched, width=width or 200, height=60)))


def _plain(look: Look) -> int | None:
    """Lines for a log: every so often, when something has moved, and at the end."""
    from .output import say
    from .watch_view import abandoned, line

    told, before = float("-inf"), None
    try:
        while True:
            watched = look()
            if watched is not None:
                due = time.monotonic() - told >= _LINE_S and watched.counts != before
                if due or watched.code is not None or watched.abandoned:
                    say(line(watched))
                    sys.stdout.flush()
                    told, before = time.monotonic(), watched.counts
                if watched.abandoned:
                    say(abandoned(watched.batch["name"]))
                    return INTERRUPTED
                if watched.code is not None:
                    return watched.code
            time.sleep(_EVERY_S)
    except KeyboardInterrupt:
        return None


def _live(look: Look) -> int | None:
    from rich.console import Console
    from rich.live import Live

    from .keyboard import Keyboard

    console = Console(highlight=False)
    watched: Watched | None = None
    try:
        with (
            Keyboard() as keyboard,
            Live(console=console, auto_refresh=False, vertical_overflow="crop") as live,
        ):
            while True:
                began = time.process_time()
                seen = look()
                watched = seen or watched
                if watched is not None:
                    live.update(_drawn(watched, console, away=seen is None), refresh=True)
                    if watched.code is not None:
                        return watched.code
                # a batch of 100,000 takes a look of its own; the terminal is not worth a core
                if keyboard.asked_to_leave(max(_EVERY_S, 20 * (time.process_time() - began))):
                    return None
    except KeyboardInterrupt:
        return None


def _drawn(watched: Watched, console: Console, *, away: bool) -> Text:
    from rich.text import Text

    from .watch_view import BAD, QUIET, lines

    width, height = console.size
    drawn = Text(no_wrap=True, overflow="crop", end="")
    room = max(4, height - 3)  # the last lines tell how to leave
    for text, style in lines(watched, width=width - 1, height=room)[:room]:
        drawn.append(text + "\n", style)
    if away:
        drawn.append("the catalogue does not answer; looking again\n", BAD)
    if watched.code is None:
        drawn.append("q or ^C leaves; the batch goes on", QUIET)
    return drawn
