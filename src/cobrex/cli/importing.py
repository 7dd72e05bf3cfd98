"""cobrex import, cobrex check: frames into the catalogue, and whether they are still there."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import AsJson

if TYPE_CHECKING:
    from cobrex_db.importing import ImportSummary
    from cobrex_db.presence import PresenceReport

SHOWN = 20
PLAIN_STEP = 5_000


def import_(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH...", help="FITS files and folders, or @FILE.")
    ],
    set_: Annotated[
        list[str],
        typer.Option("--set", metavar="KEY=VALUE", help="A value the header lacks; repeatable."),
    ] = [],  # noqa: B006
    sidecar: Annotated[
        Path | None,
        typer.Option(help="YAML with values by file name, for folders that cannot be written."),
    ] = None,
    checksum: Annotated[bool, typer.Option("--checksum", help="Hash every file.")] = False,
    user: Annotated[str, typer.Option(help="In whose name; you by default.")] = "",
    workspace: Annotated[str, typer.Option(help="Into which workspace.")] = "",
    as_json: AsJson = False,
) -> None:
    """Import FITS files where they lie: headers into the catalogue, pixels stay."""
    from cobrex import instruments, settings
    from cobrex.errors import UsageError
    from cobrex.sidecar import Sidecars
    from cobrex_db.engine import open_catalogue
    from cobrex_db.errors import CatalogueError
    from cobrex_db.importing import import_paths

    from .pairs import expand, pairs

    configured = settings.load()
    if "" in paths:
        raise UsageError("a path is empty", hint="`.` is this folder", kind="path")
    named = [p for p in paths if not p.startswith("@")]
    if missing := [p for p in named if not os.path.lexists(p)]:
        raise CatalogueError(
            f"there is no {missing[0]}",
            hint="nothing was imported; a value with blanks wants quotes: --set target='HD 39060'",
            kind="path",
        )
    supplied = Sidecars(pairs(set_), sidecar)
    rules = instruments.load()
    engine = open_catalogue(configured.database_url)
    with _progress("headers", quiet=as_json) as progress:
        summary = import_paths(
            engine, expand(paths), rules, user=user or configured.user,
            workspace=workspace or configured.workspace, supplied=supplied, checksum=checksum,
            progress=progress,
        )  # fmt: skip
    _show_import(summary, as_json=as_json)
    _refuse_nothing(summary)


def check(
    as_json: AsJson = False,
) -> None:
    """Check that catalogued files are still there, and as they were."""
    from cobrex import settings
    from cobrex_db.engine import open_catalogue
    from cobrex_db.presence import check_files

    engine = open_catalogue(settings.load().database_url)
    with _progress("files", quiet=as_json) as progress:
        report = check_files(engine, progress)
    _show_check(report, as_json=as_json)


def _progress(what: str, *, quiet: bool) -> Any:
    from contextlib import nullcontext

    from .progress import bar

    if quiet or sys.stderr.isatty():
        return bar(what, quiet=quiet)

    def line(done: int, total: int) -> None:
        if done % PLAIN_STEP < done - shown[0] or done == total > PLAIN_STEP:
            sys.stderr.write(f"{what}: {done:,} of {total:,}\n")
        shown[0] = done

    shown = [0]
    return nullcontext(line)


def _show_import(summary: ImportSummary, *, as_json: bool) -> None:
    from dataclasses import asdict

    from .output import emit_json, say, table

    if as_json:
        rejects = [r._asdict() for r in summary.rejects]
        emit_json({**asdict(summary), "by_type": dict(summary.by_type), "rejects": rejects})
        return
    if summary.by_type:
        counts = sorted(summary.by_type.items(), key=lambda pair: (-pair[1], pair[0]))
        table([{"frame_type": t, "frames": n} for t, n in counts], ["frame_type", "frames"])
    if summary.rejects:
        rows = [r._asdict() for r in summary.rejects[:SHOWN]]
        table(rows, ["kind", "path", "reason"], title="not taken")
        _more(len(summary.rejects))
    say(_in_words(summary))
    if summary.new or summary.changed:
        say("next: cobrex find" + ("" if not summary.rejects else "    (mend what was not taken"
                                   " and import it again)"))  # fmt: skip


def _in_words(summary: ImportSummary) -> str:
    parts = [
        (summary.new, "new"), (summary.changed, "changed"), (summary.moved, "moved"),
        (summary.copied, "copied"), (summary.described, "described anew"),
        (summary.unchanged, "unchanged"), (len(summary.rejects), "not taken"),
        (summary.skipped, "side file skipped" if summary.skipped == 1 else "side files skipped"),
    ]  # fmt: skip
    return ", ".join(f"{n:,} {word}" for n, word in parts if n) or "no FITS files there"


def _refuse_nothing(summary: ImportSummary) -> None:
    taken = summary.new + summary.unchanged + summary.moved + summary.copied + summary.changed
    if summary.rejects and not taken:
        from cobrex_db.errors import CatalogueError

        first = summary.rejects[0]
        raise CatalogueError(
            f"nothing could be imported; {first.path}: {first.reason}",
            hint=first.hint or "see the reasons above, or `--json`", kind="nothing-imported",
        )  # fmt: skip


def _show_check(report: PresenceReport, *, as_json: bool) -> None:
    from dataclasses import asdict

    from .output import emit_json, say, table

    if as_json:
        emit_json({**asdict(report), "absent": [a._asdict() for a in report.absent]})
        return
    if report.absent:
        rows = [a._asdict() for a in report.absent[:SHOWN]]
        table(rows, ["state", "frame_id", "path"], title="missing or changed")
        _more(len(report.absent))
    for folder, count in report.unreachable:
        say(f"{folder} is not there: {count:,} files not judged")
    missing = sum(a.state == "missing" for a in report.absent)
    say(
        f"{report.present:,} present, {missing:,} missing, {len(report.absent) - missing:,} changed"
    )
    if report.elsewhere:
        say(f"{report.elsewhere:,} files lie on other hosts")
    if report.absent:
        say("next: cobrex import the folders of what changed or moved; frames are never dropped")


def _more(count: int) -> None:
    from .output import say

    if count > SHOWN:
        say(f"and {count - SHOWN:,} more (--json lists all)")
