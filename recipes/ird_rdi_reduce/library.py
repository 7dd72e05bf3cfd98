"""The library: frames of the references that a correlation chose."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from astropy.io import fits
from frames import Floats, of_channel, read_image
from identity import content_id
from square import middle, odd_side

_TARGET = "ESO PRO RDI TARGET"


@dataclass(frozen=True)
class Library:
    """Frames of other stars.

    Attributes
    ----------
    frames : ndarray, shape (frames, n, n)
        The most alike cube first, the star in the middle pixel, n odd.
    members : int
        How many cubes they are of.
    """

    frames: Floats
    members: int


def chosen(corr: Path, cube: Path) -> list[str]:
    """Return the content ids of the members that serve, the most alike first.

    Parameters
    ----------
    corr : pathlib.Path
        What ird_rdi_corr made.
    cube : pathlib.Path
        The cube; it must be the one the library was made for.

    Raises
    ------
    ValueError
        When it is another's library, or none.
    """
    with fits.open(corr, memmap=False) as units:
        if "MEMBERS" not in units:
            raise ValueError(f"{corr.name}: no table MEMBERS")
        target, table = units[0].header.get(_TARGET), units["MEMBERS"].data
        if not {"CONTENT_ID", "RANK", "USED"} <= set(table.names):
            raise ValueError(f"{corr.name}: the table MEMBERS lacks CONTENT_ID, RANK or USED")
        rows = sorted(table[table["USED"] == 1], key=lambda row: int(row["RANK"]))
        members = [str(row["CONTENT_ID"]) for row in rows]
    if not members:
        raise ValueError(f"{corr.name}: no member of the library serves")
    with fits.open(cube, memmap=False) as units:
        name = content_id(cube, units[0].header)
    if target != name:
        raise ValueError(f"{corr.name}: the library of another cube than {cube.name}")
    return members


def read_library(
    members: list[str], references: list[Path], channel: int, side: int, each: int
) -> Library:
    """Read the frames.

    Parameters
    ----------
    members : list of str
        Content ids of those that serve.
    references : list of pathlib.Path
        Reference cubes, any order; others than the members are passed over.
    channel : int
        Wavelength of 4-D cubes.
    side : int
        Of the frames, odd, pixels; smaller where a cube is smaller.
    each : int
        Frames of a cube, spread evenly over it; 0 for all.

    Raises
    ------
    ValueError
        When a member is not there or holds nothing of use.
    """
    places = {}
    for path in references:
        with fits.open(path, memmap=False) as units:
            places[content_id(path, units[0].header)] = path
    pieces = []
    for name in members:
        if name not in places:
            raise ValueError(f"member {name[:8]} of the library is not among the references")
        pieces.append(_frames(places[name], channel, side, each))
    kept = min(piece.shape[-1] for piece in pieces)
    return Library(np.concatenate([middle(one, kept) for one in pieces]), len(pieces))


def _frames(path: Path, channel: int, side: int, each: int) -> Floats:
    cube = of_channel(read_image(path)[0], channel, path.name)
    cube = middle(cube, odd_side(cube.shape, side))
    cube = cube[np.isfinite(cube).all(axis=(1, 2))]
    if not len(cube):
        raise ValueError(f"{path.name}: no frame without pixels that are no numbers")
    if each and len(cube) > each:
        cube = cube[np.linspace(0, len(cube) - 1, each).round().astype(int)]
    return cube


def as_bright(library: Floats, cube: Floats, mask: float) -> Floats:
    """Return the library's frames scaled to the light of a cube outside a mask.

    Principal components weigh frames by their light: without it the brightest star is followed.

    Parameters
    ----------
    library, cube : ndarray, shape (frames, n, n)
        Frames.
    mask : float
        Radius left out around the star, pixels.
    """
    y, x = np.indices(cube.shape[1:]) - cube.shape[-1] // 2
    seen = np.hypot(x, y) > mask
    light = library[:, seen].std(axis=1)
    if not (light > 0).all():
        raise ValueError("a frame of the library is empty")
    return np.asarray(library * (np.median(cube[:, seen].std(axis=1)) / light)[:, None, None])
