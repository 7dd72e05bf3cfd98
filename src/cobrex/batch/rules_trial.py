"""Rules tried on the catalogue: what they would make, and what lacks; nothing is made."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cobrex.errors import PlanError
from cobrex.registry import open_registry
from cobrex.rules import book
from cobrex.rules.documents import installed_with, is_workflow
from cobrex.rules.overlay import change_to
from cobrex.rules.read import refusal
from cobrex.rules.workflow import SCHEMA
from cobrex.settings import Settings
from cobrex_db.engine import open_catalogue
from cobrex_registry.errors import RegistryError
from cobrex_registry.reading import strict_yaml

from .prepare import prepare
from .recipes import Kitchen
from .request import Request

_MOST = 3


@dataclass(slots=True)
class Tried:
    """What became of one association.

    Attributes
    ----------
    association : str
    complete, incomplete : int
        Groups of main frames that can be made, or lack something.
    levels : Counter
        How many inputs of which quality level were chosen.
    warnings : int
        How many groups have something a person should know.
    lacks : list of (str, str, int)
        The commonest: what, the cure, in how many groups; 0: it cannot be tried at all.
    """

    association: str
    complete: int = 0
    incomplete: int = 0
    levels: Counter[int] = field(default_factory=Counter)
    warnings: int = 0
    lacks: list[tuple[str, str, int]] = field(default_factory=list)

    def row(self) -> dict[str, Any]:
        """Return it as a row of a table."""
        return {
            "association": self.association,
            "groups": self.complete + self.incomplete,
            "complete": self.complete,
            "incomplete": self.incomplete,
            "levels": ", ".join(
                f"{n} of level {level}" for level, n in sorted(self.levels.items())
            ),
            "warnings": self.warnings,
            "lacks": [{"what": w, "cure": c, "groups": n} for w, c, n in self.lacks],
        }


def tried(settings: Settings, request: Request, file: Path | None) -> list[Tried]:
    """Plan a request with the rules of a file, or with those installed.

    Parameters
    ----------
    settings : Settings
    request : Request
        Stars, nights and frame types; its workflow is not looked at.
    file : pathlib.Path or None
        An instrument file or a workflow.

    Returns
    -------
    list of Tried
        In the order of the rules; those that nothing is asked of are left out.

    Raises
    ------
    PlanError
        Kind ``rules``: the file is wrong; ``nothing-matches``: the catalogue has no main frames.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tried.yaml"
        workflow, names = _workflow(file, path)
        asked = replace(request, workflow=workflow)
        found = [_one(settings, asked, name) for name in names]
    return [one for one in found if one.complete or one.incomplete or one.lacks]


def _workflow(file: Path | None, path: Path) -> tuple[str, list[str]]:
    """Return a workflow with the rules that are tried, and which those are."""
    document = None if file is None else strict_yaml.load_file(file)
    installed = book.load()
    if document is not None and is_workflow(document):
        return str(file), list(installed.read(document, str(file)).steps)
    if file is None or document is None:
        known, names = installed, list(installed.associations)
    else:
        known, problems = book.read_book(installed_with([(str(file), document)]))
        if problems:
            raise refusal(problems)
        names = list(document.get("associations") or {})
    steps = {
        name: change_to(before.document, one.document) if before else one.document
        for name, one in known.associations.items()
        for before in [installed.associations.get(name)]
    }
    said = {"schema": SCHEMA, "name": "tried", "version": "0.0.0", "steps": steps, "goals": names}
    path.write_text(json.dumps({**said, "levels": dict(known.levels)}), encoding="utf-8")
    return str(path), names


def _one(settings: Settings, request: Request, name: str) -> Tried:
    """Plan one association alone: what it lacks does not keep the others from being tried."""
    found = Tried(name)
    engine = open_catalogue(settings.database_url)
    asked = replace(request, last=name, trial=True)
    try:
        plan = prepare(engine, Kitchen(open_registry(settings), settings), asked).plan
    except PlanError as error:
        if error.kind != "nothing-matches":
            raise
        return found
    except RegistryError as error:
        found.lacks = [(error.message, error.hint, 0)]
        return found
    for process in plan.processes:
        if process.association == name:
            found.complete += 1
            found.warnings += bool(process.warnings)
            found.levels.update(i.level for i in process.inputs if i.level is not None)
    found.incomplete = len(plan.gaps)
    lacks = Counter((gap.message, gap.hint) for gap in plan.gaps)
    found.lacks = [(what, cure, n) for (what, cure), n in lacks.most_common(_MOST)]
    return found
