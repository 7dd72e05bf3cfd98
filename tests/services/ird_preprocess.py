"""The recipe ird_preprocess as a command, and what its products say of a known sequence."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from ird_sequence import Floats, Night

from cobrex_registry.environments import environment
from cobrex_registry.recipe import manifest, parameters

FOLDER = Path(__file__).resolve().parents[2] / "recipes" / "ird_preprocess"
_MANY = """
import json, os, sys
sys.path.insert(0, sys.argv[1])
import ird_preprocess
for folder, words in json.loads(sys.argv[2]):
    os.chdir(folder)
    sys.argv[1:] = words
    print("exit", ird_preprocess.main(), file=sys.stderr)
"""


def read_manifest() -> manifest.Manifest:
    """Return the manifest."""
    return manifest.parse((FOLDER / manifest.FILE).read_text(encoding="utf-8"), manifest.FILE)


def _words(given: Mapping[str, Any]) -> list[str]:
    known = read_manifest()
    return parameters.as_options(parameters.resolve(known, given), known)


def _python(
    where: environment.Environment, words: list[str], folder: Path
) -> subprocess.CompletedProcess[str]:
    argv, environ = environment.wrap(where, ["python", "-W", "error", *words])
    environ["OMP_NUM_THREADS"] = "1"
    return subprocess.run(
        argv, cwd=folder, env=environ, capture_output=True, text=True, timeout=600, check=False
    )


def call(
    where: environment.Environment, sof: Path, given: Mapping[str, Any], folder: Path
) -> subprocess.CompletedProcess[str]:
    """Run the recipe in a folder, all parameters given."""
    folder.mkdir(parents=True, exist_ok=True)
    return _python(where, [str(FOLDER / "ird_preprocess.py"), str(sof), *_words(given)], folder)


def call_many(
    where: environment.Environment, calls: Mapping[Path, tuple[Path, Mapping[str, Any]]]
) -> dict[Path, str]:
    """Run it in several folders in one Python; return by folder what stands on stderr."""
    for folder in calls:
        folder.mkdir(parents=True, exist_ok=True)
    todo = [(str(folder), [str(sof), *_words(given)]) for folder, (sof, given) in calls.items()]
    answer = _python(where, ["-c", _MANY, str(FOLDER), json.dumps(todo)], Path.cwd())
    assert answer.returncode == 0, answer.stderr
    said = answer.stderr.splitlines()
    ends = [number for number, line in enumerate(said) if line.startswith("exit ")]
    assert len(ends) == len(todo), answer.stderr
    starts = [0, *(end + 1 for end in ends[:-1])]
    return {
        folder: "\n".join(said[start : end + 1])
        for folder, start, end in zip(calls, starts, ends, strict=True)
    }


def centroid(image: Floats, x: float, y: float) -> Floats:
    """Return where a spot near a place is, from the middle pixel."""
    rows, columns = np.indices(image.shape) - image.shape[0] // 2
    for _ in range(6):
        away = (columns - x) ** 2 + (rows - y) ** 2
        light = image * np.exp(-away / (2 * 1.7**2)) * (away < 36)
        x += 2 * float((light * (columns - x)).sum() / light.sum())
        y += 2 * float((light * (rows - y)).sum() / light.sum())
    return np.array([x, y])


def on_sky(folder: Path, night: Night, truth: Floats, angles: Floats | None = None) -> Floats:
    """Return the planet's separation (pixels) and position angle (degrees) in good frames.

    Parameters
    ----------
    folder : pathlib.Path
        With the products.
    night : Night
        What was put in.
    truth : ndarray
        Angles at which to look for the planet.
    angles : ndarray, optional
        To derotate by; the written ones.
    """
    cube = fits.getdata(folder / "cube.fits")[0].astype(float)
    written = fits.getdata(folder / "angles.fits") if angles is None else angles
    good = fits.getdata(folder / "selection.fits") == 1
    places = []
    for image, angle, real in zip(cube[good], written[good], truth[good], strict=True):
        away = np.deg2rad(night.angle - real)
        x, y = night.separation * np.array([-np.sin(away), np.cos(away)])
        turn = np.deg2rad(angle)
        matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        places.append(matrix @ centroid(image, x, y))
    x, y = np.mean(places, axis=0)
    return np.array([np.hypot(x, y), np.rad2deg(np.arctan2(-x, y)) % 360])


def is_true(place: Floats, night: Night) -> bool:
    """Tell whether a planet is where it was put: 0.06 pixels and 0.1 degrees."""
    off = abs((place[1] - night.angle + 180) % 360 - 180)
    return bool(abs(place[0] - night.separation) < 0.06 and off < 0.1)
