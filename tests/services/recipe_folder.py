"""Writes a small good recipe, to be changed by a test."""

from __future__ import annotations

from pathlib import Path

MANIFEST = """\
schema: recipe/1
name: toy
version: "1.0.0"
title: A toy
instrument: SPHERE/IFS
type: {kind: Calibration, subtype: toy}
command: python toy.py {sof} {options}
inputs:
  - {role: raw, frame_type: TOY_RAW, min: 1, max: 8, main: true}
  - {role: dark, frame_type: [TOY_DARK, TOY_BACKGROUND], min: 0, max: null}
parameters:
  - {name: sigma, type: float, default: 5.0, min: 3.0, max: 50.0, unit: "", ucd: stat.snr}
  - {name: method, type: enum, default: mean, choices: [mean, median]}
  - {name: iterations, type: int, default: 3, min: 1}
  - {name: verbose, type: bool, default: false}
  - {name: planes, type: "list[int]", default: [1, 2], min: 0, max: 9}
  - {name: label, type: str, default: ""}
outputs:
  - {role: cube, frame_type: TOY_CUBE, file: cube.fits, main: true}
  - {role: preview, frame_type: PREVIEW, file: "*.png", min: 0, max: 4}
qc:
  - {name: QC TOY MEAN, unit: adu, range: [0, 10.5], action: fail, product: cube}
resources: {cores: 2, memory: 1GiB, walltime: "00:20:00", scratch: 500MB}
environment: {kind: host}
volatile: [DATE]
authors: [{name: Ada, role: Author, email: ada@example.org}]
license: BSD-3-Clause
"""
PRESET = """\
schema: preset/1
name: careful
version: "1.0.0"
for: toy@^1
title: Takes its time
parameters: {sigma: 4, method: median}
"""


def write_recipe(folder: Path, *changes: tuple[str, str], code: str = "print('toy')\n") -> Path:
    """Write the toy recipe into a folder, with texts of its manifest replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "recipe.yaml").write_text(manifest_text(*changes), encoding="utf-8")
    (folder / "toy.py").write_text(code, encoding="utf-8")
    return folder


def manifest_text(*changes: tuple[str, str]) -> str:
    """Return the toy's manifest with texts replaced; each must be there."""
    text = MANIFEST
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


def numbered(folder: Path, version: str) -> Path:
    """Write a version of the toy whose code says which one it is."""
    return write_recipe(folder, ('"1.0.0"', f'"{version}"'), code=f"print('{version}')\n")
