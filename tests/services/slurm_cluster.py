"""A private SLURM cluster in a temporary folder, as plain processes."""

from __future__ import annotations

import ctypes
import fcntl
import getpass
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from cobrex.content import home

_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
_PREFIX = "cobrex-slurm-"
_START_S = 60
_ANSWER_S = 20

_CONF = """
ClusterName=cobrex
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmctldPidFile={folder}/slurmctld.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdPidFile={folder}/%n.pid
SlurmdLogFile={folder}/%n.log
SlurmdSpoolDir={folder}/spool-%n
# no cgroups, no service manager: a job is followed by its process tree
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
# nodes may say that they have more than this machine
SlurmdParameters=config_overrides
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
{memkill}
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=2,bf_interval=5,default_queue_depth=2000
PriorityType=priority/basic
SlurmdTimeout=15
SlurmctldTimeout=15
MessageTimeout=10
KillWait=2
InactiveLimit=0
UnkillableStepTimeout=150
MinJobAge=900
MaxJobCount=20000
ReturnToService=2
TreeWidth=65533
MailProg=/bin/true
GresTypes=scratch
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc={folder}/jobcomp.log
{nodes}
PartitionName=batch Nodes=ALL Default=YES MaxTime=24:00:00 DefaultTime=00:30:00 State=UP
PartitionName=quick Nodes=ALL Default=NO MaxTime=00:02:00 DefaultTime=00:01:00 State=UP
"""
_NODE = (
    "NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs={cpus} "
    "RealMemory={memory} TmpDisk=20000 Gres=scratch:100G State=UNKNOWN"
)


def quick_profile(folder: Path) -> str:
    """Write the shipped profile, but so that it looks more often; return where."""
    text = (home() / "profiles" / "slurm" / "config.yaml").read_text(encoding="utf-8")
    for shipped, quick in (("status-checks: 20", "status-checks: 2"), ("second: 0.5", "second: 5")):
        assert shipped in text
        text = text.replace(shipped, quick)
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text(text, encoding="utf-8")
    return str(folder)


def missing() -> str:
    """Return the program that is not installed, or an empty text."""
    names = ("munged", "mungekey", "slurmctld", "slurmd", "sbatch", "sacct")
    return next((n for n in names if shutil.which(n, path=_PATH) is None), "")


def _folder() -> Path:
    """Make a short folder; munged wants one that all may pass."""
    memory = Path("/dev/shm")
    place = memory if os.access(memory, os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place))
    folder.chmod(0o755)
    return folder


