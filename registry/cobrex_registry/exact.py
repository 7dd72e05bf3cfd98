"""One published version, asked for by its number; standing and ranges do not matter."""

from __future__ import annotations

from .errors import RegistryError
from .repository import Registry
from .resolution import short
from .semver import Semver, Spec
from .version import Version


def exact_number(spec: Spec) -> Semver | None:
    """Return the version a spec names in full; None for a range, a channel or none."""
    try:
        return Semver.parse(spec.range.text.removeprefix("=").strip())
    except RegistryError:
        return None


def exact(registry: Registry, kind: str, text: str) -> Version:
    """Return one published version.

    Parameters
    ----------
    registry : Registry
        Where it is published.
    kind : str
        ``recipe``, ``preset`` ...
    text : str
        ``NAME@VERSION``, the version in full.

    Returns
    -------
    Version

    Raises
    ------
    RegistryError
        Of kind ``version`` when no version is named in full, ``unknown-recipe`` (``unknown-preset``
        ...) or ``unknown-version`` when it is not published.
    """
    spec = Spec.parse(text)
    number = exact_number(spec)
    if number is None:
        raise RegistryError(
            f"{text[:80]!r} names no version in full",
            kind="version",
            hint=f"write {str(spec).partition('@')[0]}@1.2.0",
        )
    return published(registry, kind, spec.full_name, number)


def published(registry: Registry, kind: str, full_name: str, number: Semver) -> Version:
    """Return a version by name and number.

    Raises
    ------
    RegistryError
        Of kind ``unknown-recipe`` (``unknown-preset`` ...) or ``unknown-version``.
    """
    versions = registry.versions(kind, full_name)
    found = next((one for one in versions if one.version == str(number)), None)
    if found is not None:
        return found
    if not versions:
        raise registry.unknown(kind, Spec.parse(full_name))
    newest = [one.version for one in versions[-5:]][::-1]
    raise RegistryError(
        f"{kind} {short(full_name)} {number} is not published",
        kind="unknown-version",
        hint=f"published: {', '.join(newest)}{' ...' if len(versions) > 5 else ''}",
    )
