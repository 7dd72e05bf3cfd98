"""What the oracle does not try: verdicts, lineage, other roles to compare with, counts, groups."""

from __future__ import annotations

from dataclasses import replace

import pytest
from plan_archive import Need, frame, rules

from cobrex.plan.bound import bound_values
from cobrex.plan.group import group
from cobrex.plan.organise import Organiser
from cobrex.plan.pool import Pool

MAIN = {"frame_type": "CUBE", "group_by": ["frame"]}
CUBE = replace(frame(1, "CUBE", 0.0, "HR 100", prism="YJ", dit=2.0), process_id=7)


def draft(inputs, frames, main=CUBE, most=9, **more):
    """The draft of one main frame with one rule, and what its inputs are."""
    table = {"one": {"main": MAIN, "inputs": inputs}}
    known = rules({**table, **more.pop("others", {})})
    types = tuple({f.frame_type for f in frames} | {"MADE"})
    wanted = [Need(role, types, min=0, max=most) for role in inputs]
    needs = {"one": (Need("cube", ("CUBE",), main=True), *wanted), **more.pop("needs", {})}
    by_type: dict = {"CUBE": [main]}
    for one in frames:
        by_type.setdefault(one.frame_type, []).append(one)
    pool = Pool(known, more.pop("outputs", {}), by_type, more.pop("verdicts", {}))
    return Organiser(pool, needs, **more).organise(known["one"], [main])[0]


def taken(found, role="x"):
    return [c.frame.frame_id for c in found.chosen if c.role == role]


def test_products_are_taken_by_their_verdict_and_raw_frames_have_none():
    frames = [
        replace(frame(2, "PSF", 0.1), process_id=8, verdict="warn"),
        replace(frame(3, "PSF", 0.2), process_id=9, verdict="pass"),
        replace(frame(4, "PSF", 0.3), process_id=10),
        frame(5, "PSF", 0.4),
    ]
    rule = {"frame_type": "PSF", "take": "all"}
    assert taken(draft({"x": rule}, frames)) == [2, 3, 4, 5]
    assert taken(draft({"x": {**rule, "verdict": ["pass"]}}, frames)) == [3, 5]


def test_what_a_rule_makes_is_taken_by_its_verdict_once_it_is_known():
    others = {"psf": {"main": {"frame_type": "PSF_RAW", "group_by": ["frame"]}}}
    frames = [frame(2, "PSF_RAW", 0.1), frame(3, "PSF_RAW", 0.2)]
    rule = {"x": {"from": "psf.out", "verdict": ["pass"]}}
    more = {
        "others": others,
        "needs": {"psf": (Need("raw", ("PSF_RAW",), main=True),)},
        "outputs": {"psf": {"out": "MADE"}},
    }
    makers = [c.frame.maker.main[0].frame_id for c in draft(rule, frames, **more).chosen[1:]]
    assert makers == [2], "nobody has judged it yet"
    judged = draft(rule, frames, verdicts={("psf", (2,)): "warn"}, **more)
    assert [c.frame.maker.main[0].frame_id for c in judged.chosen[1:]] == [3]


def test_lineage():
    frames = [
        replace(frame(2, "PSF", 0.1), process_id=8),
        replace(frame(3, "PSF", 5.0), process_id=7),
        replace(frame(4, "VECTOR", 1.0), process_id=11, parents=frozenset({1, 2})),
        replace(frame(5, "VECTOR", 9.0), process_id=12, parents=frozenset({1})),
        replace(frame(6, "VECTOR", 0.0), process_id=13, parents=frozenset({2})),
    ]
    same = {"frame_type": "PSF", "lineage": "same_process"}
    derived = {"frame_type": "VECTOR", "lineage": "derived_from", "take": "latest"}
    found = draft({"x": same, "y": derived}, frames)
    assert taken(found) == [3]
    assert taken(found, "y") == [5]
    alone = replace(CUBE, process_id=None)
    assert taken(draft({"x": same}, frames, main=alone)) == []


