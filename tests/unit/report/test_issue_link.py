"""Where a failure is reported: filled in, short enough, and without what is nobody's business."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from cobrex.report.entry import Entry
from cobrex.report.failures_page import failures_page
from cobrex.report.issue import LIMIT, issue_link

GITHUB = "https://example.org/group/toy/issues"


def record(url: str = GITHUB, **changes: object) -> dict:
    recipe = {
        "name": "main/toy",
        "version": "1.2.0",
        "code_hash": "c" * 43,
        "issues_url": url,
        **changes.pop("recipe", {}),  # type: ignore[dict-item]
    }
    agent = {"host": "node7", "platform": "linux", "python": "3.11", "cobrex": "0.1", "user": "ada"}
    return {
        "key": "k" * 43,
        "recipe": recipe,
        "agent": agent,
        "outcome": "failed",
        "reason": "recipe-error",
        "message": "exit code 1: no stars & nothing <b>else</b>",
        **changes,
    }


def logged(folder: Path, text: str) -> Path:
    (folder / "recipe.log").write_text(text, encoding="utf-8")
    return folder


def form(link: str) -> dict[str, str]:
    return {name: value for name, (value,) in parse_qs(urlsplit(link).query).items()}


def test_title_and_body_say_what_happened(tmp_path):
    link = issue_link(record(), logged(tmp_path, "reading\nno stars\n"))
    assert link.startswith(f"{GITHUB}/new?title=")
    said = form(link)
    assert said["title"].startswith("main/toy@1.2.0: recipe-error: exit code 1: no stars")
    for word in ("main/toy@1.2.0", "k" * 43, "node7", "no stars & nothing", "reading\nno stars"):
        assert word in said["body"]


@pytest.mark.parametrize(
    ("url", "start"),
    [
        (f"{GITHUB}/", f"{GITHUB}/new?title="),
        (f"{GITHUB}/new", f"{GITHUB}/new?title="),
        (f"{GITHUB}?labels=bug", f"{GITHUB}/new?labels=bug&title="),
        ("https://example.org/toy/-/issues", "https://example.org/toy/-/issues/new?issue[title]="),
        ("https://example.org/bugs?s={title}&t={body}", "https://example.org/bugs?s=main%2Ftoy"),
    ],
)
def test_trackers(tmp_path, url, start):
    link = issue_link(record(url), tmp_path)
    assert link.startswith(start)
    assert "{" not in link


def test_an_address_without_a_form_stays_as_it_is(tmp_path):
    assert issue_link(record("https://example.org/help"), tmp_path) == "https://example.org/help"


@pytest.mark.parametrize("limit", [400, 600, LIMIT])
def test_it_is_short_enough_and_the_last_lines_stay(tmp_path, limit):
    lines = "".join(f"line {n} äöü <&>\n" for n in range(500))
    link = issue_link(record(), logged(tmp_path, f"{lines}the end\n"), limit=limit)
    assert len(link) <= limit
    if limit == LIMIT:
        assert form(link)["body"].endswith("the end")


def test_neither_homes_nor_passwords_leave(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", "/data/people/ada")
    text = (
        "open /data/people/ada/x.fits and /home/bob/y.fits\n"
        "db mysql://cobrex:hunter2@db/cobrex\ntoken: abc123\nPASSWORD=sesame\n"
        "Authorization: Bearer abcdefgh.ijkl\x1b[31m red \u202e\n"
    )
    body = form(issue_link(record(), logged(tmp_path, text)))["body"]
    for secret in ("people", "bob", "hunter2", "abc123", "sesame", "abcdefgh", "\x1b", "\u202e"):
        assert secret not in body
    assert "open ~/x.fits and ~/y.fits" in body


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": "done"},
        {"outcome": "blocked", "reason": "input-failed"},
        {"outcome": "lost", "reason": "killed"},
        {"reason": "input-missing"},
        {"reason": "disk-full"},
        {"recipe": {"draft": "ada"}},
        {"recipe": {"issues_url": ""}},
        {"recipe": {"issues_url": "javascript:alert(1)"}},
        {"recipe": {"issues_url": 'https://example.org/"onclick=x/issues'}},
    ],
)
def test_no_link_where_the_recipe_is_not_to_blame_or_names_none(tmp_path, changes):
    assert issue_link(record(**changes), tmp_path) == ""


def test_the_failures_page_leads_there(tmp_path):
    entry = Entry(record(), logged(tmp_path, '"><script>alert(1)</script>\n'))
    page = failures_page("survey", [entry], [])
    assert f'<a href="{GITHUB}/new?title=main%2Ftoy' in page
    assert "&amp;body=" in page
    assert "<script" not in page
    assert 'rel="noopener noreferrer"' in page
