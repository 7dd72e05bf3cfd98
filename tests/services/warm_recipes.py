"""Recipes as commands in one environment: what they import is read once, each call is a fork."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cobrex_registry.environments import environment
from cobrex_registry.recipe import manifest, parameters

ROOT = Path(__file__).resolve().parents[2]
RECIPES = ROOT / "recipes"

VIP = ("matplotlib.pyplot", "vip_hci.fm", "vip_hci.invprob", "vip_hci.metrics", "vip_hci.psfsub")
IFS = ("matplotlib.pyplot", "astropy.io.fits", "astropy.wcs", "photutils.background",
       "photutils.detection", "scipy.ndimage", "scipy.optimize")  # fmt: skip

_SERVER = """
import importlib, json, os, runpy, sys, warnings
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    for name in sys.argv[1:]:
        importlib.import_module(name)
for line in sys.stdin:
    call = json.loads(line)
    child = os.fork()
    if child == 0:
        os.chdir(call["folder"])
        for stream, name in ((1, "stdout"), (2, "stderr")):
            os.dup2(os.open(call[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream)
        sys.argv, sys.path[0] = call["argv"], os.path.dirname(call["argv"][0])
        code = 0
        try:
            runpy.run_path(sys.argv[0], run_name="__main__")
        except SystemExit as end:
            code = end.code or 0
        except BaseException:
            sys.excepthook(*sys.exc_info())
            code = 99
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def read_manifest(recipe: str) -> manifest.Manifest:
    """Return the manifest of a shipped recipe."""
    path = RECIPES / recipe / manifest.FILE
    return manifest.parse(path.read_text(encoding="utf-8"), manifest.FILE)


def command(recipe: str, sof: Path, given: Mapping[str, Any]) -> list[str]:
    """Return script, SOF and options, all parameters given."""
    known = read_manifest(recipe)
    words = parameters.as_options(parameters.resolve(known, given), known)
    return [str(RECIPES / recipe / f"{recipe}.py"), str(sof), *words]


class Warm:
    """A process that has imported what recipes import."""

    def __init__(self, server: subprocess.Popen[str]) -> None:
        self._server = server

    def call(
        self, recipe: str, sof: Path, given: Mapping[str, Any], folder: Path
    ) -> subprocess.CompletedProcess[str]:
        """Run a recipe in a folder, all parameters given."""
        folder.mkdir(parents=True, exist_ok=True)
        said = {name: folder.with_name(f"{folder.name}.{name}") for name in ("stdout", "stderr")}
        argv = command(recipe, sof, given)
        line = {"argv": argv, "folder": str(folder)} | {n: str(p) for n, p in said.items()}
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps(line) + "\n")
        self._server.stdin.flush()
        code = int(self._server.stdout.readline())
        out, err = (path.read_text(encoding="utf-8") for path in said.values())
        return subprocess.CompletedProcess(argv, code, out, err)


@contextmanager
def warm(where: environment.Environment, modules: Sequence[str] = VIP) -> Iterator[Warm]:
    """Start the process in an environment, with modules read; end it afterwards."""
    argv, environ = environment.wrap(where, ["python", "-W", "error", "-c", _SERVER, *modules])
    environ["OMP_NUM_THREADS"] = "1"
    with subprocess.Popen(
        argv, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        yield Warm(server)
        assert server.stdin is not None
        server.stdin.close()
