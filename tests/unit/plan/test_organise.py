"""Which inputs belong to a main frame, whatever the order of rows."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st
from plan_archive import ARCHIVE, NEEDS, Need, frame, organise, rules


def chosen(draft):
    return [
        (c.role, c.frame.maker.main[0].frame_id if c.frame.maker else c.frame.frame_id)
        for c in draft.chosen
    ]


def test_nearest_that_matches_is_chosen_and_says_why():
    complete, _ = organise(ARCHIVE)
    assert chosen(complete) == [("raw", 1), ("raw", 2), ("specpos", 10), ("reference", 20)]
    why = next(c.why for c in complete.chosen if c.role == "specpos")
    assert why == "nearest with prism = YJ, -0.65 d"


def test_missing_calibration_is_named_with_its_cure():
    _, lacking = organise(ARCHIVE)
    message, hint = lacking.missing[0]
    assert "no SPECPOS" in message
    assert "prism = YJH" in message
    assert "there are 2: prism is YJ, YJH is asked" in message
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
    circle = rules(
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
        }
    )
    needs = {**NEEDS, "specpos": (*NEEDS["specpos"], Need("field", ("FIELD",)))}
    drafts = organise(ARCHIVE, circle, needs)
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
