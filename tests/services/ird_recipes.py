"""The IRDIS recipes in the environment of their lock file, its libraries loaded once."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from astropy.io import fits

from cobrex_registry.environments import environment
from cobrex_registry.recipe import manifest, parameters

ROOT = Path(__file__).resolve().parents[2]
# loading libraries and tables of the Earth takes seconds, a call less than one: each call is a copy
# of the loaded interpreter, that ends without taking itself apart
_SERVER = """
import gc, json, os, runpy, sys, traceback
import ccdproc, matplotlib.pyplot, photutils.background, photutils.psf, scipy.ndimage, scipy.stats
from astropy.time import Time
from astropy.utils import iers
with iers.conf.set_temp("auto_download", False):
    Time("2018-01-01").sidereal_time("apparent", "greenwich")
gc.freeze()
for line in sys.stdin:
    folder, words = json.loads(line)
    child = os.fork()
    if child == 0:
        os.chdir(folder)
        for number, name in ((1, "stdout"), (2, "stderr")):
            os.dup2(os.open("../" + name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        sys.argv, sys.path[0], code = words, os.path.dirname(words[0]), 0
        try:
            runpy.run_path(words[0], run_name="__main__")
        except SystemExit as end:
            code = end.code or 0
        except BaseException:
            traceback.print_exc()
            code = 99
        sys.stdout.flush()
        os._exit(code)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@dataclass(frozen=True)
class Answer:
    """How a call ended, and where its products are."""

    code: int
    stdout: str
    stderr: str
    folder: Path


class Recipes:
    """Calls recipes that share one environment."""

    def __init__(self, where: environment.Environment) -> None:
        argv, environ = environment.wrap(where, ["python", "-W", "error", "-c", _SERVER])
        environ["OMP_NUM_THREADS"] = "1"
        self._server = subprocess.Popen(
            argv, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def close(self) -> None:
        """End the interpreter."""
        self._server.communicate(timeout=60)

    def call(self, name: str, sof: Path, **given: Any) -> Answer:
        """Run a recipe with all its parameters in a new folder beside its SOF."""
        folder = sof.parent / f"{name}.{len(list(sof.parent.glob(f'{name}.*')))}" / "out"
        folder.mkdir(parents=True)
        known = read_manifest(name)
        words = parameters.as_options(parameters.resolve(known, given), known)
        script = str(ROOT / "recipes" / name / f"{name}.py")
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps([str(folder), [script, str(sof), *words]]) + "\n")
        self._server.stdin.flush()
        code = int(self._server.stdout.readline())
        out, err = ((folder.parent / n).read_text() for n in ("stdout", "stderr"))
        return Answer(code, out, err, folder)


def read_manifest(name: str) -> manifest.Manifest:
    """Return the manifest of a recipe."""
    text = (ROOT / "recipes" / name / manifest.FILE).read_text(encoding="utf-8")
    return manifest.parse(text, manifest.FILE)


def unmeasured(answer: Answer, name: str) -> set[str]:
    """Return the QC metrics that a recipe promises and its products do not have."""
    products = answer.folder.glob("*.fits")
    told = {key.removeprefix("ESO ") for path in products for key in fits.getheader(path)}
    return {one.name for one in read_manifest(name).qc} - told
