"""cobrex recipe: list, show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from cobrex_registry.manifest import Manifest
    from cobrex_registry.preset import Preset
    from cobrex_registry.version import Version

AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of a table.")]


def list_recipes(
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV instead of a table.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Every version, not the newest.")] = False,
) -> None:
    """List the published recipes."""
    from cobrex import settings
    from cobrex.cli.output import emit, say
    from cobrex.registry import open_registry

    registry = open_registry(settings.load())
    versions = registry.list("recipe")
    newest = {one.full_name: one for one in versions if not one.number.pre}
    chosen = list(versions) if every else list(newest.values())
    rows = [_row(*pair) for pair in zip(registry.manifests(chosen), chosen, strict=True)]
    emit(
        rows,
        ("recipe", "version", "main_input", "main_output", "title"),
        as_json=as_json,
        as_csv=as_csv,
    )
    if not as_json and not as_csv:
        for name, error in registry.blocked.items():
            say(f"{name} cannot be used: {error.message}")


def show(
    recipe: Annotated[str, typer.Argument(help="NAME, NAME@VERSION or NAME@RANGE.")],
    as_json: AsJson = False,
) -> None:
    """Show what a recipe takes, makes and measures."""
    from cobrex import settings
    from cobrex.cli.output import emit_json
    from cobrex.registry import open_registry
    from cobrex_registry.preset import presets_for

    registry = open_registry(settings.load())
    version = registry.resolve("recipe", recipe)
    manifest = registry.manifest(version)
    presets = presets_for(registry, version)
    numbers = [one.version for one in registry.versions("recipe", version.full_name)]
    if as_json:
        emit_json(_as_json(manifest, version, presets, numbers))
    else:
        _print(manifest, version, presets, numbers)


def _row(manifest: Manifest, version: Version) -> dict[str, Any]:
    return {
        "recipe": _short(version),
        "version": version.version,
        "title": manifest.title,
        "instrument": manifest.instrument,
        "main_input": " | ".join(manifest.main_input.frame_types),
        "main_output": manifest.main_output.frame_type,
        "published": version.published,
    }


def _short(version: Version) -> str:
    return version.full_name.removeprefix("main/")


def _as_json(
    manifest: Manifest, version: Version, presets: dict[str, Preset], numbers: list[str]
) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        **asdict(manifest),
        "namespace": version.namespace,
        "published": version.published,
        "tag": version.tag_sha,
        "tree": version.tree_sha,
        "versions": numbers,
        "presets": [
            {"name": name, "version": one.version, "title": one.title, "parameters": one.parameters}
            for name, one in presets.items()
        ],
    }


def _print(
    manifest: Manifest, version: Version, presets: dict[str, Preset], numbers: list[str]
) -> None:
    from cobrex.cli.output import say, table

    say(f"{_short(version)} {version.version}: {manifest.title}", "")
    if manifest.description:
        say(manifest.description.strip(), "")
    table(
        [
            {
                "role": one.role,
                "frame type": " | ".join(one.frame_types),
                "how many": _count(one.min, one.max),
                "": "main" if one.main else "",
            }
            for one in manifest.inputs
        ],
        ("role", "frame type", "how many", ""),
        title="inputs",
    )
    if manifest.parameters:
        table(
            [
                {
                    "name": one.name,
                    "allowed": one.allowed,
                    "default": _shown(one.default),
                    "unit": one.unit,
                    "description": one.description,
                }
                for one in manifest.parameters
            ],
            ("name", "allowed", "default", "unit", "description"),
            title="parameters",
        )
    table(
        [
            {
                "role": one.role,
                "frame type": one.frame_type,
                "file": one.file,
                "how many": _count(one.min, one.max),
                "": "main" if one.main else "",
            }
            for one in manifest.outputs
        ],
        ("role", "frame type", "file", "how many", ""),
        title="outputs",
    )
    if manifest.qc:
        table(
            [
                {
                    "metric": one.name,
                    "accepted": _range(one.range),
                    "unit": one.unit,
                    "otherwise": "" if one.range == (None, None) else one.action,
                }
                for one in manifest.qc
            ],
            ("metric", "accepted", "unit", "otherwise"),
            title="QC",
        )
    if presets:
        table(
            [
                {"preset": name, "version": one.version, "sets": _sets(one), "title": one.title}
                for name, one in presets.items()
            ],
            ("preset", "version", "sets", "title"),
            title="presets",
        )
    say(f"environment: {manifest.environment.kind}", f"versions: {', '.join(numbers[::-1])}")


def _count(low: int, high: int | None) -> str:
    if high is None:
        return f"{low} or more"
    return str(low) if low == high else f"{low} to {high}"


def _range(ends: tuple[float | None, float | None]) -> str:
    low, high = ends
    if low is not None and high is not None:
        return f"{low} to {high}"
    return f">= {low}" if low is not None else f"<= {high}" if high is not None else ""


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _sets(preset: Preset) -> str:
    return " ".join(f"{name}={_shown(value)}" for name, value in preset.parameters.items())
