"""cobrex qc: metrics, their trend over nights, judged again by the ranges in force."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import AsCsv, AsJson

if TYPE_CHECKING:
    from sqlalchemy import Connection

app = typer.Typer(help="QC metrics: list, plot, judge.", no_args_is_help=True)

VERDICTS = ("pass", "warn", "fail")
Recipe = Annotated[str, typer.Option(help="Only those of a recipe.")]
Star = Annotated[str, typer.Option(help="Only those of a star.")]
Night = Annotated[str, typer.Option(help="2020-03-07 or 2020-03-07..2020-03-14.")]


@app.command("list")
def list_(
    recipe: Recipe = "",
    metric: Annotated[str, typer.Option(help="Only this one: 'QC RON', or ron.")] = "",
    star: Star = "",
    night: Night = "",
    verdict: Annotated[str, typer.Option(help="pass, warn, fail.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10**9, help="At most so many.")] = 200,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List metrics with their ranges and verdicts, the latest nights first."""
    from .output import emit

    rows = _rows(recipe, metric, star, night, verdict=verdict, limit=limit)
    if not (as_json or as_csv):
        for row in rows:
            row["key"] = row["key"][:8]
            row["recipe"] = f"{row['recipe'].removeprefix('main/')}@{row['version']}"
    columns = ["key", "recipe", "star", "night", "metric", "value", "unit", "low", "high"]
    emit(rows, [*columns, "verdict"], as_json=as_json, as_csv=as_csv)


def _rows(
    recipe: str, metric: str, star: str, night: str, *, verdict: str = "", limit: int | None = None
) -> list[dict[str, Any]]:
    from cobrex import settings
    from cobrex.errors import UsageError
    from cobrex_db.engine import open_catalogue
    from cobrex_db.metrics import list_metrics
    from cobrex_db.nights import parse_nights
    from cobrex_db.stars.lookup import resolve

    if verdict and verdict not in VERDICTS:
        raise UsageError(
            f"no metric is ever {verdict!r}",
            hint=f"verdicts: {', '.join(VERDICTS)}",
            kind="verdict",
        )
    configured = settings.load()
    with open_catalogue(configured.database_url).connect() as connection:
        return list_metrics(
            connection,
            viewer=configured.user,
            recipe=recipe or None,
            metric=_named(connection, metric) if metric else None,
            star_id=resolve(connection, star).star_id if star else None,
            nights=parse_nights(night),
            verdict=verdict or None,
            limit=limit,
        )


def _named(connection: Connection, word: str) -> str:
    """Return the metric that a word means: ``ron`` is ``QC RON``."""
    from cobrex_db.errors import CatalogueError
    from cobrex_db.metrics import names
    from cobrex_db.near_miss import near_or_all

    there = names(connection)
    plain = {n.casefold().removeprefix("qc "): n for n in there}
    found = word if word in there else plain.get(word.casefold().removeprefix("qc "))
    if found is None:
        raise CatalogueError(
            f"nothing has a metric {word!r}",
            hint=near_or_all(word, there, "metrics"),
            kind="unknown-metric",
        )
    return found


@app.command()
def plot(
    metric: Annotated[str, typer.Argument(help="'QC RON', or ron.")],
    recipe: Recipe = "",
    star: Star = "",
    night: Night = "",
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE.svg", help="The picture.")
    ] = Path("trend.svg"),
) -> None:
    """Draw the trend of a metric over nights: range as lines, failed points crossed."""
    from cobrex.errors import PlanError, UsageError
    from cobrex.report.trend import Point, draw
    from cobrex_registry import written

    if output.suffix.lower() != ".svg":
        example = output.with_suffix(".svg") if output.name else "trend.svg"
        raise UsageError(
            f"{output}: trends are drawn as SVG",
            hint=f"-o {example}: browsers and editors show it and save a PNG",
            kind="picture",
        )
    rows = _rows(recipe, metric, star, night)
    points = [
        Point(
            row["mjd"], row["value"], row["verdict"], row["low"], row["high"],
            f"{row['recipe'].removeprefix('main/')} {row['key'][:8]} {row['night'] or ''}",
        )
        for row in rows
        if row["mjd"] is not None and row["value"] is not None
    ]  # fmt: skip
    if not points:
        raise PlanError(
            f"no dated product has a value of {metric!r} here",
            hint="`cobrex qc list` shows what was measured",
            kind="nothing-matches",
        )
    recipes = sorted({row["recipe"].removeprefix("main/") for row in rows})
    title = f"{rows[0]['metric']} of {', '.join(recipes)}"
    picture = draw(points, title=title, unit=str(rows[0]["unit"]))
    try:
        written.replace(output, picture.encode())
    except OSError as error:
        raise UsageError(
            f"{output} cannot be written: {error.strerror}",
            hint="name a file in a folder that is there: -o trend.svg",
            kind="picture",
        ) from error
    typer.echo(str(output))


@app.command()
def judge(
    recipe: Recipe = "",
    as_json: AsJson = False,
) -> None:
    """Judge what was measured by the QC ranges in force; nothing is made again."""
    from cobrex import settings
    from cobrex.batch.judge_all import judge_all
    from cobrex.registry import open_registry
    from cobrex_db.engine import open_catalogue

    from .output import emit_json, say

    configured = settings.load()
    engine = open_catalogue(configured.database_url)
    found = judge_all(engine, configured, open_registry(configured), recipe=recipe or None)
    if as_json:
        emit_json(
            {
                "looked_at": found.looked,
                "judged": found.judged,
                "withdrawn": [change.key for change in found.changes],
                "unknown": found.unknown,
            }
        )
        return
    other = [row for row in found.judged if row["before"] != row["after"]]
    say(
        f"{found.looked} looked at, {len(found.judged)} by other ranges than before, "
        f"{len(other)} with another verdict"
    )
    for row in other:
        name = row["recipe"].removeprefix("main/")
        say(f"{row['after'] or '-':<9} {name} {row['key'][:8]}, before {row['before'] or '-'}")
    say(*(f"{change.what:<9} {change.message}" for change in found.changes))
    say(*(f"unknown   {name}: {why}" for name, why in found.unknown.items()))
