"""Rows of the index that bear a right check sum and are laid out otherwise."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest
from recipe_folder import write_recipe

from cobrex_registry.index.facts import facts_of
from cobrex_registry.index.shelf import Row
from cobrex_registry.index.stamp import GRANULARITY_NS
from cobrex_registry.publication import publish
from cobrex_registry.repository import Registry

ROWS: tuple[Any, ...] = (
    [], {}, {"title": "x"}, [[], [], []], [[["x"] * 8], {}, {}, ""], 5, None,
    [[], {"1.0.0": [["a"], None]}, {}, ""], [[[1, 0, 0, "", "a", "b", "c", 1e30]], {}, {}, ""],
)  # fmt: skip


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """A registry whose index has been written."""
    folder = tmp_path_factory.mktemp("index")
    made = Registry.open(folder / "registry.git")
    version = publish(made, write_recipe(folder / "toy"))
    time.sleep(GRANULARITY_NS / 1e9 + 0.1)  # what is young is not kept
    made.things("recipe")
    facts_of(made.index, [version])
    return made


@pytest.mark.parametrize("body", ROWS)
def test_rows_of_another_layout_are_as_good_as_none(body, registry):
    """Another cobrex may have written them into a store that several use."""
    with sqlite3.connect(registry.index.shelf.path) as connection:
        kept = connection.execute("SELECT kind, namespace, name, stamp FROM thing").fetchall()
    assert len(kept) >= 2
    registry.index.shelf.put(((one[0], one[1], one[2]), Row(one[3], body)) for one in kept)
    again = Registry.open(Path(registry.path))
    assert [one.version for one in again.versions("recipe", "toy")] == ["1.0.0"]
    assert len(again.things("recipe")) == 1
    assert facts_of(again.index, again.versions("recipe", "toy"))[0].title == "A toy"
