"""A registry of four versions of the toy, and short words for what is said of them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from recipe_folder import numbered

from cobrex_registry.curation.declare import declare
from cobrex_registry.curation.promotion import move
from cobrex_registry.errors import RegistryError
from cobrex_registry.ident import Author
from cobrex_registry.publication import publish
from cobrex_registry.repository import Registry
from cobrex_registry.semver import Spec
from cobrex_registry.standing.status import standings

ADA = Author("Ada", "ada@example.org")
TOY = Spec("main", "toy")
REF = "refs/channels/production/recipe/main/toy"
NUMBERS = ("1.0.0", "1.1.0", "2.0.0", "3.0.0-rc.1")


def toys(folder: Path) -> Path:
    """Publish the versions; return the registry's path."""
    registry = Registry.open(folder / "registry.git")
    for number in NUMBERS:
        publish(registry, numbered(folder / number, number))
    return registry.path


def git(registry: Registry, *words: str, data: str = "") -> str:
    environment = {**os.environ, "GIT_COMMITTER_DATE": "@1 +0000", "GIT_AUTHOR_DATE": "@1 +0000"}
    for who in ("AUTHOR", "COMMITTER"):
        environment |= {f"GIT_{who}_NAME": "x", f"GIT_{who}_EMAIL": "x"}
    done = subprocess.run(
        ["git", f"--git-dir={registry.path}", *words],
        check=True, text=True, capture_output=True, input=data, env=environment,
    )  # fmt: skip
    return done.stdout.strip()


def say(registry: Registry, action: str, text: str, **words: str) -> tuple[bool, tuple[str, ...]]:
    done = declare(registry, action, text, author=ADA, by="ada", **words)
    return done.changed, done.channels


def go(registry: Registry, text: str, channel: str = "production", **words: object) -> str:
    return move(registry, text, channel, author=ADA, who="ada", **words).promotion.version  # type: ignore[arg-type]


def kind(action: object, *words: object, **named: object) -> str:
    with pytest.raises(RegistryError) as caught:
        action(*words, **named)  # type: ignore[operator]
    assert caught.value.message
    return caught.value.kind


def standing(registry: Registry, version: str) -> tuple[str, str]:
    held = standings(registry.git, "recipe", ["main/toy"])["main/toy"].get(version)
    if held is None:
        return "", ""
    return tuple(event.reason if event else "" for event in (held.yanked, held.deprecated))  # type: ignore[return-value]
