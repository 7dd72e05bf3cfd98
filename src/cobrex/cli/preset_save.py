"""cobrex preset save and diff: values that were good under a name, two names compared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import AsJson

if TYPE_CHECKING:
    from cobrex.settings import Settings
    from cobrex_registry.repository import Registry
    from cobrex_registry.version import Version


def save(
    name: Annotated[str, typer.Argument(help="Name of the preset.")],
    process: Annotated[
        str, typer.Option("--from", metavar="KEY", help="Process whose parameters were good.")
    ] = "",
    recipe: Annotated[str, typer.Option(help="Recipe, when not from a process.")] = "",
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A value; repeatable.")
    ] = None,
    title: Annotated[str, typer.Option(help="For people; else that of the version before.")] = "",
    version: Annotated[str, typer.Option(help="By default the next number.")] = "",
    namespace: Annotated[str, typer.Option(help="Whose preset it is.")] = "main",
    folder: Annotated[
        Path | None, typer.Option(help="Write NAME.yaml there and publish nothing.")
    ] = None,
) -> None:
    """Publish parameters of a process, or given ones, as a preset of their recipe."""
    from cobrex import settings
    from cobrex.cli.output import say
    from cobrex.cli.pairs import pairs
    from cobrex.errors import UsageError
    from cobrex.registry import open_registry
    from cobrex_registry.authoring.author import author_of
    from cobrex_registry.presets import preset_save
    from cobrex_registry.recipe.parameters import resolve, spell
    from cobrex_registry.recipe.preset import Preset
    from cobrex_registry.semver import Spec

    if bool(process) == bool(recipe):
        raise UsageError(
            "give --from a process, or --recipe",
            hint="cobrex preset save NAME --from KEY; keys are those of `cobrex process list`",
            kind="preset",
        )
    current = settings.load()
    registry = open_registry(current)
    if process:
        found, values, frame_types = _of_process(current, registry, process)
    else:
        found, values, frame_types = registry.resolve("recipe", recipe), {}, ()
    values = resolve(registry.manifest(found), values, text=pairs(set_ or []))
    wanted = Preset(
        name=name,
        version=version,
        recipe=Spec(found.namespace, found.name),
        title=title,
        parameters=values,
        frame_types=frame_types,
    )
    saved = preset_save.propose(registry, found, wanted, namespace)
    preset = saved.preset
    if folder is not None:
        say(f"{preset_save.write(folder, saved)} is written; publish it: cobrex preset publish")
        return
    if saved.was_there:
        say(f"{preset.name} {preset.version} for {preset.recipe} says that already")
        return
    author = author_of(Path(), current.user)
    made = preset_save.save(registry, saved, namespace, author)
    sets = " ".join(f"{key}={spell(value)}" for key, value in preset.parameters.items())
    say(f"{made} is published for {preset.recipe}: {sets or 'the defaults'}")


def diff(
    recipe: Annotated[str, typer.Argument(help="NAME or NAME@VERSION of the recipe.")],
    first: Annotated[str, typer.Argument(help="Preset, or PRESET@VERSION.")],
    second: Annotated[str, typer.Argument(help="The other one.")],
    as_json: AsJson = False,
) -> None:
    """Compare two presets of a recipe, or two versions of one: the values they lead to."""
    from dataclasses import asdict

    from cobrex import settings
    from cobrex.cli.output import emit_json, say, table
    from cobrex.registry import open_registry
    from cobrex_registry.presets.preset_compare import differences
    from cobrex_registry.presets.published import find_preset
    from cobrex_registry.recipe.parameters import spell

    registry = open_registry(settings.load())
    version = registry.resolve("recipe", recipe)
    one, other = (find_preset(registry, version, name) for name in (first, second))
    found = differences(registry.manifest(version), one, other)
    if as_json:
        rows = {row.parameter: {k: v for k, v in asdict(row).items() if k != "parameter"}
                for row in found}  # fmt: skip
        emit_json(
            {
                "recipe": str(version),
                "first": {"preset": one.name, "version": one.version},
                "second": {"preset": other.name, "version": other.version},
                "parameters": rows,
            }
        )
        return
    names = [f"{preset.name}@{preset.version}" for preset in (one, other)]
    if not found:
        say(f"{names[0]} and {names[1]} lead to the same values of {version}")
        return
    table(
        [
            {
                "parameter": row.parameter,
                "first": spell(row.first),
                "second": spell(row.second),
                "default": spell(row.default),
            }
            for row in found
        ],
        ("parameter", "first", "second", "default"),
        title=" and ".join(names),
    )


def _of_process(
    current: Settings, registry: Registry, key: str
) -> tuple[Version, dict[str, Any], tuple[str, ...]]:
    """Return recipe version, parameters and the types of the main frames of a process."""
    from cobrex_db.engine import open_catalogue
    from cobrex_db.processes import by_key
    from cobrex_registry.presets.preset_save import refuse_drafts

    with open_catalogue(current.database_url).connect() as connection:
        process = by_key(connection, key, viewer=current.user)
    refuse_drafts(process["recipe"])
    version = registry.resolve("recipe", f"{process['recipe']}@{process['version']}")
    main = registry.manifest(version).main_input
    used = {one["frame_type"] for one in process["inputs"] if one["role"] == main.role}
    several = len(main.frame_types) > 1
    return version, process["parameters"], tuple(sorted(used)) if several else ()
