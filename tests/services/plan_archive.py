"""A small archive with distractors, and the rules to plan it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from cobrex.plan.draft import PlanFrame
from cobrex.plan.organise import FAILED, Organiser
from cobrex.plan.pool import Pool
from cobrex.rules.book import COLUMNS
from cobrex.rules.read import parse

RULES = {
    "specpos": {"main": {"frame_type": "SPECPOS_RAW", "group_by": ["night", "prism"]}},
    "astrometry": {
        "main": {"frame_type": "FIELD_RAW", "group_by": ["star", "night", "prism"]},
        "inputs": {
            "specpos": {"from": "specpos.out", "match": ["prism"], "window_days": [-7, 7]},
            "reference": {"frame_type": "REFERENCE", "match": ["star"]},
        },
    },
}


@dataclass(frozen=True)
class Need:
    role: str
    frame_types: tuple[str, ...]
    min: int = 1
    max: int | None = 1
    main: bool = False


NEEDS = {
    "specpos": (Need("raw", ("SPECPOS_RAW",), max=None, main=True),),
    "astrometry": (
        Need("raw", ("FIELD_RAW",), max=4, main=True),
        Need("specpos", ("SPECPOS",)),
        Need("reference", ("REFERENCE",)),
    ),
}
OUTPUTS = {"specpos": {"out": "SPECPOS"}}
FIRST = date(2020, 3, 7)


def frame(frame_id, frame_type, day=0.0, star=None, foreign=False, **values):
    return PlanFrame(
        frame_id=frame_id,
        frame_type=frame_type,
        name=f"F{frame_id}",
        mjd=58915.0 + day,
        night=FIRST + timedelta(days=int(day)),
        star=star,
        values=values,
        foreign=foreign,
    )


def organise(frames, associations=None, needs=None, excluded=()):
    associations = associations or rules(RULES)
    by_type: dict[str, list[PlanFrame]] = {}
    for one in frames:
        by_type.setdefault(one.frame_type, []).append(one)
    pool = Pool(associations, OUTPUTS, by_type)
    organiser = Organiser(pool, needs or NEEDS, dict.fromkeys(excluded, FAILED))
    return organiser.organise(associations["astrometry"], by_type.get("FIELD_RAW", []))


def rules(table):
    """Read associations whose columns are those of this archive."""
    return parse(table, "rules.yaml", columns=COLUMNS | {"prism", "dit"})


ARCHIVE = [
    frame(1, "FIELD_RAW", 0.1, "HR 100", prism="YJ"),
    frame(2, "FIELD_RAW", 0.2, "HR 100", prism="YJ"),
    frame(3, "FIELD_RAW", 0.3, "51 Eri", prism="YJH"),
    frame(10, "SPECPOS_RAW", -0.5, prism="YJ"),
    frame(11, "SPECPOS_RAW", 3.0, prism="YJ"),
    frame(20, "REFERENCE", 0.0, "HR 100"),
    frame(21, "REFERENCE", 0.0, "51 Eri"),
]
