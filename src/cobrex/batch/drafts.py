"""Drafts: an unpublished working copy takes the place of the published recipe, for one request."""

from __future__ import annotations

from collections.abc import Mapping

from cobrex.errors import UsageError
from cobrex.rules.model import Association, MainRule
from cobrex.settings import Settings
from cobrex_registry.authoring import working_copy
from cobrex_registry.authoring.working_copy import WorkingCopy
from cobrex_registry.recipe.manifest import Manifest
from cobrex_registry.semver import Semver, Spec
from cobrex_registry.version import Version

from . import rules
from .request import Request


def read(request: Request, settings: Settings) -> WorkingCopy | None:
    """Read the working copy a request names.

    Parameters
    ----------
    request : Request
    settings : Settings

    Returns
    -------
    WorkingCopy or None
        None when the recipe is a published one. What is edited from now on changes nothing.

    Raises
    ------
    RegistryError
        With all that is wrong with it.
    """
    if request.recipe is None or not working_copy.is_path(request.recipe):
        return None
    return working_copy.read(request.recipe, settings.cache)


def as_version(copy: WorkingCopy, association: Association) -> Version:
    """Return what a working copy would be if it were published: presets are found by it.

    Parameters
    ----------
    copy : WorkingCopy
    association : Association
        Says in which namespace.

    Returns
    -------
    Version
        Without a tag or commit.
    """
    manifest = copy.manifest
    namespace = Spec.parse(association.recipe).namespace
    number = Semver.parse(manifest.version)
    return Version("recipe", namespace, manifest.name, number, "", "", copy.tree)


def with_rule(
    copy: WorkingCopy, associations: Mapping[str, Association]
) -> tuple[dict[str, Association], str]:
    """Make sure that an association rule uses a working copy.

    Parameters
    ----------
    copy : WorkingCopy
    associations : mapping of str to Association

    Returns
    -------
    associations : dict of str to Association
        With the simplest rule when none names the recipe.
    note : str
        What to put into an instrument file then; empty when there is a rule.

    Raises
    ------
    UsageError
        Kind ``no-rule``: there is none, and the recipe needs inputs that only a rule can find.
    """
    manifest = copy.manifest
    if rules.of_name(associations.values(), manifest.name):
        return dict(associations), ""
    lines = _lines(manifest)
    needed = [i.role for i in manifest.inputs if i.min > 0 and not i.main]
    if needed:
        raise UsageError(
            f"no association rule says where {manifest.name} finds {', '.join(needed)}",
            hint=f"put this below `associations:` of an instrument file, mended:\n{lines}",
            kind="no-rule",
        )
    name = manifest.name if manifest.name not in associations else f"{manifest.name}-draft"
    own = Association(
        name=name,
        recipe=manifest.name,
        preset="",
        main=MainRule(manifest.main_input.frame_types, group_by=_grouping(manifest)),
    )
    note = f"no association rule uses {manifest.name}; for now it is as if there were\n{lines}"
    return {**associations, name: own}, note


def _grouping(manifest: Manifest) -> tuple[str, ...]:
    return ("frame",) if manifest.main_input.max == 1 else ("night", "observation_id")


def _lines(manifest: Manifest) -> str:
    def listed(names: tuple[str, ...]) -> str:
        return names[0] if len(names) == 1 else f"[{', '.join(names)}]"

    main = listed(manifest.main_input.frame_types)
    lines = [
        f"  {manifest.name}:",
        f"    recipe: {manifest.name}",
        f"    main: {{frame_type: {main}, group_by: [{', '.join(_grouping(manifest))}]}}",
    ]
    others = [i for i in manifest.inputs if not i.main and i.min > 0]
    lines += ["    inputs:"] if others else []
    lines += [
        f"      {i.role}: {{frame_type: {listed(i.frame_types)}, match: [arm], "
        "window_days: [-7, 7]}"
        for i in others
    ]
    return "\n".join(lines)
