"""cobrex recipe import: recipes of others as recipes of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Import recipes of others: ESO's, the data centre's.", no_args_is_help=True)

Into = Annotated[Path, typer.Option(help="Folder that gets a folder for each recipe.")]


@app.command()
def esorex(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Recipes of esorex.")],
    into: Into = Path(),
    instrument: Annotated[
        str, typer.Option(help="Instrument of the manifests; by default from the name.")
    ] = "",
    recipe_dir: Annotated[
        str, typer.Option(help="Folders of plugins, joined by colons, if esorex has others.")
    ] = "",
) -> None:
    """Write recipe folders that run installed ESO recipes through esorex."""
    from cobrex.cli.output import say
    from cobrex_registry.errors import RegistryError
    from cobrex_registry.imports.esorex import import_recipe
    from cobrex_registry.imports.esorex_program import Esorex

    program = Esorex(recipe_dir)
    refused: list[RegistryError] = []
    for name in dict.fromkeys(names):
        try:
            made = import_recipe(program, name, into=into, instrument=instrument)
        except RegistryError as error:
            refused.append(error)
            continue
        told = [
            f"{made.parameters} parameters",
            f"{len(made.inputs)} inputs" if made.inputs else "inputs unknown",
            f"{len(made.outputs)} outputs" if made.outputs else "outputs unknown",
        ]
        say(f"{made.folder}: {', '.join(told)} (ESO {made.version})")
    if len(refused) < len(names):
        say("compare inputs and outputs with README.md, then remove `confirm` from recipe.yaml")
    if refused:
        first = refused[0]
        raise RegistryError(
            "\n  ".join(error.message for error in refused), hint=first.hint, kind=first.kind
        )


@app.command()
def cobrex(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="Recipes and association rules."),
    ],
    into: Into = Path(),
) -> None:
    """Write recipe folders and rules from XML of the data centre's client; all or nothing."""
    from cobrex.cli.output import counted, say
    from cobrex_registry.imports.cobrex_files import import_files
    from cobrex_registry.imports.safe_xml import plain

    brought = import_files(files, into)
    for folder, proposed in brought.recipes:
        found = proposed.manifest
        said = {
            "input": len(found.inputs),
            "parameter": len(found.parameters),
            "output": len(found.outputs),
            "file": len(proposed.files) - 1,
        }
        say(f"{folder}: {', '.join(counted(number, word) for word, number in said.items())}")
        say(*(f"  look at {plain(note)}" for note in proposed.notes))
    for file, rules in brought.rules:
        say(f"{file}: {counted(len(rules.table), 'association rule')}")
        say(*(f"  read as: {one}" for one in rules.read_as))
        say(*(f"  not translated: {one}" for one in rules.untranslated))
