"""Master dark and bad pixels of IRDIS: IRD_DARK_RAW to IRD_MASTER_DARK."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from badpixels import LEAST_PLANES, Flags, hot, noisy
from combine import Combined, combine
from frames import DIT, Frame, agree, halves, product_header, read_frame, read_sof, write_images
from picture import draw

RAW = "IRD_DARK_RAW"


def main() -> int:
    """Run the recipe; 1 with one line on stderr when it cannot be done."""
    options = _options()
    try:
        frames = _frames(options.sof)
        combined = combine(frames, options.clip_sigma)
        bad = {
            "hot": hot(combined.mean, options.hot_sigma),
            "noisy": noisy(combined, options.noise_factor),
        }
    except (OSError, ValueError) as error:
        print(f"ird_dark: {error}", file=sys.stderr)
        return 1
    _write(frames, combined, bad)
    _tell(frames, combined, bad)
    return 0


def _frames(sof: Path) -> list[Frame]:
    frames = [read_frame(path) for path, _ in read_sof(sof, {RAW: "raw"})["raw"]]
    if not frames:
        raise ValueError(f"{sof.name}: no {RAW}")
    agree(frames, [DIT])
    return frames


def _quality(combined: Combined, bad: dict[str, Flags]) -> dict[str, int | float]:
    """Return the QC numbers."""
    return {
        "QC DARK MEDIAN": round(float(np.median(combined.mean)), 4),
        "QC DARK NBADPIX": int((bad["hot"] | bad["noisy"]).sum()),
        "QC DARK NHOT": int(bad["hot"].sum()),
        "QC DARK NNOISY": int(bad["noisy"].sum()),
        "QC DARK DRIFT": round(float(np.ptp(combined.levels, axis=0).max()), 4),
        "QC RON": round(float(combined.noise.mean()), 4),
        "QC NFRAMES": len(combined.levels),
    }


def _write(frames: list[Frame], combined: Combined, bad: dict[str, Flags]) -> None:
    quality = _quality(combined, bad)
    flags = (bad["hot"] | bad["noisy"]).astype(np.uint8)
    header = product_header(frames, "IRD_MASTER_DARK", [], quality)
    header["BUNIT"] = "adu"
    write_images(Path("dark.fits"), combined.mean, header, combined.error)
    header = product_header(frames, "IRD_STATIC_BADPIXELMAP", [], quality)
    write_images(Path("bpm.fits"), flags, header)
    draw(Path("dark.png"), combined.mean, flags > 0, "dark [adu]")


def _tell(frames: list[Frame], combined: Combined, bad: dict[str, Flags]) -> None:
    planes, columns = len(combined.levels), combined.mean.shape[1]
    medians = [f"{np.median(combined.mean[:, half]):.2f}" for half in halves(columns)]
    print(f"{planes} planes of {frames[0].dit:g} s: {' and '.join(medians)} adu")
    print(f"{int(bad['hot'].sum())} hot or cold pixels, {int(bad['noisy'].sum())} noisy ones")
    if planes < LEAST_PLANES:
        print(f"noisy pixels are looked for from {LEAST_PLANES} planes on")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sof", type=Path)
    parser.add_argument("--clip_sigma", type=float, default=5.0)
    parser.add_argument("--hot_sigma", type=float, default=8.0)
    parser.add_argument("--noise_factor", type=float, default=3.0)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
