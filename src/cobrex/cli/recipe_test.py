"""cobrex recipe test: a recipe's own tests, compared with what is expected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import AsJson

if TYPE_CHECKING:
    from pathlib import Path

    from cobrex.settings import Settings
    from cobrex.trial.perform import Trial
    from cobrex.trial.publishing import Checked
    from cobrex.trial.subject import Subject
    from cobrex_registry.evidence.attest import Attestation
    from cobrex_registry.evidence.results import Difference
    from cobrex_registry.repository import Registry

FAILED = 6


def test(
    recipes: Annotated[
        list[str],
        typer.Argument(metavar="RECIPE...", help="./FOLDER, or a published NAME or NAME@VERSION."),
    ],
    names: Annotated[
        list[str] | None, typer.Option("--test", metavar="NAME", help="Only this test; repeatable.")
    ] = None,
    update: Annotated[
        bool, typer.Option("--update", help="Write the results as what is expected from now on.")
    ] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the folders the recipe worked in.")
    ] = False,
    no_attest: Annotated[
        bool, typer.Option("--no-attest", help="Do not note the outcome for the version.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Run the tests a recipe brings with it, and compare products and QC with the expected.

    A folder is named with a slash: ./my_recipe. Exit code 6 when a test did not pass.
    """
    from cobrex import settings
    from cobrex.registry import open_registry
    from cobrex.trial.subject import subject
    from cobrex.trial.update import refuse_published

    current = settings.load()
    registry = open_registry(current)
    subjects = [subject(registry, current, one) for one in recipes]
    for one in subjects:
        one.chosen(tuple(names or ()))
        if update:
            refuse_published(one)
    _refuse_none(subjects)
    answers = []
    good = True
    for one in subjects:
        answer = _try(registry, current, one, tuple(names or ()), update, keep, as_json)
        if not no_attest:
            answer["attested"] = _attest(registry, current, one, answer["trials"])
        good = good and all(t.outcome == "passed" for t in answer["trials"])
        answers.append(answer)
        if not as_json:
            _print_end(one, answer, no_attest)
    if as_json:
        from .output import emit_json

        emit_json([_as_json(one) for one in answers])
    return 0 if good else FAILED


def before_publishing(
    registry: Registry, current: Settings, path: Path, namespace: str, *, raised: bool
) -> Checked:
    """Run the tests of a recipe that is to be published, and say so."""
    from cobrex.trial.publishing import check

    from .output import say

    checked = check(
        registry,
        current,
        path,
        namespace,
        raised=raised,
        told=lambda one: say(f"test {one.name} is running"),
    )
    for one in checked.trials:
        say(f"test {one.test}: {one.outcome}" + (f": {one.message}" if one.message else ""))
    return checked


def _refuse_none(subjects: list[Subject]) -> None:
    from cobrex_registry.errors import RegistryError

    if not any(one.manifest.tests for one in subjects):
        raise RegistryError(
            f"{', '.join(one.label for one in subjects)} has no tests",
            kind="test",
            hint="add to recipe.yaml: "
            "tests: [{name: small, data: tests/data, expect: tests/small.json}]",
        )


def _try(
    registry: Registry,
    current: Settings,
    subject: Subject,
    names: tuple[str, ...],
    update: bool,
    keep: bool,
    quiet: bool,
) -> dict[str, Any]:
    from cobrex.trial.perform import PASSED, perform
    from cobrex.trial.update import update as write

    from .output import say

    if not quiet:
        say(subject.label)
    trials, changed = [], []
    for one in subject.chosen(names):
        trial = perform(registry, current, subject, one, keep=keep)
        if update and trial.results is not None:
            if write(subject, one, trial):
                changed.append(one.name)
            trial.outcome = PASSED
        trials.append(trial)
        if not quiet:
            _print_trial(trial, one.expect, update=update, written=one.name in changed)
    return {"subject": subject, "trials": trials, "updated": changed, "attested": None}


def _attest(
    registry: Registry, current: Settings, subject: Subject, trials: list[Trial]
) -> Attestation | None:
    from pathlib import Path

    from cobrex.trial.attesting import attest_trials
    from cobrex_registry.authoring.author import author_of

    if subject.working is not None:
        return None
    author = author_of(Path.cwd(), current.user)
    return attest_trials(registry, current, subject, trials, author)


def _print_trial(trial: Trial, expect: str, *, update: bool, written: bool) -> None:
    from .output import say, table

    how = trial.message
    if trial.outcome == "passed" and not update:
        how = "identical data" if trial.identical else "equal within tolerance"
    if update and trial.results is not None:
        how = f"{expect} is written" if written else f"{expect} stays as it is"
    seconds = f" ({trial.elapsed_s:.1f} s)" if trial.elapsed_s else ""
    word = "updated" if update and written else trial.outcome
    say(f"  {trial.test}: {word}{seconds}" + (f": {how}" if how else ""))
    if trial.differences:
        heads = ("result", "was", "is", "tolerance") if update else (
            "result", "expected", "got", "tolerance"
        )  # fmt: skip
        table([dict(zip(heads, _cells(one), strict=True)) for one in trial.differences], heads)
    for line in trial.log:
        say(f"    {line}")
    if trial.kept:
        say(f"  kept: {trial.kept}")


def _cells(one: Difference) -> tuple[Any, ...]:
    missing = "nothing"
    return (
        one.what,
        missing if one.expected is None else one.expected,
        missing if one.got is None else one.got,
        one.tolerance,
    )


def _print_end(subject: Subject, answer: dict[str, Any], no_attest: bool) -> None:
    from cobrex.trial.attesting import why_not

    from .output import say

    if not answer["trials"]:
        say("  it has no tests")
    elif (attested := answer["attested"]) is not None:
        say(f"  attested by {attested.server}: {attested.outcome}")
    elif not no_attest and subject.working is None:
        say(f"  not attested: {why_not(subject, answer['trials']) or 'nothing ran'}")


def _as_json(answer: dict[str, Any]) -> dict[str, Any]:
    from dataclasses import asdict

    subject: Subject = answer["subject"]
    attested = answer["attested"]
    return {
        "recipe": subject.version.full_name,
        "version": subject.version.version,
        "path": str(subject.working) if subject.working else None,
        "code_hash": subject.code_hash,
        "updated": answer["updated"],
        "attested": asdict(attested) if attested else None,
        "tests": [
            {
                "name": one.test,
                "outcome": one.outcome,
                "message": one.message,
                "identical": one.identical,
                "differences": [asdict(each) for each in one.differences],
                "results": asdict(one.results) if one.results else None,
                "environment": one.environment,
                "elapsed_s": round(one.elapsed_s, 3),
                "kept": str(one.kept) if one.kept else None,
            }
            for one in answer["trials"]
        ],
    }
