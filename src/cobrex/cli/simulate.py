"""cobrex simulate: observations with known truth."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cobrex.simulate.night_folder import SimulatedNight

app = typer.Typer(no_args_is_help=True, help="Simulated observations with known truth.")


class Arm(StrEnum):
    """What can be simulated."""

    IFS = "IFS"
    IRDIS = "IRDIS"


@app.callback()
def _group() -> None:
    """Keep `night` a command of its own while it is the only one."""


@app.command()
def night(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Folder to write; new or empty.")],
    instrument: Annotated[str, typer.Option(help="SPHERE.")] = "SPHERE",
    arm: Annotated[Arm, typer.Option(help="Astrometric fields, or dual-band imaging.")] = Arm.IFS,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same night.")] = 1,
    stars: Annotated[
        int | None,
        typer.Option(min=1, max=20, help="IFS: 1 to 3, default 3; IRDIS: 1 to 20, default 1."),
    ] = None,
    nights: Annotated[
        int | None, typer.Option(min=1, help="IRDIS: as many as the stars need.")
    ] = None,
    planets: Annotated[int, typer.Option(min=0, max=4, help="IRDIS: around every third star.")] = 1,
    ndit: Annotated[
        int, typer.Option(min=2, max=30, help="IRDIS: DITs of each of 4 science exposures.")
    ] = 9,
    side: Annotated[int, typer.Option(help="IRDIS: pixels of a channel, 128 to 1024.")] = 160,
    filter_name: Annotated[
        str, typer.Option("--filter", metavar="FILTER", help="IRDIS: DB_H23 or DB_K12.")
    ] = "DB_H23",
    before_july_2016: Annotated[
        bool, typer.Option("--before-july-2016", help="IRDIS: with the derotator's clock error.")
    ] = False,
    distractors: Annotated[
        bool, typer.Option("--distractors", help="IRDIS: also calibrations that do not fit.")
    ] = False,
) -> None:
    """Write a night of SPHERE with its calibrations, and the truth about it."""
    _check(context, instrument, arm)
    if arm is Arm.IFS:
        _say(_ifs(folder, seed, 3 if stars is None else stars))
        return
    from cobrex.simulate.irdis_night import Request, simulate_irdis

    request = Request(
        seed=seed,
        stars=stars or 1,
        nights=nights,
        side=side,
        planets=planets,
        ndit=ndit,
        filter=filter_name,
        before_july_2016=before_july_2016,
        distractors=distractors,
    )
    _say(simulate_irdis(folder, request))


_IRDIS_ONLY = (
    "nights", "planets", "ndit", "side", "filter_name", "before_july_2016", "distractors",
)  # fmt: skip


def _check(context: typer.Context, instrument: str, arm: Arm) -> None:
    from cobrex.errors import UsageError

    if instrument != "SPHERE":
        raise UsageError(
            f"no simulator of {instrument}", kind="simulate", hint="--instrument SPHERE"
        )
    given = [
        name
        for name in _IRDIS_ONLY
        if (source := context.get_parameter_source(name)) and source.name != "DEFAULT"
    ]
    if arm is Arm.IFS and given:
        option = "--" + given[0].removesuffix("_name").replace("_", "-")
        raise UsageError(
            f"{option} is for IRDIS", kind="simulate", hint="add --arm IRDIS, or leave it out"
        )


def _ifs(folder: Path, seed: int, stars: int) -> SimulatedNight:
    from cobrex.simulate.ifs_night import simulate_night

    return simulate_night(folder, seed=seed, stars=stars)


def _say(made: SimulatedNight) -> None:
    """Tell what was written."""
    from cobrex.simulate.night_folder import TRUTH

    from .output import say

    truth = made.truth
    dates = [truth["night"]] if "night" in truth else list(truth["nights"])
    counts = ", ".join(f"{count} {name}" for name, count in made.counts.items())
    lacking = [name for name, one in truth["stars"].items() if not one.get("reducible", True)]
    hosts = [name for name, one in truth["stars"].items() if one.get("planets")]
    more = f"; {', '.join(lacking)} lacks its SPECPOS frame on purpose" if lacking else ""
    more += f"; planets around {', '.join(hosts)}" if hosts else ""
    say(
        f"{made.folder}: night {', '.join(dates)}, {', '.join(truth['stars'])}",
        f"{sum(made.counts.values())} files: {counts}",
        f"truth in {TRUTH}{more}",
    )
