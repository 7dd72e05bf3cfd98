"""cobrex simulate: observations with known truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Simulated observations with known truth.")


@app.callback()
def _group() -> None:
    """Keep `night` a command of its own while it is the only one."""


@app.command()
def night(
    folder: Annotated[Path, typer.Argument(help="Folder to write; new or empty.")],
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same night.")] = 1,
    stars: Annotated[int, typer.Option(min=1, max=3, help="HR 100, 51 Eri, HD 95086.")] = 3,
) -> None:
    """Write a night of SPHERE/IFS astrometric fields with their calibrations."""
    from cobrex.simulate.ifs_night import simulate_night
    from cobrex.simulate.night_folder import TRUTH

    from .output import say

    made = simulate_night(folder, seed=seed, stars=stars)
    counts = ", ".join(f"{count} {name}" for name, count in made.counts.items())
    lacking = [name for name, one in made.truth["stars"].items() if not one["reducible"]]
    say(
        f"{made.folder}: night {made.truth['night']}, {', '.join(made.truth['stars'])}",
        f"{sum(made.counts.values())} files: {counts}",
        f"truth in {TRUTH}"
        + (f"; {', '.join(lacking)} lacks its SPECPOS frame on purpose" if lacking else ""),
    )
