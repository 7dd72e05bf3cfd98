"""Known planets in a star reduced with its library: throughput and contrast curve."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from astropy.io import fits
from astropy.utils import iers

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from contrast import at, curve, noise_at
    from frames import Floats
    from header import primary
    from plot import draw_curve
    from prepare import Prepared, prepare
    from products import write_map, write_tables
    from sky import Sky
    from spiral import Planets, inject, recovered, separations, spiral

iers.conf.auto_download = False
_CONTRAST_AT = 500.0


@dataclass(frozen=True)
class Result:
    """What planets that were put in tell.

    Attributes
    ----------
    residual : ndarray, shape (n, n)
        Map with the first spiral of planets.
    planets : list of Planets
        Each spiral.
    throughput : list of ndarray
        Of each planet of it.
    contrast : dict of str to ndarray
        The curve.
    """

    residual: Floats
    planets: list[Planets]
    throughput: list[Floats]
    contrast: dict[str, Floats]


def main() -> int:
    """Run the recipe; 1 with one line on stderr when it cannot be done."""
    options = _options()
    try:
        # VIP prints and warns in passing; what counts is said below
        with warnings.catch_warnings(), Path(os.devnull).open("w") as void:
            warnings.simplefilter("ignore")
            with contextlib.redirect_stdout(void):
                _measure(options)
    except (OSError, ValueError) as error:
        print(f"ird_rdi_fake: {error}", file=sys.stderr)
        return 1
    return 0


def _measure(options: argparse.Namespace) -> None:
    given = prepare(options)
    side, fwhm = given.cube.shape[-1], given.psf.fwhm
    radii = separations(side, fwhm, options.inner_fwhm, options.spacing_fwhm)
    star = given.psf.flux * options.psf_scale
    result = _put_in(given, radii, star, options)
    left = np.concatenate(result.throughput)
    _say(f"{left.size} planets, {np.median(left):.2f} of their flux is left")
    sky = Sky(options.pixel_scale_mas, side)
    quality: dict[str, int | float] = {
        "QC THROUGHPUT": round(float(np.median(left)), 4),
        "QC NPLANETS": left.size,
        "QC FWHM": round(fwhm * sky.scale, 3),
        "QC NFRAMES": len(given.cube),
        "QC NREFERENCES": given.members,
        "QC NLIBRARY": len(given.subtraction.library),
    }
    contrast = at(result.contrast, _CONTRAST_AT / sky.scale)
    if contrast is not None:
        quality["QC CONTRAST"] = float(f"{contrast:.4g}")
    _write(given, result, star, sky, quality)


def _put_in(given: Prepared, radii: Floats, star: float, options: argparse.Namespace) -> Result:
    """Put in one spiral after the other."""
    fwhm, residual = given.psf.fwhm, given.subtraction.residual
    without = residual(given.cube, given.angles)
    # derotated the wrong way a real companion does not add up: it is no noise
    empty = residual(given.cube, -given.angles) if options.opposite_angles else without
    apart, noise = noise_at(empty, fwhm, float(radii[0]))
    fluxes = options.injection_snr * np.interp(radii, apart, noise)
    planets, left, maps = [], [], []
    for turn in options.first_angle_deg + np.arange(options.spirals) * 360 / options.spirals:
        planets.append(spiral(radii, fluxes, float(turn)))
        with_them = inject(given.cube, given.angles, given.psf, planets[-1])
        maps.append(residual(with_them, given.angles))
        left.append(recovered(maps[-1] - without, planets[-1], fwhm))
    kept = apart <= radii[-1]
    mean = np.interp(apart[kept], radii, np.mean(left, axis=0))
    found = curve(apart[kept], noise[kept], mean, fwhm, options.sigma, star)
    return Result(maps[0], planets, left, found)


def _write(
    given: Prepared, result: Result, star: float, sky: Sky, quality: dict[str, int | float]
) -> None:
    def header(frame_type: str) -> fits.Header:
        return primary(given.sequence.header, given.sequence.names, frame_type, quality)

    write_map(Path("residual.fits"), result.residual, header("IRD_RDI_RES_FAKE_INJECTION"), sky)
    contrast = result.contrast
    columns = [
        ("SEPARATION", "mas", contrast["radius"] * sky.scale),
        ("CONTRAST", "", contrast["student"]),
        ("CONTRAST_GAUSS", "", contrast["gauss"]),
        ("THROUGHPUT", "", contrast["throughput"]),
        ("NOISE", "adu", contrast["noise"]),
    ]
    tables = {"CONTRAST": columns, "INJECTED": _injected(result, star, sky)}
    write_tables(Path("contrast.fits"), tables, header("IRD_RDI_CONTRAST_CURVE"))
    draw_curve(Path("contrast.png"), contrast, sky, [])


def _injected(result: Result, star: float, sky: Sky) -> list[tuple[str, str, Floats]]:
    rows = [
        [number, *sky.polar(x, y), flux, flux / star, left]
        for number, (planets, lefts) in enumerate(
            zip(result.planets, result.throughput, strict=True), 1
        )
        for (x, y), flux, left in zip(planets.xy(sky.side), planets.fluxes, lefts, strict=True)
    ]
    names = (
        ("SPIRAL", ""), ("SEPARATION", "mas"), ("PA", "deg"), ("FLUX", "adu"), ("CONTRAST", ""),
        ("THROUGHPUT", ""),
    )  # fmt: skip
    values = np.array(rows, dtype=float)
    return [(name, unit, values[:, n]) for n, (name, unit) in enumerate(names)]


def _say(text: str) -> None:
    print(text, file=sys.__stdout__, flush=True)


def _flag(text: str) -> bool:
    if text not in {"true", "false"}:
        raise argparse.ArgumentTypeError("true or false")
    return text == "true"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sof", type=Path)
    parser.add_argument("--pixel_scale_mas", type=float, default=12.25)
    parser.add_argument("--angle_sign", type=int, choices=(1, -1), default=1)
    parser.add_argument("--angle_offset_deg", type=float, default=0.0)
    parser.add_argument("--strategy", choices=("rdi", "adi_rdi"), default="rdi")
    parser.add_argument("--ncomp", type=int, default=20)
    parser.add_argument("--frames_per_reference", type=int, default=20)
    parser.add_argument("--crop_px", type=int, default=201)
    parser.add_argument("--mask_radius_fwhm", type=float, default=1.0)
    parser.add_argument("--inner_fwhm", type=float, default=2.0)
    parser.add_argument("--spacing_fwhm", type=float, default=1.0)
    parser.add_argument("--spirals", type=int, default=3)
    parser.add_argument("--first_angle_deg", type=float, default=0.0)
    parser.add_argument("--injection_snr", type=float, default=20.0)
    parser.add_argument("--sigma", type=float, default=5.0)
    parser.add_argument("--psf_scale", type=float, default=1.0)
    parser.add_argument("--fwhm_px", type=float, default=0.0)
    parser.add_argument("--opposite_angles", type=_flag, default=True)
    parser.add_argument("--channel", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
