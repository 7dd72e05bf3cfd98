"""Which inputs belong to a main frame, whatever the order of rows."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plan_archive import ARCHIVE, NEEDS, Need, frame, organise

from cobrex.errors import PlanError
from cobrex.rules.read import parse


def chosen(draft):
    return [
        (c.role, c.frame.frame_id if c.frame else c.draft.main[0].frame_id) for c in draft.chosen
    ]


def test_nearest_that_matches_is_chosen_and_says_why():
    complete, _ = organise(ARCHIVE)
    assert chosen(complete) == [("raw", 1), ("raw", 2), ("specpos", 10), ("reference", 20)]
    why = next(c.why for c in complete.chosen if c.role == "specpos")
    assert "nearest of 2" in why
    assert "prism = YJ" in why
    assert "-0.65 d" in why


def test_missing_calibration_is_named_with_its_cure():
    _, lacking = organise(ARCHIVE)
    message, hint = lacking.missing[0]
    assert "no SPECPOS" in message
    assert "prism = YJH" in message
    assert "there are 2 with prism = YJ" in message
    assert "2020-02-29 to 2020-03-14" in message
    assert "import" in hint


def test_a_window_is_kept_to():
    late = [f for f in ARCHIVE if f.frame_id != 10 and f.frame_id != 11]
    complete, _ = organise([*late, frame(12, "SPECPOS_RAW", 7.2, prism="YJ")])
    assert complete.missing
    complete, _ = organise([*late, frame(12, "SPECPOS_RAW", 7.1, prism="YJ")])
    assert not complete.missing


def test_unknown_setup_matches_nothing():
    frames = [
        frame(1, "FIELD_RAW", 0.1, "HR 100", prism=None),
        frame(10, "SPECPOS_RAW", 0.0, prism=None),
        frame(20, "REFERENCE", 0, "HR 100"),
    ]
    assert organise(frames)[0].missing


def test_product_from_elsewhere_is_a_candidate():
    foreign = frame(30, "SPECPOS", 0.1, prism="YJH", foreign=True)
    _, draft = organise([*ARCHIVE, foreign])
    assert ("specpos", 30) in chosen(draft)
    own = frame(31, "SPECPOS", 0.3, prism="YJH", foreign=False)
    _, draft = organise([*ARCHIVE, own])
    assert draft.missing, "products of this catalogue come through their process only"


def test_excluded_producer_gives_way_to_the_next_best():
    complete, _ = organise(ARCHIVE, excluded=[("specpos", (10,))])
    assert ("specpos", 11) in chosen(complete)


def test_surplus_main_frames_are_left_out_and_said():
    many = [frame(100 + n, "FIELD_RAW", 0.01 * n, "HR 100", prism="YJ") for n in range(6)]
    draft = organise([*many, *ARCHIVE[3:]])[0]
    assert [i for role, i in chosen(draft) if role == "raw"] == [100, 101, 102, 103]
    assert any("2 later ones left out" in c.why for c in draft.chosen)


def test_cycle_between_associations_ends():
    rules = parse(
        {
            "astrometry": {
                "main": {"frame_type": "FIELD_RAW"},
                "inputs": {
                    "specpos": {"from": "specpos.out"},
                    "reference": {"frame_type": "REFERENCE"},
                },
            },
            "specpos": {
                "main": {"frame_type": "SPECPOS_RAW"},
                "inputs": {"field": {"from": "astrometry.out"}},
            },
        },
        "rules.yaml",
    )
    needs = {**NEEDS, "specpos": (*NEEDS["specpos"], Need("field", ("FIELD",)))}
    drafts = organise(ARCHIVE, rules, needs)
    assert all(d.missing for d in drafts)


@given(st.randoms(use_true_random=False))
def test_order_of_rows_does_not_matter(randomness: random.Random):
    shuffled = ARCHIVE[:]
    randomness.shuffle(shuffled)
    assert [chosen(d) for d in organise(shuffled)] == [chosen(d) for d in organise(ARCHIVE)]


@given(day=st.floats(-300, 300), prism=st.sampled_from(["YJH2", "H", None]))
def test_an_unrelated_frame_changes_nothing(day: float, prism: str | None):
    more = [
        *ARCHIVE,
        frame(99, "SPECPOS_RAW", day, prism=prism),
        frame(98, "DARK", day, prism="YJ"),
    ]
    assert [chosen(d) for d in organise(more)] == [chosen(d) for d in organise(ARCHIVE)]


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"main": {"frame_type": 3}}, "frame_type"),
        ({"main": {"frame_type": "A"}, "inputs": {"x": {"from": "nowhere.out"}}}, "nowhere"),
        ({"main": {"frame_type": "A"}, "inputs": {"x": {"from": "one"}}}, "association.output"),
        ({"main": {"frame_type": "A"}, "inputs": {"x": {}}}, "neither"),
        (
            {"main": {"frame_type": "A"}, "inputs": {"x": {"frame_type": "B", "take": "some"}}},
            "take",
        ),
        (
            {
                "main": {"frame_type": "A"},
                "inputs": {"x": {"frame_type": "B", "window_days": [7, -7]}},
            },
            "window_days",
        ),
        ({"main": {"frame_type": "A"}, "input": {}}, "unknown key"),
        ({"recipe": "a"}, "mapping"),
    ],
)
def test_bad_rules_name_file_place_and_cure(entry, words):
    with pytest.raises(PlanError) as caught:
        parse({"one": entry}, "sphere.yaml")
    assert caught.value.message.startswith("sphere.yaml: associations.one")
    assert words in caught.value.message
    assert caught.value.hint
