"""What SLURM knows of jobs that ended in every way."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from slurm_cluster import SlurmCluster

from cobrex.cluster import slurm as asked
from cobrex.cluster.log import cause_in_log, log_of
from cobrex.errors import UsageError

pytestmark = pytest.mark.service

HUNGRY = (
    "python3 -c 'import time; x = bytearray(300 << 20); "
    'x[::4096] = b"1" * len(x[::4096]); time.sleep(60)\''
)
FORGED = "hostile\n" + "9".ljust(40) + "|" + "FAILED".ljust(24) + "|"


@pytest.fixture
def cluster(slurm: SlurmCluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[SlurmCluster]:
    """The cluster, which the commands of this process find."""
    for name, value in slurm.environment().items():
        monkeypatch.setenv(name, value)
    yield slurm
    slurm.cancel_all()


@pytest.fixture
def submit(cluster: SlurmCluster, tmp_path: Path) -> Callable[..., str]:
    """Submit a job; its log lies where Snakemake's executor puts it."""

    def submit(name: str, command: str, *options: str) -> str:
        (tmp_path / "rule_toy" / "1").mkdir(parents=True, exist_ok=True)
        log = tmp_path / "rule_toy" / "1" / "%j.log"
        return cluster.say(
            "sbatch", "--parsable", "--no-requeue", "--mem=50", f"--job-name={name}",
            f"--output={log}", *options, f"--wrap={command}",
        ).strip()  # fmt: skip

    return submit


def until(ids: dict[str, str], **states: str) -> dict[str, asked.Submission]:
    """Wait until jobs are in a state, and return what SLURM says of them."""
    end = time.monotonic() + 150
    while True:
        known = asked.jobs(ids.values())
        found = {name: known[number] for name, number in ids.items() if number in known}
        if all(name in found and found[name].state == state for name, state in states.items()):
            return found
        assert time.monotonic() < end, found
        time.sleep(0.5)


def test_every_end_of_a_job_is_told_apart(
    cluster: SlurmCluster,
    submit: Callable[..., str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked.demand()
    monkeypatch.setattr(asked, "_EXECUTOR", "cobrex.no_such_executor")
    with pytest.raises(UsageError, match="executor for SLURM is not installed"):
        asked.demand()
    assert asked.queue("cobrex-") == []
    ids = {
        "done": submit("cobrex-a_1", "true"),
        "failed": submit("cobrex-a_1", "exit 3"),
        "hungry": submit("cobrex-a_1", HUNGRY, "--nodelist=node2"),
        "lost": submit("cobrex-a_1", "sleep 300", "--nodelist=node1"),
        "stays": submit("cobrex-a_1", "sleep 300", "--nodelist=node2"),
        "of another": submit("cobrex-b_1", "sleep 300", "--nodelist=node2"),
        "waits": submit("cobrex-a_1", "true", "--begin=now+1hour"),
        "hostile": submit(FORGED, "true", "--begin=now+1hour"),
    }
    found = until(
        ids, done="COMPLETED", failed="FAILED", hungry="FAILED", lost="RUNNING", stays="RUNNING"
    )
    assert found["done"].exit_code == "0:0"
    assert found["failed"].exit_code == "3:0"
    assert (found["hungry"].exit_code, found["hungry"].node) == ("0:9", "node2")
    assert cause_in_log(log_of(tmp_path, ids["hungry"])) == "out-of-memory"
    assert cause_in_log(log_of(tmp_path, ids["failed"])) == ""
    assert (found["waits"].state, found["waits"].reason) == ("PENDING", "BeginTime")
    assert found["hostile"].state == "PENDING"
    assert "9" not in asked.jobs([*ids.values(), "9", "; true", "--help"])

    there = asked.queue("cobrex-a")
    assert there is not None
    assert {job.id for job in there} == {ids["lost"], ids["stays"], ids["waits"]}

    cluster.kill_node("node1")
    try:
        lost = until(ids, lost="NODE_FAIL")["lost"]
        assert lost.node == "node1"
    finally:
        cluster.start_node("node1")

    assert asked.cancel("cobrex-a", pending_only=True)
    until(ids, waits="CANCELLED", stays="RUNNING")
    assert asked.cancel("")
    assert asked.cancel("cobrex-a")
    until(ids, stays="CANCELLED", **{"of another": "RUNNING"})
    assert asked.queue("cobrex-a") == []
    assert cause_in_log(log_of(tmp_path, ids["stays"])) == "cancelled"


@pytest.mark.slow
def test_a_controller_that_is_away_is_no_end_of_a_job(
    cluster: SlurmCluster, submit: Callable[..., str], tmp_path: Path
) -> None:
    ids = {"done": submit("cobrex-c", "true"), "slow": submit("cobrex-c", "sleep 300", "-t1")}
    until(ids, done="COMPLETED", slow="RUNNING")
    cluster.stop_controller()
    try:
        begun = time.monotonic()
        assert asked.queue("cobrex-c") is None
        assert asked.cancel("cobrex-c") is False
        # what ended before is in the accounts; what runs is unknown, not gone
        assert set(asked.jobs(ids.values())) == {ids["done"]}
        assert time.monotonic() - begun < 4 * asked.PATIENCE_S
    finally:
        cluster.start_controller()
    until(ids, slow="TIMEOUT")
    assert cause_in_log(log_of(tmp_path, ids["slow"])) == "walltime"


def test_without_slurm_nobody_knows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="sbatch is not on the PATH") as told:
        asked.demand()
    assert told.value.kind == "no-slurm"
    assert asked.queue("cobrex-") is None
    assert asked.jobs(["1"]) == {}
    assert asked.cancel("cobrex-") is False


def test_only_slurm_itself_is_believed() -> None:
    said = {
        "slurmstepd: error: Detected 1 oom_kill event in StepId=7.batch.": "out-of-memory",
        "slurmstepd: error: Detected 1 oom-kill event(s) in StepId=7.0.": "out-of-memory",
        "srun: error: node3: task 0: Out Of Memory": "out-of-memory",
        "slurmstepd-n1: error: *** JOB 7 ON n1 CANCELLED AT 2026 DUE TO TIME LIMIT ***": "walltime",
        "slurmstepd: error: *** JOB 7 ON n1 CANCELLED DUE TO NODE FAILURE ***": "node-lost",
        "recipe: srun: error: Out Of Memory": "",
        "out of memory, says a recipe": "",
    }
    assert {line: cause_in_log(f"hello\n{line}\n") for line in said} == said
