"""Companions by PACO: S/N map, flux map, detections."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import warnings
from pathlib import Path

import numpy as np
from astropy.io import fits
from astropy.utils import iers

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from combine import mean, scatter, together
    from detect import Detection, columns, find
    from frames import Floats, Sequence, read_image, read_sequence
    from header import primary
    from picture import draw_map
    from products import write_map, write_tables
    from psf import normalise
    from search import Channel, Maps
    from sky import Sky
    from sof import Role, read_sof
    from square import even, finite

iers.conf.auto_download = False
_REFINED = 3
_MEMORY = 6e9
_ROLES = {
    "cube": Role("_SCIENCE_REDUCED_MASTER_CUBE"),
    "psf": Role("_SCIENCE_PSF_MASTER_CUBE"),
    "angles": Role("_SCIENCE_PARA_ROTATION_CUBE"),
    "wavelength": Role("_SCIENCE_LAMBDA_INFO", least=0),
    "selection": Role("_FRAME_SELECTION_VECTOR", least=0),
}


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
        print(f"ird_paco: {error}", file=sys.stderr)
        return 1
    return 0


def _reduce(options: argparse.Namespace) -> None:
    paths = {role: one[0] for role, one in read_sof(options.sof, _ROLES).items() if one}
    sequences = _sequences(paths, options.channel, options.angle_sign)
    channels = [_channel(one, options) for one in sequences]
    width = max(one.psf.fwhm for one in channels)
    _say(f"{len(channels)} wavelengths of {len(channels[0].cube)} frames, FWHM {width:.2f} pixels")
    inner = options.inner_fwhm * width
    maps = together([one.search(options.algorithm, inner) for one in channels])
    spread = scatter(maps.snr)
    snr = maps.snr / spread if options.own_scatter else maps.snr
    found = find(snr, snr, width, options.snr_threshold, inner)
    _say(f"{len(found)} detections above S/N {options.snr_threshold:g}, scatter {spread:.3f}")
    refined = [_refined(one, channels, n, options) for n, one in enumerate(found)]
    sky = Sky(options.pixel_scale_mas, snr.shape[0])
    quality: dict[str, int | float] = {
        "QC SNR MAX": round(max((one.snr for one in found), default=0.0), 3),
        "QC SNR SCATTER": round(spread, 4),
        "QC NDETECTIONS": len(found),
        "QC FWHM": round(width * sky.scale, 3),
        "QC NFRAMES": len(channels[0].cube),
        "QC ROTATION": round(float(np.ptp(channels[0].angles)), 3),
    }
    rows = {"DETECTIONS": _columns(found, refined, maps, sky)}

    def header(frame_type: str) -> fits.Header:
        names = {role: path.name for role, path in paths.items()}
        made = primary(sequences[0].header, names, frame_type, quality)
        for n, micron in enumerate(_wavelengths(paths, options.channel), 1):
            made[f"HIERARCH ESO PRO LAMBDA{n}"] = (micron, "[um]")
        return made

    write_map(Path("snr.fits"), snr, header("IRD_PACO_SNR_MAP"), sky)
    write_map(Path("flux.fits"), maps.contrast, header("IRD_PACO_FLUX_MAP"), sky)
    write_tables(Path("detections.fits"), rows, header("IRD_PACO_DETECTIONS"))
    draw_map(Path("snr.png"), snr, "S/N", sky, found, width)


def _sequences(paths: dict[str, Path], channel: int, sign: int) -> list[Sequence]:
    """Read one wavelength, or all."""
    known = {role: path for role, path in paths.items() if role != "wavelength"}
    if channel >= 0:
        return [read_sequence(known, channel, sign)]
    cube, _ = read_image(paths["cube"])
    return [read_sequence(known, n, sign) for n in range(len(cube) if cube.ndim == 4 else 1)]


def _wavelengths(paths: dict[str, Path], channel: int) -> list[float]:
    """Return the wavelengths that are reduced, micron; none when they are not told."""
    if "wavelength" not in paths:
        return []
    told = [float(value) for value in read_image(paths["wavelength"])[0].ravel()]
    kept = told if channel < 0 else told[channel : channel + 1]
    if not kept or not np.isfinite(kept).all():
        raise ValueError(f"{paths['wavelength'].name}: no wavelength of channel {channel}")
    return kept


def _channel(sequence: Sequence, options: argparse.Namespace) -> Channel:
    psf = normalise(sequence.psf, options.fwhm_px)
    cube = even(sequence.cube, options.crop_px)
    finite(cube, "the cube")
    width = round(psf.fwhm)
    area = int((np.hypot(*np.indices((2 * width + 1,) * 2) - width) <= width).sum())
    needed = cube[0].size * area * (len(cube) + area) * 8
    if needed > _MEMORY:
        raise ValueError(
            f"{len(cube)} frames of {cube.shape[-1]} pixels need {needed / 1e9:.0f} GB of memory; "
            "see --crop_px"
        )
    angles = sequence.angles + options.angle_offset_deg
    return Channel(cube, angles, psf, psf.flux * options.psf_scale)


def _refined(
    one: Detection, channels: list[Channel], n: int, options: argparse.Namespace
) -> tuple[float, float]:
    """Return contrast and error of a detection; NaN beyond the best few."""
    if not options.refine or n >= _REFINED:
        return np.nan, np.nan
    values = [channel.refine(one.x, one.y) for channel in channels]
    contrast, error = mean([(np.asarray(c), np.asarray(e)) for c, e in values])
    return float(contrast), float(error)


def _columns(
    found: list[Detection], refined: list[tuple[float, float]], maps: Maps, sky: Sky
) -> list[tuple[str, str, Floats]]:
    # both fits of a detection are of the S/N map here
    made = [column for column in columns(found, sky) if not column[0].startswith("SNR_MAP")]
    at = [(round(one.y), round(one.x)) for one in found]
    made.append(("MAP_CONTRAST", "", np.array([maps.contrast[place] for place in at])))
    values = np.array(refined, dtype=float).reshape(len(found), 2)
    return [*made, ("CONTRAST", "", values[:, 0]), ("CONTRAST_ERR", "", values[:, 1])]


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
    parser.add_argument("--algorithm", choices=("fast", "full"), default="fast")
    parser.add_argument("--crop_px", type=int, default=120)
    parser.add_argument("--inner_fwhm", type=float, default=1.5)
    parser.add_argument("--fwhm_px", type=float, default=0.0)
    parser.add_argument("--psf_scale", type=float, default=1.0)
    parser.add_argument("--snr_threshold", type=float, default=5.0)
    parser.add_argument("--own_scatter", type=_flag, default=True)
    parser.add_argument("--refine", type=_flag, default=True)
    parser.add_argument("--channel", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
