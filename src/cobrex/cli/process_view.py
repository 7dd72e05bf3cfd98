"""How a process is shown to people."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

from .output import cell, say, table

_OUT_OF_USE = (
    "          its products are out of use, as one they were made from is;",
    "          `cobrex reduce` makes it again",
)


def show(process: dict[str, Any], store: Path) -> None:
    """Print a process.

    Parameters
    ----------
    process : dict
        From the catalogue, with inputs and attempts.
    store : pathlib.Path
    """
    say(
        f"process   {process['key']}",
        f"recipe    {process['recipe'].removeprefix('main/')}@{process['version']}"
        + (f"  preset {process['preset']}" if process["preset"] else ""),
        f"star      {cell(process['star']) or '-'}   night {cell(process['night']) or '-'}",
        f"state     {process['state']}   verdict {process['verdict'] or '-'}",
        *(_OUT_OF_USE if _out_of_use(process) else ()),
    )
    for word in process["validations"]:
        how = "accepted" if word["accepted"] else "rejected"
        why = f": {word['why']}" if word["why"] else ""
        say(
            f"{how}  attempt {word['attempt']}, by {word['user']}, {cell(word['created'])} UTC{why}"
        )
    say("parameters", *(f"  {n} = {json.dumps(v)}" for n, v in process["parameters"].items()))
    if process["inputs"]:
        table(
            [{**i, "content_id": i["content_id"][:8]} for i in process["inputs"]],
            ["role", "frame_type", "frame_id", "content_id", "why"],
            title="inputs",
        )
    if process["attempts"]:
        _attempt(process["attempts"][0], store)
    for attempt in process["attempts"][1:]:
        say(
            f"earlier attempt {attempt['number']}: {attempt['outcome']} "
            f"{_removed(attempt) or attempt['message'] or ''}"
        )


def _out_of_use(process: dict[str, Any]) -> bool:
    """What was made from something that was rejected, failed or replaced is to be made anew."""
    latest = [one for one in process["attempts"][:1] if one["removed_at"] is None]
    return process["state"] == "planned" and any(one["outcome"] == "done" for one in latest)


def _removed(attempt: dict[str, Any]) -> str:
    """When and why it was cleaned away; empty when it was not."""
    if attempt["removed_at"] is None:
        return ""
    why = attempt["reason"] if attempt["outcome"] == "done" else "failed"
    return f"cleaned away {cell(attempt['removed_at'])} UTC: {why}"


def _attempt(attempt: dict[str, Any], store: Path) -> None:
    from cobrex.report.issue import issue_link

    if attempt["metrics"]:
        rows = [{**m, "range": _range(m)} for m in attempt["metrics"]]
        table(rows, ["name", "value", "unit", "range", "verdict"], title="metrics")
    record = attempt["record"]
    if record["generated"]:
        rows = [{**p, "size": f"{p['size_bytes'] / 1e6:.2f} MB"} for p in record["generated"]]
        table(rows, ["role", "frame_type", "file", "size"], title="products")
    say(
        f"attempt   {attempt['number']}: {attempt['outcome']} on {attempt['host']}, "
        f"{cell(attempt['started'])} UTC, {attempt['cpu_s']:.1f} s CPU, "
        f"{(attempt['memory_bytes'] or 0) / 1e6:.0f} MB"
    )
    if removed := _removed(attempt):
        say(f"removed   {removed}; `cobrex reduce` makes it again when something needs it")
    if attempt["message"]:
        say(f"reason    {attempt['reason']}: {attempt['message']}")
    if url := issue_link(record, store / attempt["folder"]):
        say(f"report    {url}")
    say(f"command   {shlex.join(record['command'])}", f"files     {store / attempt['folder']}")


def _range(metric: dict[str, Any]) -> str:
    if metric["low"] is None and metric["high"] is None:
        return ""
    return f"[{cell(metric['low'])}, {cell(metric['high'])}]"
