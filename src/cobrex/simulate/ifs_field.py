"""One astrometric field: its frames, its reference list, its truth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .detector import Detector, detector, expose
from .exposure import Exposure, Target
from .field import Field
from .headers import write_frame
from .lenslets import Floats, Lenslets, lenslets
from .reference import write_reference
from .sky import Orientation, lamp, star_light

PLATE_SCALE = 7.46
"""mas per pixel around which nights are drawn (Maire et al. 2016)."""
TRUE_NORTH = -1.75
"""Degrees around which nights are drawn (Maire et al. 2016)."""
_POINTING_PIXELS = 5.0
_JITTER_PIXELS = 0.1
_LAMP_COUNTS = 9000.0


@dataclass(frozen=True, slots=True)
class Setup:
    """The instrument as it is one night.

    Attributes
    ----------
    place : Lenslets
        Lenslets and their spectra.
    chip : Detector
        Dark level and bad pixels.
    orientation : Orientation
        Plate scale and true north.
    """

    place: Lenslets
    chip: Detector
    orientation: Orientation


def draw_setup(rng: np.random.Generator) -> Setup:
    """Draw an instrument: plate scale within 0.3 %, true north within 0.5 degrees of nominal."""
    return Setup(chip=detector(rng), place=lenslets(rng), orientation=draw_orientation(rng))


def draw_orientation(rng: np.random.Generator) -> Orientation:
    """Draw plate scale and true north of a night."""
    return Orientation(
        PLATE_SCALE * (1 + rng.uniform(-0.003, 0.003)), TRUE_NORTH + rng.uniform(-0.5, 0.5)
    )


def write_field(
    folder: Path,
    setup: Setup,
    field: Field,
    exposures: Sequence[Exposure],
    rng: np.random.Generator,
) -> dict[str, Any]:
    """Write the frames of a field and its reference list.

    Parameters
    ----------
    folder : pathlib.Path
        Where to write.
    setup : Setup
        The instrument.
    field : Field
        Stars.
    exposures : sequence of Exposure
        Of one target and prism; pointing is the same but for a jitter of 0.1 pixels.
    rng : numpy.random.Generator
        Draws pointing and noise.

    Returns
    -------
    dict
        The truth: prism, names of frames and list, and each star's place.
    """
    target, prism = exposures[0].target, exposures[0].prism
    assert target is not None
    pointing = rng.uniform(-_POINTING_PIXELS, _POINTING_PIXELS, 2)
    places = np.array(setup.orientation.to_image(field.east, field.north)) + pointing[:, None]
    on, scale = field.shines, setup.orientation.plate_scale
    for exposure in exposures:
        at = places + rng.normal(0.0, _JITTER_PIXELS, 2)[:, None]
        light = star_light(setup.place, at[:, on], field.magnitude[on], prism, scale)
        write_frame(folder, exposure, expose(setup.place, light, setup.chip, rng))
    return {
        "prism": prism,
        "frames": [one.file_name for one in exposures],
        "reference": _reference(folder, target, field, exposures[0]),
        "common_stars": field.common,
        "image_pixels": list(_positions(field, *places)),
    }


def write_lamp(folder: Path, setup: Setup, exposure: Exposure, rng: np.random.Generator) -> None:
    """Write a lamp frame that lights every lenslet."""
    light = lamp(setup.place.x.size, _LAMP_COUNTS, rng)
    write_frame(folder, exposure, expose(setup.place, light, setup.chip, rng))


def _reference(folder: Path, target: Target, field: Field, exposure: Exposure) -> str:
    return write_reference(folder, target, field, exposure.start).name


def _positions(field: Field, u: Floats, v: Floats) -> Iterator[dict[str, Any]]:
    for n in range(u.size):
        yield {
            "u": float(u[n]),
            "v": float(v[n]),
            "east_mas": float(field.east[n]),
            "north_mas": float(field.north[n]),
            "magnitude": float(field.magnitude[n]),
            "in_sky": bool(field.shines[n]),
            "in_list": bool(field.listed[n]),
        }
