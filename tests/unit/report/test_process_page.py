from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest
from finished_records import attempt, png

from cobrex.report.entry import Entry
from cobrex.report.pictures import find
from cobrex.report.process_page import MOST_ROWS, process_page

HOSTILE = "</title><script>alert(1)</script><img src=x onerror=alert(2)>"


class Tags(HTMLParser):
    """Collects the tags and attributes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)


def _entry(folder: Path, recipe: str = "main/ifs_astrometry@1.2.0", star: str = "HR 100", **more):
    return Entry(*attempt(folder, recipe, star, **more))


def test_a_page_tells_the_whole_process(tmp_path: Path) -> None:
    entry = _entry(tmp_path, verdict="warn")
    page = process_page(entry, find(entry))
    record = entry.record
    for said in [
        "HR 100",
        "2020-03-07",
        entry.key,
        record["used"][0]["path"],
        record["used"][0]["content_id"],
        record["generated"][0]["content_id"],
        record["generated"][0]["datamd5"],
        "detection_sigma",
        "7.46123",
        "7.4 … 7.5",
        "≤ 0.25",
        "--detection_sigma=6.0",
        "1 min 7 s",
        "512 MB",
        "node7",
    ]:
        assert said in page
    assert page.count('class="pill warn"') == 2
    assert page.count("data:image/png;base64,") == 1


def _poison(value: object) -> object:
    if isinstance(value, dict):
        return {f"{name}": _poison(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_poison(item) for item in value]
    return HOSTILE


def test_no_value_of_a_record_becomes_markup(tmp_path: Path) -> None:
    record, folder = attempt(tmp_path, "main/x@1.0.0", "HR 100")
    poisoned = _poison(record)
    poisoned["parameters"][HOSTILE] = 1
    poisoned["outcome"] = "failed"
    (folder / "recipe.log").write_text(HOSTILE)
    seen = Tags(process_page(Entry(poisoned, folder)))
    assert not seen.tags & {"script", "img", "iframe", "a", "link"}
    assert not {name for name in seen.attributes if name.startswith("on")}


@pytest.mark.parametrize("broken", [{}, {"used": None, "qc": "x", "recipe": [], "labels": 3}])
def test_a_record_that_lacks_nearly_everything_has_a_page(tmp_path: Path, broken: dict) -> None:
    page = process_page(Entry(broken, tmp_path))
    assert "unknown recipe" in page
    assert "lost" in page
    assert "There is no log." in page


def test_a_failure_shows_its_reason_and_the_last_lines(tmp_path: Path) -> None:
    entry = _entry(
        tmp_path,
        outcome="failed",
        reason="exit-code",
        message="ended with 1:\nno spots",
        exit_code=1,
    )
    page = process_page(entry)
    assert "exit-code: ended with 1: no spots" in page
    assert "line 31 of the log\n" in page
    assert "line 60 of the log</pre>" in page
    assert "line 30 of the log" not in page


def test_many_inputs_are_cut_and_counted(tmp_path: Path) -> None:
    rows = tuple({"role": "raw", "path": f"/raw/{n}.fits"} for n in range(MOST_ROWS + 7))
    page = process_page(_entry(tmp_path, used=rows))
    assert f"/raw/{MOST_ROWS - 1}.fits" in page
    assert f"/raw/{MOST_ROWS}.fits" not in page
    assert "7 more are named in record.json" in page


def _with_product(folder: Path, file: str) -> Entry:
    record, home = attempt(folder, "main/x@1.0.0", "HR 100", picture=False)
    record["generated"].append({"role": "picture", "file": file})
    return Entry(record, home)


@pytest.mark.parametrize(
    "file", ["../outside.png", "/etc/outside.png", "a\x00.png", "gone.png", ""]
)
def test_only_pictures_of_the_folder_are_shown(tmp_path: Path, file: str) -> None:
    entry = _with_product(tmp_path, file)
    png(entry.folder.parent / "outside.png", side=8)
    assert find(entry) == []


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    entry = _with_product(tmp_path, "linked.png")
    png(tmp_path / "outside.png", side=8)
    (entry.folder / "linked.png").symlink_to(tmp_path / "outside.png")
    assert find(entry) == []


def test_a_picture_that_is_not_png_is_passed_over(tmp_path: Path) -> None:
    entry = _with_product(tmp_path, "page.png")
    (entry.folder / "page.png").write_text("<html>")
    assert find(entry) == []


def test_a_large_picture_is_named_but_not_put_on_the_page(tmp_path: Path) -> None:
    entry = _with_product(tmp_path, "large.png")
    png(entry.folder / "large.png", side=2000)
    (large,) = find(entry)
    assert large.size > 1_000_000
    page = process_page(entry, [large])
    assert "large.png: large" in page
    assert "data:image" not in page
