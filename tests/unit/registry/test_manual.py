"""The manual page of a recipe: all that the manifest says, at any width, in plain characters."""

from __future__ import annotations

import pytest
from recipe_folder import PRESET, manifest_text, write_recipe

from cobrex_registry.recipe.manifest import parse
from cobrex_registry.recipe.manual import manual
from cobrex_registry.recipe.preset import parse as parse_preset
from cobrex_registry.store.tree_files import PLAIN, TreeFile, read_tree


def page(*changes: tuple[str, str], width: int = 80, files=()) -> str:
    manifest = parse(manifest_text(*changes), "recipe.yaml")
    presets = {"careful": parse_preset(PRESET, "careful.yaml")}
    return manual(manifest, name="toy", presets=presets, files=files, width=width)


def test_everything_is_there():
    text = page(
        ("license:", "citation: Lovelace 1843\nissues_url: https://example.org/issues\nlicense:"),
        ("ucd: stat.snr}", "ucd: stat.snr, description: Signal to noise}"),
    )
    for heading in (
        *("NAME", "SYNOPSIS", "INPUTS", "PARAMETERS", "OUTPUTS", "QUALITY CONTROL", "PRESETS"),
        *("ENVIRONMENT", "AUTHORS", "REPORTING BUGS", "CITATION", "LICENSE"),
    ):
        assert f"\n{heading}\n" in f"\n{text}"
    for words in (
        "toy 1.0.0 - A toy",
        "cobrex reduce --recipe toy [--preset NAME] [--set sigma=FLOAT]",
        "1 to 8 of type TOY_RAW; the main input",
        "Any number of type TOY_DARK or TOY_BACKGROUND",
        "Signal to noise",
        "Default 5.0. From 3.0 to 50.0.",
        "Default mean. One of mean, median.",
        "Default 3. At least 1.",
        "Default 1,2. From 0 to 9.",
        "Accepted: from 0 to 10.5 adu; otherwise fail.",
        "sigma = 4, method = median",
        "At most 2 cores, 1 GiB of memory",
        "Ada <ada@example.org> (Author)",
        "Lovelace 1843",
    ):
        assert words in text, words


@pytest.mark.parametrize("width", [1, 40, 80, 1000])
def test_it_fits_the_terminal(width):
    files = [TreeFile("README.md", PLAIN, f"# Toy\n\n{'long words ' * 50}\n".encode())]
    longest = max(map(len, page(width=width, files=files).splitlines()))
    assert longest <= max(40, min(width, 100))


def test_the_document_it_names_or_its_readme(tmp_path):
    write_recipe(tmp_path)
    (tmp_path / "README.md").write_text("The readme.\n", encoding="utf-8")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "long.txt").write_text("The long text.\n", encoding="utf-8")
    files = read_tree(tmp_path)[0]
    assert "The readme." in page(files=files)
    named = page(("license:", "docs: docs/long.txt\nlicense:"), files=files)
    assert "The long text." in named and "The readme." not in named
    url = page(("license:", "docs: https://example.org/toy\nlicense:"), files=files)
    assert "https://example.org/toy" in url
    # nothing outside of the recipe is ever read
    outside = page(("license:", "docs: ../../../etc/passwd\nlicense:"), files=files)
    assert "root:" not in outside


def test_nothing_in_it_moves_the_cursor():
    files = [TreeFile("README.md", PLAIN, b"a \x1b[2J \x9b31m b \xe2\x80\xae c\n")]
    text = page(files=files)
    assert all(c.isprintable() or c == "\n" for c in text)
