"""Companions in an ADI sequence: PCA, S/N map, detections, forward model, contrast curve."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from astropy.utils import iers

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from centre import centred
    from contrast import at, curve
    from detect import Detection, columns, find
    from forward import Model, Modeller, on_sky
    from frames import Floats, Sequence, read_sequence
    from header import primary
    from modelled import model_columns
    from picture import draw_map
    from plot import draw_curve
    from products import write_map, write_tables
    from psf import Psf, normalise
    from sky import Sky
    from snr import signal_to_noise
    from sof import Role, read_sof
    from subtract import subtract

iers.conf.auto_download = False
_MODELLED = 3
_CONTRAST_AT = 500.0
_ROLES = {
    "cube": Role("_SCIENCE_REDUCED_MASTER_CUBE"),
    "psf": Role("_SCIENCE_PSF_MASTER_CUBE"),
    "angles": Role("_SCIENCE_PARA_ROTATION_CUBE"),
    "selection": Role("_FRAME_SELECTION_VECTOR", least=0),
}


@dataclass(frozen=True)
class Result:
    """What a sequence yields.

    Attributes
    ----------
    residual, snr : ndarray
        Maps.
    found : list of Detection
        S/N falling.
    models : list of Model or None
        Of each detection.
    contrast : dict of str to ndarray
        The curve.
    """

    residual: Floats
    snr: Floats
    found: list[Detection]
    models: list[Model | None]
    contrast: dict[str, Floats]


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
        print(f"adi_pca: {error}", file=sys.stderr)
        return 1
    return 0


def _reduce(options: argparse.Namespace) -> None:
    paths = {role: one[0] for role, one in read_sof(options.sof, _ROLES).items() if one}
    sequence = read_sequence(paths, options.channel, options.angle_sign)
    if options.ncomp >= len(sequence.cube):
        raise ValueError(f"{options.ncomp} components of a cube of {len(sequence.cube)} frames")
    psf = normalise(sequence.psf, options.fwhm_px)
    cube, shifts = centred(sequence.cube, psf.fwhm, options.recentre, options.crop_px)
    if cube.shape[-1] < 10 * psf.fwhm:
        raise ValueError(f"frames of {cube.shape[-1]} pixels are less than 10 FWHM wide")
    _say(f"{len(cube)} frames of {cube.shape[-1]} pixels, FWHM {psf.fwhm:.2f} pixels")
    star = psf.flux * options.psf_scale
    result = _search(cube, sequence.angles + options.angle_offset_deg, psf, star, options)
    sky = Sky(options.pixel_scale_mas, cube.shape[-1])
    quality = _quality(result, sequence, psf, shifts, sky)
    _write(result, sequence, psf, star, sky, quality)


def _search(
    cube: Floats, angles: Floats, psf: Psf, star: float, options: argparse.Namespace
) -> Result:
    mask = options.mask_radius_fwhm * psf.fwhm
    residual = subtract(cube, angles, options.ncomp, mask)
    opposite = subtract(cube, -angles, options.ncomp, mask) if options.opposite_angles else None
    snr = signal_to_noise(residual, opposite, psf.fwhm, not options.exclude_negative_lobes)
    inner = options.inner_fwhm * psf.fwhm
    found = find(residual, snr, psf.fwhm, options.snr_threshold, inner)
    _say(f"{len(found)} detections above S/N {options.snr_threshold:g}")
    models: list[Model | None] = [None] * len(found)
    if options.forward_model:
        modeller = Modeller(cube, angles, psf, options.ncomp, options.fm_injections, options.seed)
        for n, one in enumerate(found[:_MODELLED]):
            models[n] = model = modeller.fit(one, residual)
            cube = cube if model is None else modeller.without(model, cube)
            _say(f"companion {n + 1} {'not ' if model is None else ''}modelled")
    contrast = curve(cube, angles, psf, options.ncomp, mask, star)
    return Result(residual, snr, found, models, contrast)


def _quality(
    result: Result, sequence: Sequence, psf: Psf, shifts: Floats, sky: Sky
) -> dict[str, int | float]:
    """Return the QC numbers."""
    quality: dict[str, int | float] = {
        "QC SNR MAX": round(max((one.snr for one in result.found), default=0.0), 3),
        "QC NDETECTIONS": len(result.found),
        "QC FWHM": round(psf.fwhm * sky.scale, 3),
        "QC NFRAMES": len(sequence.cube),
        "QC ROTATION": round(float(np.ptp(sequence.angles)), 3),
        "QC CENTRE RMS": round(float(np.sqrt(np.mean(np.var(shifts, axis=0)))), 4),
    }
    contrast = at(result.contrast, _CONTRAST_AT / sky.scale)
    if contrast is not None:
        quality["QC CONTRAST"] = float(f"{contrast:.4g}")
    return quality


def _write(
    result: Result, sequence: Sequence, psf: Psf, star: float, sky: Sky,
    quality: dict[str, int | float],
) -> None:  # fmt: skip
    def header(frame_type: str) -> object:
        return primary(sequence.header, sequence.names, frame_type, quality)

    write_map(Path("residual.fits"), result.residual, header("ADI_RESIDUAL_MAP"), sky)
    write_map(Path("snr.fits"), result.snr, header("ADI_SNR_MAP"), sky)
    rows = columns(result.found, sky) + model_columns(result.models, sky, star)
    write_tables(Path("detections.fits"), {"DETECTIONS": rows}, header("ADI_DETECTIONS"))
    contrast = result.contrast
    by_separation = [
        ("SEPARATION", "mas", contrast["radius"] * sky.scale),
        ("CONTRAST", "", contrast["student"]),
        ("CONTRAST_GAUSS", "", contrast["gauss"]),
        ("THROUGHPUT", "", contrast["throughput"]),
        ("NOISE", "adu", contrast["noise"]),
    ]
    write_tables(Path("contrast.fits"), {"CONTRAST": by_separation}, header("ADI_CONTRAST_CURVE"))
    draw_map(Path("residual.png"), result.residual, "residual [adu]", sky, result.found, psf.fwhm)
    draw_map(Path("snr.png"), result.snr, "S/N", sky, result.found, psf.fwhm)
    marks = [(on_sky(m, sky)[0], m.flux / star) for m in result.models if m is not None]
    draw_curve(Path("contrast.png"), contrast, sky, marks)


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
    parser.add_argument("--ncomp", type=int, default=10)
    parser.add_argument("--recentre", choices=("none", "gauss", "gauss_negative"), default="none")
    parser.add_argument("--crop_px", type=int, default=201)
    parser.add_argument("--mask_radius_fwhm", type=float, default=1.0)
    parser.add_argument("--inner_fwhm", type=float, default=2.0)
    parser.add_argument("--fwhm_px", type=float, default=0.0)
    parser.add_argument("--psf_scale", type=float, default=1.0)
    parser.add_argument("--snr_threshold", type=float, default=5.0)
    parser.add_argument("--opposite_angles", type=_flag, default=True)
    parser.add_argument("--exclude_negative_lobes", type=_flag, default=True)
    parser.add_argument("--channel", type=int, default=0)
    parser.add_argument("--forward_model", type=_flag, default=True)
    parser.add_argument("--fm_injections", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
