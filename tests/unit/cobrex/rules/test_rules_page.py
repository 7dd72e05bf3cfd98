"""The page about rules: every block of YAML on it is read by cobrex, and means something."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from cobrex.rules import book, read_count, read_source
from cobrex.rules import read as reader
from cobrex.rules.lint import lint
from cobrex.rules.lint_recipe import Recipes
from cobrex_registry.reading.strict_yaml import load

PAGE = (Path(__file__).resolve().parents[4] / "docs" / "association.md").read_text("utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.M | re.S)


@pytest.mark.parametrize("text", BLOCKS, ids=lambda text: text.split("\n", 1)[0][:30])
def test_every_block_is_sound(text: str, tmp_path: Path) -> None:
    document = load(text, "page")
    path = tmp_path / "page.yaml"
    path.write_text(text, encoding="utf-8")
    if "schema" not in document:
        columns = book.load().columns
        sections: dict[str, Any] = {k: document.get(k) for k in ("levels", "defaults")}
        assert (
            reader.read_all(document.get("associations"), "page", columns=columns, **sections)[1]
            == []
        )
        return
    assert lint([path], Recipes(None)).problems == []


def test_every_key_of_the_language_has_its_row() -> None:
    told = set(re.findall(r"^\| `(?:main\.)?(\w+)` \|", PAGE, re.M))
    keys = {*reader.ASSOCIATION, *reader.MAIN, *reader.INPUT, *read_source.SOURCE} - {"main"}
    assert told >= keys
    how = PAGE.partition("How columns agree:")[2].partition("## ")[0]
    assert all(f"{key}" in how for key in read_source.MATCH)
    assert all(key in PAGE for key in (*read_count.COUNT, *read_source.LEVEL, *reader.DEFAULTS))
