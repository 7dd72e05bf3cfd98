"""Has Snakemake's reporter draw a book; no workflow is run for it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace

from .book import Book, Leaf, Result
from .steps import Step, levels

_KINDS = {".html": "text/html", ".png": "image/png"}
_SHORTEST_S = 0.001  # their axis is logarithmic


@dataclass(frozen=True, slots=True)
class _Named:
    name: str


@dataclass(frozen=True, slots=True)
class _Made:
    """What Snakemake calls a job: here a step."""

    rule: _Named


@dataclass(frozen=True, slots=True)
class _Filed:
    """A file that is read where it lies and called what the report calls it."""

    name: str
    path: Path

    def __str__(self) -> str:
        return self.name

    def __fspath__(self) -> str:
        return str(self.path)


class _Graph:
    """Which steps use what others make."""

    def __init__(self, steps: Mapping[str, Step]) -> None:
        made = {name: _Made(_Named(name)) for name in steps}
        self._levels = [[made[name] for name in level] for level in levels(steps)]
        self.dependencies = {
            made[name]: [made[maker] for maker in sorted(step.makers & steps.keys())]
            for name, step in steps.items()
        }

    def toposorted(self) -> list[list[_Made]]:
        return self._levels


def publish(book: Book, made: Path, stylesheet: Path) -> None:
    """Write the report.

    Parameters
    ----------
    book : Book
    made : pathlib.Path
        ``.html``, or ``.zip`` for what one page cannot carry.
    stylesheet : pathlib.Path
        Added to Snakemake's own.

    Raises
    ------
    Exception
        Whatever Snakemake's reporter raises.
    """
    from snakemake.report.html_reporter import Reporter, ReportSettings

    reporter = Reporter(
        rules={name: _rule(step) for name, step in book.steps.items()},
        results=_results(book.leaves),
        configfiles=[],
        jobs=_times(book.steps.values()),
        settings=ReportSettings(path=made, stylesheet_path=stylesheet),
        workflow_description=book.description,
        # pages that no recipe has made are no part of it, unless there is nothing else
        dag=_Graph({n: step for n, step in book.steps.items() if step.count} or book.steps),
    )
    reporter.metadata = {}  # its first page is the rule graph; older ones know no other
    # its own leaves the files open, and loads a client of HTTP for them
    reporter.env.filters["get_resource_as_string"] = _resource
    reporter.render()


def _resource(name: str) -> str:
    template = files("snakemake.report.html_reporter") / "template"
    return template.joinpath(name).read_text(encoding="utf-8")


def _rule(step: Step) -> SimpleNamespace:
    return SimpleNamespace(
        name=step.name,
        input=step.inputs,
        output=step.outputs,
        conda_env={"dependencies": [step.environment]} if step.environment else None,
        container_img_url=None,
        n_jobs=step.count,
        source=step.command,
        language="bash",
    )


def _times(steps: Iterable[Step]) -> list[SimpleNamespace]:
    return [
        SimpleNamespace(rule=step.name, starttime=began, endtime=max(ended, began + _SHORTEST_S))
        for step in sorted(steps, key=lambda step: step.name)
        for began, ended in step.times
    ]


def _results(leaves: Iterable[Leaf]) -> dict[_Named, dict[_Named, list[SimpleNamespace]]]:
    filed: dict[_Named, dict[_Named, list[SimpleNamespace]]] = {}
    for leaf in leaves:
        shelf = filed.setdefault(_Named(leaf.category), {})
        shelf.setdefault(_Named(leaf.subcategory), []).extend(
            _result(leaf, result) for result in leaf.results
        )
    return filed


def _result(leaf: Leaf, result: Result) -> SimpleNamespace:
    return SimpleNamespace(
        path=_Filed(f"{leaf.name}/{result.name}", result.path),
        name=result.name,
        filename=result.name,
        id=hashlib.sha256(leaf.name.encode()).hexdigest()[:16],
        labels={"result": result.label},
        size=result.path.stat().st_size,
        mime=_KINDS[result.path.suffix],
        caption=leaf.caption,
        job=_Made(_Named(leaf.step)),
        params=", ".join(f"{name}={value}" for name, value in leaf.facts.items()),
        wildcards="",
        aux_files=[],
    )
