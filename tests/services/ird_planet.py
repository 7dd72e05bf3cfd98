"""What the products of ird_preprocess say of a known sequence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from astropy.io import fits
from ird_sequence import Floats, Night


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
