"""One star's visit: its frames, and the truth about them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from .cards import mjd, stamp
from .exposure import Exposure
from .irdis_exposures import CENTRE, FLUX, SCIENCE, VISIT_SHOTS, Setup, Shot, visit_shots
from .irdis_instrument import MASK_RADIUS, PUPIL_OFFSET, TRUE_NORTH, Filter
from .irdis_light import Planet, Scene, Sight
from .irdis_log import DIT, EXPOSURES, OVERHEAD, Visit
from .irdis_optics import Floats, half_maximum_width, wavefront

_OWN_NM, _FAST_NM = 15.0, 7.0
_EVOLUTION_HOURS = 3.0
_PEAK_RATE = 3.0e5
_REDDER = 0.95
_JITTER_PIXELS = 0.05
_DRIFT_PIXELS = 0.25
_BAD = ("strehl", "flux", "centre")
_BAD_PART = 0.08


@dataclass(frozen=True, slots=True)
class Moment:
    """One integration.

    Attributes
    ----------
    when : datetime.datetime
        UTC of its middle.
    parallactic : float
        Degrees.
    sight : Sight
        Conditions.
    why_bad : str
        Empty when it is good.
    """

    when: datetime
    parallactic: float
    sight: Sight
    why_bad: str


class StarVisit:
    """A star, its planets, and what happens while it is observed.

    Parameters
    ----------
    visit : Visit
        When.
    rng : numpy.random.Generator
        Draws everything about this star.
    band : Filter
        In use.
    side : int
        Pixels of a channel's side.
    ndit : int
        Integrations of a science exposure.
    planets : int
        How many to put around it.
    static : ndarray
        The instrument's wavefront error, which all stars share, nanometres.
    early : bool
        With an error of the derotator's clock.
    """

    def __init__(
        self,
        visit: Visit,
        rng: np.random.Generator,
        *,
        band: Filter,
        side: int,
        ndit: int,
        planets: int,
        static: Floats,
        early: bool,
    ) -> None:
        self.visit, self.rng, self.band, self.static = visit, rng, band, static
        self.clock = float(rng.uniform(0.4, 0.9)) if early else 0.0
        seeing = np.clip(rng.uniform(0.5, 0.9) + rng.normal(0, 0.06, VISIT_SHOTS), 0.35, 1.3)
        setup = Setup(band.name, self.clock, [float(one) for one in seeing])
        self.shots: list[Shot] = visit_shots(visit, setup, ndit)
        peak = _PEAK_RATE * float(rng.uniform(0.7, 1.2))
        first = float(rng.uniform(0, 360))
        self.scene = Scene(
            band.wavelengths,
            (peak, peak * _REDDER),
            [_planet(rng, first + 360 / planets * n) for n in range(planets)],
        )
        self.own = [wavefront(rng, _OWN_NM) for _ in range(2)]
        self.base = _centres(rng, side)
        self.drift = rng.uniform(-_DRIFT_PIXELS, _DRIFT_PIXELS, 2)
        self.beside = np.array([0.15, -0.11]) * side + rng.uniform(-1, 1, 2)
        self.bad = _bad(rng, EXPOSURES * ndit)
        self.seen: dict[str, list[Moment]] = {}

    def moments(self, shot: Shot) -> list[Moment]:
        """Draw the integrations of an exposure of the star, once."""
        one = shot.exposure
        made = [self._moment(shot, n) for n in range(one.ndit)]
        self.seen[one.file_name] = made
        return made

    def _moment(self, shot: Shot, n: int) -> Moment:
        one = shot.exposure
        when = one.start + timedelta(seconds=n * (one.dit + OVERHEAD) + one.dit / 2)
        half = timedelta(seconds=one.dit / 2)
        first, last = (self.visit.look(when + part).parallactic for part in (-half, half))
        parallactic = self.visit.look(when).parallactic
        why = next(self.bad) if shot.frame_type == SCIENCE else ""
        seeing = float(np.clip(one.seeing + self.rng.normal(0, 0.04), 0.3, 1.5))
        strehl = float(np.clip(0.98 - 0.2 * seeing + self.rng.normal(0, 0.01), 0.5, 0.95))
        clear = float(min(1.0, 1.0 - abs(self.rng.normal(0, 0.015))))
        jump = _jump(self.rng) if why == "centre" else np.zeros(2)
        sight = Sight(
            centre=self._centre(when, beside=shot.frame_type == FLUX, jump=jump),
            angle=parallactic + PUPIL_OFFSET + TRUE_NORTH + self.clock,
            turn=last - first,
            error=self._error(when),
            strehl=strehl * (0.45 if why == "strehl" else 1.0),
            transparency=clear * (0.3 if why == "flux" else 1.0),
            seeing=seeing,
        )
        return Moment(when, parallactic, sight, why)

    def _centre(
        self, when: datetime, *, beside: bool, jump: Floats
    ) -> tuple[tuple[float, float], tuple[float, float]]:
        progress = (when - self.visit.starts[0]) / (self.visit.starts[-1] - self.visit.starts[0])
        moved = self.drift * progress + self.rng.normal(0, _JITTER_PIXELS, 2) + jump
        if beside:
            moved = moved + self.beside
        left, right = (base + moved for base in self.base)
        return (float(left[0]), float(left[1])), (float(right[0]), float(right[1]))

    def _error(self, when: datetime) -> Floats:
        """Return the wavefront: what all stars share, what is slow, what is fast."""
        phase = 2 * np.pi * (when - self.visit.starts[0]) / timedelta(hours=_EVOLUTION_HOURS)
        slow = np.cos(phase) * self.own[0] + np.sin(phase) * self.own[1]
        return np.asarray(self.static + slow + wavefront(self.rng, _FAST_NM))

    def truth(self) -> dict[str, Any]:
        """Return what is to be found, after all frames were drawn."""
        science = [one for shot in self._of(SCIENCE) for one in self.seen[shot.file_name]]
        angles = [one.sight.angle for one in science]
        pixels = [half_maximum_width(self.static, w) for w in self.band.wavelengths]
        return {
            "night": self.visit.night.isoformat(),
            "ra_deg": self.visit.target.ra,
            "dec_deg": self.visit.target.dec,
            "ob": self.shots[0].exposure.ob,
            "dit_s": DIT,
            "clock_error_deg": self.clock,
            "rotation_deg": max(angles) - min(angles),
            "peak_rate_adu_per_s": list(self.scene.rate),
            "psf_fwhm_px": pixels,
            "mask_radius_mas": MASK_RADIUS,
            "planets": [_planet_truth(one) for one in self.scene.planets],
            "files": self._files(),
            "science": list(self._rows(SCIENCE)),
            "centre": list(self._rows(CENTRE)),
            "flux": list(self._rows(FLUX)),
            "centre_offset_px": self._offset(),
        }

    def _of(self, frame_type: str) -> list[Exposure]:
        return [shot.exposure for shot in self.shots if shot.frame_type == frame_type]

    def _files(self) -> dict[str, list[str]]:
        files: dict[str, list[str]] = {}
        for shot in self.shots:
            files.setdefault(shot.frame_type, []).append(shot.exposure.file_name)
        return files

    def _rows(self, frame_type: str) -> Iterator[dict[str, Any]]:
        for exposure in self._of(frame_type):
            for plane, one in enumerate(self.seen[exposure.file_name]):
                yield {
                    "file": exposure.file_name,
                    "plane": plane,
                    "utc": stamp(one.when),
                    "mjd": mjd(one.when),
                    "parang_deg": one.parallactic,
                    "angle_deg": one.sight.angle,
                    "centre_px": [list(pair) for pair in one.sight.centre],
                    "strehl": one.sight.strehl,
                    "transparency": one.sight.transparency,
                    "seeing_arcsec": one.sight.seeing,
                    "good": not one.why_bad,
                    "why_bad": one.why_bad,
                }

    def _offset(self) -> list[float]:
        """Return how far the good science integrations lie from the waffle's mean centre."""
        science, waffle = (
            np.mean([row["centre_px"][0] for row in self._rows(kind) if row["good"]], axis=0)
            for kind in (SCIENCE, CENTRE)
        )
        return [float(one) for one in science - waffle]


