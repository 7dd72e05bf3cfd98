"""cobrex recipe verify, fsck: whether what is published still is what was published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import AsJson

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cobrex_registry.checking.finding import Finding
    from cobrex_registry.repository import Registry
    from cobrex_registry.version import Version


def verify(
    recipes: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME[@VERSION]", help="One or several; every recipe by default."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Recompute every id and hash of published versions from the bytes that are stored.

    Copies in the cache are compared too, and signatures where allowed_signers is set.
    """
    from cobrex import settings
    from cobrex.cli.output import counted, emit_json, say
    from cobrex.registry import open_registry
    from cobrex_registry.checking.verify import verify as verify_versions

    current = settings.load()
    registry = open_registry(current)
    versions = _wanted(registry, recipes or [])
    found = verify_versions(registry, versions, current.cache)
    if as_json:
        emit_json({"versions": len(versions), "findings": _plain(found)})
    else:
        _say(found)
    _refuse(found)
    if not as_json:
        say(f"{counted(len(versions), 'version')} verified: nothing is wrong")


def fsck(as_json: AsJson = False) -> None:
    """Check the whole registry, and remove what killed commands have left.

    Objects, refs, versions, manifests, channels, events, conflicts with other servers, the index.
    """
    from cobrex import settings
    from cobrex.cli.output import counted, emit_json, say
    from cobrex.registry import open_registry
    from cobrex_registry.checking.fsck import fsck as check

    current = settings.load()
    registry = open_registry(current)
    report = check(registry, current.cache)
    if as_json:
        emit_json(
            {"versions": report.versions, "refs": report.refs,
             "removed": list(map(str, report.removed)), "findings": _plain(report.findings)}
        )  # fmt: skip
    else:
        for path in report.removed:
            say(f"removed, a killed command had left it: {path}")
        _say(report.findings)
    _refuse(report.findings)
    if not as_json:
        say(
            f"{counted(report.versions, 'version')} behind {counted(report.refs, 'ref')}: "
            "nothing is wrong"
        )


def _wanted(registry: Registry, recipes: Sequence[str]) -> list[Version]:
    from cobrex_registry.semver import Spec

    if not recipes:
        return list(registry.list("recipe"))
    found: list[Version] = []
    for text in recipes:
        spec = Spec.parse(text)
        chosen = registry.resolve("recipe", spec)  # raises what a mistyped name deserves
        alone = spec.channel or spec.range.exact
        every = registry.versions("recipe", spec.full_name)
        found += [chosen] if alone else [one for one in every if one.number in spec.range]
    return found


def _say(found: Sequence[Finding]) -> None:
    from cobrex.cli.output import say

    for one in found:
        say(f"{one.what}: {one.message}", f"  cure: {one.cure}")


def _plain(found: Sequence[Finding]) -> list[dict[str, Any]]:
    from dataclasses import asdict

    return [asdict(one) for one in found]


def _refuse(found: Sequence[Finding]) -> None:
    from cobrex_registry.errors import RegistryError

    if found:
        raise RegistryError(
            "one thing in the registry is not as it should be"
            if len(found) == 1
            else f"{len(found)} things in the registry are not as they should be",
            kind="damaged",
            hint="do what the lines above call the cure, then cobrex recipe fsck again",
        )
