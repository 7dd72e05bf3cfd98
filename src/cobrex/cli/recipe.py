"""cobrex recipe show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import AsJson

if TYPE_CHECKING:
    from cobrex_registry.index.thing import Thing
    from cobrex_registry.recipe.manifest import Manifest
    from cobrex_registry.recipe.preset import Preset
    from cobrex_registry.repository import Registry
    from cobrex_registry.version import Version


def show(
    recipe: Annotated[str, typer.Argument(help="NAME, NAME@VERSION, NAME@RANGE or NAME#CHANNEL.")],
    as_json: AsJson = False,
) -> None:
    """Show what a recipe takes, makes and measures."""
    from cobrex import settings
    from cobrex.cli.output import emit_json
    from cobrex.registry import open_registry
    from cobrex_registry.presets.published import presets_for

    registry = open_registry(settings.load())
    version = registry.resolve("recipe", recipe)
    manifest = registry.manifest(version)
    presets = presets_for(registry, version)
    thing = registry.thing("recipe", version.full_name)
    life = _life(registry, thing, version, manifest)
    if as_json:
        emit_json(_as_json(manifest, version, presets, life))
    else:
        _print(manifest, version, presets)
        _print_life(thing, life)


def _short(version: Version) -> str:
    return version.full_name.removeprefix("main/")


def _as_json(
    manifest: Manifest, version: Version, presets: dict[str, Preset], life: dict[str, Any]
) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        **asdict(manifest),
        "namespace": version.namespace,
        "published": version.published,
        "tag": version.tag_sha,
        "tree": version.tree_sha,
        **life,
        "presets": [
            {"name": name, "version": one.version, "title": one.title, "parameters": one.parameters}
            for name, one in presets.items()
        ],
    }


def _print(manifest: Manifest, version: Version, presets: dict[str, Preset]) -> None:
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
                "": " ".join(
                    word
                    for word, holds in (("main", one.main), ("intermediate", one.intermediate))
                    if holds
                ),
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
    if manifest.copied_from:
        say(f"copied from {manifest.copied_from}")
    say(f"environment: {manifest.environment.kind}")


def _life(registry: Registry, thing: Thing, version: Version, manifest: Manifest) -> dict[str, Any]:
    """Return what became of a version after it was published, and who vouches for it."""
    from dataclasses import asdict

    from cobrex_registry.evidence import attest

    standing = thing.standing(version)
    return {
        "versions": [one.version for one in thing.versions],
        "channels": list(thing.channels_of(version)),
        "all_channels": {name: number for name, (number, _) in sorted(thing.channels.items())},
        "yanked": standing.yanked and asdict(standing.yanked),
        "deprecated": standing.deprecated and asdict(standing.deprecated),
        "copied_from": manifest.copied_from,
        "signed_by": _signer(registry, version),
        "attestations": [asdict(one) for one in attest.of(registry, version)],
    }


def _signer(registry: Registry, version: Version) -> str:
    """Return who signed it; empty where no signatures are verified."""
    from cobrex_registry.errors import RegistryError
    from cobrex_registry.store.signing import verify_tag

    try:
        return verify_tag(registry.git, version.tag_sha, registry.signing)
    except RegistryError as error:
        return f"nobody: {error.message}"


def _print_life(thing: Thing, life: dict[str, Any]) -> None:
    from cobrex.cli.output import say

    stands = {number: [c for c, at in life["all_channels"].items() if at == number]
              for number in life["all_channels"].values()}  # fmt: skip
    words = []
    for one in reversed(thing.versions):
        standing = thing.standing(one)
        marks = [*stands.get(one.version, ()), *(["yanked"] if standing.yanked else []),
                 *(["deprecated"] if standing.deprecated else [])]  # fmt: skip
        words.append(f"{one.version} ({', '.join(marks)})" if marks else one.version)
    say(f"versions: {', '.join(words)}")
    if life["copied_from"]:
        say(f"copied from: {life['copied_from']}")
    if life["signed_by"]:
        say(f"signed by: {life['signed_by']}")
    for one in life["attestations"]:
        say(f"{one['outcome']} its tests on {one['server']}, {one['at']}")


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
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _sets(preset: Preset) -> str:
    return " ".join(f"{name}={_shown(value)}" for name, value in preset.parameters.items())
