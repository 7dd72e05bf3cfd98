"""Background of IRDIS: IRD_SKY_BG_RAW to IRD_SKY_BG, IRD_INS_BG_RAW to IRD_INS_BG."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from combine import Combined, combine
from frames import (
    DENSITY,
    DIT,
    FILTER,
    Frame,
    agree,
    halves,
    product_header,
    read_frame,
    read_sof,
    write_images,
)
from picture import draw

_PRODUCTS = {
    "IRD_SKY_BG_RAW": ("IRD_SKY_BG", "sky.fits"),
    "IRD_INS_BG_RAW": ("IRD_INS_BG", "instrument.fits"),
}


def main() -> int:
    """Run the recipe; 1 with one line on stderr when it cannot be done."""
    options = _options()
    try:
        raw, frames = _frames(options.sof)
        combined = combine(frames, options.clip_sigma)
    except (OSError, ValueError) as error:
        print(f"ird_background: {error}", file=sys.stderr)
        return 1
    frame_type, name = _PRODUCTS[raw]
    header = product_header(frames, frame_type, [], _quality(combined))
    header["BUNIT"] = "adu"
    write_images(Path(name), combined.mean, header, combined.error)
    draw(Path("background.png"), combined.mean, np.zeros(combined.mean.shape, bool), "adu")
    planes, columns = len(combined.levels), combined.mean.shape[1]
    medians = [f"{np.median(combined.mean[:, half]):.2f}" for half in halves(columns)]
    print(f"{planes} planes of {frames[0].dit:g} s: {' and '.join(medians)} adu")
    return 0


def _frames(sof: Path) -> tuple[str, list[Frame]]:
    """Return the type of the raw frames, and the frames."""
    files = read_sof(sof, dict.fromkeys(_PRODUCTS, "raw"))["raw"]
    types = {frame_type for _, frame_type in files}
    if not types:
        raise ValueError(f"{sof.name}: neither {' nor '.join(_PRODUCTS)}")
    if len(types) > 1:
        raise ValueError(f"{sof.name}: both {' and '.join(_PRODUCTS)}; one of them is combined")
    frames = [read_frame(path) for path, _ in files]
    agree(frames, [DIT, FILTER, DENSITY])
    return types.pop(), frames


def _quality(combined: Combined) -> dict[str, int | float]:
    """Return the QC numbers."""
    return {
        "QC BACKGROUND MEDIAN": round(float(np.median(combined.mean)), 4),
        "QC BACKGROUND DRIFT": round(float(np.ptp(combined.levels, axis=0).max()), 4),
        "QC BACKGROUND NOISE": round(float(combined.noise.mean()), 4),
        "QC NFRAMES": len(combined.levels),
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sof", type=Path)
    parser.add_argument("--clip_sigma", type=float, default=5.0)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
