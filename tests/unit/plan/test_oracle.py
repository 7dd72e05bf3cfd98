"""Choices against a brute-force oracle, on archives full of what must not be taken."""

from __future__ import annotations

import random
from datetime import date, timedelta
from itertools import product as every

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plan_archive import Need, rules

from cobrex.plan.draft import PlanFrame
from cobrex.plan.explain import explain
from cobrex.plan.organise import Organiser
from cobrex.plan.pool import Pool

LEVELS = [
    {"window_days": [-0.5, 0.5]},
    {"window_days": [-2, 1]},
    {"window_days": [-9, 9], "relax": ["neutral_density"], "warn": True},
    {"relax": ["neutral_density"]},
]
RULES = {
    "dark": {"main": {"frame_type": "DARK_RAW", "group_by": ["night", "dit_s"]}},
    "flat": {
        "main": {"frame_type": "FLAT_RAW", "group_by": ["night", "filter"]},
        "inputs": {"dark": {"from": "dark.out", "match": ["dit_s"], "window_days": [-3, 3]}},
    },
    "science": {
        "main": {"frame_type": "SCI_RAW", "group_by": ["ob_id"], "split_gap_h": 40},
        "inputs": {
            "flat": {"from": "flat.out", "match": ["filter"], "levels": LEVELS[:3]},
            "sky": {
                "first_of": [
                    {"frame_type": "SKY_RAW", "match": ["ob_id"], "window_days": [-1, 1]},
                    {"frame_type": "BG_RAW", "match": ["filter", "dit_s", "neutral_density"],
                     "levels": LEVELS, "level_offset": 1},
                ],
                "count": {"min": 0, "max": 2}, "if_none": "warn",
            },
            "group": {"frame_type": "BG_RAW", "match": [{"dit_s": {"tolerance": 0.5}}],
                      "take": "nearest_group", "group_by": ["night", "filter"],
                      "levels": LEVELS[:3], "count": {"min": 2, "max": 3}, "if_none": "warn"},
            "centre": {"frame_type": "CEN_RAW", "match": ["filter"], "take": "bracket",
                       "count": {"min": 0, "max": 2}},
            "each": {"frame_type": "BG_RAW", "take": "all", "window_days": [-4, 4],
                     "match": [{"filter": {"differs": True}}], "count": {"min": 0, "max": 3}},
            "per": {"frame_type": "BG_RAW", "per": "filter", "match": ["dit_s"],
                    "levels": LEVELS, "max_level": 2, "count": {"min": 0}},
            "last": {"frame_type": "CEN_RAW", "take": "latest", "window_days": [-20, 0],
                     "where": {"filter": ["H", "K"]}, "count": {"min": 0}},
        },
    },
}  # fmt: skip
NEEDS = {
    "dark": (Need("raw", ("DARK_RAW",), max=None, main=True),),
    "flat": (Need("raw", ("FLAT_RAW",), max=None, main=True), Need("dark", ("DARK",))),
    "science": (
        Need("raw", ("SCI_RAW",), max=None, main=True),
        Need("flat", ("FLAT",), min=0),
        *(
            Need(role, ("SKY_RAW", "BG_RAW", "CEN_RAW"), min=0, max=None)
            for role in ("sky", "group", "centre", "each", "per", "last")
        ),
    ),
}
OUTPUTS = {"dark": {"out": "DARK"}, "flat": {"out": "FLAT"}}
TYPES = ("DARK_RAW", "FLAT_RAW", "SKY_RAW", "BG_RAW", "CEN_RAW", "SCI_RAW")
INF = float("inf")


