"""cobrex validate: people accept and reject products; the oddest come first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import AsCsv, AsJson

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from cobrex.batch.peers import Oddness

app = typer.Typer(
    help="Products that people look at: list, show, accept, reject.", no_args_is_help=True
)

Keys = Annotated[
    list[str], typer.Argument(metavar="KEY...", help="Keys of processes; four characters do.")
]
_MOST_WHY = 2000


@app.command("list")
def list_(
    recipe: Annotated[str, typer.Option(help="Only products of a recipe.")] = "",
    star: Annotated[str, typer.Option(help="Only those of a star.")] = "",
    everything: Annotated[
        bool, typer.Option("--all", help="Also those of which somebody has said something.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=10**9, help="At most so many.")] = 100,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List what nobody has accepted or rejected: what differs most from its peers first."""
    from cobrex import settings
    from cobrex_db import validations
    from cobrex_db.engine import open_catalogue
    from cobrex_db.stars.lookup import resolve

    from .output import emit

    configured = settings.load()
    with open_catalogue(configured.database_url).connect() as connection:
        rows = validations.waiting(
            connection,
            viewer=configured.user,
            recipe=recipe or None,
            star_id=resolve(connection, star).star_id if star else None,
            everything=everything,
        )
        odd = _oddness(connection, {str(row["recipe"]) for row in rows})
    rows = sorted((_row(row, odd.get(row["attempt_id"])) for row in rows), key=_order)[:limit]
    if not (as_json or as_csv):
        for row in rows:
            row["key"] = row["key"][:8]
            row["recipe"] = f"{row['recipe'].removeprefix('main/')}@{row['version']}"
    said = ["said", "by", "why"] if everything else []
    columns = ["key", "recipe", *(["version"] if as_csv else []), "star", "night", "verdict"]
    emit(
        rows, [*columns, "metric", "value", "median", "off", *said], as_json=as_json, as_csv=as_csv
    )


def _oddness(connection: Connection, recipes: set[str]) -> dict[int, Oddness]:
    from cobrex.batch.peers import oddest
    from cobrex_db import metrics

    return oddest(metrics.peers(connection, recipes))


def _row(row: dict[str, Any], odd: Oddness | None) -> dict[str, Any]:
    said = None if row["accepted"] is None else "accepted" if row["accepted"] else "rejected"
    return {
        **{name: row[name] for name in ("key", "recipe", "version", "star", "night", "verdict")},
        "metric": odd.metric if odd else None,
        "value": odd.value if odd else None,
        "median": odd.middle if odd else None,
        "off": round(odd.z, 2) if odd else None,
        "said": said,
        "by": row["user"],
        "why": row["why"],
    }


def _order(row: dict[str, Any]) -> tuple[Any, ...]:
    """The oddest first; then what the ranges find fault with; then what has no peers."""
    worse = {"fail": 0, "warn": 1}.get(row["verdict"] or "", 2)
    return (-(row["off"] if row["off"] is not None else -1.0), worse, row["key"])


@app.command()
def show(
    key: Annotated[str, typer.Argument(help="Key of a process; four characters do.")],
    as_json: AsJson = False,
) -> None:
    """Show what there is to judge: metrics among their peers, what was said, what depends on it."""
    from cobrex import settings
    from cobrex_db import metrics, validations
    from cobrex_db.descent import descendants
    from cobrex_db.engine import open_catalogue
    from cobrex_db.processes import by_key

    from .output import emit_json

    configured = settings.load()
    with open_catalogue(configured.database_url).connect() as connection:
        process = by_key(connection, key, viewer=configured.user)
        peers = metrics.peers(connection, [process["recipe"]])
        said = validations.history(connection, process["process_id"])
        users = len(descendants(connection, [process["process_id"]]))
    found = {
        **{
            n: process[n] for n in ("key", "recipe", "version", "star", "night", "state", "verdict")
        },
        "metrics": _metrics(process, peers),
        "said": said,
        "made_from_it": users,
        "files": [
            str(configured.store / a["folder"] / p["file"])
            for a in process["attempts"][:1]
            for p in a["record"]["generated"]
        ],
    }
    if as_json:
        emit_json(found)
    else:
        _print(found)


