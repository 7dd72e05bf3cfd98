"""Measuring a painted pattern of spectra."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ifs_specpos import positions, qc
from lattice import CHANNELS, nominal
from surface import fit_surface

OPTIONS = Namespace(search_radius=2.0, min_flux=0.3, clip_sigma=5.0, degree=2)


def painted(shift: tuple[float, float]) -> np.ndarray:
    """A detector of 600 x 600 pixels with all spectra shifted."""
    _, _, x, y = nominal((600, 600))
    image = np.zeros((600, 600))
    columns, rows = np.arange(600), np.arange(600)
    half = (CHANNELS - 3) / 2
    for at_x, at_y in zip(x + shift[0], y + shift[1], strict=True):
        near_x = np.abs(columns - at_x) < 4
        near_y = np.abs(rows - at_y) < half + 3
        along = np.clip(half + 0.5 - np.abs(rows[near_y] - at_y), 0, 1)
        across = np.exp(-((columns[near_x] - at_x) ** 2) / (2 * 0.85**2))
        image[np.ix_(near_y, near_x)] += 1000 * along[:, None] * across
    return image


@pytest.mark.parametrize("shift", [(0.0, 0.0), (1.3, -0.8), (-1.4, 1.4)])
def test_a_shifted_pattern_is_found(shift: tuple[float, float]) -> None:
    found = positions(painted(shift), OPTIONS)
    _, _, x, y = nominal((600, 600))
    inside = (np.abs(x - 300) < 250) & (np.abs(y - 300) < 250)
    assert np.abs(found.x - x - shift[0])[inside].max() < 0.05
    assert np.abs(found.y - y - shift[1])[inside].max() < 0.1
    assert qc(found)["QC SHIFT"] == pytest.approx(np.hypot(*shift), abs=0.05)


def test_noise_is_no_pattern() -> None:
    with pytest.raises(ValueError, match=r"lamp|follow"):
        positions(np.random.default_rng(1).normal(10, 3, (600, 600)), OPTIONS)


def test_a_surface_leaves_out_what_does_not_follow() -> None:
    i, j = (axis.ravel() for axis in np.mgrid[-20:20, -20:20])
    true = 3 + 0.5 * i - 0.2 * j + 0.001 * i * j
    value = true + np.random.default_rng(2).normal(0, 0.01, true.size)
    value[5], value[6] = 40.0, np.nan
    fitted, good = fit_surface(i, j, value, 2, 5.0)
    assert not good[5]
    assert not good[6]
    assert np.abs(fitted - true).max() < 0.01
