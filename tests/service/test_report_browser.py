from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from finished_records import attempt

from cobrex.report.entry import Entry
from cobrex.report.overview_page import overview_page
from cobrex.report.pictures import find
from cobrex.report.process_page import process_page
from cobrex.report.render import write_report

pytestmark = pytest.mark.service

HOME = Path(__file__).resolve().parents[2]
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--host-resolver-rules=MAP * ~NOTFOUND", "--virtual-time-budget=5000"),
)


@pytest.fixture(scope="module")
def chromium() -> str:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if not program:
        pytest.skip("chromium is not installed: apt-get install chromium")
    return program


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("batch")
    records = [
        attempt(folder / "store", "main/ifs_astrometry@1.2.0", "HR 100"),
        attempt(folder / "store", "main/adi_pca@2.0.0", "<script>document.title='X'</script>"),
        attempt(
            folder / "store",
            "main/ifs_astrometry@1.2.0",
            "HR 200",
            outcome="failed",
            reason="exit-code",
            message="no spots",
        ),
    ]
    write_report(folder, records, title="survey1", home=HOME)
    return folder


def _open(chromium: str, page: str, scratch: Path, *flags: str) -> str:
    """Open a page without a network and return its DOM."""
    done = subprocess.run(
        [chromium, *FLAGS, f"--user-data-dir={scratch / 'profile'}", *flags, page],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _steered(batch: Path, script: str) -> str:
    """Write the report once more, with a reader's clicks at its end."""
    clicks = f"<script>setTimeout(() => {{ {script} }}, 500)</script></body>"
    report = (batch / "report.html").read_text(encoding="utf-8")
    steered = batch / "steered.html"
    steered.write_text(clicks.join(report.rsplit("</body>", 1)), encoding="utf-8")
    return steered.as_uri()


def _requests(log: Path) -> set[str]:
    """Read from a network log what a page, not the browser itself, asked for."""
    events = [event.get("params", {}) for event in json.loads(log.read_text())["events"]]
    asked = {
        event.get("url", "")
        for event in events
        if event.get("initiator", "not an origin") != "not an origin"
    }
    return {url for url in asked if re.match(r"(https?|wss?|ftp):", url)}


def test_a_page_that_asks_for_something_is_noticed(chromium: str, tmp_path: Path) -> None:
    page, log = tmp_path / "page.html", tmp_path / "network.json"
    page.write_text('<img src="https://fonts.googleapis.com/x.png">')
    _open(chromium, page.as_uri(), tmp_path, "--dump-dom", f"--log-net-log={log}")
    assert _requests(log) == {"https://fonts.googleapis.com/x.png"}


def test_the_report_draws_itself_and_asks_for_nothing(
    chromium: str, batch: Path, tmp_path: Path
) -> None:
    log = tmp_path / "network.json"
    page = (batch / "report.html").as_uri()
    dom = _open(chromium, page, tmp_path, "--dump-dom", f"--log-net-log={log}")
    navigation = re.search(r"<nav.*?</nav>.*?</nav>", dom, re.DOTALL)
    assert navigation
    for said in ("Overview", "Failures", "HR 100", "‹script›document.title"):
        assert said in navigation[0]
    assert "survey1" in dom
    assert "<title>X</title>" not in dom
    assert _requests(log) == set()


def _clicked(content: str, ending: str) -> str:
    """Say in JavaScript what a reader opens under HR 100."""
    path = f"Object.keys(results).find(p => p.includes('HR_100') && p.endsWith('{ending}'))"
    shelf = "category: 'HR 100', subcategory: Object.keys(categories['HR 100'])[0]"
    shown = f"content: '{content}', contentPath: results[{path}].data_uri"
    return f"app.setView({{navbarMode: 'subcategory', {shelf}, {shown}}})"


@pytest.mark.parametrize(
    ("content", "ending", "opened"),
    [
        ("img", ".png", '<img src="data:image/png;'),
        ("html", ".html", '<iframe src="data:text/html;'),
    ],
)
def test_pages_and_pictures_open(
    chromium: str, batch: Path, tmp_path: Path, content: str, ending: str, opened: str
) -> None:
    dom = _open(chromium, _steered(batch, _clicked(content, ending)), tmp_path, "--dump-dom")
    assert "page · pass" in dom
    assert "residuals.png" in dom
    assert opened in dom


def test_failures_are_a_page_of_their_own(chromium: str, batch: Path, tmp_path: Path) -> None:
    dom = _open(chromium, (batch / "failures.html").as_uri(), tmp_path, "--dump-dom")
    assert "exit-code: no spots" in dom
    assert "line 60 of the log" in dom


@pytest.mark.parametrize("width", [800, 1280])
@pytest.mark.parametrize("name", ["failures", "process", "overview"])
def test_no_page_is_wider_than_the_window(
    chromium: str, batch: Path, tmp_path: Path, width: int, name: str
) -> None:
    entry = Entry(*attempt(tmp_path / "store", "main/a_recipe_of_a_long_name@1.2.0", "HR " * 30))
    pages = {
        "failures": (batch / "failures.html").read_text(encoding="utf-8"),
        "process": process_page(entry, find(entry)),
        "overview": overview_page("survey1", [entry]),
    }
    measured = "<script>document.title = document.documentElement.scrollWidth</script></body>"
    page = pages[name].replace("default-src 'none'; ", "").replace("</body>", measured)
    (tmp_path / "measured.html").write_text(page, encoding="utf-8")
    window = f"--window-size={width},900"
    dom = _open(chromium, (tmp_path / "measured.html").as_uri(), tmp_path, "--dump-dom", window)
    found = re.search(r"<title>(\d+)</title>", dom)
    assert found
    assert int(found[1]) <= width


def test_a_screenshot_shows_the_picture(chromium: str, batch: Path, tmp_path: Path) -> None:
    shot = tmp_path / "shot.png"
    path = "Object.keys(results).find(p => p.includes('HR_100') && p.endsWith('png'))"
    page = _steered(
        batch, f"app.setView({{content: 'img', contentPath: results[{path}].data_uri}})"
    )
    _open(chromium, page, tmp_path, f"--screenshot={shot}", "--window-size=1280,900")
    empty = tmp_path / "empty.png"
    _open(chromium, "about:blank", tmp_path, f"--screenshot={empty}", "--window-size=1280,900")
    assert shot.stat().st_size > empty.stat().st_size + 20_000
