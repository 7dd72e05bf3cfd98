"""Raw IRDIS frames named in a SOF: headers that agree, pixels read piece by piece."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from astropy.io import fits
from astropy.utils.exceptions import AstropyUserWarning
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Read = Callable[[int, int], Floats]
DIT = "ESO DET SEQ1 DIT"
FILTER = "ESO INS COMB IFLT"
DENSITY = "ESO INS4 FILT2 NAME"
_COPIED = (
    "INSTRUME", "OBJECT", "DATE-OBS", "MJD-OBS", "EXPTIME", "ESO SEQ ARM",
    "ESO OBS ID", "ESO OBS TARG NAME", "ESO TPL START", "ESO DPR CATG", "ESO DPR TYPE",
    "ESO DPR TECH", FILTER, "ESO INS COMB ICOR", "ESO INS1 FILT NAME", "ESO INS1 OPTI2 NAME",
    DENSITY, DIT, "ESO DET READ CURNAME",
)  # fmt: skip


@dataclass(frozen=True)
class Frame:
    """A raw frame whose pixels are not read yet.

    Attributes
    ----------
    path : pathlib.Path
        Its file.
    header : astropy.io.fits.Header
        The primary one.
    planes : int
        Images in it, one a DIT.
    shape : tuple of int
        Rows and columns of both channels together.
    """

    path: Path
    header: fits.Header
    planes: int
    shape: tuple[int, int]

    @property
    def dit(self) -> float:
        """Integration time of a plane, seconds."""
        return float(self.header[DIT])


def read_sof(sof: Path, roles: Mapping[str, str]) -> dict[str, list[tuple[Path, str]]]:
    """Return the files of a SOF and their types by role.

    Parameters
    ----------
    sof : pathlib.Path
        Lines ``path FRAME_TYPE``.
    roles : mapping of str to str
        Role of each frame type that the recipe takes.

    Raises
    ------
    ValueError
        When a line is something else.
    """
    files: dict[str, list[tuple[Path, str]]] = {role: [] for role in roles.values()}
    for number, line in enumerate(sof.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        path, _, frame_type = line.strip().rpartition(" ")
        if not path or frame_type not in roles:
            raise ValueError(f"{sof.name}:{number}: not 'path {'|'.join(roles)}'")
        files[roles[frame_type]].append((Path(path.strip()), frame_type))
    return files


def open_fits(path: Path) -> fits.HDUList:
    """Open a FITS file.

    Raises
    ------
    ValueError
        When it is none, or not there.
    """
    try:
        with warnings.catch_warnings():
            # a file that is cut off is told when its pixels are read
            warnings.simplefilter("ignore", AstropyUserWarning)
            return fits.open(path, memmap=False)
    except OSError as error:
        raise ValueError(f"{path.name}: {error.strerror or 'no FITS file'}") from error


def read_frame(path: Path) -> Frame:
    """Return a frame, its header checked.

    Raises
    ------
    ValueError
        When it is no image or cube of IRDIS with a DIT.
    """
    with open_fits(path) as units:
        header = units[0].header.copy()
        shape = units[0].shape
    arm = str(header.get("ESO SEQ ARM", "IRDIS")).strip()
    if arm != "IRDIS":
        raise ValueError(f"{path.name}: a frame of {arm}, not of IRDIS")
    if len(shape) not in (2, 3) or shape[-1] % 2:
        raise ValueError(f"{path.name}: neither an image nor a cube of two channels {shape}")
    try:
        usable = float(header[DIT]) > 0
    except (KeyError, TypeError, ValueError, fits.VerifyError):
        usable = False
    if not usable:
        raise ValueError(f"{path.name}: no integration time in {DIT}")
    return Frame(path, header, shape[0] if len(shape) == 3 else 1, (shape[-2], shape[-1]))


def agree(frames: Sequence[Frame], keys: Sequence[str]) -> None:
    """Refuse frames that differ in their size or in a keyword.

    Raises
    ------
    ValueError
        With the values and the first file of each.
    """
    for key in ("shape", *keys):
        values: dict[object, Frame] = {}
        for frame in frames:
            values.setdefault(frame.shape if key == "shape" else _plain(frame, key), frame)
        if len(values) > 1:
            each = ", ".join(f"{value} in {frame.path.name}" for value, frame in values.items())
            raise ValueError(f"the frames differ in {key}: {each}")


def _plain(frame: Frame, key: str) -> object:
    value = frame.header.get(key)
    # commanded DITs differ in the last digits
    return round(value, 2) if isinstance(value, float) else value


@contextmanager
def opened(frames: Sequence[Frame]) -> Iterator[list[Read]]:
    """Give a reader for each plane of the frames, the files open as long.

    Yields
    ------
    list of callable
        Each returns its plane's rows from ``first`` up to ``last``, as float32.
    """
    with ExitStack() as stack:
        readers = []
        for frame in frames:
            unit = stack.enter_context(open_fits(frame.path))[0]
            cube = unit.header["NAXIS"] == 3
            readers += [_reader(frame, unit, (n,) if cube else ()) for n in range(frame.planes)]
        yield readers


def _reader(frame: Frame, unit: fits.PrimaryHDU, plane: tuple[int, ...]) -> Read:
    def read(first: int, last: int) -> Floats:
        try:
            return np.asarray(unit.section[(*plane, slice(first, last))], dtype=np.float32)
        except (OSError, ValueError) as error:
            raise ValueError(f"{frame.path.name}: pixels are missing, is it cut off?") from error

    return read


def halves(columns: int) -> tuple[slice, slice]:
    """Return the columns of each channel, the left one first."""
    return slice(0, columns // 2), slice(columns // 2, columns)


def product_header(
    frames: Sequence[Frame], frame_type: str, used: Sequence[Path], quality: Mapping[str, float]
) -> fits.Header:
    """Return the primary header of a product.

    Parameters
    ----------
    frames : sequence of Frame
        What it is made from; the first gives the cards that are copied.
    frame_type : str
        What it is.
    used : sequence of pathlib.Path
        Calibrations that were applied.
    quality : mapping of str to number
        ``QC ...`` keywords.
    """
    header = fits.Header()
    for key in _COPIED:
        if key in frames[0].header:
            header[f"HIERARCH {key}" if " " in key else key] = frames[0].header[key]
    header["HIERARCH ESO PRO CATG"] = frame_type
    for number, frame in enumerate(frames, 1):
        header[f"HIERARCH ESO PRO REC1 RAW{number} NAME"] = frame.path.name
    for number, path in enumerate(used, 1):
        header[f"HIERARCH ESO PRO REC1 CAL{number} NAME"] = path.name
    for key, value in quality.items():
        header[f"HIERARCH ESO {key}"] = value
    return header


def write_images(
    path: Path, image: NDArray[np.generic], header: fits.Header, error: Floats | None = None
) -> None:
    """Write an image, its error as extension ``ERROR``."""
    units = [fits.PrimaryHDU(image, header)]
    if error is not None:
        units.append(fits.ImageHDU(error.astype(np.float32), name="ERROR"))
    fits.HDUList(units).writeto(path, overwrite=True)
