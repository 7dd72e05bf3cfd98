"""Flat field of IRDIS from the slope of counts with integration time: IRD_FLAT_FIELD."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from astropy.stats import mad_std
from calibrations import read_image, read_rate
from frames import (
    DENSITY,
    FILTER,
    Frame,
    agree,
    halves,
    product_header,
    read_frame,
    read_sof,
    write_images,
)
from lamp import Exposures, expose
from picture import draw
from response import Response, around, respond, shines
from slope import fit

RAW = "IRD_FLAT_FIELD_RAW"
_ROLES = {
    RAW: "raw", "IRD_MASTER_DARK": "dark", "IRD_INS_BG": "dark",
    "IRD_STATIC_BADPIXELMAP": "bpm",
}  # fmt: skip


@dataclass(frozen=True)
class Inputs:
    """What the SOF gives.

    Attributes
    ----------
    frames : list of Frame
        Of the lamp.
    used : list of pathlib.Path
        Calibrations that are applied.
    dark : ndarray, shape (rows, columns)
        Counts a second without the lamp.
    bad : ndarray of bool, shape (rows, columns)
        Known bad pixels.
    """

    frames: list[Frame]
    used: list[Path]
    dark: np.ndarray
    bad: np.ndarray


def main() -> int:
    """Run the recipe; 1 with one line on stderr when it cannot be done."""
    options = _options()
    try:
        inputs = _inputs(options.sof)
        lamp = expose(inputs.frames, options.clip_sigma, options.saturation_adu)
        channels = [_channel(lamp, inputs, half, options) for half in halves(inputs.bad.shape[1])]
    except (OSError, ValueError) as error:
        print(f"ird_flat: {error}", file=sys.stderr)
        return 1
    _write(inputs, lamp, channels)
    _tell(lamp, channels)
    return 0


def _inputs(sof: Path) -> Inputs:
    files = read_sof(sof, _ROLES)
    frames = [read_frame(path) for path, _ in files["raw"]]
    if not frames:
        raise ValueError(f"{sof.name}: no {RAW}")
    agree(frames, [FILTER, DENSITY])
    for role in ("dark", "bpm"):
        if len(files[role]) > 1:
            raise ValueError(f"{sof.name}: {len(files[role])} files of role {role}, one is used")
    shape = frames[0].shape
    dark = next((read_rate(path, shape) for path, _ in files["dark"]), np.zeros(shape))
    bad = next((read_image(path, shape) for path, _ in files["bpm"]), np.zeros(shape)) != 0
    return Inputs(frames, [path for path, _ in files["dark"] + files["bpm"]], dark, bad)


def _channel(lamp: Exposures, inputs: Inputs, half: slice, options: argparse.Namespace) -> Response:
    counts, errors = (
        np.stack([image[:, half] for image in images]).astype(float)
        for images in (lamp.means, lamp.errors)
    )
    dark = inputs.dark[:, half]
    near = around((counts[-1] - counts[0]) / (lamp.dits[-1] - lamp.dits[0]) - dark)
    lit = shines(near, options.lit_fraction)
    if not lit.any():
        raise ValueError("no lamp: the counts do not rise with the integration time")
    slopes = fit(lamp.dits, counts, errors, lit, options.linear_tolerance)
    limits = (options.min_response, options.max_response)
    slopes = replace(slopes, slope=slopes.slope - dark)
    return respond(slopes, near, lit, inputs.bad[:, half], limits)


def _quality(lamp: Exposures, channels: list[Response], bad: np.ndarray) -> dict[str, int | float]:
    """Return the QC numbers."""
    flats = np.concatenate([one.flat[np.isfinite(one.error)] for one in channels])
    return {
        "QC FLAT RMS": round(float(mad_std(flats)), 6),
        "QC FLAT NBADPIX": int(bad.sum()),
        "QC FLAT NDEAD": int(sum(one.dead.sum() for one in channels)),
        "QC FLAT NBENT": int(sum(one.bent.sum() for one in channels)),
        "QC FLAT FLUX": round(min(one.flux for one in channels), 4),
        "QC FLAT DEPARTURE": round(max(one.departure for one in channels), 6),
        "QC FLAT LIT": round(float(np.mean([one.lit.mean() for one in channels])), 4),
        "QC NFRAMES": lamp.planes,
    }


def _write(inputs: Inputs, lamp: Exposures, channels: list[Response]) -> None:
    flat = np.hstack([one.flat for one in channels]).astype(np.float32)
    error = np.hstack([one.error for one in channels]).astype(np.float32)
    bad = inputs.bad | np.hstack([one.dead | one.bent for one in channels])
    quality = _quality(lamp, channels, bad)
    header = product_header(inputs.frames, "IRD_FLAT_FIELD", inputs.used, quality)
    write_images(Path("flat.fits"), flat, header, error)
    header = product_header(inputs.frames, "IRD_STATIC_BADPIXELMAP", inputs.used, quality)
    write_images(Path("bpm.fits"), bad.astype(np.uint8), header)
    draw(Path("flat.png"), flat, bad, "response")


def _tell(lamp: Exposures, channels: list[Response]) -> None:
    for dit in lamp.left_out:
        print(f"{dit:g} s is left out: the detector saturates")
    if len(lamp.dits) < 3:
        print("nonlinear pixels are looked for from three integration times on")
    times = ", ".join(f"{dit:g}" for dit in lamp.dits)
    fluxes = " and ".join(f"{one.flux:.2f}" for one in channels)
    print(f"{lamp.planes} planes of {times} s: {fluxes} adu a second")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sof", type=Path)
    parser.add_argument("--clip_sigma", type=float, default=5.0)
    parser.add_argument("--saturation_adu", type=float, default=60000.0)
    parser.add_argument("--linear_tolerance", type=float, default=0.03)
    parser.add_argument("--min_response", type=float, default=0.5)
    parser.add_argument("--max_response", type=float, default=1.5)
    parser.add_argument("--lit_fraction", type=float, default=0.2)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
