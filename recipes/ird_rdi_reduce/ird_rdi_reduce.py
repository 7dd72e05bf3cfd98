"""Companions by reference differential imaging: residual map, S/N map, detections."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import warnings
from pathlib import Path

import numpy as np
from astropy.utils import iers

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from detect import Detection, columns, find
    from frames import Floats
    from header import primary
    from picture import draw_map
    from prepare import Prepared, prepare
    from products import write_map, write_tables
    from sky import Sky
    from snr import signal_to_noise

iers.conf.auto_download = False


def main() -> int:
    """Run the recipe; 1 with one line on stderr when it cannot be done."""
    options = _options()
    try:
        # VIP prints and warns in passing; what counts is said below
        with warnings.catch_warnings(), Path(os.devnull).open("w") as void:
            warnings.simplefilter("ignore")
            with contextlib.redirect_stdout(void):
                _reduce(options)
    except (OSError, ValueError) as error:
        print(f"ird_rdi_reduce: {error}", file=sys.stderr)
        return 1
    return 0


def _reduce(options: argparse.Namespace) -> None:
    given = prepare(options)
    library = given.subtraction.library
    _say(f"{len(given.cube)} frames, {len(library)} of {given.members} other stars")
    residual = given.subtraction.residual(given.cube, given.angles)
    opposite = None
    if options.opposite_angles:
        opposite = given.subtraction.residual(given.cube, -given.angles)
    fwhm = given.psf.fwhm
    snr = signal_to_noise(residual, opposite, fwhm, not options.exclude_negative_lobes)
    found = find(residual, snr, fwhm, options.snr_threshold, options.inner_fwhm * fwhm)
    _say(f"{len(found)} detections above S/N {options.snr_threshold:g}")
    _write(given, residual, snr, found, Sky(options.pixel_scale_mas, given.cube.shape[-1]))


def _write(
    given: Prepared, residual: Floats, snr: Floats, found: list[Detection], sky: Sky
) -> None:
    quality: dict[str, int | float] = {
        "QC SNR MAX": round(max((one.snr for one in found), default=0.0), 3),
        "QC NDETECTIONS": len(found),
        "QC FWHM": round(given.psf.fwhm * sky.scale, 3),
        "QC NFRAMES": len(given.cube),
        "QC ROTATION": round(float(np.ptp(given.angles)), 3),
        "QC NREFERENCES": given.members,
        "QC NLIBRARY": len(given.subtraction.library),
    }

    def header(frame_type: str) -> object:
        return primary(given.sequence.header, given.sequence.names, frame_type, quality)

    write_map(Path("residual.fits"), residual, header("IRD_RDI_RES_REAL"), sky)
    write_map(Path("snr.fits"), snr, header("IRD_RDI_SNR_MAP"), sky)
    rows = {"DETECTIONS": columns(found, sky)}
    write_tables(Path("detections.fits"), rows, header("IRD_RDI_DETECTIONS"))
    draw_map(Path("residual.png"), residual, "residual [adu]", sky, found, given.psf.fwhm)
    draw_map(Path("snr.png"), snr, "S/N", sky, found, given.psf.fwhm)


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
    parser.add_argument("--fwhm_px", type=float, default=0.0)
    parser.add_argument("--snr_threshold", type=float, default=5.0)
    parser.add_argument("--opposite_angles", type=_flag, default=True)
    parser.add_argument("--exclude_negative_lobes", type=_flag, default=True)
    parser.add_argument("--channel", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