def test_lineage_of_what_is_still_to_be_made():
    others = {
        "pre": {"main": {"frame_type": "RAW", "group_by": ["frame"]}},
        "select": {"main": {"from": "pre.cube"}},
    }
    table = {
        **others,
        "one": {
            "main": {"from": "pre.cube"},
            "inputs": {
                "x": {"from": "pre.psf", "lineage": "same_process"},
                "y": {"from": "select.vector", "lineage": "derived_from"},
            },
        },
    }
    known = rules(table)
    needs = {
        "pre": (Need("raw", ("RAW",), main=True),),
        "select": (Need("cube", ("CUBE",), main=True),),
        "one": (Need("cube", ("CUBE",), main=True), Need("x", ("PSF",)), Need("y", ("VECTOR",))),
    }
    outputs = {"pre": {"cube": "CUBE", "psf": "PSF"}, "select": {"vector": "VECTOR"}}
    pool = Pool(known, outputs, {"RAW": [frame(1, "RAW", 0.0), frame(2, "RAW", 0.0)]})
    drafts = Organiser(pool, needs).organise(known["one"], pool.main_frames(known["one"]))
    assert len(drafts) == 2
    for one in drafts:
        cube, psf, vector = (c.frame for c in one.chosen)
        assert psf.maker is cube.maker
        assert vector.maker.main[0] is cube


def test_another_role_may_stand_for_the_main_frame():
    frames = [
        frame(2, "SKY", 3.0, dit=4.0),
        frame(3, "DARK", 0.0, dit=2.0),
        frame(4, "DARK", 3.5, dit=4.0),
        frame(5, "DARK", 9.0, dit=4.0),
    ]
    rule = {
        "x": {"frame_type": "DARK", "of": "y", "match": ["dit"], "window_days": [-1, 1]},
        "y": {"frame_type": "SKY"},
    }
    found = draft(rule, frames)
    assert taken(found) == [4]
    assert [c.role for c in found.chosen] == ["cube", "x", "y"], "in the order of the recipe"
    assert found.chosen[1].delta_d == 0.5
    assert taken(draft(rule, frames[1:])) == [], "nothing to compare with"


def test_each_main_frame_counts():
    main = {"frame_type": "CUBE", "group_by": ["star"]}
    known = rules(
        {"one": {"main": main, "inputs": {"x": {"frame_type": "DARK", "take": "all",
                                                "match": [{"dit": "each"}]}}}}
    )  # fmt: skip
    cubes = [frame(1, "CUBE", 0.0, dit=2.0), frame(2, "CUBE", 0.1, dit=8.0)]
    darks = [frame(n, "DARK", 0.1 * n, dit=dit) for n, dit in ((3, 2.0), (4, 4.0), (5, 8.0))]
    needs = {"one": (Need("cube", ("CUBE",), max=2, main=True), Need("x", ("DARK",), max=None))}
    pool = Pool(known, {}, {"CUBE": cubes, "DARK": darks})
    assert taken(Organiser(pool, needs).organise(known["one"], cubes)[0]) == [3, 5]


def test_a_value_that_is_as_good_and_nulls():
    frames = [frame(2, "X", 0.1, prism="YJH"), frame(3, "X", 0.2, prism=None),
              frame(4, "X", 0.3, prism="YJ")]  # fmt: skip
    rule = {"frame_type": "X", "take": "all"}
    assert taken(draft({"x": {**rule, "match": ["prism"]}}, frames)) == [4]
    assert taken(draft({"x": {**rule, "match": [{"prism": {"or": ["YJH"]}}]}}, frames)) == [2, 4]
    null = {**rule, "match": [{"prism": {"empty": "allow"}}]}
    assert taken(draft({"x": null}, frames)) == [3, 4]
    assert taken(draft({"x": {**rule, "match": [{"prism": {"glob": "YJ?"}}]}}, frames)) == [2]


def test_a_bracket_keeps_its_ends_when_there_is_more_between_than_is_taken():
    main = {"frame_type": "CUBE", "group_by": ["star"]}
    rule = {"frame_type": "X", "take": "bracket", "count": {"max": 3}}
    known = rules({"one": {"main": main, "inputs": {"x": rule}}})
    cubes = [frame(1, "CUBE", 0.0), frame(2, "CUBE", 1.0)]
    days = (-3.0, -1.0, 0.2, 0.5, 0.9, 2.0, 2.5)
    between = [frame(n, "X", day) for n, day in enumerate(days, 11)]
    needs = {"one": (Need("cube", ("CUBE",), max=2, main=True), Need("x", ("X",), max=None))}
    pool = Pool(known, {}, {"CUBE": cubes, "X": between})
    assert taken(Organiser(pool, needs).organise(known["one"], cubes)[0]) == [14, 12, 16]


