"""How an estimate is shown: what a plan will cost, how sure that is, what a batch took instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .output import say, table

if TYPE_CHECKING:
    from cobrex.batch.estimate import Estimate, Places
    from cobrex.batch.forecast import Spread
    from cobrex.batch.prepare import Prepared
    from cobrex.settings import Settings
    from cobrex_db.usage import Spent

    Foreseen = tuple[Estimate, Places, dict[str, Spread]]

_CALLED = {
    "processes": "processes",
    "cpu_s": "CPU",
    "wall_s": "clock",
    "memory_mb": "memory of the largest",
    "disk_bytes": "disk",
}
_MOST = 8


def foresee(settings: Settings, prepared: Prepared, *, profile: str, jobs: int) -> Foreseen:
    """Estimate what a plan will cost, and how good that is."""
    from cobrex.batch import estimate, forecast
    from cobrex.batch.snakemake import profile_folder
    from cobrex_db.engine import open_catalogue
    from cobrex_db.usage import spent_lately

    engine = open_catalogue(settings.database_url)
    places = estimate.Places.of_profile(profile_folder(profile), jobs, settings.site)
    with engine.connect() as connection:
        past = spent_lately(connection)
    return estimate.foresee(engine, prepared, places), places, forecast.spreads(past)


def show(found: Estimate, places: Places, spreads: dict[str, Spread]) -> None:
    """Print what a plan will cost."""
    from cobrex.report.quantities import size, span

    if not found.processes:
        say("estimate  nothing to make")
        return
    room = f"{places.room} {'cores' if places.cores else 'SLURM jobs at once'}"
    say(
        f"estimate  {found.processes} to make on {room}: {span(found.cpu_s)} of CPU, "
        f"{span(found.wall_s)} on the clock, never less than {span(found.critical_s)}",
        f"          memory  {_mebibytes(found.memory_mb)} for the largest, "
        f"{_mebibytes(found.together_mb)} for all at once",
        f"          disk    {size(found.disk_bytes) if found.disk else 'unknown'}{_by_type(found)}",
    )
    told = [f"{_CALLED[name]} {_times(s)}" for name, s in spreads.items()]
    if told:
        most = max(s.batches for s in spreads.values())
        say(f"          past    what {most} batches took of what was foreseen: {'; '.join(told)}")
    else:
        say("          past    too few batches were long enough to tell how good this is")
    if found.unknown:
        names = ", ".join(name.removeprefix("main/") for name in found.unknown[:_MOST])
        say(
            f"          new     {names}: nobody has used it yet; a tenth of its time limit is "
            "taken, and no disk"
        )


def as_json(found: Estimate, places: Places, spreads: dict[str, Spread]) -> dict[str, Any]:
    """Return an estimate as plain JSON values."""
    from dataclasses import asdict

    return {
        **found.as_json(),
        "on": asdict(places),
        "past": {name: asdict(spread) for name, spread in spreads.items()},
    }


def show_batch(spent: Spent) -> None:
    """Print what a batch was foreseen to take beside what it took."""
    so_far = " so far" if spent.state == "running" else ""
    say(f"batch   {spent.name}: {spent.state}")
    rows = [
        {
            "": _CALLED[row["what"]],
            "foreseen": _text(row, "foreseen"),
            f"took{so_far}": _text(row, "took"),
        }
        | {"times": "-" if row["times"] is None else f"{row['times']:.2g}"}
        for row in compare(spent)
    ]
    table(rows, ["", "foreseen", f"took{so_far}", "times"])
    if spent.forecast is None:
        say("it was begun without a forecast: `cobrex batch estimate` makes one of a request")


def compare(spent: Spent) -> list[dict[str, Any]]:
    """Return forecast and truth of a batch, and by how many times it took more."""
    from cobrex.batch.forecast import foreseen, truth

    said = foreseen(spent)
    return [
        {
            "what": name,
            "foreseen": said.get(name),
            "took": took,
            "times": took / said[name] if said.get(name) else None,
        }
        for name, took in truth(spent).items()
    ]


def _text(row: dict[str, Any], key: str) -> str:
    from cobrex.report.quantities import size, span

    value = row[key]
    if value is None:
        return "-"
    if row["what"].endswith("_s"):
        return span(value)
    if row["what"] == "memory_mb":
        return _mebibytes(value)
    return size(value) if row["what"] == "disk_bytes" else f"{value:.0f}"


def _by_type(found: Estimate) -> str:
    from cobrex.report.quantities import size

    largest = sorted(found.disk.items(), key=lambda item: -item[1])
    told = [f"{name} {size(count)}" for name, count in largest[:_MOST]]
    more = [f"{len(largest) - _MOST} more types"] if len(largest) > _MOST else []
    return f": {', '.join(told + more)}" if told else ""


def _times(spread: Spread) -> str:
    return f"{spread.low:.2g} to {spread.high:.2g} times"


def _mebibytes(count: float) -> str:
    return f"{count:.0f} MiB" if count < 10_000 else f"{count / 1024:.1f} GiB"
