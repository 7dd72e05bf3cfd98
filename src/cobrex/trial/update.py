"""Writing what a test is to give into the author's folder."""

from __future__ import annotations

from pathlib import Path

from cobrex_registry.errors import RegistryError
from cobrex_registry.evidence.expectation import expectation_text
from cobrex_registry.evidence.results import kept_tolerances
from cobrex_registry.recipe.recipe_test import RecipeTest
from cobrex_registry.written import replace

from .perform import Trial
from .subject import Subject


def refuse_published(subject: Subject) -> Path:
    """Return the folder to write into.

    Raises
    ------
    RegistryError
        Of kind ``published``: what is published never changes.
    """
    if subject.working is None:
        raise RegistryError(
            f"{subject.label} is published: what it expects never changes",
            kind="published",
            hint="--update wants the path of a working copy: cobrex recipe test ./FOLDER --update",
        )
    return subject.working


def update(subject: Subject, test: RecipeTest, trial: Trial) -> bool:
    """Write a trial's results as what is expected from now on; tolerances set by hand stay.

    Parameters
    ----------
    subject : Subject
        A working copy.
    test : RecipeTest
    trial : Trial
        With results.

    Returns
    -------
    bool
        Whether the file changed.

    Raises
    ------
    RegistryError
        When it cannot be written, or would be written elsewhere.
    """
    folder = refuse_published(subject)
    test.check()
    if trial.results is None:
        return False
    new = kept_tolerances(trial.expected, trial.results) if trial.expected else trial.results
    path = folder / test.expect
    text = expectation_text(new)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if folder.resolve() not in path.parent.resolve().parents:
            raise RegistryError(
                f"{path} lies elsewhere: a link leads out of the recipe",
                kind="test",
                hint="remove the link",
            )
        if path.is_file() and path.read_text(encoding="utf-8", errors="replace") == text:
            return False
        replace(path, text.encode(), 0o644)
    except OSError as error:
        raise RegistryError(
            f"{path}: {error.strerror or error}", kind="test", hint="see that you may write there"
        ) from error
    return True
