"""Declare: a version deprecated or yanked, or that taken back; nothing is ever deleted."""

from __future__ import annotations

from dataclasses import dataclass

from cobrex_registry.errors import RegistryError
from cobrex_registry.exact import exact, exact_number
from cobrex_registry.ident import Author
from cobrex_registry.repository import Registry
from cobrex_registry.semver import Spec
from cobrex_registry.standing.channels import promotions
from cobrex_registry.standing.status import Event, Standing, add, standings
from cobrex_registry.version import Version

LONGEST = 1000
_DONE = {
    "deprecate": "deprecated",
    "undeprecate": "deprecated no more",
    "yank": "yanked",
    "unyank": "yanked no more",
}


@dataclass(frozen=True, slots=True)
class Declared:
    """What was said of a version.

    Attributes
    ----------
    what : str
        ``main/toy@1.0.0``; ``main/toy`` for every version.
    done : str
        ``yanked``, ``deprecated no more`` ...
    changed : bool
        False when it was said before in the same words.
    channels : tuple of str
        Channels that stand on a version yanked now: those are refused until they are moved.
    """

    what: str
    done: str
    changed: bool
    channels: tuple[str, ...] = ()


def declare(
    registry: Registry,
    action: str,
    text: str,
    *,
    kind: str = "recipe",
    reason: str = "",
    replacement: str = "",
    author: Author,
    by: str,
) -> Declared:
    """Say something of a version.

    Parameters
    ----------
    registry : Registry
        Where it is published.
    action : str
        One of `cobrex_registry.standing.status.ACTIONS`.
    text : str
        ``NAME@VERSION``; deprecation also takes ``NAME``: every version.
    kind : str
        ``recipe``, ``preset`` ...
    reason, replacement : str
        Why (required unless something is taken back), and what to use instead.
    author : Author
        Who says it.
    by : str
        The name that roles know.

    Returns
    -------
    Declared

    Raises
    ------
    RegistryError
        Of kind ``status``: no reason, a replacement that is not there, nothing to take back; of
        kind ``unknown-recipe`` or ``unknown-version``.
    """
    spec = Spec.parse(text)
    version = _which(registry, action, kind, text)
    number = version.version if version else ""
    event = Event(action, number, _sentence(action, reason), replacement.strip(), by)
    _check_replacement(registry, kind, event, version)
    what = f"{spec.full_name}@{number}" if number else spec.full_name
    before = standings(registry.git, kind, [spec.full_name]).get(spec.full_name, {})
    held = _held(before.get(number, Standing()), action)
    if action.startswith("un") and held is None:
        raise RegistryError(
            f"{kind} {what} is not {_DONE[action.removeprefix('un')]}",
            kind="status",
            hint=f"cobrex recipe show {text}" if kind == "recipe" else "there is nothing to do",
        )
    same = held is not None and (held.reason, held.replacement) == (event.reason, event.replacement)
    if not same or action.startswith("un"):
        add(registry.git, kind, spec, event, author)
        same = False
    channels = _behind(registry, kind, version) if action == "yank" and version else ()
    return Declared(what, _DONE[action], not same, channels)


def _which(registry: Registry, action: str, kind: str, text: str) -> Version | None:
    spec = Spec.parse(text)
    if action.endswith("deprecate") and not spec.range.text:
        if not registry.versions(kind, spec.full_name):
            raise registry.unknown(kind, spec)
        return None
    if exact_number(spec) is None:
        raise RegistryError(
            f"{action} wants one version, not {text[:80]!r}",
            kind="status",
            hint=f"name it in full: {str(spec).partition('@')[0]}@1.2.0",
        )
    return exact(registry, kind, text)


def _sentence(action: str, reason: str) -> str:
    """Return a reason as one line."""
    line = " ".join(reason.split())
    if not line and not action.startswith("un"):
        raise RegistryError(
            f"{action} wants a reason",
            kind="status",
            hint='--reason "why": whoever still uses the version is shown it',
        )
    if len(line) > LONGEST or not line.isprintable():
        raise RegistryError(
            f"a reason is plain text of at most {LONGEST} characters", kind="status"
        )
    return line


def _check_replacement(
    registry: Registry, kind: str, event: Event, version: Version | None
) -> None:
    if not event.replacement:
        return
    try:
        instead = registry.resolve(kind, event.replacement)
    except RegistryError as error:
        raise RegistryError(
            f"{event.replacement[:80]!r} cannot replace anything: {error.message}",
            kind="status",
            hint=error.hint or "publish it first",
        ) from error
    if version is not None and instead.tag_sha == version.tag_sha:
        raise RegistryError(
            f"{event.replacement!r} is {version} itself",
            kind="status",
            hint="name another version, or leave --use out",
        )


def _held(standing: Standing, action: str) -> Event | None:
    return standing.yanked if action.endswith("yank") else standing.deprecated


def _behind(registry: Registry, kind: str, version: Version) -> tuple[str, ...]:
    return tuple(
        sorted(
            one.channel
            for one in promotions(registry.git, kind)
            if one.full_name == version.full_name and one.version == version.version
        )
    )
