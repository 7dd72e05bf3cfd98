"""Where each lenslet's spectrum lies: IFS_SPECPOS_RAW to IFS_SPECPOS."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from astropy.io import fits
from frames import prism_of, read_image, read_sof
from lattice import CHANNELS, Floats, Integers, nominal
from measure import Spectra, background, find_shift, measure
from picture import draw
from surface import fit_surface

RAW = "IFS_SPECPOS_RAW"
_LOOSE = 0.5
_COPIED = (
    "INSTRUME", "OBJECT", "DATE-OBS", "MJD-OBS", "ESO SEQ ARM", "ESO OBS ID",
    "ESO TPL START", "ESO INS2 COMB IFS", "ESO INS4 FILT2 NAME", "ESO DET SEQ1 DIT",
)  # fmt: skip


@dataclass(frozen=True)
class Positions:
    """The map of a lamp frame.

    Attributes
    ----------
    i, j : ndarray of int
        Lattice indices.
    x, y : ndarray
        Fitted centres, pixels, first pixel 0.
    valid : ndarray of bool
        Lenslets to trust.
    measured : Spectra
        What the fit is made from.
    shift : float
        Distance of the pattern from its nominal place, pixels.
    """

    i: Integers
    j: Integers
    x: Floats
    y: Floats
    valid: np.ndarray
    measured: Spectra
    shift: float


def main() -> int:
    """Run the recipe; 1 with one line on stderr when it cannot be done."""
    options = _options()
    try:
        image, header, names = _lamp(read_sof(options.sof).get(RAW, []))
        level = background(image)
        found = positions(image - level, options)
    except (OSError, ValueError) as error:
        print(f"ifs_specpos: {error}", file=sys.stderr)
        return 1
    _write(Path("specpos.fits"), found, header, names)
    centres = (found.x, found.y)
    draw(Path("specpos.png"), image - level, centres, found.measured.x - found.x, found.valid)
    print(f"{int(found.valid.sum())} spectra, pattern shifted by {found.shift:.2f} pixels")
    return 0


def positions(image: Floats, options: argparse.Namespace) -> Positions:
    """Return the map of a lamp frame above background.

    Raises
    ------
    ValueError
        When hardly any spectrum is found.
    """
    i, j, x, y = nominal(image.shape)
    dx, dy = find_shift(image, x, y, options.search_radius)
    found = measure(image, x + dx, y + dy)
    for _ in range(2):
        bright = found.height > options.min_flux * np.median(found.height)
        at_x, good_x = fit_surface(
            i, j, np.where(bright, found.x, np.nan), options.degree, options.clip_sigma
        )
        at_y, good_y = fit_surface(
            i, j, np.where(bright, found.y, np.nan), options.degree, options.clip_sigma
        )
        found = measure(image, at_x, at_y)
    _check(found, found.x - at_x)
    shift = float(np.hypot(np.mean(at_x - x), np.mean(at_y - y)))
    return Positions(i, j, at_x, at_y, good_x & good_y, found, shift)


def _check(found: Spectra, residual: Floats) -> None:
    """Refuse a frame that shows no pattern of spectra."""
    seen = np.isfinite(found.x) & np.isfinite(found.length)
    if 2 * seen.sum() < seen.size or np.std(residual[seen]) > _LOOSE:
        raise ValueError(
            f"no pattern of spectra ({int(seen.sum())} of {seen.size} seen): is the lamp on?"
        )


def _lamp(paths: list[Path]) -> tuple[Floats, fits.Header, list[str]]:
    """Return the mean lamp frame, the first header, the names."""
    if not paths:
        raise ValueError(f"no {RAW} in the SOF")
    frames = [read_image(path) for path in paths]
    prisms = {prism_of(header) for _, header in frames}
    if len(prisms) > 1:
        raise ValueError(f"frames of several prisms: {', '.join(sorted(prisms))}")
    if len({image.shape for image, _ in frames}) > 1 or min(frames[0][0].shape) < 512:
        raise ValueError(f"{paths[0].name}: not a full detector frame {frames[0][0].shape}")
    stack = np.stack([image for image, _ in frames])
    return stack.mean(axis=0), frames[0][1], [path.name for path in paths]


def _write(path: Path, found: Positions, header: fits.Header, names: list[str]) -> None:
    primary = fits.PrimaryHDU()
    for key in _COPIED:
        if key in header:
            primary.header[f"HIERARCH {key}" if key.startswith("ESO ") else key] = header[key]
    primary.header["HIERARCH ESO PRO CATG"] = "IFS_SPECPOS"
    for number, name in enumerate(names, 1):
        primary.header[f"HIERARCH ESO PRO REC1 RAW{number} NAME"] = name
    for key, value in qc(found).items():
        primary.header[f"HIERARCH ESO {key}"] = value
    columns = [
        fits.Column("I", "I", array=found.i),
        fits.Column("J", "I", array=found.j),
        fits.Column("X", "D", unit="pixel", array=found.x),
        fits.Column("Y", "D", unit="pixel", array=found.y),
        fits.Column("LENGTH", "I", unit="pixel", array=np.full(found.i.size, CHANNELS)),
        fits.Column("FLUX", "E", unit="adu", array=found.measured.height),
        fits.Column("VALID", "L", array=found.valid),
    ]
    table = fits.BinTableHDU.from_columns(columns, name="SPECPOS")
    fits.HDUList([primary, table]).writeto(path, overwrite=True)


def qc(found: Positions) -> dict[str, int | float]:
    """Return the QC numbers."""
    good = found.valid
    return {
        "QC NSPECTRA": int(good.sum()),
        "QC RESIDUAL RMS": _rms((found.measured.x - found.x)[good]),
        "QC RESIDUAL RMS Y": _rms((found.measured.y - found.y)[good]),
        "QC LENGTH": round(float(np.median(found.measured.length[good])), 3),
        "QC SHIFT": round(found.shift, 4),
        "QC LAMP FLUX": round(float(np.median(found.measured.height[good])), 2),
    }


def _rms(values: Floats) -> float:
    return round(float(np.sqrt(np.nanmean(values**2))), 5)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sof", type=Path)
    parser.add_argument("--search_radius", type=float, default=2.0)
    parser.add_argument("--min_flux", type=float, default=0.3)
    parser.add_argument("--clip_sigma", type=float, default=5.0)
    parser.add_argument("--degree", type=int, default=3)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