def archive(seed: int, number: int) -> list[PlanFrame]:
    """Frames with few values and coarse times: many ties; some without a time or a setup."""
    chance = random.Random(seed)
    found = []
    for n in range(1, number + 1):
        quarter = chance.randrange(120)
        dated = chance.random() > 0.06
        found.append(
            PlanFrame(
                frame_id=n,
                frame_type=chance.choice(TYPES),
                name=f"F{chance.randrange(number)}",
                mjd=58900.0 + quarter / 4 if dated else None,
                night=date(2020, 2, 20) + timedelta(days=quarter // 4),
                star=None,
                values={
                    "filter": chance.choice(["H", "K", "J", None]),
                    "dit_s": chance.choice([1.0, 1.5, 4.0, None]),
                    "neutral_density": chance.choice(["OPEN", "ND1", None]),
                    "ob_id": chance.randrange(6) if chance.random() > 0.1 else None,
                },
            )
        )
    return found


def planned(frames):
    known = rules(RULES)
    by_type: dict[str, list[PlanFrame]] = {}
    for one in frames:
        by_type.setdefault(one.frame_type, []).append(one)
    organiser = Organiser(Pool(known, OUTPUTS, by_type), NEEDS)
    return organiser, organiser.organise(known["science"], by_type.get("SCI_RAW", []))


def ids(draft, role):
    return [
        c.frame.maker.main[0].frame_id if c.frame.maker else c.frame.frame_id
        for c in draft.chosen
        if c.role == role
    ]


# ---- the oracle: loops over all frames, knows nothing of the engine


def mean(frames):
    times = [f.mjd for f in frames if f.mjd is not None]
    return sum(times) / len(times) if times else None


def groups(frames, frame_type, columns):
    found: dict = {}
    for f in frames:
        if f.frame_type == frame_type:
            key = tuple(f.night if c == "night" else f.values[c] for c in columns)
            found.setdefault(key, []).append(f)
    return [sorted(g, key=by_time) for g in found.values()]


def by_time(f):
    return (INF if f.mjd is None else f.mjd, f.name, f.frame_id)


def rank(level, at, frame, name=None):
    delta = None if at is None or frame.mjd is None else frame.mjd - at
    far = (INF, False) if delta is None else (abs(delta), delta > 0)
    return (level, *far, INF if frame.mjd is None else frame.mjd, name or frame.name,
            frame.frame_id)  # fmt: skip


def level_of(at, frame, levels, nd_equal=True):
    delta = None if at is None or frame.mjd is None else frame.mjd - at
    for n, level in enumerate(levels):
        window = level.get("window_days")
        inside = window is None or (delta is not None and window[0] <= delta <= window[1])
        if inside and (nd_equal or "neutral_density" in level.get("relax", ())):
            return n
    return None


def ranked(at, candidates, levels, nd=None, offset=0):
    found = []
    for f in candidates:
        same = nd is None or (nd[0] is not None and nd[0] == f.values["neutral_density"])
        level = level_of(at, f, levels, same)
        if level is not None:
            found.append((rank(level + offset, at, f), f))
    return [f for _, f in sorted(found, key=lambda pair: pair[0])]


def equal(one, other, *columns):
    return all(one.values[c] is not None and one.values[c] == other.values[c] for c in columns)


def makeable_flats(frames):
    darks = groups(frames, "DARK_RAW", ["night", "dit_s"])
    found = []
    for flat in groups(frames, "FLAT_RAW", ["night", "filter"]):
        at = mean(flat)
        for dark in darks:
            near = at is not None and dark[0].mjd is not None and -3 <= dark[0].mjd - at <= 3
            if near and equal(flat[0], dark[0], "dit_s"):
                found.append(flat)
                break
    return found


def expected(frames, main):
    at, first = mean(main), main[0]
    of = {t: [f for f in frames if f.frame_type == t] for t in TYPES}
    same = lambda t, *columns: [f for f in of[t] if equal(first, f, *columns)]  # noqa: E731
    flats = [
        (rank(n, at, g[0], f"out of {g[0].name}: {counted(g)} FLAT_RAW of {g[0].night}"), g[0])
        for g in makeable_flats(frames)
        if equal(first, g[0], "filter")
        and (n := level_of(at, g[0], LEVELS[:3])) is not None
    ]  # fmt: skip
    sky = ranked(at, same("SKY_RAW", "ob_id"), [{"window_days": [-1, 1]}])
    nd = (first.values["neutral_density"],)
    sky = sky or ranked(at, same("BG_RAW", "filter", "dit_s"), LEVELS, nd, 1)
    close = [
        f
        for f in of["BG_RAW"]
        if None not in (first.values["dit_s"], f.values["dit_s"])
        and abs(first.values["dit_s"] - f.values["dit_s"]) <= 0.5
    ]
    near = ranked(at, close, LEVELS[:3])
    nights: dict = {}
    for f in near:
        nights.setdefault((f.night, f.values["filter"]), []).append(f)
    group = next((g[:3] for g in nights.values() if len(g) >= 2), [])
    other = [
        f
        for f in of["BG_RAW"]
        if None not in (first.values["filter"], f.values["filter"])
        and first.values["filter"] != f.values["filter"]
    ]
    per: dict = {}
    for f in ranked(at, same("BG_RAW", "dit_s"), LEVELS[:3]):
        per.setdefault(f.values["filter"], f)
    late = ranked(at, [f for f in of["CEN_RAW"] if f.values["filter"] in ("H", "K")],
                  [{"window_days": [-20, 0]}])  # fmt: skip
    return {
        "flat": [f for _, f in sorted(flats, key=lambda pair: pair[0])][:1],
        "sky": sky[:1],
        "group": group,
        "centre": bracket(main, ranked(at, same("CEN_RAW", "filter"), [{}])),
        "each": ranked(at, other, [{"window_days": [-4, 4]}])[:3],
        "per": list(per.values()),
        "last": sorted(late, key=lambda f: (-f.mjd, -f.frame_id))[:1],
    }


def counted(frames):
    return "1 frame" if len(frames) == 1 else f"{len(frames)} frames"


def bracket(main, near):
    times = [f.mjd for f in main if f.mjd is not None]
    if not times:
        return near[:1]
    dated = [f for f in near if f.mjd is not None]
    before = [f for f in dated if f.mjd < min(times)][:1]
    after = [f for f in dated if f.mjd > max(times)][:1]
    within = [f for f in dated if min(times) <= f.mjd <= max(times)]
    ends = [f for f in near if f in before or f in after]
    taken = [*ends, *within][:2]
    return [f for f in near if f in taken]


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**9), number=st.integers(5, 140))
def test_choices_are_those_of_brute_force(seed, number):
    frames = archive(seed, number)
    _, drafts = planned(frames)
    main = [f for f in frames if f.frame_type == "SCI_RAW"]
    assert sorted(f.frame_id for d in drafts for f in d.main) == [f.frame_id for f in main]
    for draft in drafts:
        for role, found in expected(frames, draft.main).items():
            assert ids(draft, role) == [f.frame_id for f in found], (role, draft.title)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**9), mix=st.randoms(use_true_random=False))
