"""Saving a preset: values that were good, under a name and the number they need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cobrex_registry.errors import RegistryError
from cobrex_registry.ident import Author
from cobrex_registry.reading.fields import NAME
from cobrex_registry.recipe.manifest import Manifest
from cobrex_registry.recipe.manifest_text import text
from cobrex_registry.recipe.parameters import resolve
from cobrex_registry.recipe.preset import FILE, SCHEMA, Preset, parse
from cobrex_registry.recipe.requirements import as_written
from cobrex_registry.repository import Registry
from cobrex_registry.semver import Range, Semver, Spec
from cobrex_registry.version import Version
from cobrex_registry.written import create

from .published import publish_text

_VALUES = ("parameters", "qc", "inputs", "resources")


@dataclass(frozen=True, slots=True)
class Saved:
    """A preset that was saved.

    Attributes
    ----------
    preset : Preset
        What it says.
    text : str
        Its file.
    was_there : bool
        Whether the newest version said just that already.
    """

    preset: Preset
    text: str
    was_there: bool


def propose(registry: Registry, recipe: Version, wanted: Preset, namespace: str) -> Saved:
    """Give a preset the number it needs.

    Parameters
    ----------
    registry : Registry
        Where it is to be published.
    recipe : Version
        What its values were good for.
    wanted : Preset
        Name and values; without a version the next one is taken. Values that are the recipe's
        defaults are left out. Title, description and QC ranges that are empty are those of the
        preset's newest version.
    namespace : str
        Whose preset it is.

    Returns
    -------
    Saved
        Nothing is published yet.

    Raises
    ------
    RegistryError
        Of kind ``parameter`` or ``preset``: a value the recipe does not take; ``name``.
    """
    if not NAME.fullmatch(wanted.name):
        raise RegistryError(
            f"{wanted.name[:60]!r} is no name of a preset",
            hint="names are a-z 0-9 _ - and begin with a letter: faint_stars",
            kind="name",
        )
    manifest = registry.manifest(recipe)
    preset = replace(
        wanted,
        recipe=Spec(recipe.namespace, recipe.name, Range.parse(usual_range(recipe.number))),
        parameters=_changed(manifest, wanted.parameters),
    )
    newest, before = _newest(registry, namespace, preset)
    if before is not None:
        preset = replace(
            preset,
            title=preset.title or before.title,
            description=preset.description or before.description,
            qc=preset.qc or before.qc,
            inputs=preset.inputs or before.inputs,
            resources=preset.resources or before.resources,
        )
        asked = wanted.version in {"", before.version}
        if newest is not None and asked and _says(before) == _says(preset):
            return Saved(before, registry.text(newest, FILE), True)
    preset = replace(preset, version=wanted.version or _next(newest, before, preset))
    written = as_text(preset)
    read = parse(written, f"preset {preset.name}")
    read.check(manifest)
    return Saved(read, written, False)


def save(registry: Registry, saved: Saved, namespace: str, author: Author) -> Version:
    """Publish a preset as `propose` gave it; what was there already is a no-op.

    Raises
    ------
    RegistryError
        Of kind ``version-taken``, when a chosen version holds other values; ``role``.
    """
    data = saved.text.encode()
    return publish_text(registry, data, saved.preset, namespace=namespace, author=author)


def usual_range(number: Semver) -> str:
    """Return the versions of a recipe that values good for one of them are good for."""
    if number.pre:
        return str(number)
    return f"^{number.major}" if number.major else f"~0.{number.minor}"


def as_text(preset: Preset) -> str:
    """Return a preset as its YAML file."""
    lines = [
        f"schema: {SCHEMA}",
        f"name: {text(preset.name)}",
        f'version: "{preset.version}"',
        f"for: {text(str(preset.recipe))}",
    ]
    if preset.frame_types:
        lines.append(f"frame_type: {text(list(preset.frame_types))}")
    for key, said in (("title", preset.title), ("description", preset.description)):
        lines += [f"{key}: {text(said)}"] if said else []
    if preset.parameters:
        lines += ["parameters:"]
        lines += [f"  {text(name)}: {text(value)}" for name, value in preset.parameters.items()]
    else:
        lines.append("parameters: {}")
    if preset.inputs:
        lines.append(f"inputs: {text(dict(preset.inputs))}")
    if preset.resources:
        lines.append(f"resources: {text(as_written(preset.resources))}")
    if preset.qc:
        lines += ["qc:", *(f"  - {text(_metric(one))}" for one in preset.qc)]
    return "\n".join(lines) + "\n"


def _metric(one: Any) -> dict[str, Any]:
    known = {"name": one.name, "unit": one.unit, "range": list(one.range), "action": one.action}
    rest = {"product": one.product, "description": one.description}
    return known | {key: value for key, value in rest.items() if value}


def _changed(manifest: Manifest, values: Mapping[str, Any]) -> dict[str, Any]:
    usual = resolve(manifest)
    return {name: one for name, one in resolve(manifest, values).items() if one != usual[name]}


def _newest(
    registry: Registry, namespace: str, preset: Preset
) -> tuple[Version | None, Preset | None]:
    """Return the highest release of the name, yanked or not: its number is used."""
    name = f"{namespace}/{preset.published_name}"
    found = [one for one in registry.versions("preset", name) if not one.number.pre]
    if not found:
        return None, None
    return found[-1], parse(registry.text(found[-1], FILE), f"{found[-1]}:{FILE}")


def _says(preset: Preset) -> tuple[object, ...]:
    return (
        *(str(preset.recipe), sorted(preset.parameters.items()), preset.frame_types),
        *(preset.title, preset.description, preset.qc),
        *(dict(preset.inputs), dict(preset.resources)),
    )


def _next(newest: Version | None, before: Preset | None, preset: Preset) -> str:
    """Return the next number: patch for texts, minor for values, major for other recipes."""
    if newest is None or before is None:
        return "1.0.0"
    number = newest.number
    if str(before.recipe) != str(preset.recipe) or before.frame_types != preset.frame_types:
        return f"{number.major + 1}.0.0"
    if any(getattr(before, name) != getattr(preset, name) for name in _VALUES):
        return f"{number.major}.{number.minor + 1}.0"
    return f"{number.major}.{number.minor}.{number.patch + 1}"


def refuse_drafts(recipe: str) -> None:
    """Refuse values of a process that no published recipe made."""
    if recipe.startswith("draft/"):
        raise RegistryError(
            f"{recipe} is a working copy, not a published recipe",
            hint="publish the recipe, reduce with it, then save the preset",
            kind="preset",
        )


def write(folder: Path, saved: Saved) -> Path:
    """Write a preset as ``NAME.yaml`` of a folder; nothing is overwritten.

    Raises
    ------
    RegistryError
        Of kind ``preset``, when it is there or cannot be written.
    """
    path = folder / f"{saved.preset.name}.yaml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        create(path, saved.text.encode())
    except OSError as error:
        raise RegistryError(
            f"{path} cannot be written: {error.strerror or error}",
            hint="nothing is overwritten: move it away, or name another folder",
            kind="preset",
        ) from error
    return path
