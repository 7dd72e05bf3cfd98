"""HAWK-I's instrument file: what its frames are, and which darks belong to which images."""

from __future__ import annotations

from pathlib import Path

import pytest
from hawki_night import write_night
from plan_archive import Need
from rules_archive import Archive, chosen, levels

from cobrex import instruments
from cobrex.rules import book
from cobrex_db.fits_blocks import read_head
from cobrex_db.fits_cards import parse_cards

# as `cobrex recipe import esorex` proposes them
NEEDS = {
    "hawki_cal_dark": (Need("raw", ("DARK",), min=3, max=None, main=True),),
    "hawki_step_basic_calib": (
        Need("raw", ("JITTER_OBS",), max=None, main=True),
        Need("dark_im", ("DARK_IM",)),
        Need("flat_im", ("FLAT_IM",), min=0),
    ),
}
OUTPUTS = {"hawki_cal_dark": {"dark_im": "DARK_IM", "bpm_hot": "BPM_HOT"}}


def test_frames_are_what_their_headers_say(tmp_path: Path) -> None:
    rules = instruments.load()
    found = []
    for path in write_night(tmp_path, size=16):
        cards = parse_cards(read_head(path).header, rules.wanted)
        found.append(rules.classify(cards))
    assert [one.frame_type for one in found] == ["DARK"] * 3 + ["JITTER_OBS"] * 2
    assert {one.kind for one in found} == {"raw"}
    fields = found[-1].fields
    assert (fields["filter"], fields["arm"], str(fields["night"])) == ("Ks", "HAWKI", "2020-03-06")
    assert (found[-1].columns["dit"], found[-1].columns["ndit_set"]) == (2.0, 1)


@pytest.mark.parametrize(
    ("day", "level"), [(0.3, 0), (3.0, 1), (-20.0, 2), (40.0, None)]
)  # fmt: skip
def test_darks_of_the_same_read_out_near_in_time(day: float, level: int | None) -> None:
    archive = Archive()
    image = {"filter": "Ks", "ob_id": 1}
    for n in range(4):
        archive.add("JITTER_OBS", n / 1000, "HR 100", dit=2.0, ndit_set=1, **image)
    for n in range(3):
        archive.add("DARK", day + n / 1000, dit=2.0, ndit_set=1)
        archive.add("DARK", n / 1000, dit=2.0, ndit_set=10)
        archive.add("DARK", n / 1000, dit=10.0, ndit_set=1)
    (draft,) = archive.organise(book.load().associations, NEEDS, OUTPUTS, "hawki_step_basic_calib")
    if level is None:
        assert "DARK_IM" in draft.missing[0][0]
        return
    assert draft.missing == []
    assert chosen(draft, "dark_im") == [("hawki_cal_dark", "dark_im")]
    assert levels(draft, "dark_im") == [level]
    assert bool(draft.warnings) == (level == 2)