@dataclass
class SlurmCluster:
    """One cluster; `start` it, take nodes and the controller away, `remove` it.

    Attributes
    ----------
    nodes : int
        ``node1`` and so on, all on this machine.
    cpus : int
        What each node says that it has.
    memory_mb : int
        The same.
    memkill : bool
        Whether a job over its memory is killed (looked at every second).
    """

    nodes: int = 2
    cpus: int = 4
    memory_mb: int = 8000
    memkill: bool = True
    folder: Path = field(default_factory=_folder)
    _daemons: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _owner: BinaryIO | None = None

    @property
    def names(self) -> list[str]:
        return [f"node{number}" for number in range(1, self.nodes + 1)]

    def environment(self) -> dict[str, str]:
        """Return what a command must find to speak to this cluster and to no other."""
        path = os.pathsep.join([str(self.folder / "bin"), _PATH])
        return {"SLURM_CONF": str(self.folder / "slurm.conf"), "PATH": path}

    def start(self) -> None:
        """Start every daemon and wait until all nodes are there."""
        _sweep()
        # as long as this process lives it holds the lock: the folder of a dead one is known by that
        self._owner = (self.folder / "new").open("ab")
        fcntl.flock(self._owner, fcntl.LOCK_EX)
        (self.folder / "new").rename(self.folder / "owner")
        self._write()
        self._call("mungekey", "-c", "-k", str(self.folder / "munge.key"))
        self._start_munge()
        self.start_controller()
        for name in self.names:
            self._daemon(name, "slurmd", "-D", "-N", name)
        self._wait(lambda: len(self.up()) == self.nodes, "the nodes")

    def start_controller(self) -> None:
        """Start slurmctld; it takes up what it knew."""
        self._daemon("slurmctld", "slurmctld", "-D")
        self._wait(lambda: "UP" in self.say("scontrol", "ping"), "slurmctld")

    def stop_controller(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End slurmctld; the jobs go on. Killed, it forgets what it learned some seconds before."""
        self._end("slurmctld", number)

    def start_node(self, name: str) -> None:
        """Start a node that was killed, and wait until it takes jobs."""
        self._daemon(name, "slurmd", "-D", "-N", name)
        self._wait(lambda: self._resumed(name), name)

    def kill_node(self, name: str, *, seen: bool = True) -> None:
        """End a node and what runs on it, as a power cut would.

        Parameters
        ----------
        name : str
        seen : bool
            Tell the controller at once; left to itself it takes half a minute.
        """
        steps = [pid for pid in _with_open(self.folder / f"{name}.log") if pid != os.getpid()]
        self._end(name, signal.SIGKILL)
        _kill_trees(steps)
        if seen:
            self.say("scontrol", "update", f"nodename={name}", "state=down", "reason=power")

    def up(self) -> list[str]:
        """Return the nodes that take jobs."""
        said = self.say("sinfo", "-h", "-N", "-p", "batch", "-t", "idle,alloc,mix", "-o", "%N %t")
        words = [line.split() for line in said.splitlines()]
        return sorted({w[0] for w in words if len(w) == 2 and not w[1].endswith("*")})

    def cancel_all(self) -> None:
        """Cancel every job, and wait until none runs."""
        self.say("scancel", f"--user={getpass.getuser()}")
        self._wait(lambda: not self.say("squeue", "-h", "-t", "PD,R,CG,S"), "the end of jobs")

    def remove(self) -> None:
        """End all that was started and take the folder away."""
        for name in list(self._daemons):
            self._end(name, signal.SIGKILL)
        _clear(self.folder)
        if self._owner is not None:
            self._owner.close()

    def say(self, *words: str) -> str:
        """Run a command of SLURM and return what it printed; empty when it fails."""
        done = subprocess.run(
            words, capture_output=True, text=True, check=False, timeout=60,
            env={**os.environ, **self.environment()},
        )  # fmt: skip
        return done.stdout if done.returncode == 0 else ""

    def _write(self) -> None:
        host = socket.gethostname().partition(".")[0]
        ports = _free_ports(self.nodes + 1)
        nodes = [
            _NODE.format(name=name, host=host, port=port, cpus=self.cpus, memory=self.memory_mb)
            for name, port in zip(self.names, ports[1:], strict=True)
        ]
        text = _CONF.format(
            host=host, port=ports[0], user=getpass.getuser(), folder=self.folder,
            memkill="JobAcctGatherParams=OverMemoryKill" if self.memkill else "",
            nodes="\n".join(nodes),
        )  # fmt: skip
        (self.folder / "slurm.conf").write_text(text)
        (self.folder / "gres.conf").write_text("Name=scratch Count=100G\n")
        (self.folder / "cgroup.conf").write_text("# none here\n")
        (self.folder / "jobcomp.log").touch()
        for name in ("state", "bin", *(f"spool-{node}" for node in self.names)):
            (self.folder / name).mkdir()
        # the step inside a job loses SLURM_CONF, which at a site stands in its default place
        self._front("srun", f"SLURM_CONF=${{SLURM_CONF:-{self.folder}/slurm.conf}} exec", "")
        # without a database of accounts sacct answers from the file of ended jobs alone
        self._front("sacct", "exec", "-c")

    def _front(self, program: str, before: str, option: str) -> None:
        path = self.folder / "bin" / program
        real = shutil.which(program, path=_PATH)
        path.write_text(f'#!/bin/sh\n{before} {real} {option} "$@"\n')
        path.chmod(0o755)

    def _start_munge(self) -> None:
        socket_path = self.folder / "munge.socket"
        options = {"key-file": "munge.key", "pid-file": "munged.pid", "seed-file": "munged.seed"}
        self._daemon(
            "munged", "munged", "--foreground", f"--socket={socket_path}",
            *(f"--{option}={self.folder / name}" for option, name in options.items()),
        )  # fmt: skip
        self._wait(lambda: bool(self.say("munge", "-S", str(socket_path), "-n")), "munged")

    def _daemon(self, name: str, program: str, *options: str) -> None:
        with (self.folder / f"{name}.out").open("ab") as log:
            self._daemons[name] = subprocess.Popen(
                [str(shutil.which(program, path=_PATH)), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env={**os.environ, **self.environment()},
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 no other thread runs yet
            )

    def _end(self, name: str, number: signal.Signals) -> None:
        process = self._daemons.pop(name, None)
        if process is not None:
            process.send_signal(number)
            process.wait(timeout=_START_S)

    def _resumed(self, name: str) -> bool:
        if name in self.up():
            return True
        self.say("scontrol", "update", f"nodename={name}", "state=resume")
        return False

    def _wait(self, there: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + _START_S
        while not there():
            ended = [name for name, one in self._daemons.items() if one.poll() is not None]
            if ended or time.monotonic() > end:
                raise RuntimeError(f"no {what}; ended: {ended}: {self._tails()}")
            time.sleep(0.05)

    def _tails(self) -> str:
        texts = [(p.name, p.read_text(errors="replace")) for p in self.folder.glob("*.[ol]*[tg]")]
        return "\n".join(f"{name}: {text[-400:]}" for name, text in texts if text)

    def _call(self, *words: str) -> None:
        subprocess.run(
            words, check=True, capture_output=True, env={**os.environ, **self.environment()}
        )


def _die_with_parent() -> None:
    """Let a daemon end when the tests are killed (PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def _free_ports(count: int) -> list[int]:
    """Return ports below the range of which the kernel itself takes."""
    found: list[int] = []
    while len(found) < count:
        port = random.randrange(20000, 32000)
        with socket.socket() as probe:
            if port not in found and probe.connect_ex(("127.0.0.1", port)):
                found.append(port)
    return found


def _sweep() -> None:
    """End what tests that were killed have left: job steps do not die with their daemon."""
    for place in {Path("/dev/shm"), Path(tempfile.gettempdir())}:
        for owner in place.glob(f"{_PREFIX}*/owner"):
            with suppress(OSError), owner.open("ab") as held:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _clear(owner.parent)


def _clear(folder: Path) -> None:
    _kill_trees([pid for pid in _with_open(folder) if pid != os.getpid()])
    shutil.rmtree(folder, ignore_errors=True)


def _with_open(path: Path) -> Iterator[int]:
    """Give the processes that hold a file, or one of a folder, open."""
    wanted = str(path)
    for process in Path("/proc").glob("[0-9]*"):
        try:
            held = [str(link.readlink()) for link in (process / "fd").iterdir()]
        except OSError:
            continue
        if any(name == wanted or name.startswith(f"{wanted}/") for name in held):
            yield int(process.name)


def _kill_trees(pids: list[int]) -> None:
    for pid in pids:
        below = [int(word) for word in _children(pid)]
        _kill_trees(below)
        with suppress(OSError):
            os.kill(pid, signal.SIGKILL)


def _children(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
