"""What a sequence yielded: its quality and its products."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from astropy.io import fits
from frames import Floats
from numpy.typing import ArrayLike, NDArray
from options import Options
from picture import draw_channels, draw_selection
from products import header, put, put_quality, write
from psf import Psf
from selection import REASONS, Seen
from sequence import Times

ANGLE_CONVENTION = "PA OF +Y, DC VECTOR IS MINUS THIS"
_CALIBRATIONS = (
    "IRD_SKY_BG", "IRD_INS_BG", "IRD_MASTER_DARK", "IRD_FLAT_FIELD", "IRD_STATIC_BADPIXELMAP",
    "IRD_STAR_CENTER",
)  # fmt: skip


@dataclass(frozen=True)
class Result:
    """What a sequence yields.

    Attributes
    ----------
    files : dict of str to list of pathlib.Path
        Inputs by frame type.
    first, first_flux : astropy.io.fits.Header
        Of the first frame; None without flux frames.
    cube : ndarray, shape (2, n, side, side)
        Centred.
    psf : Psf or None
        From the flux frames.
    times : Times
        With the angles.
    where : ndarray, shape (n, 2, 2)
        The star in the raw channels.
    drift : float
        Of the centres, pixels.
    waves : tuple of float
        Micron.
    strehl : float
        Of the star, NaN when unknown.
    source : str
        What tells it: SRMEAN, PSF or NONE.
    seen : Seen
        What the selection looked at.
    bad : dict of str to ndarray of bool
        By reason.
    mended : int
        Bad pixels.
    """

    files: dict[str, list[Path]]
    first: fits.Header
    first_flux: fits.Header | None
    cube: NDArray[np.float32]
    psf: Psf | None
    times: Times
    where: Floats
    drift: float
    waves: tuple[float, float]
    strehl: float
    source: str
    seen: Seen
    bad: dict[str, NDArray[np.bool_]]
    mended: int

    @property
    def good(self) -> NDArray[np.bool_]:
        """Frames without a fault."""
        return ~np.any(list(self.bad.values()), axis=0)


def quality(result: Result, options: Options) -> dict[str, int | float]:
    """Return the QC numbers; NaN is not measured."""
    times, good = result.times, result.good
    centre = result.where.mean(axis=0)
    numbers: dict[str, int | float] = {
        "QC NFRAMES": len(good),
        "QC NGOOD": int(good.sum()),
        "QC GOOD FRACTION": round(float(good.mean()), 4),
        "QC ROTATION": round(float(np.ptp(times.angle)), 4),
        "QC PARANG DIFF": round(times.difference, 5),
        "QC CLOCK CORR": round(float(times.clock[np.abs(times.clock).argmax()]), 5),
        "QC CENTRE DRIFT": round(result.drift, 4),
        "QC NBADPIX": result.mended,
        "QC SKY RESIDUAL": round(_sky(result.cube), 3),
        "QC SEEING": _median(result.seen.seeing),
        "QC STREHL": round(result.strehl, 4),
    }
    for channel in range(2):
        for axis, name in enumerate("XY"):
            numbers[f"QC CENTRE {name}{channel}"] = round(float(centre[channel, axis]), 4)
    if result.psf is not None:
        numbers["QC PSF FWHM"] = round(result.psf.fwhm * options.pixel_scale_mas, 3)
        flux = result.psf.images[0].sum(axis=(-2, -1)).mean()
        numbers["QC PSF FLUX"] = float(f"{flux:.6g}")
    return numbers


def write_all(result: Result, options: Options) -> None:
    """Write the products into the current folder."""
    numbers = quality(result, options)
    _write_cube(result, options, numbers)
    _write_psf(result, options, numbers)
    _write_angles(result, options, numbers)
    head = _header(result, "IRD_SCIENCE_LAMBDA_INFO", {}, options)
    head["BUNIT"] = "micron"
    write(Path("lambda.fits"), np.array(result.waves), head)
    head = _header(result, "IRD_FRAME_SELECTION_VECTOR", numbers, options)
    put(head, {"ESO PRO STREHL FROM": (result.source, "of QC STREHL")})
    write(Path("selection.fits"), result.good.astype(np.float32), head, _why(result))
    draw_selection(Path("selection.png"), result.seen, result.bad)
    for number in ("QC NFRAMES", "QC NGOOD", "QC ROTATION", "QC PARANG DIFF"):
        print(f"{number[3:].lower()}: {numbers[number]}")


def _write_cube(result: Result, options: Options, numbers: dict[str, int | float]) -> None:
    head = _header(result, "IRD_SCIENCE_REDUCED_MASTER_CUBE", numbers, options)
    middle = result.cube.shape[-1] // 2 + 1
    head["BUNIT"] = "adu"
    put(head, {"CRPIX1": (middle, "the star"), "CRPIX2": (middle, "the star")})
    write(Path("cube.fits"), result.cube, head)
    median = np.median(result.cube[:, result.good | ~result.good.any()], axis=1)
    draw_channels(Path("cube.png"), median, options.pixel_scale_mas, "median")


def _write_psf(result: Result, options: Options, numbers: dict[str, int | float]) -> None:
    if result.psf is None or result.first_flux is None:
        return
    raw = result.files["IRD_FLUX_CALIB_CORO_RAW"]
    head = header(result.first_flux, "IRD_SCIENCE_PSF_MASTER_CUBE", raw, _used(result))
    head["BUNIT"] = "adu"
    put(head, _how(options))
    factor = float(result.psf.factor[0])
    put(head, {"ESO PRO PSF FACTOR": (factor, "counts multiplied by, first exposure")})
    put_quality(head, numbers)
    write(Path("psf.fits"), result.psf.images.astype(np.float32), head)
    mean = result.psf.images.mean(axis=1)
    draw_channels(Path("psf.png"), mean, options.pixel_scale_mas, "PSF")


def _write_angles(result: Result, options: Options, numbers: dict[str, int | float]) -> None:
    times = result.times
    head = _header(result, "IRD_SCIENCE_PARA_ROTATION_CUBE", numbers, options)
    head["BUNIT"] = "deg"
    put(head, {"ESO PRO ANGLE CONV": (ANGLE_CONVENTION, "")})
    columns: dict[str, tuple[str, str, ArrayLike]] = {
        "EXPOSURE": ("J", "", times.exposure),
        "DIT": ("J", "", times.dit),
        "MJD": ("D", "d", times.mjd),
        "PARANG": ("D", "deg", times.parallactic),
        "CLOCK": ("D", "deg", times.clock),
        "ANGLE": ("D", "deg", times.angle),
    }
    for channel in range(2):
        for axis, name in enumerate("XY"):
            columns[f"{name}{channel}"] = ("D", "pixel", result.where[:, channel, axis])
    write(Path("angles.fits"), times.angle, head, columns)


def _why(result: Result) -> dict[str, tuple[str, str, ArrayLike]]:
    """Return the table that says which frames are bad and why."""
    words = [
        ",".join(name for name in REASONS if result.bad[name][number])
        for number in range(len(result.good))
    ]
    seen = result.seen
    return {
        "EXPOSURE": ("J", "", result.times.exposure),
        "DIT": ("J", "", result.times.dit),
        "GOOD": ("L", "", result.good),
        "REASON": ("32A", "", words),
        "SEEING": ("D", "arcsec", seen.seeing),
        "STREHL": ("D", "", seen.strehl),
        "FLUX": ("D", "", seen.flux),
        "JUMP": ("D", "pixel", seen.jump),
    }


def _header(
    result: Result, frame_type: str, numbers: dict[str, int | float], options: Options
) -> fits.Header:
    head = header(result.first, frame_type, result.files["IRD_SCIENCE_DBI_RAW"], _used(result))
    put(head, _how(options))
    put_quality(head, numbers)
    return head


def _how(options: Options) -> dict[str, tuple[str | int | float, str]]:
    """Return the constants as cards."""
    return {
        "PIXSCAL": (options.pixel_scale_mas, "[mas/pixel]"),
        "ESO PRO SCALE X": (options.scale_x, "anamorphism corrected by"),
        "ESO PRO SCALE Y": (options.scale_y, "anamorphism corrected by"),
        "ESO PRO PUPIL OFFSET": (options.pupil_offset_deg, "[deg] in the angles"),
        "ESO PRO TRUE NORTH": (options.true_north_deg, "[deg] in the angles"),
    }


def _used(result: Result) -> list[Path]:
    return [path for frame_type in _CALIBRATIONS for path in result.files.get(frame_type, [])]


def _sky(cube: NDArray[np.float32]) -> float:
    """Return the median of the corners, beyond the largest circle."""
    side = cube.shape[-1]
    away = np.arange(side) - side // 2
    corner = np.hypot(away[:, None], away[None, :]) > side / 2
    return float(np.median(cube[:, :, corner]))


def _median(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return round(float(np.median(known)), 4) if known.size else float("nan")
