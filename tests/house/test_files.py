"""Files keep to the conventions: length, captions, names."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

from cobrex.content import home

ROOT = home()
FOLDERS = ("src", "registry", "db", "recipes", "rules", "tests", "benchmarks", "scripts")
LONGEST = 350
_VAGUE = re.compile(r"(?:^|_)(?:utils?|helpers?|common|base|manager|misc)(?:_|$)")


def sources() -> list[Path]:
    """Python and Snakemake files of the project."""
    found = [ROOT / "Snakefile", *(p for f in FOLDERS for p in (ROOT / f).rglob("*"))]
    return [p for p in found if p.suffix in {".py", ".smk"} or p.name == "Snakefile"]


MODULES = [p for p in sources() if p.suffix == ".py"]


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_there_are_files_to_look_at():
    assert len(MODULES) > 150


def test_no_file_is_too_long():
    lines = {relative(p): len(p.read_text(encoding="utf-8").splitlines()) for p in sources()}
    assert {name: n for name, n in lines.items() if n > LONGEST} == {}


def test_the_docstring_of_a_module_is_one_line():
    wrong = []
    for path in MODULES:
        caption = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")), clean=False)
        # errors.py may draw its tree of exceptions
        if caption is not None and "\n" in caption and path.name != "errors.py":
            wrong.append(relative(path))
        if caption is None and path.relative_to(ROOT).parts[0] != "tests":
            wrong.append(relative(path))
    assert wrong == []


def test_no_module_has_a_name_that_says_nothing():
    named = {p.stem for p in MODULES} | {p.parent.name for p in MODULES}
    assert {name for name in named if _VAGUE.search(name)} == set()


def test_init_files_hold_no_logic():
    wrong = []
    allowed = (ast.Expr, ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign)
    for path in MODULES:
        if path.name == "__init__.py":
            body = ast.parse(path.read_text(encoding="utf-8")).body
            wrong += [relative(path)] * any(not isinstance(node, allowed) for node in body)
    assert wrong == []


def test_tests_are_no_packages_and_have_unique_names():
    tests = [p for p in MODULES if (ROOT / "tests") in p.parents]
    assert [relative(p) for p in tests if p.name == "__init__.py"] == []
    names = [p.name for p in tests if p.name.startswith("test_")]
    assert sorted(names) == sorted(set(names))


def test_copies_in_recipes_are_equal():
    """A recipe stands alone, so what several need is copied: same name and caption, same code."""
    copies: dict[tuple[str, str], set[str]] = defaultdict(set)
    recipes = [p for p in MODULES if p.parent.parent == ROOT / "recipes"]
    for path in recipes:
        module = ast.parse(path.read_text(encoding="utf-8"))
        code = [node for node in module.body if not isinstance(node, ast.Import | ast.ImportFrom)]
        copies[path.name, ast.get_docstring(module) or ""].add("".join(map(ast.dump, code)))
    assert len(copies) < len(recipes)
    assert [named for named, texts in copies.items() if len(texts) > 1] == []


@pytest.mark.parametrize("word", ["job", "task", "dataset", "pipeline"])
def test_words_that_are_not_ours_name_nothing(word):
    """Functions, classes and columns; Snakemake's and ESO's own words may stand in texts."""
    wrong = []
    for path in MODULES:
        if path.relative_to(ROOT).parts[0] not in {"src", "registry", "db"}:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                parts = re.findall(r"[A-Z]?[a-z]+", node.name)
                if word in {part.lower() for part in parts}:
                    wrong.append(f"{relative(path)}: {node.name}")
    assert wrong == []
