"""Where the star is behind the coronagraph: IRD_STAR_CENTER_WAFFLE_RAW to IRD_STAR_CENTER."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from astropy.io import fits
from calibrate import Calibration, calibrated, read_calibration
from combine import combine
from frames import (
    FILTER,
    Frame,
    agree,
    halves,
    opened,
    product_header,
    read_frame,
    read_sof,
)
from picture import draw
from times import middles
from waffle import Doubles, Pattern, Star, find_star

RAW = "IRD_STAR_CENTER_WAFFLE_RAW"
_ROLES = {
    RAW: "raw", "IRD_SKY_BG": "background", "IRD_INS_BG": "background",
    "IRD_MASTER_DARK": "background", "IRD_FLAT_FIELD": "flat", "IRD_STATIC_BADPIXELMAP": "bpm",
}  # fmt: skip
# as of ESO's IRD_FILTER_TABLE
_WAVELENGTHS = {
    "DB_Y23": (1.020, 1.073), "DB_J23": (1.190, 1.270), "DB_H23": (1.593, 1.667),
    "DB_H32": (1.667, 1.593), "DB_H34": (1.667, 1.731), "DB_K12": (2.100, 2.244),
    "BB_Y": (1.0385, 1.0385), "BB_J": (1.257, 1.257), "BB_H": (1.635, 1.635),
    "BB_Ks": (2.170, 2.170),
}  # fmt: skip
# of a micron over the telescope's 8 m, mas
_DIFFRACTION = 1e-6 / 8.0 * np.degrees(1) * 3.6e6
_TURNS = {"x": np.pi / 4, "+": 0.0}


@dataclass(frozen=True)
class Row:
    """The star in one image.

    Attributes
    ----------
    mjd : float
        Middle of the exposure.
    frame, plane : int
        The raw frame, first 0, and its plane; -1 for the mean of all.
    stars : list of Star
        By channel, in pixels of the channel.
    shown : list of tuple
        Image and star in its pixels, by channel.
    """

    mjd: float
    frame: int
    plane: int
    stars: list[Star]
    shown: list[tuple[Doubles, Star]]


def main() -> int:
    """Run the recipe; 1 with one line on stderr when it cannot be done."""
    options = _options()
    # the threads of the cosmic ray search wait for each other longer than they work
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    try:
        files = read_sof(options.sof, _ROLES)
        frames = [read_frame(path) for path, _ in files["raw"]]
        if not frames:
            raise ValueError(f"{options.sof.name}: no {RAW}")
        agree(frames, [FILTER])
        used = {role: [path for path, _ in files[role]] for role in ("background", "flat", "bpm")}
        known = read_calibration(used, frames[0].shape)
        patterns = _patterns(frames[0], options)
        rows, lost = _rows(frames, known, patterns, options)
    except (OSError, ValueError) as error:
        print(f"ird_star_center: {error}", file=sys.stderr)
        return 1
    paths = [path for role in used.values() for path in role]
    _write(frames, paths, rows, lost)
    draw(Path("centre.png"), rows[0].shown)
    for number in range(2):
        place = np.mean([(row.stars[number].x, row.stars[number].y) for row in rows], axis=0)
        print(f"channel {number}: {place[0]:.3f}, {place[1]:.3f} of {len(rows)} images")
    return 0


def _patterns(frame: Frame, options: argparse.Namespace) -> list[Pattern]:
    """Return what is looked for in each channel."""
    name = str(frame.header.get(FILTER, "")).strip()
    given = (options.wavelength0_um, options.wavelength1_um)
    table = _WAVELENGTHS.get(name, (0.0, 0.0))
    waves = [one or other for one, other in zip(given, table, strict=True)]
    if not all(waves):
        raise ValueError(f"{frame.path.name}: filter {name or '?'}, give wavelength0_um and 1")
    told = str(frame.header.get("ESO OCS WAFFLE ORIENT", "x")).strip()
    orientation = told if options.orientation == "header" else options.orientation
    if orientation not in _TURNS:
        raise ValueError(f"{frame.path.name}: waffle orientation {orientation!r}, not x or +")
    scale = options.waffle_radius_px / options.radius_wavelength_um
    return [
        Pattern(
            scale * wave, options.tolerance_px, _TURNS[orientation],
            wave * _DIFFRACTION / options.pixel_scale_mas, options.min_snr,
        )
        for wave in waves
    ]  # fmt: skip


def _rows(
    frames: list[Frame], known: Calibration, patterns: list[Pattern], options: argparse.Namespace
) -> tuple[list[Row], int]:
    """Return the star of every image, and how many show none."""
    rows: list[Row] = []
    reasons = []
    for number, frame in enumerate(frames):
        moments = middles(frame)
        for plane, image in _images(frame, options):
            mjd = float(moments.mean() if plane < 0 else moments[plane])
            try:
                shown = _channels(image, frame, known, patterns, options.search_px)
            except ValueError as error:
                where = "" if plane < 0 else f", plane {plane}"
                reasons.append(f"{frame.path.name}{where}: {error}")
                print(reasons[-1])
                continue
            stars = [star for _, _, star in shown]
            rows.append(Row(mjd, number, plane, stars, [(one, at) for one, at, _ in shown]))
    if not rows:
        raise ValueError(reasons[0])
    return rows, len(reasons)


def _images(frame: Frame, options: argparse.Namespace) -> Iterator[tuple[int, Doubles]]:
    if not options.per_plane:
        yield -1, combine([frame], options.clip_sigma).mean.astype(float)
        return
    with opened([frame]) as planes:
        for plane, read in enumerate(planes):
            yield plane, read(0, frame.shape[0]).astype(float)


def _channels(
    image: Doubles, frame: Frame, known: Calibration, patterns: list[Pattern], search: float
) -> list[tuple[Doubles, Star, Star]]:
    """Return window, star in its pixels, star in pixels of the channel; of each channel."""
    found = []
    for number, (half, pattern) in enumerate(zip(halves(image.shape[1]), patterns, strict=True)):
        reach = int(search + pattern.radius + pattern.tolerance + 4 * pattern.fwhm)
        rows, columns = image.shape[0], image.shape[1] // 2
        first_y, first_x = max(0, rows // 2 - reach), max(0, columns // 2 - reach)
        window = (
            slice(first_y, min(rows, rows // 2 + reach)),
            slice(half.start + first_x, half.start + min(columns, columns // 2 + reach)),
        )
        light, bad = calibrated(image, frame, known, window)
        try:
            star = find_star(light, bad, pattern)
        except ValueError as error:
            raise ValueError(f"channel {number}: {error}") from error
        placed = replace(star, x=star.x + first_x, y=star.y + first_y)
        found.append((np.where(bad, np.median(light), light), star, placed))
    return found


def _quality(rows: list[Row], lost: int) -> dict[str, int | float]:
    """Return the QC numbers."""
    places = np.array([[(star.x, star.y) for star in row.stars] for row in rows])
    errors = np.array([[(star.x_error, star.y_error) for star in row.stars] for row in rows])
    (x0, y0), (x1, y1) = places.mean(axis=0).round(4)
    return {
        "QC CENTRE X0": float(x0),
        "QC CENTRE Y0": float(y0),
        "QC CENTRE X1": float(x1),
        "QC CENTRE Y1": float(y1),
        "QC CENTRE RMS": round(float(np.sqrt(np.mean(np.var(places, axis=0)))), 4),
        "QC CENTRE ERROR": round(float(np.median(errors)), 5),
        "QC WAFFLE RADIUS": round(float(np.mean([row.stars[0].radius for row in rows])), 4),
        "QC WAFFLE SNR": round(min(star.snr for row in rows for star in row.stars), 2),
        "QC NFRAMES": len(rows),
        "QC NLOST": lost,
    }


def _write(frames: list[Frame], used: list[Path], rows: list[Row], lost: int) -> None:
    header = product_header(frames, "IRD_STAR_CENTER", used, _quality(rows, lost))
    columns = [
        fits.Column("MJD", "D", unit="d", array=[row.mjd for row in rows]),
        fits.Column("FRAME", "J", array=[row.frame for row in rows]),
        fits.Column("PLANE", "J", array=[row.plane for row in rows]),
    ]
    for axis in "XY":
        moved = [_dither(frames[row.frame], axis) for row in rows]
        columns.append(fits.Column(f"DITH_{axis}", "D", unit="pixel", array=moved))
    for number in range(2):
        stars = [row.stars[number] for row in rows]
        columns += [
            fits.Column(f"X{number}", "D", unit="pixel", array=[one.x for one in stars]),
            fits.Column(f"Y{number}", "D", unit="pixel", array=[one.y for one in stars]),
            fits.Column(f"X{number}_ERR", "D", unit="pixel", array=[one.x_error for one in stars]),
            fits.Column(f"Y{number}_ERR", "D", unit="pixel", array=[one.y_error for one in stars]),
            fits.Column(f"RADIUS{number}", "D", unit="pixel", array=[one.radius for one in stars]),
            fits.Column(f"SNR{number}", "D", array=[one.snr for one in stars]),
        ]
    table = fits.BinTableHDU.from_columns(columns, name="CENTRE")
    fits.HDUList([fits.PrimaryHDU(header=header), table]).writeto("centre.fits", overwrite=True)


def _dither(frame: Frame, axis: str) -> float:
    """Return where the detector was moved to, pixels."""
    told = frame.header.get(f"ESO INS1 DITH POS{axis}", 0.0)
    return float(told) if isinstance(told, int | float) else 0.0


def _flag(text: str) -> bool:
    if text not in {"true", "false"}:
        raise argparse.ArgumentTypeError("true or false")
    return text == "true"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sof", type=Path)
    parser.add_argument("--per_plane", type=_flag, default=False)
    parser.add_argument("--clip_sigma", type=float, default=5.0)
    parser.add_argument("--waffle_radius_px", type=float, default=46.0)
    parser.add_argument("--radius_wavelength_um", type=float, default=1.593)
    parser.add_argument("--wavelength0_um", type=float, default=0.0)
    parser.add_argument("--wavelength1_um", type=float, default=0.0)
    parser.add_argument("--orientation", choices=("header", "x", "+"), default="header")
    parser.add_argument("--search_px", type=float, default=40.0)
    parser.add_argument("--tolerance_px", type=float, default=4.0)
    parser.add_argument("--min_snr", type=float, default=8.0)
    parser.add_argument("--pixel_scale_mas", type=float, default=12.25)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
