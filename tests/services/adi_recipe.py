"""What the recipe adi_pca answers, against the truth of a simulated sequence."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import numpy as np
from adi_sequence import SCALE, Companion
from astropy.io import fits

QUICK: dict[str, Any] = {"pixel_scale_mas": SCALE, "ncomp": 4, "forward_model": False}


def done(
    answer: subprocess.CompletedProcess[str], folder: Path, name: str = "detections"
) -> fits.FITS_rec:
    """Return the table of detections of a recipe that ended well and said nothing."""
    assert (answer.returncode, answer.stderr) == (0, "")
    return fits.getdata(folder / f"{name}.fits", name.upper())


def off(row: Any, one: Companion, separation: str = "SEPARATION", angle: str = "PA") -> float:
    """Distance of a detection from the truth, pixels."""
    turns = np.radians([row[angle], one.angle])
    away = np.array([row[separation], one.separation]) / SCALE
    return float(np.abs(away[0] * np.exp(1j * turns[0]) - away[1] * np.exp(1j * turns[1])))


def refused(answer: subprocess.CompletedProcess[str], recipe: str, says: str) -> None:
    """Assert that a recipe said in one line why it did nothing."""
    assert answer.returncode == 1
    assert says in answer.stderr
    assert answer.stderr.startswith(f"{recipe}: ")
    assert len(answer.stderr.splitlines()) == 1