def test_raw_or_product_first_of_equal_level():
    others = {"bg": {"main": {"frame_type": "BG_RAW", "group_by": ["frame"]}}}
    more = {
        "others": others,
        "needs": {"bg": (Need("raw", ("BG_RAW",), main=True),)},
        "outputs": {"bg": {"out": "MADE"}},
    }
    frames = [frame(2, "BG_RAW", 0.1), frame(3, "BG_RAW", 0.4)]
    rule = {"frame_type": "BG_RAW", "from": "bg.out"}
    assert taken(draft({"x": rule}, frames, **more)) == [2]
    first = draft({"x": {**rule, "prefer": "product"}}, frames, **more).chosen[1].frame
    assert first.maker.main[0].frame_id == 2


def test_the_first_source_that_has_enough():
    sources = [{"frame_type": "SKY"}, {"frame_type": "BG"}]
    rule = {"first_of": sources, "count": {"min": 2}, "take": "all", "if_none": "warn"}
    sky, background = frame(2, "SKY", 0.1), [frame(3, "BG", 0.2), frame(4, "BG", 0.3)]
    found = draft({"x": rule}, [sky, *background])
    assert taken(found) == [3, 4]
    assert found.chosen[1].source == "BG"
    assert "no SKY" in found.chosen[1].why
    few = draft({"x": rule}, [sky, background[0]])
    assert taken(few) == []
    assert few.warnings[0].startswith("without x: ")
    some = draft({"x": {**rule, "count": {"min": 0}}}, [sky, *background])
    assert taken(some) == [2]


def test_a_count_by_a_column():
    frames = [frame(n, "X", 0.1 * n) for n in range(2, 8)]
    count = {"by": "prism", "cases": {"YJ": 4, "YJH": 5}}
    rule = {"frame_type": "X", "take": "all", "count": count}
    assert len(taken(draft({"x": rule}, frames))) == 4
    assert len(taken(draft({"x": rule}, frames, main=replace(CUBE, values={"prism": "YJH"})))) == 5


@pytest.mark.parametrize(("pick", "ids"), [("first", [1, 2]), ("last", [4, 5]), ("spread", [1, 5])])
def test_groups_are_split_checked_and_picked(pick, ids):
    main = {
        "frame_type": "RAW", "group_by": ["star"], "split_gap_h": 2, "complete": "ndit",
        "count": {"max": 2}, "pick": pick,
    }  # fmt: skip
    known = rules({"one": {"main": main}})["one"]
    frames = [frame(n, "RAW", 0.01 * n, ndit=5, template_start="t") for n in range(1, 6)]
    late = [frame(n, "RAW", 0.5 + 0.01 * n, ndit=5, template_start="u") for n in range(6, 9)]
    first, second = group([*late, *frames], known)
    assert [f.frame_id for f in first.main] == [1, 2, 3, 4, 5]
    assert not first.missing
    assert second.missing[0][0] == "3 of 5 frames of a template are there"
    needs = {"one": (Need("raw", ("RAW",), max=None, main=True),)}
    organiser = Organiser(Pool({"one": known}, {}, {}), needs)
    organiser.fill(first)
    assert [c.frame.frame_id for c in first.chosen] == ids


def test_parameters_of_the_main_frame():
    known = rules(
        {"one": {"main": MAIN, "parameters": {
            "wide": {"by": "prism", "cases": {"YJH": True}, "else": False},
            "time": {"column": "dit"},
            "nothing": {"column": "ndit"},
        }}}
    )["one"]  # fmt: skip
    assert bound_values(known, CUBE) == {"wide": False, "time": 2.0}
    other = replace(CUBE, values={"prism": "YJH", "ndit": 3})
    assert bound_values(known, other) == {"wide": True, "nothing": 3}
