"""The tests a recipe brings with it, as its manifest names them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cobrex_registry.errors import RegistryError
from cobrex_registry.reading.fields import NAME, Fields

FOLDER = "tests"
_INSIDE = re.compile(rf"{FOLDER}(?:/(?![.-])[A-Za-z0-9_.+-]{{1,100}}){{1,6}}/?")


@dataclass(frozen=True, slots=True)
class RecipeTest:
    """A test a recipe brings with it.

    Attributes
    ----------
    name : str
        Unique in the recipe.
    preset : str
        Preset it runs with; empty or ``default`` for the recipe's defaults where there is none.
    data : str
        Folder of inputs, relative to the recipe: holds ``inputs.sof``.
    expect : str
        File of expected results, relative to the recipe.
    parameters : mapping of str to object
        Values that win over the preset.
    """

    name: str
    preset: str = ""
    data: str = ""
    expect: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def check(self) -> None:
        """See that the paths can be used.

        Raises
        ------
        RegistryError
            Of kind ``test``: a path that is missing, or not below ``tests/``.
        """
        for key in ("data", "expect"):
            if complaint := self.complaint(key):
                raise RegistryError(
                    f"test {self.name}: {complaint}", kind="test", hint=cure(self.name)
                )

    def complaint(self, key: str) -> str:
        """Return what is wrong with ``data`` or ``expect``; empty when nothing is."""
        path = str(getattr(self, key))
        if not path:
            return f"{key} is missing"
        if not inside(path):
            return f"{key}: {path[:80]!r} is no path below {FOLDER}/"
        return ""


def inside(path: str) -> bool:
    """Tell whether a path lies below ``tests/``: what is there does not count as code."""
    return _INSIDE.fullmatch(path) is not None


def cure(name: str) -> str:
    """Return how a good test looks."""
    return f"{{name: {name}, data: tests/data, expect: tests/{name}.json}}"


def read_tests(fields: Fields) -> tuple[RecipeTest, ...]:
    """Read ``tests`` of a manifest, noting what is wrong."""
    tests: list[RecipeTest] = []
    for item in fields.items("tests", ("name", "preset", "data", "expect", "parameters")):
        given = item.mapping.get("parameters") or {}
        if not isinstance(given, dict) or not all(isinstance(name, str) for name in given):
            item.problem("parameters", "must be a mapping of names to values", "{sigma: 6.0}")
            given = {}
        test = RecipeTest(
            item.text("name", pattern=NAME, like="field"),
            item.text("preset", ""),
            item.text("data", ""),
            item.text("expect", ""),
            dict(given),
        )
        if test.name in {one.name for one in tests}:
            item.problem("name", f"{test.name} names two tests", "give each its own name")
        tests.append(test)
    return tuple(tests)
