"""cobrex rules: the association rules looked at, shown, tried, published."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .options import AsJson

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cobrex.errors import UsageError

app = typer.Typer(
    help="Association rules: which frames belong together, what is made from what.",
    no_args_is_help=True,
)


@app.command()
def lint(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE]...", help="Instrument files and workflows; by default all installed."
        ),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Look at rules: all that is wrong, with file, line and cure; 5 when anything is.

    Example: cobrex rules lint instruments/mine.yaml
    """
    from cobrex import registry, settings
    from cobrex.cli.output import counted, emit_json, note, say
    from cobrex.rules.lint import lint as look
    from cobrex.rules.lint_recipe import Recipes

    report = look(files or [], Recipes(registry.open_registry(settings.load())))
    if as_json:
        emit_json(
            {
                "files": report.files,
                "problems": [{"message": p.message, "hint": p.hint} for p in report.problems],
                "notes": report.notes,
            }
        )
        return 5 if report.problems else 0
    for problem in report.problems:
        say(problem.message)
        if problem.hint:
            say(f"  cure: {problem.hint}")
    note(*(f"note: {one}" for one in report.notes))
    said = counted(len(report.problems), "problem") if report.problems else "nothing is wrong"
    say(f"{said} in {counted(len(report.files), 'file')}")
    return 5 if report.problems else 0


@app.command()
def show(
    name: Annotated[
        str,
        typer.Argument(
            metavar="[NAME]", help="An association, a workflow or a workflow's file; none: all."
        ),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Show rules in words: who feeds whom, where each input comes from, levels, fall-backs."""
    from cobrex.cli.output import emit_json, say
    from cobrex.errors import UsageError
    from cobrex.rules import book
    from cobrex.rules.words import graph, plain

    known = book.load()
    if name in known.associations:
        one = known.associations[name]
        if as_json:
            emit_json(plain(one))
        else:
            from .rules_view import tell

            tell(one)
        return
    if name:
        from .workflow import show as show_workflow

        try:
            show_workflow(name, as_json=as_json)
        except UsageError as error:
            if error.kind != "unknown-workflow":
                raise
            raise _no_rule(name, known.associations, error.hint) from None
        return
    if as_json:
        emit_json([plain(one) for one in known.associations.values()])
        return
    say(*graph(known.associations), "", "cobrex rules show NAME tells one in full")


def _no_rule(name: str, rules: Iterable[str], workflows: str) -> UsageError:
    from difflib import get_close_matches

    from cobrex.errors import UsageError

    near = get_close_matches(name, list(rules), n=1)
    return UsageError(
        f"no rule and no workflow is called {name!r}",
        hint=f"did you mean {near[0]}?" if near else f"{workflows}; rules: `cobrex rules show`",
        kind="unknown-rule",
    )


@app.command()
def test(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="Instrument file or workflow; by default all rules."),
    ] = None,
    star: Annotated[list[str], typer.Option(help="Only frames of this star; repeatable.")] = [],  # noqa: B006
    night: Annotated[str, typer.Option(help="Night or range: 2020-03-07..2020-03-14.")] = "",
    as_json: AsJson = False,
) -> int:
    """Try rules on the catalogue without making anything; exit code 5 when something lacks.

    Example: cobrex rules test mine.yaml --star "HR 4796"
    """
    from cobrex import settings as places
    from cobrex.batch.request import Request
    from cobrex.batch.rules_trial import tried
    from cobrex.cli.output import emit, say
    from cobrex_db.nights import parse_nights

    from .pairs import expand

    settings = places.load()
    request = Request(
        stars=tuple(expand(star)),
        nights=parse_nights(night),
        user=settings.user,
        workspace=settings.workspace,
    )
    found = tried(settings, request, file)
    columns = ("association", "groups", "complete", "incomplete", "levels", "warnings")
    emit([one.row() for one in found], columns, as_json=as_json)
    for one in () if as_json else found:
        for what, hint, groups in one.lacks:
            times = f"{groups} x " if groups else "cannot be tried: "
            say(f"{one.association}: {times}{what}", f"  cure: {hint}")
    return 5 if any(one.incomplete for one in found) else 0


@app.command()
def publish(
    file: Annotated[Path, typer.Argument(help="An instrument file.")],
    namespace: Annotated[str, typer.Option(help="Whose rules they are.")] = "main",
) -> None:
    """Look at an instrument file and publish it under its version."""
    from .workflow import publish_checked

    publish_checked("rules", file, namespace)
