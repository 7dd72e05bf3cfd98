"""Exact recipe versions for a plan: resolved, materialised, parameters bound."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cobrex.plan.model import RecipeUse
from cobrex.process.need import in_plan_units, needed
from cobrex.rules.model import Association
from cobrex.settings import Settings
from cobrex_registry.admission.drafts import draft_namespace
from cobrex_registry.authoring.working_copy import WorkingCopy
from cobrex_registry.canonical import canonical_json
from cobrex_registry.environments import environment
from cobrex_registry.locks.lock import Lock
from cobrex_registry.locks.locked import locked_preset, locked_recipe
from cobrex_registry.materialise import materialise
from cobrex_registry.presets.published import find_preset
from cobrex_registry.recipe import parameters
from cobrex_registry.recipe.code_hash import code_hash
from cobrex_registry.recipe.manifest import Manifest
from cobrex_registry.recipe.metric import Metric
from cobrex_registry.recipe.preset import Preset
from cobrex_registry.repository import Registry
from cobrex_registry.semver import Spec
from cobrex_registry.version import Version

from . import access, drafts
from .request import Request


@dataclass(slots=True)
class Kitchen:
    """Recipes ready to be used in a plan.

    Attributes
    ----------
    registry : Registry
    settings : Settings
    manifests : dict of str to Manifest
        By association name.
    uses : dict of str to RecipeUse
        By association name.
    draft : WorkingCopy or None
        What takes the place of the published recipe asked for.
    note : str
        What its author is to be told.
    lock : Lock or None
        Recipes and presets come from it alone.
    changes : dict
        What presets lay over the rules, by association name.
    resources : dict
        What presets say their processes need, by association name: names of `Needs`.
    namespaces : tuple of str
        Registry namespaces the workspace uses; empty: all of them.
    presets : dict of str to (str, str)
        As it was asked for, and its version, by association name.
    """

    registry: Registry
    settings: Settings
    manifests: dict[str, Manifest] = field(default_factory=dict)
    uses: dict[str, RecipeUse] = field(default_factory=dict)
    draft: WorkingCopy | None = None
    note: str = ""
    lock: Lock | None = None
    changes: dict[str, dict[str, Any]] = field(default_factory=dict)
    resources: dict[str, dict[str, int]] = field(default_factory=dict)
    namespaces: tuple[str, ...] = ()
    presets: dict[str, tuple[str, str]] = field(default_factory=dict)
    _layers: dict[str, tuple[Mapping[str, Any], Mapping[str, str]]] = field(default_factory=dict)
    _bound: dict[tuple[str, bytes], RecipeUse] = field(default_factory=dict)

    def take(self, association: Association, request: Request | None) -> None:
        """Resolve the recipe of an association.

        Parameters
        ----------
        association : Association
        request : Request or None
            Its recipe version, preset and parameters hold for the recipes asked for; None for
            those that only make inputs.

        Raises
        ------
        RegistryError
            Unknown recipe, version or preset; a parameter of the wrong type or out of range.
        """
        whose = ""
        if self.draft is not None and request is not None:
            whose = request.user or "nobody"
            version = drafts.as_version(self.draft, association)
            folder, manifest = self.draft.folder, self.draft.manifest
        else:
            version = self._version(_spec(association, request))
            folder = materialise(self.registry, version, self.settings.cache)
            manifest = self.registry.manifest(version)
        chosen = (request.preset if request else None) or association.preset
        layer, ranges = self._laid(association, version, chosen, locked=not whose)
        by_hand = request.parameters if request else {}
        values = parameters.resolve(manifest, layer, text=by_hand)
        self._layers[association.name] = (layer, by_hand)
        self.manifests[association.name] = manifest
        self.uses[association.name] = RecipeUse(
            name=f"{draft_namespace(whose)}/{version.name}" if whose else version.full_name,
            version=version.version,
            tree=version.tree_sha,
            code_hash=code_hash(manifest, folder),
            folder=str(folder),
            environment=self._environment(manifest, folder),
            manifest=needed(manifest, ranges),
            parameters=values,
            options=tuple(parameters.as_options(values, manifest)),
            preset=_label(chosen, by_hand),
            draft=whose,
        )

    def bound(self, association: Association, values: Mapping[str, Any]) -> RecipeUse:
        """Return the use of an association's recipe with parameters from a main frame.

        Parameters
        ----------
        association : Association
            Taken before.
        values : mapping
            They win over those of a preset; what a person set wins over them.

        Returns
        -------
        RecipeUse
            The same one for the same values.

        Raises
        ------
        RegistryError
            Kind ``parameter``: a value that does not fit.
        """
        name = association.name
        case = name, canonical_json(dict(values))
        if case not in self._bound:
            layer, by_hand = self._layers[name]
            manifest = self.manifests[name]
            found = parameters.resolve(manifest, layer, values, text=by_hand)
            options = tuple(parameters.as_options(found, manifest))
            self._bound[case] = replace(self.uses[name], parameters=found, options=options)
        return self._bound[case]

    def _laid(
        self, association: Association, version: Version, preset: str, *, locked: bool
    ) -> tuple[Mapping[str, Any], tuple[Metric, ...]]:
        """Parameters and QC ranges that a preset lays over a recipe's own; its inputs are noted."""
        if not preset:
            return {}, ()
        found = self._preset(version, preset, locked=locked)
        self.presets[association.name] = (preset, found.version)
        found.demand_frames(association.main.frame_types)
        self.resources[association.name] = in_plan_units(found.resources)
        if found.inputs:
            self.changes[association.name] = {"inputs": dict(found.inputs)}
        return found.parameters, found.qc

    def _version(self, spec: str) -> Version:
        if self.lock is None:
            found = self.registry.resolve("recipe", spec)
        else:
            found = locked_recipe(self.registry, self.lock, Spec.parse(spec))
        return access.allow(found, self.namespaces)

    def _preset(self, recipe: Version, name: str, *, locked: bool) -> Preset:
        if self.lock is None or not locked:
            return find_preset(self.registry, recipe, name)
        return locked_preset(self.registry, self.lock, recipe, name)

    def _environment(self, manifest: Manifest, folder: Path) -> dict[str, Any]:
        return environment.locate(manifest, folder, self.settings.environments).as_json()

    def build_environments(self, names: Iterable[str]) -> None:
        """Build the environments of some associations' recipes; those there are, are kept.

        Raises
        ------
        RegistryError
            Kind ``environment``, with the last lines of the builder.
        """
        for name in names:
            environment.prepare(
                self.manifests[name], Path(self.uses[name].folder), self.settings.environments
            )


def _spec(association: Association, request: Request | None) -> str:
    """A version, range or channel that was asked for wins over the association's."""
    asked = (request.recipe if request else None) or ""
    return asked if "@" in asked or "#" in asked else association.recipe


def _label(preset_name: str, set_by_hand: Mapping[str, str]) -> str:
    """Name what the parameters are: the preset, and what was set besides."""
    words = [preset_name, *(f"{name}={value}" for name, value in sorted(set_by_hand.items()))]
    return " ".join(word for word in words if word)[:190]
