"""Promotion: a channel moves to a version, or back, when nothing speaks against it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cobrex_registry.errors import RegistryError
from cobrex_registry.exact import exact, exact_number, published
from cobrex_registry.ident import Author
from cobrex_registry.locks.locked import verify
from cobrex_registry.locks.suite import as_lock
from cobrex_registry.repository import Registry
from cobrex_registry.semver import Semver, Spec
from cobrex_registry.standing.channels import Promotion, promote, standing_on
from cobrex_registry.standing.status import standing_of, standings
from cobrex_registry.version import Version

_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Move:
    """A channel moved.

    Attributes
    ----------
    promotion : Promotion
        Where it stands now.
    before : str
        The version it stood on; empty for none.
    """

    promotion: Promotion
    before: str

    @property
    def moved(self) -> bool:
        """Whether it stood elsewhere before."""
        return self.promotion.version != self.before


Demand = Callable[[Version], None]


def move(
    registry: Registry,
    text: str,
    channel: str,
    *,
    kind: str = "recipe",
    rollback: bool = False,
    why: str = "",
    author: Author,
    who: str,
    demand: Demand | None = None,
) -> Move:
    """Let a channel stand on a version, or go back to the one before.

    Parameters
    ----------
    registry : Registry
        Where it is published.
    text : str
        ``NAME@VERSION``; ``NAME`` or ``NAME@RANGE`` takes the newest release. With `rollback`
        ``NAME`` alone.
    channel : str
        ``production``, ``test`` ...
    kind : str
        ``recipe``, ``suite`` ...
    rollback : bool
        Go back.
    why : str
        For people.
    author : Author
        Tagger.
    who : str
        Name that roles know.
    demand : callable, optional
        Raises when the version lacks what the channel demands; of a suite also asked for each
        member; not asked on the way back.

    Returns
    -------
    Move

    Raises
    ------
    RegistryError
        Of kind ``channel``, ``channel-moved``, ``role``, ``yanked``, ``lock`` when a suite's
        member is not here, or what `demand` raises.
    """
    spec = Spec.parse(text)
    now = standing_on(registry.git, channel, kind, spec)
    version = _back(registry, kind, text, channel, now) if rollback else _to(registry, kind, text)
    for one in [version, *_members(registry, version)]:
        _refuse_yanked(registry, one, channel)
        if demand is not None and not rollback:
            demand(one)
    made = promote(
        registry.git,
        version,
        channel,
        who=who,
        author=author,
        why=_sentence(why),
        rollback=rollback,
        key=registry.signing.key,
        follows=now.tag_sha if now else "",
    )
    return Move(made, now.version if now else "")


def _members(registry: Registry, version: Version) -> list[Version]:
    """Return what stands and falls with a version: the members of a suite."""
    return verify(registry, as_lock(registry, version)) if version.kind == "suite" else []


def _to(registry: Registry, kind: str, text: str) -> Version:
    if exact_number(Spec.parse(text)) is not None:
        return exact(registry, kind, text)
    return registry.resolve(kind, text)


def _back(registry: Registry, kind: str, text: str, channel: str, now: Promotion | None) -> Version:
    spec = Spec.parse(text)
    name = str(spec).partition("@")[0]
    if spec.range.text:
        raise RegistryError(
            f"a rollback goes to the version before, not to {text[:80]!r}",
            kind="channel",
            hint=_command(kind, name, f"{channel} --rollback"),
        )
    if now is None:
        if not registry.versions(kind, spec.full_name):
            raise registry.unknown(kind, spec)
        raise RegistryError(
            f"{channel} of {name} stands on nothing",
            kind="channel",
            hint=_command(kind, f"{name}@VERSION", channel),
        )
    if now.before is None:
        raise RegistryError(
            f"{channel} of {name} stood on no other version before {now.version}",
            kind="channel",
            hint=_command(kind, f"{name}@VERSION", channel),
        )
    return published(registry, kind, spec.full_name, Semver.parse(now.before))


def _refuse_yanked(registry: Registry, version: Version, channel: str) -> None:
    table = standings(registry.git, version.kind, [version.full_name])
    event = standing_of(table.get(version.full_name, {}), version.version).yanked
    if event is not None:
        cure = event.replacement or f"{version.full_name.removeprefix('main/')}@VERSION"
        raise RegistryError(
            f"{version.kind} {version} is yanked: {event.reason}",
            kind="yanked",
            hint=f"promote another one: {_command(version.kind, cure, channel)}",
        )


def _command(kind: str, what: str, where: str) -> str:
    """Return the command line that cures."""
    return f"cobrex recipe promote {what} {where}{'' if kind == 'recipe' else f' --kind {kind}'}"


def _sentence(why: str) -> str:
    line = " ".join(why.split())
    if len(line) > _LONGEST or not line.isprintable():
        raise RegistryError(
            f"why is told in plain text of at most {_LONGEST} characters", kind="channel"
        )
    return line
