"""The recipe's options."""

from __future__ import annotations

import argparse
from pathlib import Path

from filters import NEUTRAL_DENSITIES

Options = argparse.Namespace
_NUMBERS: dict[str, float] = {
    "crop_px": 511, "psf_px": 65, "spline_order": 3,
    "pixel_scale_mas": 12.25, "scale_x": 1.0, "scale_y": 1.0062,
    "pupil_offset_deg": 135.99, "true_north_deg": -1.75,
    "clock_fixed_mjd": 57582.0, "overhead_s": 0.838,
    "seeing_max": 2.0, "strehl_min": 0.3, "flux_sigma": 5.0, "flux_tolerance": 0.1,
    "jump_max_px": 0.7, "halo_inner_px": 8.0, "halo_outer_px": 40.0,
}  # fmt: skip
_FLAGS = {"clock_correction": True, "dither": True, "scale_background": False}


def read_options(description: str) -> Options:
    """Return what the command line says; it ends the program when it is wrong."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("sof", type=Path)
    for name, value in _NUMBERS.items():
        parser.add_argument(f"--{name}", type=type(value), default=value)
    for name, flag in _FLAGS.items():
        parser.add_argument(f"--{name}", type=_flag, default=flag)
    parser.add_argument("--nd_transmission", type=_densities, default=[])
    parser.add_argument("--wavelength_um", type=_floats, default=[])
    return parser.parse_args()


def _flag(text: str) -> bool:
    if text not in {"true", "false"}:
        raise argparse.ArgumentTypeError("true or false")
    return text == "true"


def _floats(text: str) -> list[float]:
    return [float(word) for word in text.split(",") if word]


def _densities(text: str) -> list[float]:
    values = _floats(text)
    if len(values) != len(NEUTRAL_DENSITIES) or not min(values) > 0:
        raise argparse.ArgumentTypeError(f"one above 0 for each of {', '.join(NEUTRAL_DENSITIES)}")
    return values
