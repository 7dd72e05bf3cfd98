"""How the end of a batch is shown: verdicts, metrics, failures, where the report lies."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .output import say, table
from .progress import short_recipe

if TYPE_CHECKING:
    from cobrex.batch.outcome import Outcome
    from cobrex.batch.prepare import Prepared

_MOST = 20
_ALIKE = 5  # more of a kind are told in one line
_SHORT_LINK = 600


def show(outcome: Outcome) -> None:
    """Print how a batch ended."""
    prepared = outcome.prepared
    asked = [r for k, r in outcome.records.items() if k in prepared.asked]
    rows = [_row(r) for r in asked[:_MOST]]
    if rows:
        table(rows, ["star", "night", "recipe", "verdict", "metrics"])
    _failures(outcome, prepared)
    for change in outcome.changes[:_MOST]:
        say(f"{change.what:<9} {change.message}")
    stale(prepared)
    if outcome.not_made:
        say(f"not made: {len(outcome.not_made)} processes whose inputs were not made")
    if gaps := len(prepared.plan.gaps):
        words = "1 group of frames" if gaps == 1 else f"{gaps} groups of frames"
        say(f"not planned: {words}; why and the cure: cobrex batch show {outcome.name}")
    say(f"batch   {outcome.name}: {outcome.state}", f"files   {outcome.folder}")
    if outcome.report is not None:
        say(f"report  {outcome.report}")
    if prepared.request.keep_scratch:
        folders = [str(_folder(prepared, r)) for r in outcome.records.values()]
        say(*(f"kept    {folder}" for folder in folders[:_MOST]))
        if len(folders) > _MOST:
            say(f"        and {len(folders) - _MOST} more (cobrex process show tells where)")


def stale(prepared: Prepared) -> None:
    """Say what is used though better inputs are there."""
    for one in prepared.stale[:_MOST]:
        say(f"stale     {one.recipe} {one.key[:8]} {one.main}: {one.why}")
    if prepared.stale:
        say("          --refresh makes them anew")


def _failures(outcome: Outcome, prepared: Prepared) -> None:
    """Say what failed; more than a few that are alike in one line."""
    from cobrex.report.failure_groups import Failed, grouped

    records = {record["key"]: record for record in outcome.failures}
    groups = grouped(
        Failed(
            short_recipe(r["recipe"]), r["reason"], _reason(r), r["labels"]["star"] or "", r["key"]
        )
        for r in records.values()
    )
    few = {(g.recipe, g.cause, g.signature) for g in groups if g.count <= _ALIKE}
    told: set[str] = set()
    alone = [r for r in records.values() if _kind(r) in few]
    for record in alone[:_MOST]:
        _failure(record, _folder(prepared, record), told)
    for group in groups:
        if group.count > _ALIKE:
            record = records[group.key]
            say(f"failed  {group.count} x {group.recipe}: {group.words}")
            _failure_of(record, _folder(prepared, record), told)
    if len(alone) > _MOST:
        say(f"        and {len(alone) - _MOST} more: cobrex batch show {outcome.name} --failures")


def _kind(record: dict[str, Any]) -> tuple[str, str, str]:
    from cobrex.report.failure_groups import signature

    return short_recipe(record["recipe"]), record["reason"], signature(_reason(record))


def _failure(record: dict[str, Any], folder: Path, told: set[str]) -> None:
    name = short_recipe(record["recipe"])
    say(f"failed  {name} {record['labels']['main']}: {_reason(record)}")
    _failure_of(record, folder, told)


def _failure_of(record: dict[str, Any], folder: Path, told: set[str]) -> None:
    from cobrex.report.issue import issue_link

    say(f"        look: cobrex process logs {record['key'][:8]}")
    name = short_recipe(record["recipe"])
    link = issue_link(record, folder, limit=_SHORT_LINK)
    if link and name not in told:  # one of a kind is enough; `process show` has the others
        say(f"        report it: {link}")
        told.add(name)


def _folder(prepared: Prepared, record: dict[str, Any]) -> Path:
    from cobrex.plan.file import attempt_folder

    recipe = record["recipe"]
    return prepared.kitchen.settings.store / attempt_folder(
        recipe["name"], recipe["version"], record["key"], record["attempt"]
    )


def _row(record: dict[str, Any]) -> dict[str, Any]:
    labels = record["labels"]
    values = [m for m in record["qc"] if m["value"] is not None][:3]
    metrics = ", ".join(
        f"{m['name'].removeprefix('QC ').lower()} {m['value']:.6g} {m['unit']}".rstrip()
        for m in values
    )
    return {
        "star": labels["star"] or "",
        "night": labels["night"] or "",
        "recipe": short_recipe(record["recipe"]),
        "verdict": record["verdict"] or record["outcome"],
        "metrics": metrics,
    }


def _reason(record: dict[str, Any]) -> str:
    if record["outcome"] != "done":
        return f"{record['reason']}: {record['message']}"
    bad = [m for m in record["qc"] if m["verdict"] == "fail"]
    return "QC: " + ", ".join(
        f"{m['name']} = {m['value']} outside {_range(m)}"
        if m["value"] is not None
        else f"{m['name']} was not measured"
        for m in bad
    )


def _range(metric: dict[str, Any]) -> str:
    low, high = metric["low"], metric["high"]
    return f"[{'' if low is None else low}, {'' if high is None else high}]"


def as_json(outcome: Outcome) -> dict[str, Any]:
    """Return the end of a batch as plain values."""
    from cobrex.records.read import glance

    prepared = outcome.prepared
    return {
        "batch": outcome.name,
        "state": outcome.state,
        "folder": str(outcome.folder),
        "report": str(outcome.report) if outcome.report else None,
        "records": [glance(_folder(prepared, r)) or r for r in outcome.records.values()],
        "not_made": outcome.not_made,
        "reused": sorted(prepared.reused),
        "gaps": [
            {"recipe": g.recipe, "main": g.main, "message": g.message, "hint": g.hint}
            for g in prepared.plan.gaps
        ],
        "changes": [asdict(c) for c in outcome.changes],
        "stale": [asdict(s) for s in prepared.stale],
    }
