"""The book of rules: instrument files and workflows, those that ship and a user's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cobrex import instruments
from cobrex_db.errors import CatalogueError
from cobrex_db.instrument import Instruments
from cobrex_db.instrument.place import Place
from cobrex_db.near_miss import near
from cobrex_registry.locks.lock import Lock

from .documents import find_workflow
from .model import Association
from .read import read_all, refusal
from .workflow import Workflow, read_workflow

# what rules may name of any instrument; each adds columns of its own
COLUMNS = frozenset(
    {
        "frame", "frame_id", "frame_type", "star", "night", "verdict", "kind", "archive_name",
        "mjd_obs", "instrument", "arm", "object", "target", "filter", "coronagraph",
        "neutral_density", "dit_s", "ndit", "exposure_s", "observation_id", "process_id",
        "product_role", "instrument_columns", "ob_id", "programme", "template_start", "star_id",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Book:
    """All rules.

    Attributes
    ----------
    associations : dict of str to Association
        Those of the instrument files.
    levels : mapping
        Ladders of the instrument files, as they are written.
    columns : frozenset of str
        Columns that rules may name.
    """

    associations: Mapping[str, Association]
    levels: Mapping[str, Any]
    columns: frozenset[str]

    def workflow(self, name: str, lock: Lock | None = None) -> Workflow:
        """Return a workflow: by name, ``NAME@VERSION`` of the registry, or a file.

        Raises
        ------
        UsageError
            Kind ``unknown-workflow``.
        PlanError
            Kind ``rules``: it means nothing.
        """
        document, source = find_workflow(name, lock)
        return self.read(document, source)

    def read(self, document: Any, source: str) -> Workflow:
        """Read a workflow's document."""
        return read_workflow(
            document, source, self.associations, columns=self.columns, levels=self.levels
        )


def load() -> Book:
    """Read the rules of all instrument files.

    Returns
    -------
    Book

    Raises
    ------
    PlanError
        Kind ``rules``: not of the known form, or one name in two files.
    """
    book, problems = read_book(instruments.mappings())
    known = book.associations
    if not problems:
        problems = [p for a in known.values() if (p := unknown_origin(a, known)) is not None]
    if problems:
        raise refusal(problems)
    return book


def read_book(files: Sequence[tuple[str, Any]]) -> tuple[Book, list[CatalogueError]]:
    """Read the rules of some instrument files; what is wrong is returned beside.

    Parameters
    ----------
    files : sequence of (str, mapping)
        Path and content.
    """
    columns = COLUMNS | Instruments.from_mappings(files).columns
    found: dict[str, Association] = {}
    levels: dict[str, Any] = {}
    problems: list[CatalogueError] = []
    for source, mapping in files:
        table, wrong = read_all(
            mapping.get("associations"),
            source,
            columns=columns,
            levels=mapping.get("levels"),
            defaults=mapping.get("defaults"),
            rules=f"{str(mapping.get('name', '')).lower()}/{mapping.get('version', '')}",
        )
        problems += wrong
        for name, association in table.items():
            if name in found:
                place = Place(source).at("associations").at(name, mapping["associations"])
                problems.append(place.error("another file has this name", "give it another name"))
            found[name] = association
        if isinstance(mapping.get("levels"), Mapping):
            levels |= mapping["levels"]
    return Book(found, levels, columns), problems


def demand_origins(association: Association, known: Mapping[str, Association]) -> None:
    """Refuse an association whose products nothing can make.

    It takes those of one that does not exist, or its main frames are in the end its own products.
    """
    problem = unknown_origin(association, known) or _own_main(association, known)
    if problem is not None:
        raise refusal([problem])


def unknown_origin(
    association: Association, known: Mapping[str, Association]
) -> CatalogueError | None:
    """Return what is wrong with an association that takes products of one that does not exist."""
    for origin in association.origins:
        if origin not in known:
            return Place(f"{association.rules}: associations.{association.name}").error(
                f"no association is called {origin!r}",
                near(origin, known) or f"there are {', '.join(known)}",
            )
    return None


def _own_main(association: Association, known: Mapping[str, Association]) -> CatalogueError | None:
    path = [association.name]
    passed: set[str] = set()
    while (origin := known[path[-1]].main.origin) in known:
        passed.add(path[-1])
        path.append(origin)
        if origin in passed:
            return Place(f"{association.rules}: associations.{association.name}").error(
                f"a circle of main frames: {' <- '.join(path)}; nothing of it can ever be made",
                "take the main frames of one of them from elsewhere: frame_type",
            )
    return None
