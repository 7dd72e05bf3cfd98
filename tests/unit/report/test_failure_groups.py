"""Failures that are alike are told as one."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest
from finished_records import attempt

from cobrex.report.collect import collect
from cobrex.report.cures import cure
from cobrex.report.entry import Entry
from cobrex.report.failure_groups import Failed, grouped, signature
from cobrex.report.failures_page import LOGS_OF_A_KIND, failures_page
from cobrex.report.listing import write_listing


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("frame 12 /data/x12.fits saturated at 0.31", "frame # … saturated at #"),
        ("no toy_flat@1.0.0 8E1U0SjD at 0xdeadbeef", "no toy_flat@# … at …"),
        ("SPHER.2020-03-07T03:00:00.123.fits: -1.5e-3 adu", "…: # adu"),
        ("line\n two   of 'a b'", "line two of 'a b'"),
        ("the shutter was closed", "the shutter was closed"),
    ],
)
def test_a_signature_has_no_names_and_numbers(message: str, words: str) -> None:
    assert signature(message) == words


def test_alike_is_recipe_cause_and_signature() -> None:
    found = grouped(
        [
            Failed("main/a@1", "recipe-error", "frame 1 is dark", "HR 1", "k1"),
            Failed("main/a@1", "recipe-error", "frame 2 is dark", "HR 2", "k2", count=3),
            Failed("main/a@1", "walltime", "frame 2 is dark", "", "k3"),
            Failed("main/b@1", "recipe-error", "frame 2 is dark", "HR 2", "k4"),
        ]
    )
    assert [(g.count, g.recipe, g.cause, g.key) for g in found] == [
        (4, "main/a@1", "recipe-error", "k1"),
        (1, "main/a@1", "walltime", "k3"),
        (1, "main/b@1", "recipe-error", "k4"),
    ]
    assert found[0].stars == {"HR 1", "HR 2"}
    assert (found[0].words, found[1].words) == ("frame # is dark", "frame 2 is dark")
    told = cure("disk-full", batch="survey", key="k" * 43, recipe="main/a@1")
    assert told.endswith("cobrex batch retry survey --cause disk-full")
    assert "process logs kkkkkkkk" in cure("odd", batch="survey", key="k" * 43, recipe="main/a@1")


def test_the_page_of_failures_shows_a_few_logs_of_a_kind(tmp_path: Path) -> None:
    failed = [
        Entry(
            *attempt(
                *(tmp_path, "main/a@1.0.0", f"HR {n}"),
                outcome="failed",
                reason="qc-unreadable",
                message=f"frame {n} is dark",
            )
        )
        for n in range(LOGS_OF_A_KIND + 4)
    ]
    page = failures_page("survey", failed, [])
    assert "Kinds of failure (1)" in page
    assert "recipe-error" in page  # the word `batch retry --cause` takes
    assert "frame # is dark" in page
    assert page.count("line 60 of the log") == LOGS_OF_A_KIND
    assert "4 more failed likewise" in page


def test_what_is_only_counted_is_in_the_list_of_all(tmp_path: Path) -> None:
    entries = [Entry(*attempt(tmp_path, "main/a@1.0.0", f"HR {n}")) for n in range(3)]
    out = tmp_path / "out"
    out.mkdir()
    collect(out, entries, [], "survey", others=Counter(failed=2, done=995), pages=1)
    overview = (out / "overview.html").read_text()
    assert "1000 processes" in overview
    assert "999 of the processes have no page of their own here; the 1 that most" in overview
    assert "997 more are counted at the top" in overview
    assert len(list(out.glob("*.html"))) == 3  # one process, overview, failures
    hostile = {"key": "k", "message": 'two\nlines, "quoted"', "started": datetime(2026, 1, 1)}
    with write_listing(out, [hostile]).open(newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert (row["message"], row["started"]) == ('two lines, "quoted"', "2026-01-01T00:00:00")
