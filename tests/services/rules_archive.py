"""Small archives organised by rules that are written as YAML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from plan_archive import FIRST, Need

from cobrex.plan.draft import Draft, PlanFrame
from cobrex.plan.organise import Organiser
from cobrex.plan.pool import Pool
from cobrex.rules.book import COLUMNS
from cobrex.rules.model import Association
from cobrex.rules.read import parse
from cobrex_registry.reading.strict_yaml import load

SETUP = {"prism", "dit", "nd", "iflt", "icor", "lamp", "obs_id", "tpl", "nexp", "target", "qc"}


def read(text: str, columns: Iterable[str] = ()) -> dict[str, Association]:
    """Read the sections levels, defaults and associations of a YAML text."""
    document = load(text, "rules.yaml")
    return parse(
        document["associations"],
        "rules.yaml",
        columns=COLUMNS | SETUP | set(columns),
        levels=document.get("levels"),
        defaults=document.get("defaults"),
        rules="test/1.0.0",
    )


class Archive:
    """Frames, by type."""

    def __init__(self, first: date = FIRST) -> None:
        self.first = first
        self.frames: dict[str, list[PlanFrame]] = {}
        self.count = 0

    def add(self, frame_type: str, day: float = 0.0, star: str | None = None, **values: Any) -> int:
        """Add a frame; return its id."""
        self.count += 1
        made = {k: values.pop(k) for k in ("process_id", "parents", "foreign") if k in values}
        frame = PlanFrame(
            frame_id=self.count,
            frame_type=frame_type,
            name=f"F{self.count:03d}",
            mjd=58915.0 + day,
            night=self.first + timedelta(days=int(day // 1)),
            star=star,
            values=values,
            **made,
        )
        self.frames.setdefault(frame_type, []).append(frame)
        return self.count

    def organise(
        self,
        associations: Mapping[str, Association],
        needs: Mapping[str, tuple[Need, ...]],
        outputs: Mapping[str, Mapping[str, str]],
        goal: str,
    ) -> list[Draft]:
        """Return the drafts of an association over all frames, filled."""
        pool = Pool(associations, outputs, self.frames)
        one = associations[goal]
        return Organiser(pool, needs).organise(one, pool.main_frames(one))


def chosen(draft: Draft, role: str) -> list[Any]:
    """Ids of the catalogued inputs of a role; of a product its association and role."""
    return [
        (c.frame.maker.association.name, c.frame.output) if c.frame.maker else c.frame.frame_id
        for c in draft.chosen
        if c.role == role
    ]


def levels(draft: Draft, role: str) -> list[int | None]:
    """Quality levels of the inputs of a role."""
    return [c.level for c in draft.chosen if c.role == role]
