"""Where the shipped content lies: Snakefile, rules, profiles, recipes, instruments."""

from __future__ import annotations

from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


@cache
def home() -> Path:
    """Return the folder that holds the Snakefile, in a wheel or in a checkout.

    Returns
    -------
    pathlib.Path
        The folder; nothing is ever written there.
    """
    return next(
        h for h in (PACKAGE / "workflow", PACKAGE.parents[1]) if (h / "Snakefile").is_file()
    )
