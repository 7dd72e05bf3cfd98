"""Lint: all that is wrong with files of rules, each with file, line and cure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cobrex import instruments
from cobrex_db.errors import CatalogueError
from cobrex_db.instrument import Instruments
from cobrex_registry.reading import strict_yaml

from .book import Book, read_book
from .documents import installed_with, is_workflow, workflow_files
from .lint_recipe import Recipes, against_recipes
from .lint_steps import Unit, within
from .workflow import read_steps


@dataclass(frozen=True, slots=True)
class Report:
    """What lint found.

    Attributes
    ----------
    problems : list of CatalogueError
        Each with a message that begins with file and line, and a hint.
    notes : list of str
        What could not be looked at.
    files : list of str
    """

    problems: list[CatalogueError]
    notes: list[str]
    files: list[str]


def lint(paths: Sequence[Path], recipes: Recipes) -> Report:
    """Look at files of rules.

    Parameters
    ----------
    paths : sequence of pathlib.Path
        Instrument files and workflows; without any all that are installed.
    recipes : Recipes
        Finds the recipes that rules name.

    Returns
    -------
    Report

    Raises
    ------
    RegistryError
        Kind ``yaml``: a file is not strict YAML.
    """
    wanted = list(paths) or [*instruments.files(), *workflow_files().values()]
    read = [(str(path), strict_yaml.load_file(path)) for path in wanted]
    files = installed_with([one for one in read if not is_workflow(one[1])])
    report = Report([], [], [source for source, _ in read])
    try:
        book, problems = read_book(files)
        types = Instruments.from_mappings(files).frame_types
    except CatalogueError as error:
        report.problems.append(error)
        return report
    report.problems.extend(problems)
    for source, document in read:
        if problems and is_workflow(document):  # its steps would be told as missing
            report.notes.append(f"{source}: looked at when the instrument files are right")
            continue
        unit, wrong = _unit(source, document, book)
        report.problems.extend(wrong)
        if unit is not None:
            report.problems.extend(within(unit, types))
            wrong, notes = against_recipes(unit, recipes)
            report.problems.extend(wrong)
            report.notes.extend(notes)
    return replace(report, problems=_once(report.problems), notes=list(dict.fromkeys(report.notes)))


def _unit(source: str, document: Any, book: Book) -> tuple[Unit | None, list[CatalogueError]]:
    """Return a file's own associations with all that they may name."""
    if is_workflow(document):
        found, problems = read_steps(
            document, source, book.associations, columns=book.columns, levels=book.levels
        )
        if found is None:
            return None, problems
        known = {**book.associations, **found.steps}
        return Unit(source, "steps", document, found.steps, known), problems
    table = document.get("associations") if isinstance(document, Mapping) else None
    names = table if isinstance(table, Mapping) else {}
    own = {name: book.associations[name] for name in names if name in book.associations}
    return Unit(source, "associations", document, own, book.associations), []


def _once(problems: Iterable[CatalogueError]) -> list[CatalogueError]:
    return list({one.message: one for one in problems}.values())
