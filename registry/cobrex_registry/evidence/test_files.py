"""The files a recipe's tests name: there, readable, fitting the recipe."""

from __future__ import annotations

from collections.abc import Mapping

from cobrex_registry.errors import RegistryError
from cobrex_registry.reading.problems import Problem
from cobrex_registry.recipe.manifest import FILE, Manifest
from cobrex_registry.recipe.recipe_test import RecipeTest, cure
from cobrex_registry.store.tree_files import TreeFile

from .expectation import read_expectation
from .pinned import SOF, read_pinned


def test_problems(
    manifest: Manifest, files: Mapping[str, TreeFile], line: int, expectations: bool = True
) -> list[Problem]:
    """Return what is wrong with the tests of a recipe.

    Parameters
    ----------
    manifest : Manifest
        Of the recipe.
    files : mapping of str to TreeFile
        Its files by path.
    line : int
        Where ``tests`` stands in the manifest.
    expectations : bool
        Whether the expected results must be there already.

    Returns
    -------
    list of Problem
        Empty for good tests.
    """
    problems = []
    for test in manifest.tests:
        wrong = [test.complaint("data"), test.complaint("expect")]
        if any(wrong):
            problems += [
                Problem(FILE, line, f"tests: {one}", cure(test.name)) for one in wrong if one
            ]
            continue
        problems += _data(test, manifest, files, line)
        if expectations:
            problems += _expectation(test, files, line)
    return problems


def _data(
    test: RecipeTest, manifest: Manifest, files: Mapping[str, TreeFile], line: int
) -> list[Problem]:
    folder = test.data.rstrip("/")
    path = f"{folder}/{SOF}"
    if path not in files:
        return [
            Problem(
                FILE,
                line,
                f"tests: {path} is not in the folder",
                "it names the inputs, `path FRAME_TYPE` a line, relative to its folder",
            )
        ]
    inputs, problems = read_pinned(files[path].data.decode("utf-8", "replace"), path, manifest)
    problems += [
        Problem(path, 0, f"{one.path} is not in {folder}", "name a file beside or below it")
        for one in inputs
        if one.path and f"{folder}/{one.path}" not in files
    ]
    return problems


def _expectation(test: RecipeTest, files: Mapping[str, TreeFile], line: int) -> list[Problem]:
    if test.expect not in files:
        return [
            Problem(
                FILE,
                line,
                f"tests: {test.expect} is not in the folder",
                f"cobrex recipe test PATH --test {test.name} --update writes it",
            )
        ]
    try:
        read_expectation(files[test.expect].data.decode("utf-8", "replace"), test.expect)
    except RegistryError as error:
        what = error.message.removeprefix(test.expect).removeprefix(": ").strip()
        return [Problem(test.expect, 0, what, error.hint)]
    return []
