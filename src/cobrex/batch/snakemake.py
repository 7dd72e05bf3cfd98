"""Hands a plan to Snakemake: the one place that knows how it is called."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from cobrex import content
from cobrex.errors import UsageError
from cobrex_registry.errors import RegistryError
from cobrex_registry.reading import strict_yaml

LOG = "snakemake.log"


@dataclass(slots=True)
class Workflow:
    """A running Snakemake, in a session of its own.

    Attributes
    ----------
    process : subprocess.Popen
    """

    process: subprocess.Popen[bytes]

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        return self.process.poll() is not None

    def drain(self) -> None:
        """Let it finish what runs and begin nothing; its children are not asked."""
        if not self.ended:
            self.process.send_signal(signal.SIGTERM)

    def stop(self) -> None:
        """End it and the processes it started; SIGINT cancels, SIGTERM would wait for them."""
        for number, patience_s in ((signal.SIGINT, 15), (signal.SIGKILL, 5)):
            if self.ended:
                return
            signal_group(self.process.pid, number)
            try:
                self.process.wait(patience_s)
            except subprocess.TimeoutExpired:
                continue


def signal_group(group: int, number: int) -> None:
    """Send a signal to a process group; one that has ended is no error."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return


def profile_folder(name: str) -> Path:
    """Return the folder of a Snakemake profile.

    Parameters
    ----------
    name : str
        A shipped profile, or a path with a slash.

    Returns
    -------
    pathlib.Path
        Absolute: a folder in the current directory must not win over a shipped profile.

    Raises
    ------
    UsageError
        Kind ``unknown-profile``.
    """
    shipped = content.home() / "profiles"
    folder = Path(name).absolute() if "/" in name else shipped / name
    if not (folder / "config.yaml").is_file():
        names = ", ".join(sorted(p.parent.name for p in shipped.glob("*/config.yaml")))
        raise UsageError(
            f"no profile {name!r}",
            hint=f"there are {names}; a path to a folder with config.yaml works too",
            kind="unknown-profile",
        )
    return folder


def executor(profile: Path) -> str:
    """Return by what the jobs of a profile are run: ``local``, ``slurm`` ...

    Parameters
    ----------
    profile : pathlib.Path
        Folder of the profile.

    Raises
    ------
    UsageError
        Kind ``unknown-profile``: it cannot be read, or names what is not installed.
    """
    path = profile / "config.yaml"
    try:
        said = strict_yaml.load_file(path)
    except RegistryError as error:
        raise UsageError(error.message, hint=error.hint, kind="unknown-profile") from error
    if not isinstance(said, dict | None) or not all(isinstance(key, str) for key in said or ()):
        raise UsageError(
            f"{path} is no list of options with their values",
            hint="a line for each, such as jobs: 4; profiles/ has the shipped ones",
            kind="unknown-profile",
        )
    name = (said or {}).get("executor", "local")
    if name != "local" and not _is_installed(name):
        raise UsageError(
            f"{path}: executor {name!r} is not installed here",
            hint="local and slurm are; another one is installed as snakemake-executor-plugin-NAME",
            kind="unknown-profile",
        )
    return str(name)


def _is_installed(executor: object) -> bool:
    if not isinstance(executor, str) or not re.fullmatch("[a-z0-9-]{1,64}", executor):
        return False
    return find_spec(f"snakemake_executor_plugin_{executor.replace('-', '_')}") is not None


def command(plan: Path, *, profile: Path, jobs: int, prefix: str = "") -> list[str]:
    """Return the command that makes a plan's targets.

    Parameters
    ----------
    plan : pathlib.Path
    profile : pathlib.Path
    jobs : int
        Cores on this machine; of SLURM, jobs at once, 0 for as many as the profile says.
    prefix : str
        What the names of SLURM jobs begin with; empty on one machine.

    Returns
    -------
    list of str
    """
    home = content.home()
    cluster = ["--slurm-jobname-prefix", prefix, *(["--jobs", str(jobs)] if jobs else [])]
    return [
        sys.executable,
        "-P",
        "-m",
        "snakemake",
        "-s",
        str(home / "Snakefile"),
        "-d",
        str(plan.parent / "snakemake"),
        "--workflow-profile",
        str(profile),
        *(cluster if prefix else ["--cores", str(jobs)]),
        # the batch's driver is the only one here, and says so itself
        "--nolock",
        "--nocolor",
        "--config",
        f"plan={plan}",
    ]


def start(argv: list[str], folder: Path) -> Workflow:
    """Start Snakemake; what it says goes to ``snakemake.log``.

    Parameters
    ----------
    argv : list of str
        From `command`.
    folder : pathlib.Path
        The batch's.

    Returns
    -------
    Workflow
    """
    work = folder / "snakemake"
    work.mkdir(exist_ok=True)
    (folder / "command.txt").write_text(shlex.join(argv) + "\n", encoding="utf-8")
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("SNAKEMAKE_")
    }
    # Snakemake keeps a source cache below it; nothing of a batch lies outside the store
    environment["XDG_CACHE_HOME"] = str(work / "cache")
    environment["PYTHONPATH"] = os.pathsep.join(p for p in sys.path if p)
    with (folder / LOG).open("ab") as log:
        process = subprocess.Popen(
            argv,
            cwd=work,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Workflow(process)
