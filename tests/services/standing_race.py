"""What many processes at once say of versions; spawned ones import it by name."""

from __future__ import annotations

from pathlib import Path

from cobrex_registry.errors import RegistryError
from cobrex_registry.ident import Author
from cobrex_registry.repository import Registry
from cobrex_registry.semver import Spec
from cobrex_registry.standing.channels import promote
from cobrex_registry.standing.status import Event, add


def say_six(path: Path, who: Path) -> int:
    """Add six events in the name of one; return how many there are no errors for."""
    registry = Registry.open(path)
    for number in range(6):
        event = Event("deprecate", "1.0.0", f"{who.name} {number}", by=who.name)
        add(registry.git, "recipe", Spec("main", "toy"), event, Author(who.name))
    return 6


def promote_six(path: Path, who: Path) -> list[str]:
    """Move a channel six times; return what became of each."""
    registry = Registry.open(path)
    versions = registry.versions("recipe", "toy")
    done = []
    for number in range(6):
        version = versions[number % len(versions)]
        before = len(done)
        while len(done) == before:
            try:
                made = promote(
                    registry.git, version, "test", who=f"{who.name} {number}", author=Author()
                )
                done.append(made.tag_sha)
            except RegistryError as error:
                assert error.kind == "channel-moved"
    return done
