"""How a proposed process is shown."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from .output import emit_json, say, table
from .reason import bare

if TYPE_CHECKING:
    from cobrex.batch.proposal import Candidate, Proposal

_COLUMNS = ["role", "", "frame", "name", "level", "delta_d", "why"]


def show(proposal: Proposal) -> None:
    """Print a proposal for people: what is chosen (*), and below it what else would do."""
    preset = f" [{proposal.preset}]" if proposal.preset else ""
    key = f"  {proposal.key[:8]}" if proposal.key else ""
    say(
        f"{proposal.state}  {proposal.recipe.removeprefix('main/')}@{proposal.version}{preset}{key}"
        f"  by the rule {proposal.association}"
    )
    rows: list[dict[str, Any]] = []
    for role in proposal.roles:
        rows += [_row(role.role, "*", one) for one in role.chosen]
        if not role.chosen:
            rows.append({"role": role.role, "": "*", "why": "nothing"})
        rows += [_row("", "", one) for one in role.others]
    table(rows, _COLUMNS)
    for message, hint in proposal.missing:
        say(f"cannot be made: {message}", f"  cure: {hint}")
    say(*(f"warning: {text}" for text in proposal.warnings))


def emit(proposal: Proposal) -> None:
    """Print a proposal as JSON."""
    emit_json(asdict(proposal))


def _row(role: str, mark: str, one: Candidate) -> dict[str, Any]:
    return {
        "role": role,
        "": mark,
        "frame": "to make" if one.frame_id is None else one.frame_id,
        "name": one.name,
        "level": one.level,
        "delta_d": None if one.delta_d is None else f"{one.delta_d:+.3f}",
        "why": bare(one.why),
    }
