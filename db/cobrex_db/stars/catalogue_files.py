"""Reads the star catalogues that are known, each by its own format."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import degrees, isfinite
from pathlib import Path

from cobrex_db.errors import CatalogueError

from . import motion

MOST_LINES = 2_000_000
_HIPPARCOS_EPOCH = 1991.25
_HEADING = 8


@dataclass(frozen=True, slots=True)
class CrossId:
    """Numbers of one star: ``cross-id.dat``."""

    hip: int
    component: str
    sao: int | None
    hd: int | None
    hr: int | None


@dataclass(frozen=True, slots=True)
class Motion:
    """Proper motion in mas a year, the first with cos(dec): ``hip_pm.dat``."""

    hip: int
    pm_ra_masyr: float
    pm_dec_masyr: float


@dataclass(frozen=True, slots=True)
class NameOf:
    """A name of a Hipparcos star: ``name.fab``, ``extra_name.fab``."""

    hip: int
    name: str


@dataclass(frozen=True, slots=True)
class Hipparcos:
    """ICRS at epoch 2000.0, degrees, mas: ``hip2.dat`` (I/311)."""

    hip: int
    ra_deg: float
    dec_deg: float
    pm_ra_masyr: float
    pm_dec_masyr: float
    parallax_mas: float


@dataclass(frozen=True, slots=True)
class Bright:
    """A star of the Bright Star Catalogue at J2000, degrees, mas: ``bsc5.dat`` (V/50)."""

    hr: int
    hd: int | None
    sao: int | None
    names: tuple[str, ...]
    ra_deg: float
    dec_deg: float
    pm_ra_masyr: float | None
    pm_dec_masyr: float | None
    magnitude_v: float | None


Record = CrossId | Motion | NameOf | Hipparcos | Bright
_Line = Callable[[str], Record | None]

_CROSS_ID = re.compile(r"(\d{1,6})\t([A-Z]?)\t(\d{0,6})\t(\d{0,6})\t(\d{0,4})", re.A)
_MOTION = re.compile(r"(\d{1,6})\t(-?\d+\.\d+)\t(-?\d+\.\d+)", re.A)
_NAME = re.compile(r" *(\d{1,6})\|([^|]{1,100})", re.A)
_HIP2 = re.compile(r"[ \d]{6} [ \d]{3} [ \d] [ \d] ([ \d.]{13}) ([- \d.]{13}) .{150,}", re.A)
_BSC5 = re.compile(
    r"[ \d]{4}.{56}(?:\d{6}\.\d[+-]\d{6}|.{15})(\d{6}\.\d[+-]\d{6}| {15}).{15,}", re.A
)


def _number(text: str) -> int | None:
    return int(text) if text.strip() else None


def _cross_id(line: str) -> CrossId | None:
    match = _CROSS_ID.fullmatch(line)
    if match is None:
        raise ValueError
    return CrossId(int(match[1]), match[2], _number(match[3]), _number(match[4]), _number(match[5]))


def _motion(line: str) -> Motion:
    match = _MOTION.fullmatch(line)
    if match is None:
        raise ValueError
    return Motion(int(match[1]), float(match[2]), float(match[3]))


def _name(line: str) -> NameOf:
    match = _NAME.fullmatch(line)
    if match is None:
        raise ValueError
    return NameOf(int(match[1]), match[2].replace("_", " ").strip())


def _hip2(line: str) -> Hipparcos:
    if not _HIP2.fullmatch(line):
        raise ValueError
    ra, dec = degrees(float(line[15:28])), degrees(float(line[29:42]))
    parallax, pm_ra, pm_dec = float(line[43:50]), float(line[51:59]), float(line[60:68])
    if not motion.on_sky(ra, dec):
        raise ValueError
    there = motion.carry(
        motion.direction(ra, dec),
        motion.velocity(ra, dec, pm_ra, pm_dec),
        2000.0 - _HIPPARCOS_EPOCH,
    )
    return Hipparcos(int(line[0:6]), *motion.position(there), pm_ra, pm_dec, parallax)


def _bsc5(line: str) -> Bright | None:
    match = _BSC5.fullmatch(line)
    if match is None:
        raise ValueError
    if not match[1].strip():
        return None  # the 14 novae and clusters that only keep their number
    ra = 15 * (int(line[75:77]) + int(line[77:79]) / 60 + float(line[79:83]) / 3600)
    dec = int(line[84:86]) + int(line[86:88]) / 60 + int(line[88:90]) / 3600
    return Bright(
        hr=int(line[0:4]), hd=_number(line[25:31]), sao=_number(line[31:37]),
        names=tuple(_bright_names(line)), ra_deg=ra, dec_deg=-dec if line[83] == "-" else dec,
        pm_ra_masyr=_milli(line[148:154]), pm_dec_masyr=_milli(line[154:160]),
        magnitude_v=_decimal(line[102:107]),
    )  # fmt: skip


def _bright_names(line: str) -> Iterator[str]:
    flamsteed, letter, place = line[4:7].strip(), line[7:11], line[11:14].strip()
    if place and letter.strip():
        yield f"{letter[:3].strip().lower()}{letter[3:].strip()} {place}"
    if place and flamsteed:
        yield f"{flamsteed} {place}"
    if len(survey := line[14:25].strip()) > 6:
        yield " ".join(survey[:2].split()) + survey[2:]
    variable = line[51:60].strip()
    if re.fullmatch(r"[A-Z][A-Z0-9]{0,4} [A-Z][A-Za-z]{2}", variable, re.A):
        yield variable


def _decimal(text: str) -> float | None:
    value = float(text) if text.strip() else None
    if value is not None and not isfinite(value):
        raise ValueError
    return value


def _milli(text: str) -> float | None:
    value = _decimal(text)
    return None if value is None else round(value * 1000, 3)


_FORMATS: dict[str, _Line] = {
    "cross-id": _cross_id, "hip_pm": _motion, "names": _name, "hip2": _hip2, "bsc5": _bsc5,
}  # fmt: skip


def recognise(path: Path) -> str | None:
    """Return the format of a catalogue file, by its first lines.

    Parameters
    ----------
    path : pathlib.Path
        Plain or gzip.

    Returns
    -------
    str or None
        ``cross-id``, ``hip_pm``, ``names``, ``hip2``, ``bsc5``; None when it is none of these.

    Raises
    ------
    CatalogueError
        Of kind ``catalogue-file`` when the file cannot be read.
    """
    first = []
    try:
        for _, line in _lines(path):
            first.append(line)
            if len(first) == _HEADING:
                break
    except UnicodeDecodeError:
        return None
    return next((name for name, read in _FORMATS.items() if first and _reads(read, first)), None)


def read_records(path: Path, name: str) -> Iterator[Record]:
    """Read a catalogue file.

    Parameters
    ----------
    path : pathlib.Path
        Plain or gzip.
    name : str
        Its format, as `recognise` gives it.

    Yields
    ------
    CrossId, Motion, NameOf, Hipparcos or Bright

    Raises
    ------
    CatalogueError
        Of kind ``catalogue-file``, with file and line, when a line is not of the format.
    """
    read = _FORMATS[name]
    try:
        for number, line in _lines(path):
            try:
                record = read(line)
            except ValueError:
                raise _broken(path, f"line {number} is not of the format {name}") from None
            if record is not None:
                yield record
    except UnicodeDecodeError as error:
        raise _broken(path, f"not UTF-8 ({error.reason})") from error


def _reads(read: _Line, lines: list[str]) -> bool:
    try:
        return any(read(line) is not None for line in lines)
    except ValueError:
        return False


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines that are no comments, numbered from 1."""
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if packed else path.open("rb") as stream:
            for number, line in enumerate(iter(lambda: stream.readline(1000), b""), 1):
                if number > MOST_LINES:
                    raise _broken(path, f"more than {MOST_LINES} lines")
                if not line.startswith(b"#") and line.strip():
                    yield number, line.decode("utf-8").rstrip("\r\n")
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _broken(path, f"cannot be read: {reason}") from error


def _broken(path: Path, what: str) -> CatalogueError:
    return CatalogueError(
        f"{path}: {what}", hint="get the file anew; nothing was imported", kind="catalogue-file"
    )
