from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
from finished_records import Record, attempt, product_of
from snakemake.report.html_reporter import Reporter

from cobrex.errors import CobrexError
from cobrex.report import book as booking
from cobrex.report.render import write_report

HOME = Path(__file__).resolve().parents[2]
HOSTILE = "</script><script>alert(1)</script> {wildcard} $HOME `_"
GAP = {
    "recipe": "main/ifs_specpos",
    "main": "HR 4796, 2015-02-03",
    "message": "no IFS_SPECPOS within 1 day",
    "hint": "import that night",
}


def _three(store: Path) -> list[tuple[Record, Path]]:
    first = attempt(store, "main/ifs_astrometry@1.2.0", "HR 100")
    return [
        first,
        attempt(
            store,
            "main/plate_trend@0.3.1",
            HOSTILE,
            used=(product_of(first) | {"role": HOSTILE},),
            verdict="warn",
            command=["python", "plate_trend.py", HOSTILE],
            environment={"kind": HOSTILE, "digest": HOSTILE},
        ),
        attempt(
            store,
            "main/ifs_astrometry@1.2.0",
            "HR 200",
            outcome="failed",
            reason="exit-code",
            message="no spots",
        ),
    ]


def _script(report: str, name: str) -> Any:
    """Read one of the values the report's page is drawn from."""
    found = re.search(rf'<script id="[\w-]+">\s*var {name} = (.*?);\s*</script>', report, re.DOTALL)
    assert found
    return json.loads(found[1])


def _content(result: dict[str, str]) -> bytes:
    return base64.b64decode(result["data_uri"].partition(";base64,")[2])


def _prints(folder: Path) -> dict[str, tuple[int, str]]:
    return {
        str(path): (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Only what the report may read of the house."""
    copy = tmp_path / "home of content"
    shutil.copytree(HOME / "rules", copy / "rules")
    return copy


@pytest.fixture
def batch(tmp_path: Path) -> Path:
    folder = tmp_path / "batches" / "survey 1 $(touch x) {y}"
    folder.mkdir(parents=True)
    return folder


def test_a_report_holds_pages_pictures_and_failures(
    tmp_path: Path, home: Path, batch: Path
) -> None:
    records = _three(tmp_path / "store")
    before = _prints(home)
    made = write_report(batch, records, gaps=[GAP], title=f"survey1 {HOSTILE}", home=home)
    assert made == batch / "report.html"
    assert sorted(path.name for path in batch.iterdir()) == ["failures.html", "report.html"]
    assert _prints(home) == before

    report = made.read_text(encoding="utf-8")
    results, categories = _script(report, "results"), _script(report, "categories")
    star = "‹/script›‹script›alert(1)‹/script› (wildcard) ·HOME '"
    assert {*categories} == {"Overview", "Failures", "HR 100", star}
    assert "<script>alert(1)" not in report
    assert "System Message" not in report

    pages = [_content(one).decode() for one in results.values() if one["mime_type"] == "text/html"]
    pictures = [_content(one) for one in results.values() if one["mime_type"] == "image/png"]
    assert len(pages) == 3 + 2
    made_pictures = [(folder / "residuals.png") for record, folder in records[:2]]
    assert sorted(pictures) == sorted(picture.read_bytes() for picture in made_pictures)
    for record, _ in records:
        assert any(record["key"] in page and record["command"][1] in page for page in pages)
    (failures,) = [page for page in pages if "Could not be planned" in page]
    assert failures == (batch / "failures.html").read_text()
    assert "import that night" in failures
    assert "line 60 of the log" in failures


def test_a_report_shows_parameters_and_what_was_made_from_what(
    tmp_path: Path, home: Path, batch: Path
) -> None:
    made = write_report(batch, _three(tmp_path / "store"), title="survey1", home=home)
    report = made.read_text(encoding="utf-8")
    shown = [one["job_properties"] for one in _script(report, "results").values()]
    assert any("detection_sigma=6" in one["params"] for one in shown)
    rules = _script(report, "rules")
    assert {"main/ifs_astrometry@1.2.0", "main/plate_trend@0.3.1"} < {*rules}
    graph = re.search(r"var rulegraph_spec = (.*?);\s*</script>", report, re.DOTALL)
    assert graph
    links = re.findall(r'"sourcerule": "([^"]+)", "targetrule": "([^"]+)"', graph[1])
    assert ("main/ifs_astrometry@1.2.0", "main/plate_trend@0.3.1") in links
    assert '"rule": "overview"' not in graph[1]
    assert rules["main/ifs_astrometry@1.2.0"]["n_jobs"] == 2
    assert "ifs_astrometry.py" in rules["main/ifs_astrometry@1.2.0"]["code"]
    times = re.search(r"var runtimes_spec = (.*?);\s*</script>", report, re.DOTALL)
    assert times
    ran = json.loads(times[1])["data"]["values"]
    assert {"rule": "main/plate_trend@0.3.1", "runtime": 67.0} in ran


def test_of_a_key_the_last_attempt_is_shown(tmp_path: Path, home: Path, batch: Path) -> None:
    done = attempt(tmp_path / "store", "main/x@1.0.0", "HR 100")
    lost = done[0] | {"outcome": "lost", "reason": "killed", "generated": []}
    report = write_report(batch, [(lost, done[1]), done], title="t", home=home).read_text()
    assert "Failures" not in _script(report, "categories")
    assert "Nothing failed" in (batch / "failures.html").read_text()


def test_a_batch_in_which_nothing_could_be_planned(home: Path, batch: Path) -> None:
    report = write_report(batch, [], gaps=[GAP], title="t", home=home).read_text()
    assert {*_script(report, "categories")} == {"Overview", "Failures"}


def test_many_results_go_into_a_zip(
    tmp_path: Path, home: Path, batch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = _three(tmp_path / "store")
    write_report(batch, records, title="t", home=home)
    monkeypatch.setattr(booking, "EMBEDDED_RESULTS", 3)
    made = write_report(batch, records, title="t", home=home)
    assert sorted(path.name for path in batch.iterdir()) == ["failures.html", "report.zip"]
    with zipfile.ZipFile(made) as zipped:
        names = zipped.namelist()
        results = _script(zipped.read("report/report.html").decode(), "results")
    assert {f"report/{one['data_uri']}" for one in results.values()} < {*names}
    assert sum(name.endswith("picture-1.png") for name in names) == 2


def test_when_snakemake_fails_the_failures_and_the_old_report_are_there(
    tmp_path: Path, home: Path, batch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Reporter, "check_results", lambda reporter: reporter.gone_in_a_new_version)
    (batch / "report.html").write_text("the one of before")
    with pytest.raises(CobrexError) as caught:
        write_report(batch, _three(tmp_path / "store"), title="t", home=home)
    assert caught.value.kind == "report"
    assert "report.log" in caught.value.hint
    assert "gone_in_a_new_version" in (batch / "report.log").read_text()
    assert "no spots" in (batch / "failures.html").read_text()
    assert (batch / "report.html").read_text() == "the one of before"
    names = sorted(path.name for path in batch.iterdir())
    assert names == ["failures.html", "report.html", "report.log"]
    monkeypatch.undo()
    write_report(batch, [], title="t", home=home)
    assert not (batch / "report.log").exists()


def test_a_folder_that_is_not_there(tmp_path: Path, home: Path) -> None:
    with pytest.raises(CobrexError, match="cannot be written"):
        write_report(tmp_path / "gone", [], title="t", home=home)
