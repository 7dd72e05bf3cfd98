"""The folder that ``rules/report.smk`` publishes: drafts, and the book that files them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .plain import plain, restructured, slug

EMBEDDED_RESULTS = 500
EMBEDDED_BYTES = 20_000_000
_MOST_CAPTION_LINKS = 5_000
_RESERVED = ("overview", "failures", "workflow", "statistics", "other")


@dataclass(slots=True)
class Book:
    """What is laid out, and where the report files it.

    A leaf is a folder of one page and its pictures; a chapter is a Snakemake rule, one a recipe
    version; a shelf is a category, one a star.

    Attributes
    ----------
    folder : pathlib.Path
        Holds ``drafts/`` and ``book.json``.
    leaves, chapters : dict
        As ``rules/report.smk`` reads them.
    shelves : dict
        Categories by their name without case: Snakemake links to them so.
    results : int
        Number of pages and pictures.
    size : int
        Bytes of pictures.
    """

    folder: Path
    leaves: dict[str, dict[str, Any]] = field(default_factory=dict)
    chapters: dict[str, dict[str, Any]] = field(default_factory=dict)
    shelves: dict[str, str] = field(default_factory=dict)
    results: int = 0
    size: int = 0

    @property
    def embedded(self) -> bool:
        """Whether one HTML file can carry it."""
        return self.results <= EMBEDDED_RESULTS and self.size <= EMBEDDED_BYTES

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
        chapter: str,
        *,
        category: str,
        subcategory: str,
        labels: dict[str, str],
        caption: str,
        needs: list[str] | None = None,
        facts: dict[str, str] | None = None,
    ) -> None:
        """File a leaf whose draft is written.

        Parameters
        ----------
        leaf : str
            Folder of the draft.
        chapter : str
            Name of the rule that publishes it.
        category, subcategory : str
            Where the reader finds it.
        labels : dict of str
            A label for each file by its stem.
        caption : str
            Stem of a file in ``rules/captions``.
        needs : list of str, optional
            Published leaves this one was made from.
        facts : dict of str, optional
            Parameters shown beside it.
        """
        name = plain(chapter)
        self.chapters.setdefault(
            slug(name), {"name": name, "folder": slug(name), "caption": caption, "leaves": []}
        )["leaves"].append(leaf)
        self.leaves[leaf] = {
            "category": category,
            "subcategory": plain(subcategory),
            "labels": {stem: plain(label) for stem, label in labels.items()},
            "needs": needs or [],
            "facts": facts or {},
        }
        self.results += len(labels)

    def write(self, title: str, summary: str) -> None:
        """Write ``book.json``.

        Parameters
        ----------
        title : str
            The batch's title.
        summary : str
            A sentence for the first page, in reStructuredText.

        Notes
        -----
        Snakemake renders every caption with a link target for every category, so captions of
        many results in many categories take minutes (60 s for 2,000 in 300): they are dropped.
        """
        categories = {leaf["category"] for leaf in self.leaves.values()}
        if self.results * len(categories) > _MOST_CAPTION_LINKS:
            for chapter in self.chapters.values():
                chapter["caption"] = None
        content = {
            "title": restructured(title),
            "summary": summary,
            "facts": sorted({name for leaf in self.leaves.values() for name in leaf["facts"]}),
            "failures": "Failures" in categories,
            "chapters": list(self.chapters.values()),
            "leaves": self.leaves,
        }
        (self.folder / "book.json").write_text(json.dumps(content), encoding="utf-8")
