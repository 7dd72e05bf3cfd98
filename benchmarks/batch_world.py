"""A home with thousands of frames and trivial recipes, to measure batches in."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

INSTRUMENT = """
schema: instrument/1
name: TOYCAM
version: "1.0.0"
match: {INSTRUME: TOYCAM}
columns: {arm: {key: INSTRUME, map: {"*": TOY}}}
types:
  TOY_RAW: {description: "a frame", sky: false, when: {object: LAMP}}
associations:
"""
RULE = """
  {name}:
    recipe: {name}@^1
    main: {{frame_type: TOY_RAW, group_by: [night, frame]}}
"""
MANIFEST = """
schema: recipe/1
name: {name}
version: "1.0.0"
title: Copies a file
instrument: TOYCAM
type: {{kind: Calibration}}
command: {command}
options: {{prefix: "", join: "="}}
inputs: [{{role: raw, frame_type: TOY_RAW, min: 1, max: 1, main: true, option: if}}]
outputs: [{{role: made, frame_type: {made}, file: {file}, min: 1, max: 1, main: true}}]
resources: {{cores: 1, memory: 200MiB, walltime: "00:05:00"}}
environment: {{kind: host}}
authors: [{{name: Ada, role: Author}}]
license: BSD-3-Clause
issues_url: https://example.org/issues
"""
COPY = """
import sys
words = dict(word.split("=", 1) for word in sys.argv[1:])
with open(words["if"], "rb") as source, open(words["of"], "wb") as made:
    made.write(source.read())
"""


@dataclass(frozen=True)
class Recipe:
    """A trivial recipe.

    Attributes
    ----------
    name : str
    program : str
        What is started: dd, or a Python script that does the same.
    file : str
        What it makes; FITS is checked and stamped.
    """

    name: str
    program: str
    file: str

    def argv(self, script: Path) -> list[str]:
        """Return the command as xargs calls it, less the two words ``if=`` and ``of=``."""
        return ["dd", "status=none"] if self.program == "dd" else [sys.executable, str(script)]


RECIPES = (
    Recipe("toy_dd", "dd", "out.dat"),
    Recipe("toy_copy", "python", "out.dat"),
    Recipe("toy_fits", "python", "out.fits"),
)


@dataclass
class World:
    """A home of its own.

    Attributes
    ----------
    folder : pathlib.Path
    """

    folder: Path

    @property
    def home(self) -> Path:
        """Where its store and catalogue lie."""
        return self.folder / "home"

    @property
    def frames(self) -> Path:
        """Where its frames lie."""
        return self.folder / "data"

    def script(self, recipe: Recipe) -> Path:
        """Return the Python script of a recipe."""
        return self.folder / "recipes" / recipe.name / "copy.py"

    def environment(self) -> dict[str, str]:
        """Return what its commands need."""
        settings = {"COBREX_HOME": str(self.home), "COBREX_USER": "ada", "COLUMNS": "100"}
        places = os.pathsep.join(str(ROOT / name) for name in ("src", "registry", "db"))
        return {**os.environ, **settings, "PYTHONPATH": places}

    def cobrex(self, *words: str, codes: tuple[int, ...] = (0,)) -> str:
        """Run a command; return what it printed."""
        argv = [sys.executable, "-m", "cobrex", *words]
        done = subprocess.run(
            argv, env=self.environment(), text=True, capture_output=True, check=False
        )
        if done.returncode not in codes:
            raise SystemExit(f"{words} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def build(self, count: int) -> None:
        """Write instrument, recipes and frames; import the frames."""
        (self.home / "instruments").mkdir(parents=True)
        rules = "".join(RULE.format(name=r.name) for r in RECIPES)
        path = self.home / "instruments" / "toycam.yaml"
        path.write_text(INSTRUMENT + rules, encoding="utf-8")
        for recipe in RECIPES:
            self._publish(recipe)
        self.frames.mkdir()
        for number in range(count):
            (self.frames / f"T{number:06d}.fits").write_bytes(frame(number))
        self.cobrex("import", str(self.frames))

    def _publish(self, recipe: Recipe) -> None:
        script = self.script(recipe)
        script.parent.mkdir(parents=True)
        if recipe.program == "python":
            script.write_text(textwrap.dedent(COPY), encoding="utf-8")
        start = "dd status=none" if recipe.program == "dd" else "python copy.py"
        text = MANIFEST.format(
            name=recipe.name,
            command=f"{start} {{options}} of={recipe.file}",
            made=recipe.name.upper(),
            file=recipe.file,
        )
        (script.parent / "recipe.yaml").write_text(text, encoding="utf-8")
        self.cobrex("recipe", "publish", str(script.parent))

    def reduce(self, recipe: Recipe, *words: str, codes: tuple[int, ...] = (0,)) -> str:
        """Reduce all frames with a recipe."""
        asked = ("reduce", "--frame", "TOY_RAW", "--recipe", recipe.name)
        return self.cobrex(*asked, *words, codes=codes)


def frame(number: int) -> bytes:
    """Return a small FITS file that is like no other."""
    minute, hour = number % 60, number // 60 % 24
    night = 1 + number // 1440 % 28
    when = f"2020-{1 + number // 40320 % 12:02d}-{night:02d}T{hour:02d}:{minute:02d}:00.000"
    cards = [
        "SIMPLE  =                    T", "BITPIX  =                   16",
        "NAXIS   =                    1", "NAXIS1  =                    4",
        "INSTRUME= 'TOYCAM  '", "OBJECT  = 'LAMP    '",
        f"DATE-OBS= '{when}'",
        f"ARCFILE = 'T{number:06d}.fits'", "END",
    ]  # fmt: skip
    head = "".join(card.ljust(80) for card in cards).ljust(2880).encode()
    return head + number.to_bytes(8, "big").ljust(2880, b"\0")


@contextmanager
def cpu() -> Iterator[list[float]]:
    """Give a list that holds, afterwards, the CPU seconds of the children that have ended."""
    before, taken = _children(), [0.0]
    yield taken
    taken[0] = _children() - before


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
