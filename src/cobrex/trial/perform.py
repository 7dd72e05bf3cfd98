"""Performing one test of a recipe: the same call as a process, then a comparison."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cobrex.plan.model import RecipeUse
from cobrex.process.call import produce
from cobrex.process.execute import LOG, tail
from cobrex.process.failure import AttemptError
from cobrex.process.scratch import make_scratch
from cobrex.settings import Settings
from cobrex_registry.errors import RegistryError
from cobrex_registry.evidence.expectation import read_expectation
from cobrex_registry.evidence.results import Difference, Results, compare, identical
from cobrex_registry.recipe.recipe_test import RecipeTest
from cobrex_registry.repository import Registry

from .data import DataMissingError, inputs
from .measure import measure
from .subject import Subject
from .use import use

PASSED, FAILED, NOT_RUN = "passed", "failed", "not run"


@dataclass(slots=True)
class Trial:
    """How one test went.

    Attributes
    ----------
    test : str
        Its name.
    outcome : str
        `PASSED`, `FAILED` or `NOT_RUN`.
    message : str
        Why it did not pass.
    differences : list of Difference
        Beyond tolerance.
    identical : bool
        All data are those expected, to the bit.
    results : Results or None
        None when the recipe did not get that far.
    expected : Results or None
        None when nothing is expected yet.
    environment : mapping
        ``kind`` and ``digest``.
    elapsed_s : float
        Of the recipe and the measuring.
    log : list of str
        The last lines the recipe said, when it failed.
    kept : pathlib.Path or None
        Its scratch folder, when it was to be kept.
    """

    test: str
    outcome: str = FAILED
    message: str = ""
    differences: list[Difference] = field(default_factory=list)
    identical: bool = False
    results: Results | None = None
    expected: Results | None = None
    environment: dict[str, str] = field(default_factory=dict)
    elapsed_s: float = 0.0
    log: list[str] = field(default_factory=list)
    kept: Path | None = None


def perform(
    registry: Registry,
    settings: Settings,
    subject: Subject,
    test: RecipeTest,
    *,
    keep: bool = False,
) -> Trial:
    """Run a test of a recipe and compare what it gives with what is expected.

    Parameters
    ----------
    registry : Registry
    settings : Settings
    subject : Subject
    test : RecipeTest
    keep : bool
        Leave the scratch folder.

    Returns
    -------
    Trial
        A recipe that fails is a failed trial, not an error.

    Raises
    ------
    RegistryError
        When the test itself is not in order: its data, its preset, its expectation, the
        environment.
    """
    trial = Trial(test.name)
    trial.expected = expected(subject, test)
    try:
        pairs = inputs(settings, subject, test)
    except DataMissingError as missing:
        trial.outcome, trial.message = NOT_RUN, str(missing)
        return trial
    bound = use(registry, settings, subject, test)
    trial.environment = {name: bound.environment[name] for name in ("kind", "digest")}
    scratch = make_scratch(settings.store)
    start = time.monotonic()
    try:
        _call(trial, bound, scratch, pairs)
        trial.elapsed_s = time.monotonic() - start
        if keep:
            trial.kept = _keep(settings, subject, test, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return trial


def expected(subject: Subject, test: RecipeTest) -> Results | None:
    """Return what a test is to give; None when that is not written yet."""
    test.check()
    path = subject.folder / test.expect
    if not path.is_file():
        return None
    return read_expectation(path.read_text(encoding="utf-8", errors="replace"), test.expect)


def _call(trial: Trial, bound: RecipeUse, scratch: Path, pairs: list[tuple[str, str]]) -> None:
    record: dict[str, Any] = {}
    try:
        products = produce(bound, scratch, pairs, record)
        trial.results = measure(products, record["qc"])
    except AttemptError as failure:
        trial.message = failure.message
        trial.log = tail(scratch / LOG)
        return
    judge(trial)


def judge(trial: Trial) -> None:
    """Compare results with the expectation and say how the trial ended."""
    if trial.results is None:
        return
    if trial.expected is None:
        trial.message = "nothing is expected yet; --update writes it"
        return
    trial.differences = compare(trial.expected, trial.results)
    trial.identical = not trial.differences and identical(trial.expected, trial.results)
    trial.outcome = FAILED if trial.differences else PASSED
    if trial.differences:
        number = len(trial.differences)
        trial.message = f"{number} result{'s differ' if number > 1 else ' differs'}"


def _keep(settings: Settings, subject: Subject, test: RecipeTest, scratch: Path) -> Path:
    name = f"{subject.version.name}-{subject.version.version}-{test.name}"
    place = settings.store / "trials" / f"{name}-{scratch.name.rpartition('.')[2][:8]}"
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        scratch.rename(place)
    except OSError as error:
        raise RegistryError(
            f"{place}: {error.strerror or error}", hint="see that you may write to the store"
        ) from error
    return place
