"""What is made again, what is not begun, why something was killed, what a stored request says."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from cobrex.batch import causes, driver, killed, opening, tries
from cobrex.batch.request import Pinned, Request
from cobrex.batch.stop import Stopping
from cobrex.batch.submissions import Submissions, prefix
from cobrex.batch.watchdog import Watchdog
from cobrex.cluster.slurm import Submission
from cobrex.errors import UsageError
from cobrex.plan.needs import Needs
from cobrex.process import attempt
from cobrex.process.spool import Spool, Started
from cobrex_db.members import Note


def made(key: str, *makers: str) -> SimpleNamespace:
    return SimpleNamespace(key=key, inputs=[SimpleNamespace(producer=m) for m in makers])


CHAIN = [made("flat"), made("dark"), made("mid", "flat"), made("end", "mid", "dark")]


@pytest.mark.parametrize(
    ("cause", "times"),
    [("out-of-memory", 3), ("walltime", 3), ("node-lost", 3), ("killed", 1), ("never-begun", 3),
     ("recipe-error", 0), ("cancelled", 0), ("disk-full", 0), ("bug", 0)],
)  # fmt: skip
def test_nothing_is_tried_for_ever_and_what_waits_comes_with_its_maker(cause, times):
    kept = tries.Tries()
    struck = {"flat": cause, "mid": "input-failed", "end": "input-failed"}
    rounds = [kept.again(CHAIN, struck) for _ in range(times + 2)]
    assert rounds == [{"flat", "mid", "end"}] * times + [set()] * 2
    grown = kept.grown()["flat"]
    assert grown == {"out-of-memory": {"memory": 5}, "walltime": {"time": 5}}.get(cause, {})


def test_what_was_not_begun_is_no_worse_while_others_are_made():
    kept, struck = tries.Tries(), {"end": "never-begun", "mid": "walltime"}
    rounds = [kept.again(CHAIN, struck, moved=True) for _ in range(5)]
    assert rounds == [{"mid", "end"}] * 3 + [{"end"}] * 2
    assert kept.again(CHAIN, {"end": "never-begun"}) == {"end"}


def test_a_profile_is_found_again_from_any_folder(tmp_path, monkeypatch):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "config.yaml").write_text("executor: local\n")
    monkeypatch.chdir(tmp_path)
    where, named = opening.usable("./mine")
    monkeypatch.chdir("/")
    assert opening.usable(named) == (where, named)
    assert opening.usable("local")[1] == "local"


def test_every_reason_of_a_record_is_a_cause_that_retry_knows():
    sources = Path(attempt.__file__).parent.glob("*.py")
    said = {r for p in sources for r in re.findall(r'AttemptError\(\s*"([a-z-]+)"', p.read_text())}
    assert {"qc-unreadable", "product-surplus", "walltime"} <= said
    record = {"outcome": "failed", "verdict": None}
    assert {causes.of_record({**record, "reason": r}) for r in said} <= set(causes.WORDS)


def test_what_is_not_begun_is_blocked_by_its_root_or_lost():
    records = {"flat": {"outcome": "lost"}, "dark": {"outcome": "done"}}
    assert tries.unbegun(CHAIN, {"mid", "end"}, records) == [
        Note("mid", "blocked", "input-failed", "flat"),
        Note("end", "blocked", "input-failed", "flat"),
    ]
    records["flat"] = {"outcome": "blocked", "blocked_by": "root"}
    assert tries.unbegun(CHAIN, {"mid"}, records)[0].blocked_by == "root"
    assert tries.unbegun(CHAIN, {"dark"}, {}) == [Note("dark", "lost", "never-begun")]
    assert {"never-begun", *causes.TRIES} <= set(causes.WORDS)  # `retry --cause` knows them
    assert tries.stranded(CHAIN, {"flat"}) == {"mid", "end"}
    assert tries.stranded(CHAIN, {"dark"}) == {"end"}


def began(host: str = "node3") -> Started:
    return Started(1, "7", host, 12, "2026-11-27T20:00:00")


OVER = "slurmstepd-node1: error: JobId=7 exceeded memory limit (812 > 400), being killed\n"


@pytest.mark.parametrize(
    ("state", "log", "host", "cause", "words", "node"),
    [
        ("FAILED", OVER, "node3", "out-of-memory", "used 812 MiB of 400 MiB", "n1"),
        ("OUT_OF_MEMORY", "", "node3", "out-of-memory", "400 MiB asked for", "n1"),
        ("CANCELLED", OVER, "node3", "out-of-memory", "812", "n1"),
        ("CANCELLED", "", "node3", "cancelled", "somebody", "n1"),
        ("TIMEOUT", "", "node3", "walltime", "60 minutes", "n1"),
        ("NODE_FAIL", "", "node3", "node-lost", "n1", "n1"),
        ("", "", "$(reboot)", "killed", "without a record", ""),
        ("", "exceeded memory limit, says a recipe", "node3", "killed", "", "node3"),
    ],
)
def test_why_it_was_killed(state, log, host, cause, words, node):
    known = Submission("7", "cobrex-1", state, "n1", "0:9", "") if state else None
    fate = killed._fate(began(host), known, log, Needs(memory_mb=400))
    assert (fate.cause, fate.node) == (cause, node)
    assert words in fate.message


def test_a_request_is_what_it_was():
    whole = Request(
        stars=("HR 100", "@x"), frame_types=("A",), nights=(date(2020, 3, 7), None),
        observed={"arm": "IFS"}, recipe="r", parameters={"s": "1"}, changes={"r": {"inputs": {}}},
        refresh=True, user="ada", workspace="w", main=(3, 4), needs={"memory": "1GiB"},
        pins=(Pinned("a", "m", "flat", ("c1", "c2"), "dust"),),
    )  # fmt: skip
    for request in (whole, Request()):
        assert Request.from_json(request.as_json()) == request


@pytest.mark.parametrize(
    "said",
    [{"stars": 7}, {"nights": ["soon", None]}, {"nights": "x"}, {"mistery": 1}, {"user": 5},
     {"pins": [{"role": "x"}]}, {"force": "yes"}, {"observed": ["arm"]}],
)  # fmt: skip
def test_a_stored_request_that_is_none_is_refused(said):
    with pytest.raises(UsageError) as caught:
        Request.from_json(said)
    assert caught.value.kind == "request"


def test_a_stop_is_what_the_strongest_asked_for(tmp_path: Path):
    spool = Spool(tmp_path)
    stopping = Stopping(spool)
    assert stopping.how == ""
    spool.stop("drain")
    assert stopping.how == "drain"
    stopping.noting = True
    stopping._note(15, None)
    with pytest.raises(KeyboardInterrupt):  # a database that never comes back, say
        stopping._note(15, None)
    assert (stopping.how, spool.stopped()) == ("now", "now")
    with pytest.raises(KeyboardInterrupt):
        stopping.give_way()
    spool.go_on()
    stopping.noting = False
    with pytest.raises(KeyboardInterrupt):
        stopping._note(2, None)


def test_on_one_machine_there_is_nothing_to_cancel_and_no_dog_barks(tmp_path: Path):
    here = Submissions()
    assert here.end(0) and here.none_left() and here.cancel()
    dog = Watchdog(here, tmp_path / "log", patience_s=0)
    assert not dog.barks(moved=False)
    names = {prefix(tmp_path / name) for name in ("a", "b")}
    assert len(names) == 2 and all(len(name) == 19 for name in names)


def test_who_drives_is_known_by_more_than_its_number(tmp_path: Path):
    assert not driver.is_dead(tmp_path)
    driver.sign(tmp_path, None, submissions="cobrex-1")
    assert driver.is_mine(tmp_path) and not driver.is_dead(tmp_path)
    assert driver.submissions_of(tmp_path) == "cobrex-1"
    driver.sign(tmp_path, None, pid=2**22 + 1)
    assert driver.is_dead(tmp_path)  # more than any process has
    assert not driver.is_mine(tmp_path)
    driver.leave(tmp_path)
    assert not driver.is_mine(tmp_path)
