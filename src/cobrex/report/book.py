"""What the report holds, and where it files it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .markup import Html
from .plain import plain, slug
from .steps import Step

EMBEDDED_RESULTS = 500
EMBEDDED_BYTES = 20_000_000
_RESERVED = ("overview", "failures", "workflow", "statistics", "other")


@dataclass(frozen=True, slots=True)
class Result:
    """A page or a picture.

    Attributes
    ----------
    name : str
        Of its file in the report.
    path : pathlib.Path
        Where it lies; the report shows this name, so it is never one of a recipe's.
    label : str
        What the reader clicks on.
    """

    name: str
    path: Path
    label: str


@dataclass(frozen=True, slots=True)
class Leaf:
    """A page and its pictures.

    Attributes
    ----------
    name : str
        ``results/RECIPE/STAR-NIGHT-PLACE``.
    step : str
        By what it was made.
    category, subcategory : str
        Where the reader finds it.
    results : sequence of Result
    caption : str
        A sentence beside it.
    facts : mapping of str
        Shown beside it.
    """

    name: str
    step: str
    category: str
    subcategory: str
    results: Sequence[Result]
    caption: str
    facts: Mapping[str, str]


@dataclass(slots=True)
class Book:
    """The report before it is drawn; a shelf is a category, one a star.

    Attributes
    ----------
    folder : pathlib.Path
        Where its pages are written.
    description : Html
        The words of its first page.
    leaves : list of Leaf
    steps : dict of str to Step
        By what its leaves were made, by name.
    shelves : dict
        Categories by their name without case: Snakemake links to them so.
    size : int
        Bytes of pictures.
    """

    folder: Path
    description: Html
    leaves: list[Leaf] = field(default_factory=list)
    steps: dict[str, Step] = field(default_factory=dict)
    shelves: dict[str, str] = field(default_factory=dict)
    size: int = 0

    @property
    def embedded(self) -> bool:
        """Whether one HTML file can carry it."""
        results = sum(len(leaf.results) for leaf in self.leaves)
        return results <= EMBEDDED_RESULTS and self.size <= EMBEDDED_BYTES

    def shelf(self, star: str) -> str:
        """Give the category of a star.

        Parameters
        ----------
        star : str

        Returns
        -------
        str
            Never one of the report's own names; the same for names that differ in case only.
        """
        name = plain(star)
        name = f"star {name}" if name.casefold() in _RESERVED else name
        return self.shelves.setdefault(name.casefold(), name)

    def add(
        self,
        leaf: str,
        step: str,
        *,
        category: str,
        subcategory: str,
        results: Sequence[Result],
        caption: str,
        facts: Mapping[str, str] | None = None,
    ) -> None:
        """File a leaf whose page is written.

        Parameters
        ----------
        leaf : str
            Its name below that of its step.
        step : str
            By what it was made.
        category, subcategory : str
            Where the reader finds it.
        results : sequence of Result
        caption : str
            A sentence beside it.
        facts : mapping of str, optional
            Parameters shown beside it.
        """
        name = plain(step)
        self.steps.setdefault(name, Step(name))
        self.leaves.append(
            Leaf(
                f"results/{slug(name)}/{leaf}",
                name,
                category,
                plain(subcategory),
                [Result(one.name, one.path, plain(one.label)) for one in results],
                caption,
                facts or {},
            )
        )
