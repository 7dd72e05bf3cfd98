"""cobrex preset: list, show, publish."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import AsCsv, AsJson

if TYPE_CHECKING:
    from cobrex_registry.recipe.preset import Preset


def list_presets(
    recipe: Annotated[str, typer.Argument(help="Only those for this recipe.")] = "",
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List the presets that may be used."""
    from cobrex import settings
    from cobrex.cli.output import emit
    from cobrex.registry import open_registry
    from cobrex_registry.presets.published import presets_for

    registry = open_registry(settings.load())
    recipes = (
        [registry.resolve("recipe", recipe)]
        if recipe
        else {one.full_name: one for one in registry.list("recipe")}.values()
    )
    rows = [
        _row(name, preset) for one in recipes for name, preset in presets_for(registry, one).items()
    ]
    columns = ["recipe", "preset", "version", "frames", "title"]
    if recipe or as_csv:
        columns.append("parameters")  # of all recipes they are too many for a terminal
    if not as_csv and not any(row["frames"] for row in rows):
        columns.remove("frames")
    emit(rows, columns, as_json=as_json, as_csv=as_csv)


def show(
    recipe: Annotated[str, typer.Argument(help="NAME or NAME@VERSION of the recipe.")],
    preset: Annotated[str, typer.Argument(help="Name of the preset.")],
    as_json: AsJson = False,
) -> None:
    """Show a preset: what it sets, and what the other parameters are then."""
    from cobrex import settings
    from cobrex.cli.output import emit_json, say, table
    from cobrex.registry import open_registry
    from cobrex_registry.presets.published import find_preset
    from cobrex_registry.recipe.parameters import resolve, spell

    registry = open_registry(settings.load())
    version = registry.resolve("recipe", recipe)
    manifest = registry.manifest(version)
    found = find_preset(registry, version, preset)
    values = resolve(manifest, found.parameters)
    if as_json:
        emit_json(
            {
                **_row(preset, found),
                "parameters": found.parameters,
                "resolved": values,
                "description": found.description,
            }
        )
        return
    frames = f", {' or '.join(found.frame_types)} only" if found.frame_types else ""
    say(f"{found.name} {found.version} for {found.recipe}{frames}: {found.title}", "")
    if found.description:
        say(found.description.strip(), "")
    rows = [
        {
            "parameter": name,
            "value": spell(value),
            "set by": "preset" if name in found.parameters else "default",
        }
        for name, value in values.items()
    ]
    table(rows, ("parameter", "value", "set by"))


def publish(
    path: Annotated[Path, typer.Argument(help="YAML file of the preset.")],
    namespace: Annotated[str, typer.Option(help="Whose preset it is.")] = "main",
) -> None:
    """Check a preset against its recipe and publish it."""
    from cobrex import settings
    from cobrex.cli.output import say
    from cobrex.registry import open_registry
    from cobrex_registry.authoring.author import author_of
    from cobrex_registry.presets.published import publish_preset

    current = settings.load()
    version = publish_preset(
        open_registry(current),
        path,
        namespace=namespace,
        author=author_of(path.parent, current.user),
    )
    say(f"{version} is published")


def _row(name: str, preset: Preset) -> dict[str, Any]:
    from cobrex_registry.recipe.parameters import spell

    return {
        "recipe": str(preset.recipe),
        "preset": name,
        "version": preset.version,
        "frames": " | ".join(preset.frame_types),
        "title": preset.title,
        "parameters": " ".join(f"{key}={spell(value)}" for key, value in preset.parameters.items()),
    }
