"""cobrex process shell: a process set up again in a scratch folder, to try things."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from .output import note

if TYPE_CHECKING:
    from cobrex.process.rehearsal import Rehearsal

_DEFAULT_SHELL = "/bin/sh"


def shell(
    key: Annotated[str, typer.Argument(help="Key, or its first characters (at least four).")],
    attempt: Annotated[int, typer.Option(help="Number of the attempt; the latest by default.")] = 0,
    run: Annotated[
        bool, typer.Option("--run", help="Run the command and end with its exit code; no shell.")
    ] = False,
    print_: Annotated[
        bool, typer.Option("--print", help="Print folder and command, keep the folder, and stop.")
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the folder afterwards.")] = False,
) -> int:
    """Open a shell where a process runs: its inputs, SOF, environment, and the exact command.

    What is made there never enters the catalogue; the folder is removed when the shell ends.
    """
    from cobrex.batch.again import again
    from cobrex.errors import UsageError
    from cobrex.process.rehearsal import rehearse
    from cobrex.settings import load
    from cobrex_db.engine import open_catalogue
    from cobrex_db.processes import by_key

    if run and print_:
        raise UsageError(
            "--run and --print exclude each other", hint="choose one of them", kind="usage"
        )
    settings = load()
    engine = open_catalogue(settings.database_url)
    with engine.connect() as connection:
        process = by_key(connection, key, viewer=settings.user)
    found = again(engine, settings, process, attempt)
    if found.warning:
        note(f"note: {found.warning}")
    rehearsal = rehearse(found.recipe, found.inputs, settings.store, keep=keep or print_)
    if print_:
        sys.stdout.write(f"{rehearsal.folder}\n{rehearsal.command}\n")
        return 0
    try:
        return _run(rehearsal) if run else _open(rehearsal, _title(process))
    finally:
        if keep:
            note(f"kept    {rehearsal.folder}")
        else:
            rehearsal.remove()


def _title(process: dict[str, str]) -> str:
    name = process["recipe"].removeprefix("main/")
    return f"{name}@{process['version']}  {process['key'][:8]}"


def _run(rehearsal: Rehearsal) -> int:
    from cobrex.errors import UsageError

    try:
        return rehearsal.run()
    except OSError as error:
        raise UsageError(
            f"{rehearsal.call.argv[0]} cannot be started: {error.strerror or error}",
            hint="without --run a shell opens where you can look why",
            kind="not-started",
        ) from error


def _open(rehearsal: Rehearsal, title: str) -> int:
    from cobrex.errors import UsageError
    from cobrex.process.rehearsal import SCRIPT

    program = os.environ.get("SHELL") or _DEFAULT_SHELL
    note(
        f"process {title}",
        f"folder  {rehearsal.folder}",
        f"command {rehearsal.command}",
        f"        ./{SCRIPT} does the same; `exit` ends, and removes what is not copied away",
    )
    # ^C is for what runs in the shell; a handler, unlike SIG_IGN, is not handed down to it
    before = signal.signal(signal.SIGINT, lambda number, frame: None)
    try:
        rehearsal.run([program])
    except OSError as error:
        raise UsageError(
            f"the shell {program} cannot be started: {error.strerror or error}",
            hint="set SHELL to one that is there",
            kind="shell",
        ) from error
    finally:
        signal.signal(signal.SIGINT, before)
    return 0
