"""cobrex workflow: suites of recipes, listed, shown, published."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import AsJson

if TYPE_CHECKING:
    from cobrex.rules.workflow import Workflow

app = typer.Typer(help="Workflows: suites of recipes, from raw frames on.", no_args_is_help=True)


@app.command("list")
def list_workflows(as_json: AsJson = False) -> None:
    """List the workflows there are: files, and what the registry has of them."""
    from cobrex import registry, settings
    from cobrex.cli.output import emit
    from cobrex.errors import PlanError
    from cobrex.rules import book
    from cobrex.rules.documents import workflow_files
    from cobrex_registry.errors import RegistryError

    known, files = book.load(), workflow_files()
    things = registry.open_registry(settings.load()).things("workflow")
    published = {
        one.full_name.removeprefix("main/"): [v.version for v in one.versions] for one in things
    }
    rows: list[dict[str, Any]] = []
    for name in sorted({*files, *published}):
        row: dict[str, Any] = {"workflow": name, "published": ", ".join(published.get(name, []))}
        try:
            found = known.workflow(name if name in files else f"{name}@{published[name][-1]}")
        except (PlanError, RegistryError) as error:
            row["title"] = f"cannot be used: {error.message}"
        else:
            row |= {"version": found.version, "steps": len(found.steps), "title": found.title}
            row["goals"] = ", ".join(found.goals)
        rows.append(row)
    columns = ("workflow", "version", "steps", "goals", "published", "title")
    emit(rows, columns, as_json=as_json)


@app.command()
def show(
    workflow: Annotated[str, typer.Argument(metavar="NAME", help="NAME, NAME@VERSION or a file.")],
    as_json: AsJson = False,
) -> None:
    """Show a workflow: who feeds whom, then each step in words."""
    from cobrex.cli.output import emit_json, say
    from cobrex.rules import book
    from cobrex.rules.words import graph

    from .rules_view import tell

    found = book.load().workflow(workflow)
    if as_json:
        emit_json(_plain(found))
        return
    say(f"workflow {found.name} {found.version}" + (f": {found.title}" if found.title else ""), "")
    say(*graph(found.steps, found.goals), "")
    for step in found.steps.values():
        tell(step)


def _plain(found: Workflow) -> dict[str, Any]:
    from cobrex.rules.words import plain

    return {
        "name": found.name,
        "version": found.version,
        "title": found.title,
        "instrument": found.instrument,
        "goals": list(found.goals),
        "steps": [plain(step) for step in found.steps.values()],
    }


@app.command()
def publish(
    file: Annotated[Path, typer.Argument(help="YAML file of the workflow.")],
    namespace: Annotated[str, typer.Option(help="Whose workflow it is.")] = "main",
) -> None:
    """Look at a workflow and publish it under its version; it never changes again."""
    publish_checked("workflow", file, namespace)


def publish_checked(kind: str, file: Path, namespace: str) -> None:
    """Look at a document and publish it."""
    from cobrex import settings
    from cobrex.cli.output import say
    from cobrex.registry import open_registry
    from cobrex.rules.lint import lint
    from cobrex.rules.lint_recipe import Recipes
    from cobrex.rules.read import refusal
    from cobrex_registry.authoring.author import author_of
    from cobrex_registry.documents.published import publish_document

    current = settings.load()
    registry = open_registry(current)
    report = lint([file], Recipes(registry))
    if report.problems:
        raise refusal(report.problems)
    author = author_of(file.parent, current.user)
    version = publish_document(registry, kind, file, namespace=namespace, author=author)
    say(f"{kind} {version} is published")
