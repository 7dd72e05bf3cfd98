"""``cobrex`` as a command of its own whose imports were read once: each call is a fork."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from multiprocessing import forkserver, get_context
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest


def run(
    words: Sequence[str], environ: Mapping[str, str], patience_s: float
) -> subprocess.CompletedProcess[str]:
    """Run ``cobrex`` with words as a shell would: own pid, descriptors, environment, exit code.

    Parameters
    ----------
    words : sequence of str
    environ : mapping of str
        The whole of it.
    patience_s : float
        How long it may take.

    Returns
    -------
    subprocess.CompletedProcess

    Raises
    ------
    subprocess.TimeoutExpired
    """
    with tempfile.TemporaryDirectory(prefix="cobrex-said-") as folder:
        said = [Path(folder) / name for name in ("stdout", "stderr")]
        given = (list(words), dict(environ), str(Path.cwd()), *map(str, said))
        child = _forks().Process(target=_command, args=given)
        child.start()
        child.join(patience_s)
        if child.exitcode is None:
            child.kill()
            child.join()
            raise subprocess.TimeoutExpired(["cobrex", *words], patience_s)
        out, err = (path.read_text(encoding="utf-8") if path.exists() else "" for path in said)
        return subprocess.CompletedProcess(["cobrex", *words], child.exitcode, out, err)


@cache
def _forks() -> ForkServerContext:
    context = get_context("forkserver")
    context.set_forkserver_preload(["__main__", "warm_cobrex_imports"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(p for p in sys.path if p))
        forkserver.ensure_running()
    return context


def _command(words: list[str], environ: dict[str, str], folder: str, out: str, err: str) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environ)
    for stream, name in ((1, out), (2, err)):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False, errors="backslashreplace")
    sys.argv = ["cobrex", *words]
    from cobrex.cli.main import main

    main()
