"""What the options of `cobrex reduce` ask for, as a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cobrex.batch.request import Request
    from cobrex.settings import Settings


def request_of(settings: Settings, asked: Mapping[str, Any]) -> Request:
    """Return what was asked for; `asked` holds the options by the names of their parameters."""
    from cobrex.batch.locks import chosen
    from cobrex.batch.needs import read_needs
    from cobrex.batch.request import Request
    from cobrex_db.nights import parse_nights

    from .pairs import expand, pairs
    from .rule_changes import changes

    needs = pairs(asked["need"], "--need")
    read_needs(needs)
    observed = {"arm": asked["arm"], "filter": asked["filter_"], "programme": asked["programme"]}
    same = ("workflow", "refresh", "require_validation", "force")
    return Request(
        stars=tuple(expand(asked["star"])),
        frame_types=tuple(asked["frame"]),
        nights=parse_nights(asked["night"]),
        observed={k: v for k, v in observed.items() if v},
        recipe=asked["recipe"] or None,
        preset=asked["preset"] or None,
        parameters=pairs(asked["set_"]),
        first=asked["from_"],
        last=asked["until"],
        changes=changes(asked["rule"]),
        keep_scratch=asked.get("keep_scratch", False),
        user=settings.user,
        workspace=settings.workspace,
        lock=chosen(settings, asked["lock"]),
        needs=needs,
        **{name: asked[name] for name in same},
    )
