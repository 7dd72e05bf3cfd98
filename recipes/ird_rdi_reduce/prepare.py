"""From a SOF to a star, its PSF and its library, all of one size."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from frames import Floats, Sequence, read_sequence
from library import as_bright, chosen, read_library
from psf import Psf, normalise
from rdi import Subtraction
from sof import Role, read_sof
from square import finite, middle, odd_side

_ROLES = {
    "cube": Role("_SCIENCE_REDUCED_MASTER_CUBE", most=1001),
    "psf": Role("_SCIENCE_PSF_MASTER_CUBE"),
    "angles": Role("_SCIENCE_PARA_ROTATION_CUBE"),
    "corr": Role("_CORR_MATRIX"),
    "selection": Role("_FRAME_SELECTION_VECTOR", least=0),
}


@dataclass(frozen=True)
class Prepared:
    """What a reduction begins with.

    Attributes
    ----------
    sequence : Sequence
        As it was observed.
    cube, angles : ndarray
        Frames (frames, n, n), n odd, and the position angle of their y axis, degrees.
    psf : Psf
        Of unit flux.
    subtraction : Subtraction
        With the library.
    members : int
        Cubes in the library.
    """

    sequence: Sequence
    cube: Floats
    angles: Floats
    psf: Psf
    subtraction: Subtraction
    members: int


def prepare(options: argparse.Namespace) -> Prepared:
    """Read and cut everything.

    Parameters
    ----------
    options : argparse.Namespace
        ``sof``, ``channel``, ``angle_sign``, ``angle_offset_deg``, ``crop_px``, ``fwhm_px``,
        ``ncomp``, ``mask_radius_fwhm``, ``frames_per_reference``, ``strategy``.

    Raises
    ------
    ValueError
        When files are missing or do not fit together.
    """
    found = read_sof(options.sof, _ROLES)
    cubes = found.pop("cube")
    paths = {"cube": cubes[0]} | {role: one[0] for role, one in found.items() if one}
    if len(cubes) < 2:
        raise ValueError(f"{options.sof.name}: no reference besides the cube")
    ours = {role: path for role, path in paths.items() if role != "corr"}
    sequence = read_sequence(ours, options.channel, options.angle_sign)
    psf = normalise(sequence.psf, options.fwhm_px)
    side = odd_side(sequence.cube.shape, options.crop_px)
    members = chosen(paths["corr"], paths["cube"])
    library = read_library(
        members, cubes[1:], options.channel, side, options.frames_per_reference
    )  # fmt: skip
    cube = middle(sequence.cube, library.frames.shape[-1])
    finite(cube, "the cube")
    mask = options.mask_radius_fwhm * psf.fwhm
    subtraction = Subtraction(
        as_bright(library.frames, cube, mask), options.ncomp, mask, options.strategy == "adi_rdi"
    )
    _check(cube, psf, subtraction)
    angles = sequence.angles + options.angle_offset_deg
    return Prepared(sequence, cube, angles, psf, subtraction, library.members)


def _check(cube: Floats, psf: Psf, subtraction: Subtraction) -> None:
    if cube.shape[-1] < 10 * psf.fwhm:
        raise ValueError(f"frames of {cube.shape[-1]} pixels are less than 10 FWHM wide")
    whole = len(subtraction.library) + (len(cube) if subtraction.own else 0)
    if subtraction.ncomp >= whole:
        raise ValueError(f"{subtraction.ncomp} components of a library of {whole} frames")
