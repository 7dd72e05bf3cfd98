"""The tree of commands."""

from __future__ import annotations

import typer

from . import (
    batch,
    catalogue,
    group,
    importing,
    preset,
    preset_save,
    process,
    qc,
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
    rules,
    server,
    simulate,
    star,
    suite,
    validate,
    workflow,
    workspace,
)
from .clean import clean
from .find import find
from .gap import gap
from .impact import impact
from .reclassify import reclassify
from .reduce import reduce
from .show import show
from .sync import sync
from .why import why

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
WRITE = "Write"
PUBLISH = "Check and publish"
FIND = "Find"
STANDING = "Standing: which version is used"
TOGETHER = "Versions that belong together"
SHARE = "Share"
CARE = "See that all is whole"

recipes = typer.Typer(
    help="Recipes: write, test, publish, find, promote, pin, share.", no_args_is_help=True
)
recipes.command(rich_help_panel=WRITE)(recipe_author.new)
recipes.command(rich_help_panel=WRITE)(recipe_author.copy)
recipes.add_typer(recipe_import.app, name="import", rich_help_panel=WRITE)
recipes.command(rich_help_panel=PUBLISH)(recipe_author.lint)
recipes.command(rich_help_panel=PUBLISH)(recipe_test.test)
recipes.command(rich_help_panel=PUBLISH)(recipe_author.publish)
recipes.command("list", rich_help_panel=FIND)(recipe_list.list_recipes)
recipes.command(rich_help_panel=FIND)(recipe_list.search)
recipes.command(rich_help_panel=FIND)(recipe.show)
recipes.command(rich_help_panel=FIND)(recipe_manual.manual)
recipes.command(rich_help_panel=FIND)(recipe_author.diff)
recipes.command(rich_help_panel=STANDING)(recipe_standing.promote)
recipes.command(rich_help_panel=STANDING)(recipe_standing.channels)
recipes.command(rich_help_panel=STANDING)(recipe_standing.deprecate)
recipes.command(rich_help_panel=STANDING)(recipe_standing.undeprecate)
recipes.command(rich_help_panel=STANDING)(recipe_standing.yank)
recipes.command(rich_help_panel=STANDING)(recipe_standing.unyank)
recipes.command(rich_help_panel=TOGETHER)(recipe_pin.pin)
recipes.add_typer(suite.app, name="suite", rich_help_panel=TOGETHER)
recipes.command(rich_help_panel=SHARE)(sync)
recipes.command(rich_help_panel=CARE)(recipe_check.verify)
recipes.command(rich_help_panel=CARE)(recipe_check.fsck)
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
app.add_typer(workspace.app, name="workspace", rich_help_panel=FRAMES)
app.add_typer(group.app, name="group", rich_help_panel=FRAMES)
app.command(rich_help_panel=REDUCTION)(reduce)
app.command(rich_help_panel=REDUCTION)(why)
app.command(rich_help_panel=REDUCTION)(gap)
app.command(rich_help_panel=REDUCTION)(impact)
app.add_typer(batch.app, name="batch", rich_help_panel=REDUCTION)
app.add_typer(process.app, name="process", rich_help_panel=REDUCTION)
app.add_typer(qc.app, name="qc", rich_help_panel=REDUCTION)
app.add_typer(validate.app, name="validate", rich_help_panel=REDUCTION)
app.add_typer(recipes, name="recipe", rich_help_panel=REGISTRY)
app.add_typer(presets, name="preset", rich_help_panel=REGISTRY)
app.add_typer(rules.app, name="rules", rich_help_panel=REGISTRY)
app.add_typer(workflow.app, name="workflow", rich_help_panel=REGISTRY)
app.add_typer(server.app, name="server", rich_help_panel=REGISTRY)
app.add_typer(registry.app, name="registry", rich_help_panel=CENTRE)
app.command(rich_help_panel=CENTRE)(importing.check)
app.command(rich_help_panel=CENTRE)(reclassify)
app.command(rich_help_panel=CENTRE)(clean)
app.add_typer(catalogue.app, name="catalogue", rich_help_panel=CENTRE)
app.add_typer(simulate.app, name="simulate", rich_help_panel=CENTRE)
