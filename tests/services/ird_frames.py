"""Small IRDIS frames whose dark, flat, bad pixels and star are known."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

Floats = NDArray[np.float64]
SIDE = 96
"""Rows, and columns of a channel."""
NOISE = 4.0
GAIN = 1.8
WELL = 6500.0
"""Most that a bent pixel counts, adu."""
_TYPES = {
    "IRD_DARK_RAW": ("CALIB", "DARK"),
    "IRD_INS_BG_RAW": ("CALIB", "DARK,BACKGROUND"),
    "IRD_SKY_BG_RAW": ("CALIB", "SKY"),
    "IRD_FLAT_FIELD_RAW": ("CALIB", "FLAT,LAMP"),
    "IRD_STAR_CENTER_WAFFLE_RAW": ("SCIENCE", "OBJECT,CENTER"),
}


@dataclass(frozen=True)
class Detector:
    """What is true of the simulated detector.

    Attributes
    ----------
    dark : ndarray, shape (SIDE, 2 SIDE)
        Counts a second without light; hot pixels have thousands.
    flat : ndarray, shape (SIDE, 2 SIDE)
        Response, median 1 a channel; 0 for dead pixels.
    noise : ndarray, shape (SIDE, 2 SIDE)
        Of one read-out, adu.
    hot, noisy, dead, bent : ndarray of bool
        Bad pixels by kind; those bent fill up early.
    """

    dark: Floats
    flat: Floats
    noise: Floats
    hot: NDArray[np.bool_]
    noisy: NDArray[np.bool_]
    dead: NDArray[np.bool_]
    bent: NDArray[np.bool_]


def detector(seed: int = 1, kind: int = 25) -> Detector:
    """Return a detector with so many bad pixels of each kind, none of them twice bad."""
    rng = np.random.default_rng(seed)
    shape = (SIDE, 2 * SIDE)
    at = rng.permutation(SIDE * 2 * SIDE)[: 4 * kind].reshape(4, kind)
    hot, noisy, dead, bent = (np.isin(np.arange(2 * SIDE * SIDE), n).reshape(shape) for n in at)
    rows, columns = np.indices(shape)
    dark = 0.1 + 0.002 * rows + 0.001 * columns + rng.normal(0, 0.05, shape)
    dark[hot] += rng.uniform(60, 3000, kind)
    flat = (1 + rng.normal(0, 0.03, shape)) * (1 + 0.1 * np.sin(columns / 40) * np.cos(rows / 30))
    flat[dead] = 0.0
    for half in (slice(0, SIDE), slice(SIDE, None)):
        flat[:, half] /= np.median(flat[:, half])
    noise = np.where(noisy, 8 * NOISE, NOISE)
    return Detector(dark, flat, noise, hot, noisy, dead, bent)


def expose(
    chip: Detector, light: Floats | float, dit: float, planes: int, rng: np.random.Generator
) -> Floats:
    """Return a cube of planes.

    Parameters
    ----------
    chip : Detector
        The detector.
    light : ndarray or float
        Counts a second of a pixel of response 1.
    dit : float
        Seconds.
    planes : int
        NDIT.
    rng : numpy.random.Generator
        Of the noise.
    """
    signal = light * dit * chip.flat
    signal = np.where(chip.bent, np.minimum(signal, WELL), signal) + chip.dark * dit
    noise = np.hypot(chip.noise, np.sqrt(np.maximum(signal, 0) / GAIN))
    return np.asarray(signal + noise * rng.normal(0, 1, (planes, *signal.shape)))


def waffle(
    centres: tuple[tuple[float, float], ...],
    radii: tuple[float, ...],
    turn: float = 45.0,
    spots: float = 60.0,
) -> Floats:
    """Return a hidden star with its four spots in both channels, counts a second.

    Parameters
    ----------
    centres : tuple of tuple of float
        x and y of the star in each channel, pixels of the channel.
    radii : tuple of float
        Of the spots, pixels, by channel.
    turn : float
        Angle of the first spot from x, degrees.
    spots : float
        Peak of a spot, counts a second.
    """
    y, x = np.indices((SIDE, SIDE))
    channels = []
    for (at_x, at_y), radius in zip(centres, radii, strict=True):
        away = np.hypot(x - at_x, y - at_y)
        # the halo is no circle: one side is brighter
        light = 60 * np.exp(-away / 15) * (1 + 0.3 * (x - at_x) / (away + 5))
        for angle in np.radians(turn + np.arange(0, 360, 90)):
            spot = np.hypot(x - at_x - radius * np.cos(angle), y - at_y - radius * np.sin(angle))
            light = light + spots * np.exp(-4 * np.log(2) * (spot / 4.0) ** 2)
        channels.append(light)
    return np.hstack(channels)


@dataclass
class Folder:
    """Where frames are written and their SOF."""

    path: Path
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.path.mkdir(parents=True, exist_ok=True)

    def add(self, frame_type: str, cube: Floats, dit: float, **cards: object) -> Path:
        """Write a raw frame as unsigned integers (darks as floats) and list it.

        Parameters
        ----------
        frame_type : str
            Of the raw frame.
        cube : ndarray
            Planes, or one image.
        dit : float
            Seconds.
        **cards : object
            More of the header, blanks as underscores, without ``ESO``.
        """
        number = len(self.lines)
        header = fits.Header()
        catg, kind = _TYPES[frame_type]
        header["INSTRUME"] = "SPHERE"
        header["DATE-OBS"] = f"2017-03-04T01:{number % 60:02d}:00.000"
        header["MJD-OBS"] = 57816.04166667 + number / 1440
        known = {
            "SEQ ARM": "IRDIS", "DPR CATG": catg, "DPR TYPE": kind, "DET SEQ1 DIT": dit,
            "DET NDIT": len(cube) if cube.ndim == 3 else 1, "INS COMB IFLT": "DB_H23",
            "INS4 FILT2 NAME": "OPEN", "OCS WAFFLE ORIENT": "x",
        }  # fmt: skip
        known |= {key.replace("_", " "): value for key, value in cards.items()}
        for key, value in known.items():
            if value is not None:
                header[f"HIERARCH ESO {key}"] = value
        whole = frame_type != "IRD_DARK_RAW"
        data = np.clip(np.rint(cube), 0, 65535).astype(np.uint16) if whole else np.float32(cube)
        path = self.path / f"SPHER.{number:03d}.fits"
        fits.PrimaryHDU(data, header).writeto(path)
        return self.list(path, frame_type)

    def list(self, path: Path, frame_type: str) -> Path:
        """Put a file into the SOF."""
        self.lines.append(f"{path} {frame_type}\n")
        return path

    def sof(self) -> Path:
        """Write the SOF."""
        sof = self.path / "in.sof"
        sof.write_text("".join(self.lines))
        return sof