def test_the_order_of_rows_and_unrelated_frames_change_nothing(seed, mix):
    frames = archive(seed, 90)
    shuffled = [*frames, *unrelated(seed)]
    mix.shuffle(shuffled)
    for before, after in zip(planned(frames)[1], planned(shuffled)[1], strict=True):
        assert before.signature == after.signature
        assert [(c.role, c.frame.identity, c.level, c.why) for c in before.chosen] == [
            (c.role, c.frame.identity, c.level, c.why) for c in after.chosen
        ]
        # what there is instead is told too: unrelated frames are counted there
        assert [w.split(";")[0] for w in before.warnings] == [
            w.split(";")[0] for w in after.warnings
        ]


def unrelated(seed):
    """Frames of other types, and of setups and times that nothing asks for."""
    chance = random.Random(seed)
    values = {"filter": "OTHER", "dit_s": 99.0, "neutral_density": None, "ob_id": 77}
    return [
        PlanFrame(1000 + n, t, f"U{n}", 59500.0 + chance.random(), date(2021, 10, 14), None, values)
        for n, t in enumerate(["NOTHING_RAW", "DARK_RAW", "FLAT_RAW", "SKY_RAW"] * 2)
    ]


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_why_names_what_the_plan_chose_and_all_others(seed):
    frames = archive(seed, 80)
    organiser, drafts = planned(frames)
    for draft in drafts[:3]:
        for need in NEEDS["science"]:
            story = explain(organiser, draft, need.role)
            chosen = [c.frame.identity for c in draft.chosen if c.role == need.role]
            assert sorted(map(str, (c.frame.identity for c in story if c.chosen))) == sorted(
                map(str, chosen)
            )
            assert all(c.why for c in story)
            wanted = {s.frame_types for s in draft.association.rule(need.role).sources} if (
                draft.association.rule(need.role)
            ) else set()  # fmt: skip
            there = sum(f.frame_type in types for types in wanted for f in frames)
            assert len([c for c in story if c.frame.maker is None]) >= there


CIRCLES = [
    {"a": "b", "b": "a"},
    {"a": "a"},
    {"a": "b", "b": "c", "c": "b"},
    {"a": "b", "b": "c", "c": "a"},
]


@pytest.mark.parametrize(("needs", "as_main"), list(every(CIRCLES, [False, True])))
def test_circles_of_rules_end_without_an_input(needs, as_main):
    table = {
        name: {
            "main": {"from": f"{other}.out"} if as_main else {"frame_type": "RAW"},
            **({} if as_main else {"inputs": {"x": {"from": f"{other}.out"}}}),
        }
        for name, other in needs.items()
    }
    frames = [
        PlanFrame(n, "RAW", f"F{n}", 58900.0 + n, date(2020, 3, 1), None, {}) for n in range(1, 400)
    ]
    known = rules(table)
    wanted = {name: (Need("raw", ("RAW",), main=True), Need("x", ("X",))) for name in table}
    pool = Pool(known, {name: {"out": "X"} for name in table}, {"RAW": frames})
    drafts = Organiser(pool, wanted).organise(known["a"], frames[:20])
    assert len(drafts) == 20
    assert all(d.missing for d in drafts)
