from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from finished_records import attempt, png, product_of

from cobrex.batch.report import most_wanted
from cobrex.report import collect as collecting
from cobrex.report import overview_page as overviews
from cobrex.report.collect import collect, how_many
from cobrex.report.entry import Entry
from cobrex.report.failures_page import failures_page
from cobrex.report.overview_page import overview_page
from cobrex.report.steps import Step, levels, steps

GAP = {
    "recipe": "main/ifs_specpos",
    "main": "HR 4796, 2015-02-03",
    "message": "no IFS_SPECPOS within 1 day <now>",
    "hint": "import that night",
}


def _entry(folder: Path, star: str, **more: Any) -> Entry:
    return Entry(*attempt(folder, "main/ifs_astrometry@1.2.0", star, **more))


def test_the_overview_lists_star_by_star_with_the_verdict_first(tmp_path: Path) -> None:
    entries = [
        _entry(tmp_path, "HR 200", verdict="fail"),
        _entry(tmp_path, "HR 100", verdict="pass"),
        _entry(tmp_path, "HR 100", night="2020-03-09", outcome="failed", reason="memory"),
    ]
    page = overview_page("survey1", entries, gaps=2, left_out=["Something is left out."])
    assert page.index("<h2>HR 100</h2>") < page.index("<h2>HR 200</h2>")
    row = '<tr><td><span class="pill bad">failed</span></td><td>main/<wbr>ifs_<wbr>astrometry'
    assert row in page
    assert "memory" in page
    assert "3 processes" in page
    assert "2 could not be planned" in page
    assert "Something is left out." in page


def test_a_long_overview_counts_what_it_does_not_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overviews, "MOST_ROWS", 2)
    entries = [_entry(tmp_path, f"HR {n}", picture=False) for n in range(5)]
    page = overview_page("survey1", entries)
    assert "3 processes of later stars are counted, not listed." in page
    assert "HR 4" not in page


def test_failures_and_gaps_with_their_cure(tmp_path: Path) -> None:
    failed = _entry(tmp_path, "HR 100", outcome="failed", reason="exit-code", message="no spots")
    page = failures_page("survey1", [failed, _entry(tmp_path, "HR 200")], [GAP])
    assert "exit-code: no spots" in page
    assert "line 60 of the log" in page
    assert "no IFS_SPECPOS within 1 day &lt;now&gt;" in page
    assert "import that night" in page
    assert "HR 200" not in page


def test_no_failures_are_said_to_be_none(tmp_path: Path) -> None:
    assert "Nothing failed" in failures_page("survey1", [_entry(tmp_path, "HR 200")], [])


def test_the_book_files_by_star_recipe_and_failure(tmp_path: Path) -> None:
    first = attempt(tmp_path, "main/a@1.0.0", "HR 100")
    second = attempt(tmp_path, "main/b@2.0.0", "HR 100", used=(product_of(first),))
    failed = attempt(tmp_path, "main/a@1.0.0", "HR 200", outcome="failed", reason="memory")
    out = tmp_path / "out"
    out.mkdir()
    book = collect(out, [Entry(*one) for one in (first, second, failed)], [GAP], "survey1")
    filed = {leaf.facts.get("key"): leaf for leaf in book.leaves}
    assert filed[first[0]["key"]].category == "HR 100"
    assert filed[second[0]["key"]].subcategory == "main/b@2.0.0"
    assert filed[failed[0]["key"]].category == "Failures"
    assert filed[first[0]["key"]].facts["parameters"].startswith("detection_sigma=6, ")
    assert sum(len(leaf.results) for leaf in book.leaves) == 3 + 2 + 2
    assert book.embedded


def test_names_that_the_report_keeps_for_itself(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    stars = ["Overview", "failures", "HR100", "hr100", "</script>{x}"]
    book = collect(out, [_entry(tmp_path, star, picture=False) for star in stars], [], "t")
    categories = {leaf.category for leaf in book.leaves}
    assert categories == {"Overview", "star Overview", "star failures", "HR100", "‹/script›(x)"}


def test_every_label_is_its_own(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    star = "the same very long name of a star " * 5
    entries = [_entry(tmp_path, star, outcome="failed", salt=n) for n in range(4)]
    book = collect(out, entries, [], "t")
    labels = [result.label for leaf in book.leaves for result in leaf.results]
    assert len(labels) == len(set(labels))


def test_beyond_the_caps_the_urgent_have_pages_and_the_rest_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "WELL_PAGES", 1)
    monkeypatch.setattr(collecting, "MOST_RESULTS", 3)
    out = tmp_path / "out"
    out.mkdir()
    entries = [
        _entry(tmp_path, "HR 1"),
        _entry(tmp_path, "HR 2"),
        _entry(tmp_path, "HR 3", verdict="warn"),
        _entry(tmp_path, "HR 4", verdict="fail"),
    ]
    png(entries[2].folder / "second.png", side=8)
    entries[2].record["generated"].append({"role": "second", "file": "second.png"})
    book = collect(out, entries, [], "t")
    assert {leaf.facts.get("star") for leaf in book.leaves} == {None, "HR 3", "HR 4"}
    overview = (out / "overview.html").read_text()
    assert "2 of the processes have no page of their own here" in overview
    assert "2 pictures are not in the report" in overview


def test_how_many_processes_have_a_page() -> None:
    well, urgent = ["pass", "done"] * 2_000, ["failed", "lost", "fail", "blocked", "warn"] * 300
    assert how_many(well) == 100
    assert how_many([*urgent[:400], *well]) == 400
    assert how_many([*urgent, *well]) == 1_000
    assert how_many(urgent, pages=7) == 7
    assert how_many(well, pages=2_000) == 2_000


def test_of_what_is_alike_each_recipe_has_its_share() -> None:
    members = [
        {"process_id": n, "recipe": recipe, "state": "done", "verdict": verdict}
        for n, (recipe, verdict) in enumerate(
            [("a", "pass"), *[("b", "pass")] * 3, ("b", "warn"), ("b", "pass")]
        )
    ]
    order = [member["process_id"] for member in most_wanted(members)]
    assert (order[0], {*order[1:3]}, order[3:]) == (4, {0, 5}, [3, 2, 1])


def test_what_each_step_is_made_from_in_which_order(tmp_path: Path) -> None:
    first = attempt(tmp_path, "main/b@1.0.0", "HR 1", ended="no time")
    second = attempt(tmp_path, "main/a@1.0.0", "HR 1", used=(product_of(first),))
    third = attempt(tmp_path, "main/a@1.0.0", "HR 2", used=(product_of(second),), command=None)
    found = steps([Entry(*one) for one in (third, second, first)])
    assert list(levels(found)) == [["main/b@1.0.0"], ["main/a@1.0.0"]]
    assert found["main/a@1.0.0"].count == 2
    assert found["main/a@1.0.0"].command.startswith("python ifs_astrometry.py")
    assert [ended - began for began, ended in found["main/a@1.0.0"].times] == [67, 67]
    assert found["main/b@1.0.0"].times == []


def test_steps_in_a_circle_are_told_all_the_same() -> None:
    circle = {name: Step(name, makers={maker}) for name, maker in ("ab", "ba", "cb")}
    assert list(levels(circle)) == [["a", "b", "c"]]
