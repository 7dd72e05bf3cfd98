"""A small simulated star behind the coronagraph and cubes of other stars with like speckles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from adi_sequence import FWHM, SCALE, STAR, Companion, spot
from astropy.io import fits
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

Floats = NDArray[np.float64]
SIDE = 45
CUBE = "IRD_SCIENCE_REDUCED_MASTER_CUBE"
ALIKE, SAME_STAR = 5, 2
UNLIKE = 2
_MODES = 4
_NOISE = 3.0
_COLOUR = (1.0, 0.8)


@dataclass(frozen=True)
class Speckles:
    """An instrument's speckles: the same few patterns, in other parts at other times.

    Attributes
    ----------
    patterns : ndarray, shape (modes, side, side)
        Relative to the halo.
    halo : ndarray, shape (side, side)
        Counts.
    rng : numpy.random.Generator
        Of parts and noise.
    """

    patterns: Floats
    halo: Floats
    rng: np.random.Generator

    def cube(self, parts: Floats, frames: int, brightness: float = 1.0) -> Floats:
        """Return frames, shape (frames, side, side)."""
        moving = parts + 0.3 * self.rng.normal(0, 1, (frames, len(parts)))
        light = self.halo * (1 + 0.2 * np.tensordot(moving, self.patterns, 1))
        return np.asarray(brightness * light + self.rng.normal(0, _NOISE, light.shape))


def instrument(seed: int, side: int = SIDE) -> Speckles:
    """Return the speckles of an instrument."""
    rng = np.random.default_rng(seed)
    raw = rng.normal(0, 1, (_MODES, side, side))
    smooth = np.stack([gaussian_filter(one, FWHM / 2.355) for one in raw])
    distance = np.hypot(*(np.indices((side, side)) - side // 2))
    return Speckles(smooth / smooth.std(), STAR * 0.01 * np.exp(-distance / 8), rng)


def write_target(
    folder: Path, planets: Sequence[Companion], *, frames: int = 20, spoiled: bool = False
) -> str:
    """Write cube (both wavelengths), PSF and angles of HD 100.

    Parameters
    ----------
    folder : pathlib.Path
        Where to.
    planets : sequence of Companion
        At these places on the sky.
    frames : int
        Of the cube, over 80 degrees.
    spoiled : bool
        Give frame 4 a false planet three times as bright as anything, and a selection without it.

    Returns
    -------
    str
        The SOF's lines; references and library are to be added.
    """
    folder.mkdir(parents=True, exist_ok=True)
    speckles = instrument(11)
    turns = 150.0 + np.linspace(0.0, 80.0, frames)
    one = speckles.cube(parts_of_target(), frames)
    for n, turn in enumerate(turns):
        for planet in planets:
            away, radius = np.radians(planet.angle - turn), planet.separation / SCALE
            x, y = SIDE // 2 - radius * np.sin(away), SIDE // 2 + radius * np.cos(away)
            one[n] += STAR * planet.contrast * spot(x, y, SIDE)
    cube = np.stack([one * colour for colour in _COLOUR])
    selection = np.ones(frames, dtype=np.uint8)
    if spoiled:
        cube[:, 4], selection[4] = np.nan, 0
    psf = np.stack([colour * STAR * spot(12, 12, 25) for colour in _COLOUR])[:, None]
    header = star_header("HD 100", 30.0, -20.0, "2017-03-04T03:00:00")
    write(folder / "cube.fits", cube, header)
    write(folder / "psf.fits", psf, header)
    fits.PrimaryHDU((turns + 180) % 360 - 180).writeto(folder / "angles.fits", overwrite=True)
    fits.PrimaryHDU(selection).writeto(folder / "selection.fits", overwrite=True)
    lines = [
        f"{folder / 'cube.fits'} {CUBE}",
        f"{folder / 'psf.fits'} IRD_SCIENCE_PSF_MASTER_CUBE",
        f"{folder / 'angles.fits'} IRD_SCIENCE_PARA_ROTATION_CUBE",
    ]
    if spoiled:
        lines.append(f"{folder / 'selection.fits'} IRD_FRAME_SELECTION_VECTOR")
    return "".join(f"{line}\n" for line in lines)


def parts_of_target() -> Floats:
    """Return how much of each pattern the star shows."""
    return np.array([1.0, -0.8, 0.6, 0.9])


def write_references(folder: Path, *, frames: int = 10) -> list[Path]:
    """Write cubes of other stars: the first are alike, each less; then unlike; last HD 100 itself.

    HD 100 comes under its own name at another place, and under another name at its own.

    Parameters
    ----------
    folder : pathlib.Path
        Where to.
    frames : int
        Of each cube.
    """
    folder.mkdir(parents=True, exist_ok=True)
    alike = instrument(11)
    other = instrument(99)
    rng = np.random.default_rng(5)
    stars = [(f"HD {200 + n}", 40.0 + n, -30.0) for n in range(ALIKE + UNLIKE)]
    stars += [("hd_100", 50.0, 10.0), ("Alpha Simulatae", 30.0005, -20.0005)]
    paths = []
    for n, (name, ra, dec) in enumerate(stars):
        less = 0.3 * (n % (ALIKE + UNLIKE)) * rng.choice([-1, 1], _MODES)
        source = other if ALIKE <= n < ALIKE + UNLIKE else alike
        cube = source.cube(parts_of_target() + less, frames, 1 + 2 * rng.random())
        header = star_header(name, ra, dec, f"2017-04-{n + 1:02d}T03:00:00")
        if n == 0:
            header["HIERARCH COBREX KEY"], header["HIERARCH COBREX ROLE"] = "k" * 43, "cube"
            header["HIERARCH COBREX N"] = 0
        paths.append(folder / f"ref{n}.fits")
        write(paths[-1], np.stack([cube, cube * _COLOUR[1]]), header)
    return paths


def star_header(name: str, ra: float, dec: float, when: str) -> fits.Header:
    """Return a header as the pre-processing writes it."""
    header = fits.Header()
    header["OBJECT"], header["RA"], header["DEC"], header["DATE-OBS"] = name, ra, dec, when
    header["HIERARCH ESO INS COMB IFLT"] = "DB_H23"
    return header


def write(path: Path, data: Floats, header: fits.Header) -> None:
    """Write an image of single floats."""
    fits.PrimaryHDU(data.astype(np.float32), header).writeto(path, overwrite=True)


def lines_of(paths: Sequence[Path]) -> str:
    """Return the SOF's lines of reference cubes."""
    return "".join(f"{path} {CUBE}\n" for path in paths)
