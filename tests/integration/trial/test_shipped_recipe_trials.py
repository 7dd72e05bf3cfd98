"""The shipped recipes pass the tests they bring, in their own environments."""

from __future__ import annotations

from pathlib import Path

import pytest
from toy_trial import place

from cobrex.trial.attesting import attest_trials, current_environment
from cobrex.trial.perform import PASSED, perform
from cobrex.trial.subject import subject
from cobrex_registry.evidence import attest
from cobrex_registry.publication import publish

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.slow


@pytest.mark.parametrize("recipe", sorted(p.name for p in (ROOT / "recipes").iterdir()))
def test_a_shipped_recipe_passes_and_is_attested(
    recipe: str, tmp_path: Path, recipe_environments: Path
) -> None:
    registry, settings = place(tmp_path)
    settings.environments.symlink_to(recipe_environments)
    publish(registry, ROOT / "recipes" / recipe)
    one = subject(registry, settings, recipe)
    trials = [perform(registry, settings, one, test) for test in one.chosen()]
    for trial in trials:
        assert trial.outcome == PASSED, (trial.message, trial.differences, trial.log)
    assert attest_trials(registry, settings, one, trials) is not None
    now = current_environment(registry, settings, one.version)
    assert attest.demand(registry, one.version, environment=now).server == "lyon"


def test_pinned_data_are_small() -> None:
    sizes = [path.stat().st_size for path in (ROOT / "recipes").rglob("*.fits.gz")]
    assert sizes
    assert sum(sizes) < 3e6
