"""What changed between two versions of a recipe, and whether the number says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields

from cobrex_registry.errors import RegistryError
from cobrex_registry.recipe.manifest import Manifest
from cobrex_registry.repository import Registry
from cobrex_registry.semver import Semver
from cobrex_registry.version import Version

from .change import PATCH, Change, level_of, numbers, ordered, raised, suffices
from .manifest_changes import input_changes, metric_changes, output_changes, parameter_changes

_APART = frozenset({"name", "version", "inputs", "outputs", "parameters", "qc"})
_WORDS = {
    "command": "command: {new}",
    "environment": "environment: changed",
    "resources": "resources: changed",
    "volatile": "volatile: changed",
    "type": "type: {new} instead of {old}",
    "subtype": "type: subtype {new} instead of {old}",
    "instrument": "instrument: {new} instead of {old}",
}
_SHOWN = 20


def compare(old: Manifest, new: Manifest) -> list[Change]:
    """Return what changed from one manifest to another.

    Parameters
    ----------
    old, new : Manifest
        The version before and the one that follows.

    Returns
    -------
    list of Change
        The weightiest first; empty when both say the same.
    """
    return ordered([
        *input_changes(old.inputs, new.inputs),
        *parameter_changes(old.parameters, new.parameters),
        *output_changes(old.outputs, new.outputs),
        *metric_changes(old.qc, new.qc),
        *_rest(old, new),
    ])  # fmt: skip


def _rest(old: Manifest, new: Manifest) -> Iterator[Change]:
    """Yield what nobody's plan, lock or script depends on."""
    for key in (one.name for one in fields(Manifest)):
        before, after = getattr(old, key), getattr(new, key)
        if key not in _APART and before != after:
            text = _WORDS.get(key, f"{key}: changed")
            yield Change(PATCH, text.format(old=before or "none", new=after or "none"))


def previous(published: Sequence[Version], number: Semver) -> Version | None:
    """Return the version a new number follows.

    Parameters
    ----------
    published : sequence of Version
        Of this recipe, from old to new.
    number : Semver
        The new one.

    Returns
    -------
    Version or None
        The highest release below; a pre-release only when there is no release, and none of the
        same three numbers: it promised nothing.
    """
    below = [one for one in published if numbers(one.number) < numbers(number)]
    releases = [one for one in below if not one.number.pre]
    return max(releases or below, key=lambda one: one.number.precedence, default=None)


def demand_bump(
    registry: Registry, manifest: Manifest, number: Semver, published: Sequence[Version]
) -> None:
    """Refuse a number that is raised less than what changed.

    Parameters
    ----------
    registry : Registry
        Where the versions before are.
    manifest : Manifest
        Of what is to be published.
    number : Semver
        Its version.
    published : sequence of Version
        Of this recipe, from old to new.

    Raises
    ------
    RegistryError
        Of kind ``bump-too-small``, with all that changed and the number that would do.
    """
    before = previous(published, number)
    old = old_manifest(registry, before) if before else None
    if before is None or old is None:
        return
    changes = compare(old, manifest)
    level = level_of(changes)
    if suffices(before.number, number, level):
        return
    weighty = [one for one in changes if one.level != PATCH]
    told = [f"\n  {one}" for one in weighty[:_SHOWN]]
    if len(weighty) > _SHOWN:
        told.append(f"\n  and {len(weighty) - _SHOWN} more")
    would_do = raised(before.number, level)
    raise RegistryError(
        f"{number} after {before.version} says less than what changed:{''.join(told)}",
        kind="bump-too-small",
        hint=f"version {would_do} would do: write it, or publish with --bump",
    )


def old_manifest(registry: Registry, version: Version) -> Manifest | None:
    """Return the manifest of a published version; None when this cobrex cannot read it."""
    try:
        return registry.manifest(version)
    except RegistryError as error:
        if error.kind not in {"manifest", "yaml"}:
            raise
        return None
