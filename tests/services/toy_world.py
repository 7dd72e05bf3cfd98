"""A small observatory: an instrument file, two recipes in git, a few frames; all of it real."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import warm_cobrex
from astropy.io import fits

INSTRUMENT = """
schema: instrument/1
name: TOYCAM
version: "1.0.0"
match: {INSTRUME: TOYCAM}
star_radius_arcsec: {default: 5}
columns:
  arm: {key: INSTRUME, map: {"*": TOY}}
  filter: FILTER
types:
  TOY_FLAT_RAW: {description: "flat", sky: false, when: {filter: {glob: "*"}, object: FLAT}}
  TOY_SCIENCE_RAW: {description: "science", when: {filter: {glob: "*"}}}
associations:
  toy_flat:
    recipe: toy_flat@^1
    main: {frame_type: TOY_FLAT_RAW, group_by: [night, filter, frame]}
  toy_science:
    recipe: toy_science@^1
    main: {frame_type: TOY_SCIENCE_RAW, group_by: [star, night, filter]}
    inputs:
      flat: {from: toy_flat.flat, match: [filter], window_days: [-2, 2]}
"""

MANIFEST = """
schema: recipe/1
name: {name}
version: "1.0.0"
title: A toy
instrument: TOYCAM
type: {{kind: Calibration}}
command: python toy.py {{sof}} {{options}}
inputs: [{inputs}]
parameters:
  - {{name: level, type: float, default: 1.0, min: 0.0, max: 100.0, unit: adu, description: QC}}
  - {{name: label, type: string, default: plain, description: free text}}
  - {{name: wait, type: float, default: 0.0, min: 0.0, max: 60.0, unit: s, description: pause}}
outputs:
  - {{role: {role}, frame_type: {made}, file: out.fits, min: 1, max: 1, main: true}}
qc:
  - {{name: QC LEVEL, unit: adu, range: [0.5, 50.0], action: fail}}
resources: {{cores: 1, memory: 200MiB, walltime: "00:05:00"}}
environment: {{kind: host}}
authors: [{{name: Ada, role: Author}}]
license: BSD-3-Clause
issues_url: https://example.org/issues
"""

# its own FITS of a few cards: astropy would take most of the time of every toy process
CODE = """
import struct, sys, time
from pathlib import Path
def plain(value):
    if value[:1] == "'":
        return value[1:].rpartition("'")[0].rstrip("&")
    return value.partition("/")[0].strip()
def cards(path):
    found, name = {}, ""
    with open(path, "rb") as stream:
        while (card := stream.read(80).decode("ascii"))[:8].strip() != "END":
            name = name if card.startswith("CONTINUE") else card[:8].strip()
            value = card[10:].strip()
            found[name] = found.get(name, "") + plain(value)
    return found
options = dict(word[2:].split("=", 1) for word in sys.argv[2:])
frames = [line.split() for line in open(sys.argv[1])]
headers = [cards(path) for path, _ in frames]
if any(h.get("BROKEN") == "T" for h in headers):
    sys.exit("the shutter was closed")
eaten = b"x" * (int(headers[0].get("EAT", 0)) << 20)  # MiB, long enough for SLURM to see
time.sleep(5 if eaten else 0)
if "FILL" in headers[0]:
    Path("large").write_bytes(bytes(int(headers[0]["FILL"]) << 20))  # MiB
until = headers[0].get("UNTIL")
while until and not Path(until).exists():
    time.sleep(0.05)
time.sleep(float(options["wait"]))
level = headers[0].get("LEVEL") or float(options["level"])
made = ["SIMPLE  =                    T", "BITPIX  =                   64",
        "NAXIS   =                    2", "NAXIS1  =                    2",
        "NAXIS2  =                    1", f"HIERARCH ESO QC LEVEL = {level}", "END"]
