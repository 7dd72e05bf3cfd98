"""Main frames grouped into drafts."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from itertools import pairwise

from cobrex.rules.model import Association, MainRule

from .draft import Draft, PlanFrame, value_of
from .shelf import group_key, holds, in_time


def group(frames: Iterable[PlanFrame], association: Association) -> list[Draft]:
    """Group main frames into drafts.

    Parameters
    ----------
    frames : iterable of PlanFrame
        Any order; the result does not depend on it.
    association : Association

    Returns
    -------
    list of Draft
        In order of time of their first frames.
    """
    rule = association.main
    groups: dict[Hashable, list[PlanFrame]] = {}
    for frame in frames:
        if holds(rule, frame):
            groups.setdefault(_key(frame, rule), []).append(frame)
    drafts = [
        Draft(association, tuple(part))
        for members in groups.values()
        for part in _split(sorted(members, key=in_time), rule)
    ]
    for draft in drafts:
        _check_complete(draft)
    return sorted(drafts, key=lambda d: in_time(d.main[0]))


def _key(frame: PlanFrame, rule: MainRule) -> Hashable:
    return frame.frame_type, group_key(frame, rule.group_by)


def _split(frames: list[PlanFrame], rule: MainRule) -> list[list[PlanFrame]]:
    """Begin another group after a pause."""
    if rule.split_gap_h is None:
        return [frames]
    parts = [[frames[0]]]
    for before, after in pairwise(frames):
        pause = after.mjd is not None and before.mjd is not None
        if pause and (after.mjd - before.mjd) * 24 > rule.split_gap_h:  # type: ignore[operator]
            parts.append([])
        parts[-1].append(after)
    return parts


def _check_complete(draft: Draft) -> None:
    column = draft.association.main.complete
    if not column:
        return
    templates: dict[object, list[PlanFrame]] = {}
    for frame in draft.main:
        templates.setdefault(value_of(frame, "template_start"), []).append(frame)
    for frames in templates.values():
        wanted = value_of(frames[0], column)
        if isinstance(wanted, int | float) and len(frames) < wanted:
            draft.missing.append(
                (
                    f"{len(frames)} of {wanted:g} frames of a template are there",
                    "import the rest of the template",
                )
            )
            return
