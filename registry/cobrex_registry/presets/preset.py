"""Presets: named parameters for a recipe, published on their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cobrex_registry.errors import RegistryError
from cobrex_registry.ident import Author
from cobrex_registry.publication import publish_files
from cobrex_registry.reading.fields import FRAME_TYPE, NAME, Fields
from cobrex_registry.reading.near_miss import near_miss
from cobrex_registry.reading.problems import Findings
from cobrex_registry.reading.strict_yaml import load
from cobrex_registry.recipe.manifest import Manifest, read_version
from cobrex_registry.recipe.metric import Metric, read_metrics
from cobrex_registry.recipe.parameters import resolve
from cobrex_registry.repository import Registry
from cobrex_registry.semver import Range, Semver, Spec
from cobrex_registry.store.tree_files import PLAIN, TreeFile
from cobrex_registry.version import Version

FILE = "preset.yaml"
SCHEMA = "preset/1"
_KEYS = (
    *("schema", "name", "version", "for", "frame_type"),
    *("title", "description", "parameters", "qc"),
)


@dataclass(frozen=True, slots=True)
class Preset:
    """A named set of parameters for a recipe.

    Attributes
    ----------
    name, version : str
        Its own; names are unique per recipe.
    recipe : Spec
        Which versions of which recipe it is for.
    title, description : str
        For people.
    parameters : mapping
        Values that differ from the recipe's defaults.
    qc : tuple of Metric
        Ranges that replace the recipe's.
    frame_types : tuple of str
        Main frames it is for; empty for all that the recipe takes.
    """

    name: str
    version: str
    recipe: Spec
    title: str = ""
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    qc: tuple[Metric, ...] = ()
    frame_types: tuple[str, ...] = ()

    @property
    def published_name(self) -> str:
        """Name it is published under: ``<recipe>--<preset>``."""
        return f"{self.recipe.name}--{self.name}"

    def check(self, manifest: Manifest) -> None:
        """Check the values against a recipe.

        Parameters
        ----------
        manifest : Manifest
            Of a version of the recipe.

        Raises
        ------
        RegistryError
            Of kind ``preset``: for another recipe or version, an unknown parameter or metric, a
            value out of bounds.
        """
        if manifest.name != self.recipe.name or (
            Semver.parse(manifest.version) not in self.recipe.range
        ):
            raise RegistryError(
                f"preset {self.name!r} is for {self.recipe}, not for "
                f"{manifest.name}@{manifest.version}",
                kind="preset",
                hint=f"cobrex preset list {manifest.name}",
            )
        try:
            resolve(manifest, self.parameters)
        except RegistryError as error:
            raise RegistryError(
                f"preset {self.name!r} of {manifest.name}: {error.message}",
                hint=error.hint,
                kind="preset",
            ) from error
        for frame_type in self.frame_types:
            if frame_type not in manifest.main_input.frame_types:
                raise RegistryError(
                    f"preset {self.name!r}: {manifest.name} does not reduce {frame_type!r}",
                    hint=near_miss(frame_type, manifest.main_input.frame_types),
                    kind="preset",
                )
        measured = {metric.name for metric in manifest.qc}
        for metric in self.qc:
            if metric.name not in measured:
                raise RegistryError(
                    f"preset {self.name!r}: {manifest.name} has no metric {metric.name!r}",
                    hint=near_miss(metric.name, measured),
                    kind="preset",
                )

    def demand_frames(self, frame_types: Sequence[str]) -> None:
        """Refuse main frames of which none is of a type the preset is for.

        Parameters
        ----------
        frame_types : sequence of str
            What is to be reduced.

        Raises
        ------
        RegistryError
            Of kind ``preset``.
        """
        if self.frame_types and not set(self.frame_types) & set(frame_types):
            raise RegistryError(
                f"preset {self.name!r} is for {' or '.join(self.frame_types)}, "
                f"not for {' or '.join(frame_types)}",
                hint=f"cobrex preset list {self.recipe.name} tells what each is for",
                kind="preset",
            )


def parse(text: str, source: str) -> Preset:
    """Read a preset.

    Parameters
    ----------
    text : str
        Contents of the file.
    source : str
        Its name in messages.

    Returns
    -------
    Preset

    Raises
    ------
    RegistryError
        Of kind ``yaml``, or of kind ``preset`` with all that is wrong.
    """
    findings = Findings(source)
    fields = Fields(findings, load(text, source), _KEYS)
    fields.choice("schema", (SCHEMA,))
    parameters = fields.mapping.get("parameters") or {}
    if not isinstance(parameters, dict) or not all(isinstance(name, str) for name in parameters):
        fields.problem(
            "parameters",
            "must be a mapping of names to values",
            "parameters: {detection_sigma: 6.0}",
        )
        parameters = {}
    preset = Preset(
        name=fields.text("name", pattern=NAME, like="faint_stars"),
        version=read_version(fields),
        recipe=_recipe(fields),
        title=fields.text("title", ""),
        description=fields.text("description", ""),
        parameters=dict(parameters),
        qc=read_metrics(fields),
        frame_types=fields.texts("frame_type", pattern=FRAME_TYPE, like="IRD_FLAT_FIELD_RAW"),
    )
    findings.refuse("preset")
    return preset


def publish_preset(
    registry: Registry, path: Path, *, namespace: str = "main", author: Author | None = None
) -> Version:
    """Check a preset's file against its recipe and publish it.

    Parameters
    ----------
    registry : Registry
        Where to; the recipe must be published there.
    path : pathlib.Path
        The YAML file.
    namespace : str
        Whose it is.
    author : Author, optional
        Who publishes.

    Returns
    -------
    Version

    Raises
    ------
    RegistryError
        Of kind ``preset``, ``unknown-recipe``, ``unknown-version`` or ``version-taken``.
    """
    try:
        data = path.read_bytes()
        text = data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise RegistryError(
            f"{path}: {error}", kind="preset", hint="a preset is a UTF-8 YAML file"
        ) from error
    return publish_text(registry, data, parse(text, str(path)), namespace=namespace, author=author)


def publish_text(
    registry: Registry,
    data: bytes,
    preset: Preset,
    *,
    namespace: str = "main",
    author: Author | None = None,
) -> Version:
    """Publish a preset that has been read, as the bytes it was read from."""
    preset.check(registry.manifest(registry.resolve("recipe", preset.recipe)))
    return publish_files(
        registry,
        "preset",
        Spec(Spec.parse(f"{namespace}/x").namespace, preset.published_name),
        version=preset.version,
        files=[TreeFile(FILE, PLAIN, data)],
        author=author or Author(),
    )


def presets_for(
    registry: Registry, recipe: Version, among: Range | None = None
) -> dict[str, Preset]:
    """Return the presets a recipe version may be run with.

    Parameters
    ----------
    registry : Registry
        Where they are published.
    recipe : Version
        The recipe version.
    among : Range, optional
        Which versions of presets count; by default every release that is not yanked. An exact
        one may be yanked.

    Returns
    -------
    dict of str to Preset
        The newest of each name that is for this version. Those of the recipe's own namespace and
        of ``main`` go by their name, others as ``namespace/name``.
    """
    wanted = among or Range()
    published = [
        one
        for thing in registry.things("preset")
        if thing.name.partition("--")[0] == recipe.name
        for one in thing.versions
        if one.number in wanted and (wanted.exact or thing.standing(one).yanked is None)
    ]
    # the recipe's own namespace last, so that it wins over main
    published.sort(key=lambda one: (one.namespace == recipe.namespace, one.number.precedence))
    found: dict[str, Preset] = {}
    for version, preset in zip(published, _read(registry, published), strict=True):
        if preset.recipe.full_name == recipe.full_name and recipe.number in preset.recipe.range:
            near = version.namespace in {recipe.namespace, "main"}
            found[preset.name if near else f"{version.namespace}/{preset.name}"] = preset
    return dict(sorted(found.items()))


def find_preset(registry: Registry, recipe: Version, name: str) -> Preset:
    """Return one preset of a recipe version.

    Parameters
    ----------
    registry : Registry
        Where it is published.
    recipe : Version
        The recipe version.
    name : str
        The preset's name, or ``NAME@VERSION``, ``NAME@RANGE``.

    Returns
    -------
    Preset

    Raises
    ------
    RegistryError
        Of kind ``preset``: unknown, or for another recipe or version.
    """
    name, at, wanted = name.partition("@")
    presets = presets_for(registry, recipe, Range.parse(wanted) if at else None)
    if name in presets:
        return presets[name]
    if at and name in (newest := presets_for(registry, recipe)):
        raise RegistryError(
            f"no version of preset {name!r} of {recipe.name} is {wanted}",
            kind="preset",
            hint=f"the newest is {name}@{newest[name].version}",
        )
    others = sorted({str(preset.recipe) for preset in all_presets(registry) if preset.name == name})
    if others:
        raise RegistryError(
            f"preset {name!r} is for {', '.join(others)}, not for {recipe}",
            kind="preset",
            hint=near_miss(name, presets) or f"{recipe.name} has no presets",
        )
    raise RegistryError(
        f"{recipe} has no preset {name[:60]!r}",
        kind="preset",
        hint=near_miss(name, presets) or f"{recipe.name} has no presets",
    )


def all_presets(registry: Registry) -> list[Preset]:
    """Return every published version of every preset."""
    return _read(registry, registry.list("preset"))


def _read(registry: Registry, versions: Sequence[Version]) -> list[Preset]:
    texts = registry.texts(versions, FILE)
    return [parse(text, f"{version}:{FILE}") for version, text in zip(versions, texts, strict=True)]


def _recipe(fields: Fields) -> Spec:
    text = fields.text("for")
    try:
        if text:
            return Spec.parse(text)
    except RegistryError as error:
        fields.problem("for", error.message, 'for: "ifs_astrometry@^1"')
    return Spec("main", "none", Range())