head = "".join(card.ljust(80) for card in made).ljust(2880)
data = struct.pack(">2q", len(frames), len(options["label"])).ljust(2880, bytes(1))
Path("out.fits").write_bytes(head.encode() + data)
print("label", options["label"])
"""


@dataclass
class World:
    """One home with its catalogue, store and frames.

    Attributes
    ----------
    folder : pathlib.Path
    database_url : str
        Empty for the embedded catalogue.
    patience_s : float
        How long a command may take.
    """

    folder: Path
    database_url: str = ""
    patience_s: float = 240.0

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def environment(self) -> dict[str, str]:
        settings = {"COBREX_HOME": str(self.home), "COBREX_USER": "ada", "COLUMNS": "100"}
        if self.database_url:
            settings["COBREX_DATABASE_URL"] = self.database_url
        return {**os.environ, **settings, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}

    def argv(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "cobrex", *words]

    def cobrex(self, *words: str, code: int = 0) -> str:
        """Run a command, insist on its exit code, return what it printed."""
        done = warm_cobrex.run(words, self.environment(), self.patience_s)
        said = done.stdout + done.stderr
        assert done.returncode == code, f"{words} ended with {done.returncode}:\n{said}"
        return said

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.argv(*words),
            env=self.environment(),
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def recipe(self, name: str, role: str, made: str, *inputs: str) -> None:
        """Write and publish a recipe."""
        folder = self.folder / "recipes" / name
        folder.mkdir(parents=True)
        manifest = MANIFEST.format(name=name, role=role, made=made, inputs=", ".join(inputs))
        (folder / "recipe.yaml").write_text(manifest, encoding="utf-8")
        (folder / "toy.py").write_text(textwrap.dedent(CODE), encoding="utf-8")
        self.cobrex("recipe", "publish", str(folder))

    def frame(self, name: str, star: str, *, day: int = 7, hour: int = 3, **cards: object) -> Path:
        """Write a frame."""
        self.data.mkdir(exist_ok=True)
        header = fits.Header()
        values = {
            "INSTRUME": "TOYCAM",
            "OBJECT": star,
            "FILTER": "K",
            "DATE-OBS": f"2020-03-{day:02d}T{hour:02d}:00:00.000",
            "MJD-OBS": 58915.0 + day - 7 + hour / 24,
            "ARCFILE": f"{name}.fits",
        }
        for keyword, value in {**values, **cards}.items():
            header[keyword] = value
        path = self.data / f"{name}.fits"
        pixels = [[ord(c) for c in name[:8].ljust(8)]]
        fits.PrimaryHDU(data=pixels, header=header).writeto(path, overwrite=True)
        return path


def shipped(folder: Path, environments: Path) -> World:
    """Return a world with what ships and nothing else, on environments that are built once."""
    world = World(folder)
    (world.home / "store").mkdir(parents=True)
    (world.home / "store" / "environments").symlink_to(environments)
    return world


def build(folder: Path, database_url: str = "") -> World:
    """Build a world with recipes published and no frames."""
    once = Path.home() / "toy-observatory"  # tests have a home of their own, one a process
    if not once.exists():
        partial = once.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        _build(World(partial))
        partial.rename(once)
    shutil.copytree(once, folder, symlinks=True, dirs_exist_ok=True)
    return World(folder, database_url)


def _build(world: World) -> None:
    (world.home / "instruments").mkdir(parents=True)
    (world.home / "instruments" / "toycam.yaml").write_text(INSTRUMENT, encoding="utf-8")
    main = "{{role: raw, frame_type: {}, min: 1, max: 9, main: true}}"
    world.recipe("toy_flat", "flat", "TOY_FLAT", main.format("TOY_FLAT_RAW"))
    world.recipe(
        "toy_science",
        "science",
        "TOY_SCIENCE",
        main.format("TOY_SCIENCE_RAW"),
        "{role: flat, frame_type: TOY_FLAT, min: 1, max: 1}",
    )
