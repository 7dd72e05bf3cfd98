"""An IRDIS dual-band sequence to a centred cube with angles, PSF and selection."""

from __future__ import annotations

import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from angles import Terms
    from backgrounds import assign, level, read_backgrounds
    from calibrate import Calibration, read_pixels
    from centre import read_centres
    from filters import wavelengths
    from frames import Floats, Frame, alike, read_frame, read_sof
    from options import Options, read_options
    from psf import Psf, make_psf
    from report import Result, write_all
    from resample import Grid
    from selection import Limits, judge, look, seeing_of
    from sequence import build, places, times_of
    from strehl import of_psf, told

RAW, FLUX, CENTRE = "IRD_SCIENCE_DBI_RAW", "IRD_FLUX_CALIB_CORO_RAW", "IRD_STAR_CENTER"


@dataclass(frozen=True)
class Inputs:
    """What a SOF names, read as far as it is small.

    Attributes
    ----------
    files : dict of str to list of pathlib.Path
        By frame type.
    science, flux : list of Frame
        In time.
    of_science, of_flux : Calibration
        What is done to them.
    """

    files: dict[str, list[Path]]
    science: list[Frame]
    flux: list[Frame]
    of_science: Calibration
    of_flux: Calibration | None


def main() -> int:
    """Run the recipe; 1 with one line on stderr when it cannot be done."""
    options = read_options(__doc__ or "")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            write_all(reduce(options), options)
    except (OSError, ValueError) as error:
        print(f"ird_preprocess: {error}", file=sys.stderr)
        return 1
    return 0


def reduce(options: Options) -> Result:
    """Return what a sequence yields.

    Raises
    ------
    ValueError
        When an input does not serve.
    """
    inputs = read_inputs(options)
    science = inputs.science
    centres = read_centres(inputs.files.get(CENTRE, []), options.dither)
    waves = wavelengths(science[0].filter, options.wavelength_um)
    grid = Grid(options.scale_x, options.scale_y, options.spline_order)
    psf = _psf(inputs, grid, options)
    fixed = options.clock_fixed_mjd if options.clock_correction else 0.0
    terms = Terms(options.pupil_offset_deg, options.true_north_deg, fixed, options.overhead_s)
    times = times_of(science, terms)
    where = places(science, times, centres, options.dither)
    side = _side(grid, where, science[0].side, options.crop_px)
    cube = build(science, inputs.of_science, grid, where, side)
    strehl, source = _strehl(inputs, psf, waves[0], options.pixel_scale_mas)
    seeing = np.concatenate([np.full(one.ndit, seeing_of(one)) for one in science])
    seen = look(cube, seeing, strehl, options.halo_inner_px, options.halo_outer_px)
    bad = judge(seen, _limits(options))
    mended = int(inputs.of_science.mender.bad.sum())
    return Result(
        inputs.files, science[0].header, inputs.flux[0].header if inputs.flux else None,
        cube, psf, times, where, centres.drift, waves, strehl, source, seen, bad,
        mended,
    )  # fmt: skip


def read_inputs(options: Options) -> Inputs:
    """Return the frames and their calibrations.

    Raises
    ------
    ValueError
        When there are no frames, they differ, or a calibration does not fit.
    """
    files = read_sof(options.sof)
    science = [read_frame(path) for path in files.get(RAW, [])]
    if not science:
        raise ValueError(f"no {RAW} in the SOF")
    alike(science)
    flux = [read_frame(path) for path in files.get(FLUX, [])]
    side = science[0].side
    if any(one.side != side for one in flux):
        raise ValueError("the flux frames have another size than the science frames")
    flat, mender = read_pixels(files, side)
    found = read_backgrounds(files, side)
    ours, theirs = assign(found, science[0], flux[0] if flux else None)
    for word, one in (("science", ours), ("flux", theirs if flux else ours)):
        _say(f"background of the {word} frames: {'none' if one is None else one.name}")
    of_science = Calibration(level(ours, science[0], options.scale_background), flat, mender)
    of_flux = None
    if flux:
        alike(flux)
        of_flux = Calibration(level(theirs, flux[0], options.scale_background), flat, mender)
    return Inputs(files, science, flux, of_science, of_flux)


def _psf(inputs: Inputs, grid: Grid, options: Options) -> Psf | None:
    if inputs.of_flux is None:
        return None
    side = options.psf_px | 1
    densities = options.nd_transmission
    return make_psf(inputs.flux, inputs.science[0], inputs.of_flux, grid, side, densities)


def _strehl(inputs: Inputs, psf: Psf | None, wavelength: float, scale: float) -> tuple[float, str]:
    """Return the Strehl ratio and where it is from; NaN when nothing tells it."""
    header = told([one.header for one in inputs.flux + inputs.science])
    if np.isfinite(header):
        return header, "SRMEAN"
    if psf is None:
        return float("nan"), "NONE"
    return of_psf(psf.images[0].mean(axis=0), wavelength, scale), "PSF"


def _side(grid: Grid, where: Floats, rows: int, wanted: int) -> int:
    """Return the side of the cube, odd.

    Raises
    ------
    ValueError
        When the star is at the edge.
    """
    side = min(wanted - 1 + wanted % 2, grid.largest(where, rows))
    if side < 15:
        raise ValueError(f"the star is too near to the edge: a cube of {max(side, 0)} pixels")
    if side < wanted - 1:
        _say(f"{side} pixels around the star, not {wanted}: there is no more in every frame")
    return side


def _limits(options: Options) -> Limits:
    return Limits(
        options.seeing_max, options.strehl_min, options.flux_sigma, options.flux_tolerance,
        options.jump_max_px,
    )  # fmt: skip


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
