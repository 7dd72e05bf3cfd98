"""Reading frames named in a SOF."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from astropy.io import fits
from field import Floats


def read_sof(sof: Path) -> dict[str, list[Path]]:
    """Return the files of a SOF by frame type.

    Raises
    ------
    ValueError
        When a line is not ``path FRAME_TYPE``.
    """
    files: dict[str, list[Path]] = {}
    for number, line in enumerate(sof.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        path, _, frame_type = line.strip().rpartition(" ")
        if not path:
            raise ValueError(f"{sof.name}:{number}: not 'path FRAME_TYPE'")
        files.setdefault(frame_type, []).append(Path(path.strip()))
    return files


def read_image(path: Path) -> tuple[Floats, fits.Header]:
    """Return the mean over a frame's DITs and its primary header.

    Raises
    ------
    ValueError
        When the frame is no image or cube of numbers.
    """
    with fits.open(path, memmap=False) as units:
        data, header = units[0].data, units[0].header.copy()
    if data is None or data.ndim not in (2, 3):
        raise ValueError(f"{path.name}: neither an image nor a cube")
    image = data.astype(float) if data.ndim == 2 else data.mean(axis=0, dtype=float)
    return np.nan_to_num(image), header


def prism_of(header: fits.Header) -> str:
    """Return the prism setting of a frame, ``ESO INS2 COMB IFS``."""
    return str(header.get("ESO INS2 COMB IFS", ""))
