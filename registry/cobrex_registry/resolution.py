"""Resolution: which published version a wanted name stands for."""

from __future__ import annotations

from .errors import RegistryError
from .index.thing import Thing
from .reading.near_miss import near_miss
from .semver import Spec
from .standing.status import Event
from .version import Version


def choose(thing: Thing, wanted: Spec) -> Version:
    """Return the highest version of a thing that will do.

    Yanked versions are left out of ranges; one that is asked for by its exact number is given
    all the same.

    Parameters
    ----------
    thing : Thing
        What is published.
    wanted : Spec
        Of the same name.

    Returns
    -------
    Version

    Raises
    ------
    RegistryError
        Of kind ``unknown-version``, ``unknown-channel``, ``yanked``, or ``registry`` when the
        refs of the thing are damaged.
    """
    if thing.trouble:
        raise RegistryError(
            f"{thing.kind} {short(thing.full_name)} cannot be read: {thing.trouble}",
            kind="registry",
            hint="cobrex recipe fsck tells what is damaged and how it is mended",
        )
    if wanted.channel:
        return _on_channel(thing, wanted)
    good = [one for one in thing.versions if one.number in wanted.range]
    if not good:
        raise _no_version(thing, wanted)
    if wanted.range.exact:
        return good[-1]
    usable = [one for one in good if thing.standing(one).yanked is None]
    if not usable:
        raise _all_yanked(thing, wanted, good)
    return usable[-1]


def warnings(thing: Thing, version: Version) -> list[str]:
    """Return what must be told to who uses a version: that it is yanked or deprecated."""
    standing = thing.standing(version)
    name = f"{thing.kind} {short(thing.full_name)} {version.version}"
    said = (("is yanked", standing.yanked), ("is deprecated", standing.deprecated))
    return [f"{name} {what}{because(event)}" for what, event in said if event is not None]


def because(event: Event) -> str:
    """Return reason and replacement of an event as the end of a sentence."""
    reason = f": {event.reason}" if event.reason else ""
    return f"{reason}; use {event.replacement} instead" if event.replacement else reason


def short(full_name: str) -> str:
    """Return a name as people write it: without ``main/``."""
    return full_name.removeprefix("main/")


def _on_channel(thing: Thing, wanted: Spec) -> Version:
    name = short(thing.full_name)
    if wanted.channel not in thing.channels:
        there = near_miss(wanted.channel, thing.channels)
        raise RegistryError(
            f"{thing.kind} {name} is on no channel {wanted.channel!r}",
            kind="unknown-channel",
            hint=there
            or f"no version of it was promoted yet: "
            f"cobrex recipe promote {name}@{thing.versions[-1].version} {wanted.channel}",
        )
    number, tag = thing.channels[wanted.channel]
    version = next((one for one in thing.versions if one.tag_sha == tag), None)
    if version is None:
        raise RegistryError(
            f"channel {wanted.channel} of {thing.kind} {name} stands on {number or 'something'} "
            "that is not published here",
            kind="registry",
            hint="cobrex recipe fsck; promote a version that is published",
        )
    yanked = thing.standing(version).yanked
    if yanked is not None:
        raise RegistryError(
            f"channel {wanted.channel} of {thing.kind} {name} stands on {number}, "
            f"which is yanked{because(yanked)}",
            kind="yanked",
            hint=f"promote another version: cobrex recipe promote {name}@VERSION {wanted.channel}"
            f"; {name}@{number} still gives it",
        )
    return version


def _all_yanked(thing: Thing, wanted: Spec, good: list[Version]) -> RegistryError:
    name = short(thing.full_name)
    newest = good[-1]
    yanked = thing.standing(newest).yanked
    what = f"that is {wanted.range}" if wanted.range.text else "that could be taken"
    return RegistryError(
        f"every version of {thing.kind} {name} {what} is yanked; "
        f"{newest.version}{because(yanked) if yanked else ''}",
        kind="yanked",
        hint=f"publish a newer one, or ask for {name}@{newest.version} to use it all the same",
    )


def _no_version(thing: Thing, wanted: Spec) -> RegistryError:
    newest = [one.version for one in thing.versions[-5:]][::-1]
    name = short(thing.full_name)
    message = (f"no version of {thing.kind} {name} is {wanted.range}" if wanted.range.text
               else f"only pre-releases of {thing.kind} {name} are published")  # fmt: skip
    return RegistryError(
        message,
        kind="unknown-version",
        hint=f"published: {', '.join(newest)}"
        f"{' ...' if len(thing.versions) > 5 else ''}; ask for {name}@{newest[0]}",
    )
