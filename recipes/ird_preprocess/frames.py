"""Raw frames of IRDIS, and the files a SOF names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Frame:
    """A frame whose pixels are read when they are wanted.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    header : astropy.io.fits.Header
        Primary.
    ndit, side : int
        Planes, and rows of each; a plane has twice as many columns.
    """

    path: Path
    header: fits.Header
    ndit: int
    side: int

    @property
    def dit(self) -> float:
        """Integration time of a plane, seconds."""
        return float(self.header["ESO DET SEQ1 DIT"])

    @property
    def neutral_density(self) -> str:
        """Name of the filter, OPEN for none."""
        return str(self.header.get("ESO INS4 FILT2 NAME", "OPEN")).strip()

    @property
    def filter(self) -> str:
        """Filter combination, ``ESO INS COMB IFLT``."""
        return str(self.header.get("ESO INS COMB IFLT", "")).strip()

    @property
    def dither(self) -> Floats:
        """Return ``INS1 DITH POSX, POSY``, pixels."""
        return dither_of(self.header)

    def planes(self) -> Floats:
        """Return the pixels, shape (ndit, side, 2 * side)."""
        with fits.open(self.path, memmap=False) as units:
            data = np.asarray(units[0].data, dtype=np.float64)
        return data.reshape(self.ndit, self.side, 2 * self.side)


def dither_of(header: fits.Header) -> Floats:
    """Return the position of the dither stage, pixels in x and y."""
    return np.array([float(header.get(f"ESO INS1 DITH POS{axis}", 0.0)) for axis in "XY"])


def read_frame(path: Path) -> Frame:
    """Return a raw frame.

    Raises
    ------
    ValueError
        When it is no frame of two channels side by side, or its DIT is unknown.
    """
    with fits.open(path) as units:
        header, shape = units[0].header.copy(), units[0].shape
    if len(shape) not in (2, 3) or shape[-1] != 2 * shape[-2]:
        raise ValueError(f"{path.name}: no frame of two channels side by side {shape}")
    dit = header.get("ESO DET SEQ1 DIT")
    if not isinstance(dit, int | float) or not dit > 0:
        raise ValueError(f"{path.name}: no ESO DET SEQ1 DIT")
    return Frame(path, header, shape[0] if len(shape) == 3 else 1, shape[-2])


def read_image(path: Path, side: int) -> tuple[Floats, fits.Header]:
    """Return a calibration of the size of the frames, and its header.

    Raises
    ------
    ValueError
        When it has another size.
    """
    with fits.open(path, memmap=False) as units:
        data, header = units[0].data, units[0].header.copy()
    if data is None or data.shape != (side, 2 * side):
        shape = None if data is None else data.shape
        raise ValueError(f"{path.name}: {shape}, the frames are {(side, 2 * side)}")
    return np.asarray(data, dtype=np.float64), header


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


def alike(frames: list[Frame]) -> None:
    """Check that frames were taken with one setting.

    Raises
    ------
    ValueError
        When size, DIT, filter or neutral density differ from the first frame's.
    """
    for frame in frames[1:]:
        for what in ("side", "dit", "filter", "neutral_density"):
            one, first = getattr(frame, what), getattr(frames[0], what)
            if one != first:
                raise ValueError(
                    f"{frame.path.name}: {what.replace('_', ' ')} {one}, "
                    f"that of {frames[0].path.name} is {first}"
                )
