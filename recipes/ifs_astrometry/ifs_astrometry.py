"""Plate scale and true north from an astrometric field."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import inputs
import numpy as np
from field import lenslet_places
from frames import read_sof
from match import Limits, match
from picture import draw
from products import Field, write_fit, write_image
from psf import Samples, refine
from resample import resample
from solution import TooFewStarsError, solve
from spikes import without_spikes
from stars import find_stars


def main() -> int:
    """Run the recipe; 1 with one line on stderr when it cannot be done."""
    options = _options()
    try:
        field = reduce(options)
    except (OSError, ValueError, KeyError) as error:
        print(f"ifs_astrometry: {error.args[0] if error.args else error}", file=sys.stderr)
        return 1
    write_fit(Path("astrometry.fits"), field)
    write_image(Path("astrometry_image.fits"), field)
    draw(Path("astrometry.png"), field)
    fit = field.solution
    print(f"plate scale {fit.plate_scale:.4f} +- {fit.plate_scale_error:.4f} mas/pixel")
    print(f"true north {fit.true_north:.3f} +- {fit.true_north_error:.3f} deg")
    print(f"{int(fit.used.sum())} stars, residual {fit.rms:.2f} mas")
    return 0


def reduce(options: argparse.Namespace) -> Field:
    """Return the measured field.

    Raises
    ------
    ValueError
        When an input does not serve, or fewer than three stars are matched.
    """
    files = read_sof(options.sof)
    trace, prism = inputs.read_trace(inputs.one(files, inputs.SPECPOS))
    reference = inputs.read_reference(inputs.one(files, inputs.REFERENCE))
    raw = files.get(inputs.RAW, [])
    flux, variance, header = inputs.read_lenslets(raw, trace, prism)
    trace = replace(trace, valid=without_spikes(trace, flux, variance))
    image = resample(trace, flux)
    stars = find_stars(image, options.fwhm, options.detection_sigma, options.max_stars)
    fwhm = options.fwhm
    if options.refine and len(stars):
        places = lenslet_places(trace.i, trace.j)
        samples = Samples(places[trace.valid], flux[trace.valid], variance[trace.valid])
        stars, fwhm = refine(samples, stars, options.fwhm, options.fit_radius)
        stars = stars.choose(stars.snr >= options.detection_sigma)
    measured = stars.u + 1j * stars.v
    limits = Limits(
        rotation=options.max_rotation,
        scale=options.max_scale_change,
        offset=options.max_offset,
        radius=options.match_radius,
        fraction=options.min_fraction,
    )
    found, listed = match(measured, reference.sky, limits)
    if not found.size:
        raise TooFewStarsError(
            f"fewer than {limits.needed(len(stars), reference.sky.size)} stars match: "
            f"{len(stars)} found, {reference.sky.size} in the list"
        )
    error = np.hypot(stars.error[found], options.error_floor / 7.46)
    solution = solve(measured[found], reference.sky[listed], error, options.clip_sigma)
    return Field(image, stars, reference, found, listed, error, solution, fwhm, header, raw)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sof", type=Path)
    parser.add_argument("--detection_sigma", type=float, default=5.0)
    parser.add_argument("--fwhm", type=float, default=3.8)
    parser.add_argument("--fit_radius", type=float, default=9.0)
    parser.add_argument("--max_stars", type=int, default=30)
    parser.add_argument("--max_rotation", type=float, default=5.0)
    parser.add_argument("--max_scale_change", type=float, default=0.02)
    parser.add_argument("--max_offset", type=float, default=25.0)
    parser.add_argument("--match_radius", type=float, default=1.5)
    parser.add_argument("--min_fraction", type=float, default=0.4)
    parser.add_argument("--clip_sigma", type=float, default=5.0)
    parser.add_argument("--error_floor", type=float, default=0.1)
    parser.add_argument("--refine", type=_flag, default=True)
    return parser.parse_args()


def _flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise argparse.ArgumentTypeError(f"{text!r} is neither true nor false")
    return text == "true"


if __name__ == "__main__":
    sys.exit(main())