def _planet(rng: np.random.Generator, position_angle: float) -> Planet:
    contrast = float(np.exp(rng.uniform(np.log(3e-4), np.log(1e-3))))
    return Planet(
        separation=float(rng.uniform(250, 550)),
        position_angle=(position_angle + float(rng.uniform(-20, 20))) % 360,
        contrast=(contrast, contrast * float(rng.uniform(1.0, 1.4))),
    )


def _planet_truth(one: Planet) -> dict[str, Any]:
    return {
        "separation_mas": one.separation,
        "position_angle_deg": one.position_angle,
        "contrast": list(one.contrast),
    }


def _centres(rng: np.random.Generator, side: int) -> tuple[Floats, Floats]:
    """Return where the star lies in both channels; not in the middle, not at the same place."""
    left = side / 2 + rng.uniform(-3, 3, 2)
    return left, left + np.array([-1.5, 1.0]) + rng.uniform(-0.5, 0.5, 2)


def _jump(rng: np.random.Generator) -> Floats:
    angle = rng.uniform(0, 2 * np.pi)
    return np.asarray(rng.uniform(2.5, 4.0) * np.array([np.cos(angle), np.sin(angle)]))


def _bad(rng: np.random.Generator, total: int) -> Iterator[str]:
    """Draw which integrations are bad, and why: one of each kind at least, if there are 12."""
    count = max(len(_BAD) if total >= 12 else 1, round(_BAD_PART * total))
    why = {int(n): _BAD[k % len(_BAD)] for k, n in enumerate(rng.choice(total, count, False))}
    return (why.get(n, "") for n in range(total))
