"""Nights of IRDIS dual-band imaging: raw frames, their calibrations, the truth."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from cobrex.errors import UsageError

from . import irdis_instrument as instrument
from .headers import write_frame
from .irdis_detector import Chip, draw_chip, expose
from .irdis_exposures import (
    BACKGROUND,
    CENTRE,
    DARK,
    FLAT,
    FLUX,
    SCIENCE,
    SKY,
    Shot,
    calibration_shots,
    morning_shots,
)
from .irdis_instrument import FILTERS
from .irdis_light import bare_image, masked_image
from .irdis_log import DIT, STARS, STARS_A_NIGHT, Visit, plan_nights
from .irdis_optics import Floats, wavefront
from .irdis_star import StarVisit
from .night_folder import SimulatedNight, appear

SMALLEST, LARGEST = 128, 1024
MAPS = "truth"
_SCHEMA = "irdis-nights/1"
_STATIC_NM = 70.0
_LAMP = (2600.0, 3000.0)
_MORNING, _LATER = timedelta(hours=34.1), timedelta(hours=34.9)
_HOST_EVERY = 3


@dataclass(frozen=True, slots=True)
class Request:
    """What nights to make.

    Attributes
    ----------
    seed : int
        Same seed, same bytes.
    stars : int
        How many of `STARS`.
    nights : int, optional
        Consecutive ones; as many as four stars a night need when not given.
    side : int
        Pixels of a channel's side: even, 128 to 1024.
    planets : int
        Around the first star and every third one after it; the others have none.
    ndit : int
        Integrations of each of the four science exposures of a star.
    filter : {'DB_H23', 'DB_K12'}
    before_july_2016 : bool
        With the error of the derotator's clock.
    distractors : bool
        With calibrations that look right and are not.
    """

    seed: int = 1
    stars: int = 1
    nights: int | None = None
    side: int = 160
    planets: int = 1
    ndit: int = 9
    filter: str = "DB_H23"
    before_july_2016: bool = False
    distractors: bool = False

    def checked(self) -> Request:
        """Return this request; raise UsageError when it cannot be met."""
        for wrong, said in (
            (not 1 <= self.stars <= len(STARS), f"{self.stars} stars: 1 to {len(STARS)} are known"),
            (
                self.side % 2 or not SMALLEST <= self.side <= LARGEST,
                f"a side of {self.side} pixels: even, {SMALLEST} to {LARGEST}",
            ),
            (not 2 <= self.ndit <= 30, f"NDIT {self.ndit}: 2 to 30"),
            (not 0 <= self.planets <= 4, f"{self.planets} planets: 0 to 4"),
            (self.filter not in FILTERS, f"filter {self.filter!r}: {', '.join(FILTERS)}"),
            (
                self.nights is not None and not 1 <= self.nights <= self.stars,
                f"{self.nights} nights: 1 to the number of stars",
            ),
        ):
            if wrong:
                raise UsageError(said, kind="simulate", hint="see: cobrex simulate night --help")
        return self


def simulate_irdis(folder: Path, request: Request) -> SimulatedNight:
    """Write nights of IRDIS, pupil tracking, with their calibrations.

    The folder appears at once, complete. A folder that already holds these very nights is
    left as it is. Maps of the truth lie in its subfolder ``truth`` as ``.npy``.

    Parameters
    ----------
    folder : pathlib.Path
        To be created; may exist when empty.
    request : Request
        What to make.

    Returns
    -------
    SimulatedNight

    Raises
    ------
    UsageError
        When the request cannot be met, or the folder holds something else.
    """
    request = request.checked()
    nights = request.nights or -(-request.stars // STARS_A_NIGHT)
    plan = plan_nights(
        STARS[: request.stars], nights, request.ndit, request.seed, early=request.before_july_2016
    )
    return appear(
        folder, _SCHEMA, asdict(request), lambda made: _Nights(made, request, plan).write()
    )


class _Nights:
    """The state of nights while they are written."""

    def __init__(self, folder: Path, request: Request, plan: dict[date, list[Visit]]) -> None:
        self.folder, self.request, self.plan = folder, request, plan
        self.rng = np.random.default_rng([request.seed, 12250])
        self.chip: Chip = draw_chip(self.rng, request.side)
        self.static = wavefront(self.rng, _STATIC_NM)
        self.band = FILTERS[request.filter]
        self.counts: Counter[str] = Counter()
        self.distractors: list[dict[str, str]] = []

    def write(self) -> dict[str, Any]:
        """Write every file; return the truth."""
        stars, nights = {}, {}
        for night, visits in self.plan.items():
            for visit in visits:
                stars[visit.target.name] = self._star(visit)
            nights[night.isoformat()] = self._morning(night)
        if self.request.distractors:
            self._distract()
        self._write_maps()
        return {
            "arm": "IRDIS",
            "filter": self.band.name,
            "side_px": self.request.side,
            "instrument": _instrument_truth(self.band),
            "detector": self.chip.truth,
            "maps": {name: f"{MAPS}/{name}.npy" for name in self._maps()},
            "nights": nights,
            "stars": {one.name: stars[one.name] for one in STARS if one.name in stars},
            "distractors": self.distractors,
            "counts": dict(sorted(self.counts.items())),
        }

    def _star(self, visit: Visit) -> dict[str, Any]:
        request = self.request
        star = StarVisit(
            visit,
            np.random.default_rng([request.seed, 12252, visit.number]),
            band=self.band,
            side=request.side,
            ndit=request.ndit,
            planets=0 if visit.number % _HOST_EVERY else request.planets,
            static=self.static,
            early=request.before_july_2016,
        )
        for shot in star.shots:
            light = 0.0 if shot.frame_type == SKY else self._starlight(star, shot)
            self._take(shot, light)
        return star.truth()

    def _starlight(self, star: StarVisit, shot: Shot) -> Floats:
        """Return the star's counts/s in each integration of an exposure."""
        side, sights = self.request.side, [one.sight for one in star.moments(shot)]
        if shot.frame_type == FLUX:
            return np.stack([bare_image(star.scene, one, side) for one in sights])
        spots = shot.frame_type == CENTRE
        return np.stack([masked_image(star.scene, one, side, spots=spots) for one in sights])

    def _morning(self, night: date) -> dict[str, list[str]]:
        files: dict[str, list[str]] = {}
        for shot in morning_shots(_at(night, _MORNING), self.band.name):
            self._take(shot, 0.0)
            files.setdefault(shot.frame_type, []).append(shot.exposure.file_name)
        return files

    def _take(self, shot: Shot, light: Floats | float) -> None:
        """Expose and write a frame; `light` in counts/s passes the neutral density."""
        one = shot.exposure
        band, shape = FILTERS[one.filter], (one.ndit, self.chip.side, 2 * self.chip.side)
        passed = band.transmission(one.nd)
        rate = np.zeros(shape) + light * passed
        if shot.frame_type == FLAT:
            rate += np.repeat(_LAMP, self.chip.side)
        if shot.frame_type in (SKY, SCIENCE, CENTRE, FLUX):
            rate += band.sky * passed
        if shot.frame_type != DARK:
            rate += band.thermal * self.chip.thermal
        write_frame(self.folder, one, expose(self.chip, rate * one.dit, one.dit, self.rng))
        self.counts[shot.frame_type] += 1

    def _distract(self) -> None:
        first = min(self.plan)
        other = next(name for name in FILTERS if name != self.band.name)
        later, day_before = _at(first, _LATER), _at(first - timedelta(days=1), _MORNING)
        five, ten = timedelta(minutes=5), timedelta(minutes=10)
        own, lamps = self.band.name, [(3.0, 2, "OPEN"), (6.0, 2, "OPEN")]
        dense = [(DIT, 3, "ND_1.0")]
        for why, frame_type, wanted, start, name in (
            ("dark of another DIT", DARK, [(DIT / 2, 3, "OPEN")], later, own),
            ("flat of another filter", FLAT, lamps, later + five, other),
            ("background with a neutral density", BACKGROUND, dense, later + ten, own),
            ("dark of another night", DARK, [(DIT, 3, "OPEN")], day_before, own),
            ("flat of another night", FLAT, lamps, day_before + ten, own),
        ):
            for shot in calibration_shots(frame_type, wanted, start, name):
                self._take(shot, 0.0)
                self.distractors.append(
                    {"file": shot.exposure.file_name, "frame_type": frame_type, "why": why}
                )

    def _maps(self) -> dict[str, np.ndarray]:
        return {
            "flat": self.chip.response.astype(np.float32),
            "dark": self.chip.dark.astype(np.float32),
            "bad": (self.chip.hot | self.chip.dead).astype(np.uint8),
        }

    def _write_maps(self) -> None:
        (self.folder / MAPS).mkdir()
        for name, values in self._maps().items():
            np.save(self.folder / MAPS / f"{name}.npy", values)


def _at(night: date, later: timedelta) -> datetime:
    return datetime.combine(night, time()) + later


def _instrument_truth(band: instrument.Filter) -> dict[str, Any]:
    return {
        "plate_scale_mas_per_pixel": instrument.PLATE_SCALE,
        "true_north_deg": instrument.TRUE_NORTH,
        "pupil_offset_deg": instrument.PUPIL_OFFSET,
        "anamorphism": list(instrument.ANAMORPHISM),
        "wavelengths_um": list(band.wavelengths),
        "thermal_adu_per_s": band.thermal,
        "sky_adu_per_s": band.sky,
        "neutral_densities": {name: band.transmission(name) for name in band.densities},
    }
