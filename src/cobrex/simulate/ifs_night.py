"""A night of IFS astrometry: raw frames, their calibrations, reference lists, the truth."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cobrex.errors import UsageError

from .detector import Detector, detector, expose
from .field import Field, draw_field
from .headers import STARS, Exposure, Target, header
from .lenslets import Floats, Lenslets, lenslets
from .night_log import NightLog, observe
from .reference import write_reference
from .sky import Orientation, lamp, star_light

TRUTH = "truth.json"
PLATE_SCALE = 7.46
TRUE_NORTH = -1.75
_SCHEMA = "simulated-night/1"
_POINTING_PIXELS = 5.0
_JITTER_PIXELS = 0.1
_LAMP_COUNTS = 9000.0


@dataclass(frozen=True, slots=True)
class SimulatedNight:
    """What was written.

    Attributes
    ----------
    folder : pathlib.Path
        Holds the FITS files and ``truth.json``.
    truth : dict
        As in ``truth.json``: orientation, and for each star its prism, frames and positions.
    counts : dict of str to int
        Files by frame type.
    """

    folder: Path
    truth: dict[str, Any]
    counts: dict[str, int]


def simulate_night(
    folder: Path,
    *,
    seed: int,
    stars: Sequence[Target] | int = STARS,
    common: int | None = None,
) -> SimulatedNight:
    """Write a night of astrometric fields with its calibrations.

    The last of several stars is observed with the other prism, whose SPECPOS frame does not
    exist: it cannot be reduced. The folder appears at once, complete. A folder that already
    holds this very night is left as it is.

    Parameters
    ----------
    folder : pathlib.Path
        To be created; may exist when empty.
    seed : int
        Same seed, same bytes.
    stars : sequence of Target or int
        Whom to observe, or the number of `STARS` to take.
    common : int, optional
        Stars of each field that sky and reference list share; 4 to 10 are drawn otherwise.

    Returns
    -------
    SimulatedNight

    Raises
    ------
    UsageError
        When the folder holds something else, or the number of stars is not 1 to 3.
    """
    targets = _targets(stars)
    request = {"seed": seed, "stars": [one.name for one in targets], "common": common}
    if folder.exists() and any(folder.iterdir() if folder.is_dir() else [folder]):
        return _existing(folder, request)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as scratch:
        made = Path(scratch) / "night"
        made.mkdir()
        truth = _Night(made, seed, targets, common).write() | {"request": request}
        (made / TRUTH).write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
        made.rename(folder)
    return SimulatedNight(folder, truth, truth["counts"])


def _targets(stars: Sequence[Target] | int) -> tuple[Target, ...]:
    count = stars if isinstance(stars, int) else len(stars)
    if not 1 <= count <= len(STARS):
        raise UsageError(
            f"{count} stars asked for",
            kind="simulate",
            hint=f"1 to {len(STARS)}: {', '.join(one.name for one in STARS)}",
        )
    return STARS[:count] if isinstance(stars, int) else tuple(stars)


def _existing(folder: Path, request: dict[str, Any]) -> SimulatedNight:
    try:
        truth = json.loads((folder / TRUTH).read_text(encoding="utf-8"))
        if truth["schema"] == _SCHEMA and truth["request"] == request:
            return SimulatedNight(folder, truth, truth["counts"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise UsageError(
        f"{folder} is not empty, and not this night",
        kind="simulate",
        hint="name a new folder, or remove this one",
    )


class _Night:
    """The state of a night while it is written."""

    def __init__(
        self, folder: Path, seed: int, targets: tuple[Target, ...], common: int | None
    ) -> None:
        self.folder, self.seed, self.targets, self.common = folder, seed, targets, common
        self.rng = np.random.default_rng([seed, 7460])
        self.chip: Detector = detector(self.rng)
        self.place: Lenslets = lenslets(self.rng)
        self.orientation = Orientation(
            PLATE_SCALE * (1 + self.rng.uniform(-0.003, 0.003)),
            TRUE_NORTH + self.rng.uniform(-0.5, 0.5),
        )
        self.log: NightLog = observe(seed, targets, self.rng)
        self.counts: Counter[str] = Counter()

    def write(self) -> dict[str, Any]:
        """Write every file; return the truth."""
        fields = {target.name: self._field(target) for target in self.targets}
        for frame_type, exposure in self.log.small:
            self._save(exposure, self._noise(), frame_type)
        for exposure in self.log.specpos:
            light = lamp(self.place.x.size, _LAMP_COUNTS, self.rng)
            self._save(exposure, expose(self.place, light, self.chip, self.rng), "IFS_SPECPOS_RAW")
        return {
            "schema": _SCHEMA,
            "night": self.log.night,
            "plate_scale_mas_per_pixel": self.orientation.plate_scale,
            "true_north_deg": self.orientation.true_north,
            "stars": fields,
            "counts": dict(sorted(self.counts.items())),
        }

    def _field(self, target: Target) -> dict[str, Any]:
        field = draw_field(self.rng, self.common)
        exposures = self.log.astrometry[target.name]
        pointing = self.rng.uniform(-_POINTING_PIXELS, _POINTING_PIXELS, 2)
        u, v = self.orientation.to_image(field.east, field.north)
        for exposure in exposures:
            jitter = self.rng.normal(0.0, _JITTER_PIXELS, 2)
            at = np.array([u, v]) + (pointing + jitter)[:, None]
            image = self._expose(field, at, exposure.prism)
            self._save(exposure, image, "IFS_ASTROMETRY_RAW")
        write_reference(self.folder, target, field, exposures[0].start)
        self.counts["ASTROMETRY_REFERENCE"] += 1
        return {
            "prism": exposures[0].prism,
            "reducible": any(one.prism == exposures[0].prism for one in self.log.specpos),
            "frames": [one.file_name for one in exposures],
            "common_stars": field.common,
            "image_pixels": list(_positions(field, u + pointing[0], v + pointing[1])),
        }

    def _expose(self, field: Field, at: Floats, prism: str) -> np.ndarray:
        on, scale = field.shines, self.orientation.plate_scale
        light = star_light(self.place, at[:, on], field.magnitude[on], prism, scale)
        return expose(self.place, light, self.chip, self.rng)

    def _noise(self) -> np.ndarray:
        return self.rng.normal(150.0, 6.0, (1, 32, 32)).round().astype(np.uint16)

    def _save(self, exposure: Exposure, image: np.ndarray, frame_type: str) -> None:
        from astropy.io import fits

        unit = fits.PrimaryHDU(image, header(exposure))
        unit.writeto(self.folder / exposure.file_name)
        self.counts[frame_type] += 1


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
