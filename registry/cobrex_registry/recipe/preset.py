"""A preset: named parameters for a recipe, as its file says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cobrex_registry.errors import RegistryError
from cobrex_registry.reading.fields import FRAME_TYPE, NAME, Fields
from cobrex_registry.reading.near_miss import near_miss
from cobrex_registry.reading.problems import Findings
from cobrex_registry.reading.strict_yaml import load
from cobrex_registry.semver import Range, Semver, Spec

from .manifest import Manifest, read_version
from .metric import Metric, read_metrics
from .parameters import resolve
from .requirements import said_resources

FILE = "preset.yaml"
SCHEMA = "preset/1"
_KEYS = (
    *("schema", "name", "version", "for", "frame_type"),
    *("title", "description", "parameters", "qc", "inputs", "resources"),
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
    inputs : mapping
        Laid over the association rule's inputs, by role: ``{flat: {max_level: 1}}``.
    resources : mapping of str to int
        In place of the recipe's: attributes of `Resources`. Neither parameters nor code: they do
        not name the product.
    """

    name: str
    version: str
    recipe: Spec
    title: str = ""
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    qc: tuple[Metric, ...] = ()
    frame_types: tuple[str, ...] = ()
    inputs: Mapping[str, Any] = field(default_factory=dict)
    resources: Mapping[str, int] = field(default_factory=dict)

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
        for role in self.inputs:
            roles = [i.role for i in manifest.inputs]
            if role not in roles:
                raise RegistryError(
                    f"preset {self.name!r}: {manifest.name} has no input {role!r}",
                    hint=near_miss(role, roles),
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
    preset = Preset(
        name=fields.text("name", pattern=NAME, like="faint_stars"),
        version=read_version(fields),
        recipe=_recipe(fields),
        title=fields.text("title", ""),
        description=fields.text("description", ""),
        parameters=_table(fields, "parameters", "parameters: {detection_sigma: 6.0}"),
        qc=read_metrics(fields),
        frame_types=fields.texts("frame_type", pattern=FRAME_TYPE, like="IRD_FLAT_FIELD_RAW"),
        inputs=_table(fields, "inputs", "inputs: {flat: {max_level: 1}}"),
        resources=said_resources(fields),
    )
    findings.refuse("preset")
    return preset


def _table(fields: Fields, key: str, like: str) -> dict[str, Any]:
    said = fields.mapping.get(key) or {}
    if not isinstance(said, dict) or not all(isinstance(name, str) for name in said):
        fields.problem(key, "must be a mapping of names to values", like)
        return {}
    return dict(said)


def _recipe(fields: Fields) -> Spec:
    text = fields.text("for")
    try:
        if text:
            return Spec.parse(text)
    except RegistryError as error:
        fields.problem("for", error.message, 'for: "ifs_astrometry@^1"')
    return Spec("main", "none", Range())
