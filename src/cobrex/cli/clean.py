"""cobrex clean: what nobody needs any more is cleaned away."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import AsJson

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cobrex.settings import Settings
    from cobrex.upkeep.item import Item
    from cobrex.upkeep.order import Order
    from cobrex.upkeep.sweep import Found


def clean(
    older: Annotated[
        str, typer.Option(metavar="AGE", help="Only what was last used so long ago: 12h, 30d, 2w.")
    ] = "30d",
    larger: Annotated[
        str, typer.Option(metavar="SIZE", help="Only what is at least so large: 500MB, 1GiB.")
    ] = "0",
    kind: Annotated[
        list[str],
        typer.Option(
            help="failed, invalid, superseded, intermediate, scratch, batches, environments, "
            "versions; repeatable; all by default."
        ),
    ] = [],  # noqa: B006
    batch: Annotated[str, typer.Option(metavar="NAME", help="Only what this batch left.")] = "",
    star: Annotated[str, typer.Option(help="Only attempts of this star.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Say what would go; nothing is changed.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Clean away what nobody needs: failed attempts, what was superseded, unused software.

    Never what is pinned, accepted, exported, or an input of a running batch. What goes is out of
    use, stays in the lineage, and `cobrex reduce` makes it again when something needs it.
    """
    from cobrex import settings
    from cobrex.batch import orphans
    from cobrex.registry import open_registry
    from cobrex.upkeep import sweep
    from cobrex_db.engine import open_catalogue

    from .output import say

    configured = settings.load()
    engine = open_catalogue(configured.database_url)
    order = _order(configured, older, larger, kind, batch, star)
    if not dry_run:
        orphans.clear(engine, configured)
    found = sweep.survey(engine, configured, open_registry(configured), order)
    if dry_run or not found.items:
        _tell(found, found.items, order, as_json=as_json, dry_run=dry_run)
        return
    if not yes:
        _ask(found, order)
    gone = list(sweep.clean(engine, configured, found, order))
    _tell(found, gone, order, as_json=as_json, dry_run=False)
    if not as_json and len(gone) < len(found.items):
        say(f"{len(found.items) - len(gone)} are used by now, or belong to somebody else: kept")


def _order(
    settings: Settings, older: str, larger: str, kinds: list[str], batch: str, star: str
) -> Order:
    from cobrex.upkeep import order
    from cobrex_db.batch_story import find_batch
    from cobrex_db.engine import open_catalogue
    from cobrex_db.stars.lookup import resolve

    star_id = None
    with open_catalogue(settings.database_url).connect() as connection:
        if batch:
            find_batch(connection, batch, viewer=settings.user)
        if star:
            star_id = resolve(connection, star).star_id
    return order.Order(
        order.chosen(kinds, narrowed=bool(batch or star)),
        order.before(older),
        order.least(larger),
        settings.user,
        batch,
        star_id,
    )


def _ask(found: Found, order: Order) -> None:
    from cobrex.errors import UsageError

    if not sys.stdin.isatty():
        raise UsageError(
            "nobody is here to say yes",
            hint="--dry-run says what would go, --yes cleans it away",
            kind="confirm",
        )
    _table(found.items, order)
    typer.confirm("clean all this away?", abort=True)


def _tell(found: Found, items: list[Item], order: Order, *, as_json: bool, dry_run: bool) -> None:
    from .output import emit_json, say

    if as_json:
        emit_json(
            {
                "dry_run": dry_run,
                "items": [_plain(one) for one in items],
                "kept": dict(found.kept),
                "bytes": sum(one.size_bytes for one in items),
            }
        )
        return
    if not items:
        say("nothing to clean away")
    else:
        _table(items, order)
        say("nothing was changed (--dry-run)" if dry_run else "cleaned away")
    if found.kept:
        words = ", ".join(f"{number} {why}" for why, number in sorted(found.kept.items()))
        say(f"kept: {words}")


def _plain(one: Item) -> dict[str, Any]:
    attempt = one.attempt
    return {
        "kind": one.kind,
        "name": one.name,
        "bytes": one.size_bytes,
        "key": attempt.key if attempt else None,
        "attempt": attempt.number if attempt else None,
        "files": sorted(attempt.files.values()) if attempt else [str(p) for p in one.paths],
    }


def _table(items: Iterable[Item], order: Order) -> None:
    from cobrex.report.quantities import size

    from .output import table

    sums: dict[str, list[int]] = {kind: [] for kind in order.kinds}
    for one in items:
        sums[one.kind].append(one.size_bytes)
    rows = [
        {"kind": kind, "number": len(sizes), "size": size(sum(sizes))}
        for kind, sizes in sums.items()
        if sizes
    ]
    everything = [number for sizes in sums.values() for number in sizes]
    rows.append({"kind": "all", "number": len(everything), "size": size(sum(everything))})
    table(rows, ["kind", "number", "size"])
