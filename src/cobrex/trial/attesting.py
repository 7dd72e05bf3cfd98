"""From trials of a published version to its attestation, and what a channel demands."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version as version_of
from typing import Any

from cobrex.settings import Settings
from cobrex_registry.environments import environment
from cobrex_registry.evidence.attest import Attestation, attest, demand
from cobrex_registry.ident import Author, caller
from cobrex_registry.materialise import materialise
from cobrex_registry.repository import Registry
from cobrex_registry.version import Version

from .perform import FAILED, NOT_RUN, PASSED, Trial
from .subject import Subject


def why_not(subject: Subject, trials: Sequence[Trial]) -> str:
    """Return why these trials cannot be attested; empty when they can."""
    if subject.working is not None:
        return "a working copy is not published"
    if any(one.outcome == FAILED for one in trials):
        return ""
    if waiting := [one.test for one in trials if one.outcome == NOT_RUN]:
        return f"{', '.join(waiting)} could not be run"
    if lacking := {one.name for one in subject.manifest.tests} - {one.test for one in trials}:
        return f"{', '.join(sorted(lacking))} was left out"
    return ""


def attest_trials(
    registry: Registry,
    settings: Settings,
    subject: Subject,
    trials: Sequence[Trial],
    author: Author | None = None,
) -> Attestation | None:
    """Write the attestation of a published version's trials into this server's notes.

    Parameters
    ----------
    registry : Registry
    settings : Settings
        Say which server this is.
    subject : Subject
    trials : sequence of Trial
    author : Author, optional
        Of the note.

    Returns
    -------
    Attestation or None
        None when the trials say too little.

    Raises
    ------
    RegistryError
        When notes cannot be written.
    """
    ran = [one for one in trials if one.environment]
    if not ran or why_not(subject, trials):
        return None
    return attest(
        registry,
        subject.version,
        settings.server,
        passed=all(one.outcome == PASSED for one in trials),
        code_hash=subject.code_hash,
        environment=ran[0].environment,
        tests=[_summary(one) for one in trials],
        agent={
            "by": caller(),
            "platform": f"{sys.platform}-{platform.machine()}",
            "cobrex": version_of("cobrex"),
        },
        author=author,
    )


def _summary(trial: Trial) -> dict[str, Any]:
    products = trial.results.products if trial.results else ()
    qc = trial.results.qc if trial.results else {}
    return {
        "name": trial.test,
        "outcome": trial.outcome,
        "products": [{"role": one.role, "n": one.n, "datamd5": one.datamd5} for one in products],
        "qc": {name: one.value for name, one in qc.items()},
    }


def demanded(
    registry: Registry, settings: Settings, channel: str
) -> Callable[[Version], None] | None:
    """Return what a channel demands of a recipe's version before it may stand on it.

    Parameters
    ----------
    registry : Registry
    settings : Settings
        ``attested_channels`` names the channels that demand a passed attestation.
    channel : str

    Returns
    -------
    callable or None
        Raises `RegistryError` of kind ``not-attested``; None for a channel without demands.
    """
    if channel not in {word.strip() for word in settings.attested_channels.split(",")}:
        return None

    def check(version: Version) -> None:
        if version.kind == "recipe":
            demand(registry, version, environment=current_environment(registry, settings, version))

    return check


def current_environment(registry: Registry, settings: Settings, version: Version) -> str:
    """Return the digest of a version's environment as it is here and now."""
    folder = materialise(registry, version, settings.cache)
    return environment.digest(registry.manifest(version), folder)