def _metrics(
    process: dict[str, Any], peers: list[tuple[int, str, str, float]]
) -> list[dict[str, Any]]:
    from cobrex.batch.peers import spread

    rows = []
    for metric in process["attempts"][0]["metrics"] if process["attempts"] else []:
        values = [value for _, _, name, value in peers if name == metric["name"]]
        where = spread(values) if values else None
        z = where.z(metric["value"]) if where and metric["value"] is not None else None
        rows.append(
            {
                **metric,
                "median": where.middle if where else None,
                "peers": len(values),
                "off": None if z is None else round(z, 2),
            }
        )
    return rows


def _print(found: dict[str, Any]) -> None:
    from .output import cell, say, table

    users = found["made_from_it"]
    uses = "1 process" if users == 1 else f"{users} processes"
    say(
        f"process   {found['key']}",
        f"recipe    {found['recipe'].removeprefix('main/')}@{found['version']}",
        f"star      {cell(found['star']) or '-'}   night {cell(found['night']) or '-'}",
        f"state     {found['state']}   verdict {found['verdict'] or '-'}",
    )
    columns = ["name", "value", "unit", "low", "high", "verdict", "median", "off", "peers"]
    if found["metrics"]:
        table(found["metrics"], columns, title="metrics")
    for word in found["said"]:
        how = "accepted" if word["accepted"] else "rejected"
        why = f": {word['why']}" if word["why"] else ""
        say(f"{how}  by {word['user']}, {cell(word['created'])} UTC{why}")
    say(f"used by   {uses} made from it", *(f"file      {f}" for f in found["files"]))


@app.command()
def accept(
    keys: Keys,
    why: Annotated[str, typer.Option(help="What you looked at.")] = "",
    as_json: AsJson = False,
) -> None:
    """Accept products: they may be used, whatever the QC ranges say."""
    _say(keys, accepted=True, why=why, as_json=as_json)


@app.command()
def reject(
    keys: Keys,
    why: Annotated[str, typer.Option(help="What is wrong with them.")] = "",
    as_json: AsJson = False,
) -> None:
    """Reject products: they, and all that was made from them, go out of use."""
    from cobrex.errors import UsageError

    if not why.strip():
        raise UsageError(
            "a rejection wants its reason",
            hint='cobrex validate reject KEY --why "a cosmic ray on the star"',
            kind="why",
        )
    _say(keys, accepted=False, why=why, as_json=as_json)


def _say(keys: list[str], *, accepted: bool, why: str, as_json: bool) -> None:
    from cobrex import settings
    from cobrex.errors import UsageError
    from cobrex_db.engine import open_catalogue, transact

    from .keep_people import keep_people

    if len(why) > _MOST_WHY:
        raise UsageError(
            f"the reason has {len(why)} characters",
            hint=f"at most {_MOST_WHY}; the rest belongs into a report",
            kind="why",
        )
    configured = settings.load()
    engine = open_catalogue(configured.database_url)
    words = " ".join(why.split())  # of one line: another one could pass for somebody else's word
    rows = transact(
        engine, lambda c: _store(c, keys, user=configured.user, accepted=accepted, why=words)
    )
    keep_people(engine)
    if as_json:
        from .output import emit_json

        emit_json(rows)
        return
    _tell(rows, "accepted" if accepted else "rejected")


def _store(
    connection: Connection, keys: list[str], *, user: str, accepted: bool, why: str
) -> list[dict[str, Any]]:
    """All of them or none."""
    from cobrex_db import validations
    from cobrex_db.processes import by_key, named

    rows = []
    for process in {
        p["key"]: p for p in (by_key(connection, key, viewer=user) for key in keys)
    }.values():
        gone = validations.say(
            connection, process["process_id"], user=user, accepted=accepted, why=why
        )
        rows.append(
            {
                "key": process["key"],
                "recipe": process["recipe"],
                "accepted": accepted,
                "user": user,
                "why": why,
                "withdrawn": [key for key, _ in named(connection, gone)],
            }
        )
    return rows


def _tell(rows: list[dict[str, Any]], how: str) -> None:
    from .output import say

    for row in rows:
        say(f"{how}  {row['recipe'].removeprefix('main/')} {row['key'][:8]}, by {row['user']}")
        if row["withdrawn"]:
            say(
                f"          out of use with it: {len(row['withdrawn'])} that were made from it "
                f"({', '.join(k[:8] for k in row['withdrawn'][:6])}"
                f"{' ...' if len(row['withdrawn']) > 6 else ''}); reduce again to replace them"
            )
