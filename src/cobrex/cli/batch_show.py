"""cobrex batch show: one batch, how its processes fared."""

from __future__ import annotations

from .options import AsJson, BatchName


def show(name: BatchName = "", as_json: AsJson = False) -> None:
    """Show a batch: its processes, what failed and why, what is otherwise, what is stale."""
    from cobrex import settings
    from cobrex_db.batch_story import batch_by_name
    from cobrex_db.engine import open_catalogue
    from cobrex_db.series import stale_why, standing_of

    from .output import emit_json, say, table

    configured = settings.load()
    with open_catalogue(configured.database_url).connect() as connection:
        batch = batch_by_name(connection, name or None, viewer=configured.user)
        members = {m["process_id"]: m for m in batch["members"]}
        for process_id, standing in standing_of(connection, list(members)).items():
            members[process_id]["standing"] = standing
        batch["stale"] = stale_why(connection, {m["series"] for m in batch["members"]})
    if as_json:
        emit_json(batch)
        return
    say(f"batch   {batch['name']}: {batch['state']}, by {batch['user']}")
    rows = [
        {**m, "key": m["key"][:8], "recipe": f"{m['recipe'].removeprefix('main/')}@{m['version']}"}
        for m in batch["members"]
    ]
    table(rows, ["key", "recipe", "star", "night", "state", "verdict", "standing"])
    for member in rows:
        if member["state"] in {"failed", "blocked", "lost"}:
            say(f"{member['state']}  {member['key']} {member['reason']}: {member['message']}")
    for change in batch["changes"]:
        say(f"{change['what']:<9} round {change['round']}: {change['message']}")
    for member in rows:
        if why := batch["stale"].get(member["series"]):
            say(f"stale     {member['recipe']} {member['key']}: {why}; --refresh makes it anew")
    for gap in batch["gaps"]:
        say(
            f"cannot  {gap['recipe']}  {gap['main']}",
            f"        {gap['message']}",
            f"        cure: {gap['hint']}",
        )
