"""A recipe with tests of its own, small enough to be run many times."""

from __future__ import annotations

from pathlib import Path

from astropy.io import fits

from cobrex.settings import Settings
from cobrex_registry.repository import Registry

MANIFEST = """\
schema: recipe/1
name: toy_mean
version: "1.0.0"
title: Mean of frames
instrument: TOYCAM
type: {kind: Calibration}
command: python toy_mean.py {sof} {options}
inputs:
  - {role: raw, frame_type: TOY_RAW, min: 1, max: 8, main: true}
  - {role: dark, frame_type: TOY_DARK, min: 0, max: 1}
parameters:
  - {name: scale, type: float, default: 1.0, min: 0.0, max: 10.0}
outputs:
  - {role: mean, frame_type: TOY_MEAN, file: mean.fits, main: true}
qc:
  - {name: QC MEAN, unit: adu, range: [0, 100], action: warn, product: mean}
environment: {kind: host}
tests:
  - {name: small, data: tests/data, expect: tests/small.json}
authors: [{name: Ada, role: Author}]
license: BSD-3-Clause
"""
CODE = """\
import sys
import numpy as np
from astropy.io import fits
scale = float(sys.argv[2].split("=")[1])
lines = [line.split() for line in open(sys.argv[1])]
print("inputs", *[kind for _, kind in lines])
frames = [fits.getdata(path).astype("f8") for path, _ in lines]
mean = np.mean(frames, axis=0) * scale * GAIN
hdu = fits.PrimaryHDU(mean)
hdu.header["HIERARCH ESO QC MEAN"] = float(mean.mean())
hdu.writeto("mean.fits")
"""


def write_toy(folder: Path, *changes: tuple[str, str], gain: str = "1.0") -> Path:
    """Write the recipe with its data and without an expectation; texts of its manifest replaced."""
    data = folder / "tests" / "data"
    data.mkdir(parents=True, exist_ok=True)
    text = MANIFEST
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    (folder / "recipe.yaml").write_text(text, encoding="utf-8")
    (folder / "toy_mean.py").write_text(CODE.replace("GAIN", gain), encoding="utf-8")
    for n in range(2):
        pixels = [[10.0 + n, 12.0], [9.0, 11.0 - n]]
        fits.PrimaryHDU(pixels).writeto(data / f"{n}.fits.gz", overwrite=True)
    lines = "# two frames\n0.fits.gz TOY_RAW\n1.fits.gz TOY_RAW\n"
    (data / "inputs.sof").write_text(lines, encoding="utf-8")
    return folder


def regain(folder: Path, gain: str, version: str) -> Path:
    """Give the recipe another gain and number."""
    (folder / "toy_mean.py").write_text(CODE.replace("GAIN", gain), encoding="utf-8")
    manifest = folder / "recipe.yaml"
    lines = manifest.read_text(encoding="utf-8").splitlines(keepends=True)
    lines = [f'version: "{version}"\n' if one.startswith("version:") else one for one in lines]
    manifest.write_text("".join(lines), encoding="utf-8")
    return folder


def place(folder: Path, server: str = "lyon") -> tuple[Registry, Settings]:
    """Return an empty registry and the settings that go with it."""
    home = folder / "home"
    (home / "store").mkdir(parents=True, exist_ok=True)
    url = f"sqlite:///{home / 'store' / 'catalogue.sqlite'}"
    settings = Settings(home, home / "store", url, "ada", "public", server=server)
    return Registry.open(settings.registry), settings
