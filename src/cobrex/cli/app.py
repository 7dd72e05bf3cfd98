"""The tree of commands."""

from __future__ import annotations

import typer

from . import (
    batch,
    catalogue,
    importing,
    preset,
    preset_save,
    process,
    recipe,
    recipe_author,
    recipe_check,
    recipe_import,
    recipe_list,
    recipe_manual,
    recipe_pin,
    recipe_standing,
    recipe_test,
    registry,
    server,
    simulate,
    star,
    suite,
)
from .find import find
from .reclassify import reclassify
from .reduce import reduce
from .show import show
from .sync import sync

FRAMES = "Frames and stars"
REDUCTION = "Reduction"
REGISTRY = "Recipes"
CENTRE = "Running a centre"

app = typer.Typer(
    name="cobrex",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Catalogue, recipes, reduction and provenance for SPHERE and other ESO-style instruments.",
)
recipes = typer.Typer(help="Recipes: write, test, publish, find, share.", no_args_is_help=True)
recipes.command()(recipe_author.new)
recipes.command()(recipe_author.lint)
recipes.command()(recipe_test.test)
recipes.command()(recipe_author.publish)
recipes.add_typer(recipe_import.app, name="import")
recipes.command("list")(recipe_list.list_recipes)
recipes.command()(recipe_list.search)
recipes.command()(recipe.show)
recipes.command()(recipe_author.diff)
recipes.command()(recipe_author.copy)
recipes.command()(recipe_manual.manual)
recipes.command()(recipe_standing.deprecate)
recipes.command()(recipe_standing.undeprecate)
recipes.command()(recipe_standing.yank)
recipes.command()(recipe_standing.unyank)
recipes.command()(recipe_standing.promote)
recipes.command()(recipe_standing.channels)
recipes.command()(recipe_pin.pin)
recipes.add_typer(suite.app, name="suite")
recipes.command()(recipe_check.verify)
recipes.command()(recipe_check.fsck)
recipes.command()(sync)
presets = typer.Typer(help="Presets: list, show, save, diff, publish.", no_args_is_help=True)
presets.command("list")(preset.list_presets)
presets.command()(preset.show)
presets.command()(preset_save.save)
presets.command()(preset_save.diff)
presets.command()(preset.publish)

app.command("import", rich_help_panel=FRAMES)(importing.import_)
app.command(rich_help_panel=FRAMES)(find)
app.command(rich_help_panel=FRAMES)(show)
app.add_typer(star.app, name="star", rich_help_panel=FRAMES)
app.command(rich_help_panel=REDUCTION)(reduce)
app.add_typer(batch.app, name="batch", rich_help_panel=REDUCTION)
app.add_typer(process.app, name="process", rich_help_panel=REDUCTION)
app.add_typer(recipes, name="recipe", rich_help_panel=REGISTRY)
app.add_typer(presets, name="preset", rich_help_panel=REGISTRY)
app.add_typer(server.app, name="server", rich_help_panel=REGISTRY)
app.add_typer(registry.app, name="registry", rich_help_panel=CENTRE)
app.command(rich_help_panel=CENTRE)(importing.check)
app.command(rich_help_panel=CENTRE)(reclassify)
app.add_typer(catalogue.app, name="catalogue", rich_help_panel=CENTRE)
app.add_typer(simulate.app, name="simulate", rich_help_panel=CENTRE)
