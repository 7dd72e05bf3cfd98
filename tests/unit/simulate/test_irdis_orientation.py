"""Planets lie on the detector where sky and header put them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from irdis_night import night, planes
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from cobrex.simulate.ephemeris import look
from cobrex.simulate.irdis_light import Planet, Scene, Sight, masked_image
from cobrex.simulate.irdis_optics import wavefront
from cobrex.simulate.night_folder import SimulatedNight

Floats = NDArray[np.float64]
STAR = "HIP 65426"


def expected(separation: float, position_angle: float, angle: float) -> Floats:
    """Return the offset on the detector, corrected pixels: east is left of north."""
    east, north = separation * np.array(
        [np.sin(np.radians(position_angle)), np.cos(np.radians(position_angle))]
    )
    north_up = np.array([-east, north]) / 12.25
    # an image whose y axis lies at `angle` east of north is north up turned clockwise by it
    turn = np.radians(-angle)
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return np.asarray(matrix @ north_up)


@pytest.mark.parametrize(("position_angle", "angle"), [(30, 0), (30, 90), (200, 171.3), (350, -48)])
def test_light_of_a_planet_falls_where_rotation_puts_it(
    position_angle: float, angle: float
) -> None:
    error = wavefront(np.random.default_rng(1), 30)
    centre = (81.3, 78.9), (79.0, 80.2)
    sight = Sight(centre, angle, 0.0, error, 0.9, 1.0, 0.7)
    planet = Planet(480.0, position_angle, (0.01, 0.02))
    with_it, without = (
        masked_image(Scene((1.593, 1.667), (1e5, 1e5), found), sight, 160, spots=False)
        for found in ((planet,), ())
    )
    for channel in (0, 1):
        light = (with_it - without)[:, channel * 160 : (channel + 1) * 160]
        peak = np.array(np.unravel_index(light.argmax(), light.shape))
        near = tuple(slice(p - 4, p + 5) for p in peak)
        rows, columns = (axis[near] for axis in np.indices(light.shape))
        found = [float((axis * light[near]).sum() / light[near].sum()) for axis in (columns, rows)]
        squeezed = expected(480.0, position_angle, angle) / [1.0, 1.0062]
        assert found == pytest.approx(np.array(centre[channel]) + squeezed, abs=0.12)
        assert light.max() == pytest.approx(0.9 * planet.contrast[channel] * 1e5, rel=0.1)


@pytest.fixture(scope="module", params=[False, True], ids=["2018", "2016"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    if request.param:
        return night(tmp_path_factory, seed=3, before_july_2016=True)
    return night(tmp_path_factory, stars=2, distractors=True)


def angles(made: SimulatedNight) -> list[float]:
    """Return the angle of each science integration from header cards alone."""
    found = []
    for row in made.truth["stars"][STAR]["science"]:
        one = fits.getheader(made.folder / row["file"])
        ra, dec = (packed(one[f"ESO INS4 DROT2 {axis}"]) for axis in ("RA", "DEC"))
        start, end = (np.datetime64(one[key]) for key in ("DATE-OBS", "ESO DET FRAM UTC"))
        middle = start + (end - start) * (2 * row["plane"] + 1) / (2 * one["ESO DET NDIT"])
        clock = np.radians(one["ESO TEL ALT"] - 2 * one["ESO INS4 DROT2 BEGIN"])
        parallactic = look(15 * ra, dec, middle.item()).parallactic
        found.append(parallactic + 135.99 - 1.75 + np.degrees(np.arctan(np.tan(clock))))
    return found


def packed(value: float) -> float:
    whole = int(abs(value))
    degrees = whole // 10000 + whole % 10000 // 100 / 60 + abs(value) % 100 / 3600
    return degrees if value > 0 else -degrees


def test_headers_give_the_true_angles(made: SimulatedNight) -> None:
    star = made.truth["stars"][STAR]
    true = [row["angle_deg"] for row in star["science"]]
    assert angles(made) == pytest.approx(true, abs=0.02)
    assert 25 < star["rotation_deg"] == max(true) - min(true) < 60
    early = made.truth["request"]["before_july_2016"]
    assert (0.4 <= star["clock_error_deg"] <= 0.9) if early else star["clock_error_deg"] == 0
    date = fits.getheader(made.folder / star["science"][0]["file"])["DATE-OBS"]
    assert (date < "2016-07-13") == early


def test_pixels_hold_the_planet_at_those_angles(made: SimulatedNight) -> None:
    star = made.truth["stars"][STAR]
    planet = star["planets"][0]
    header_angles = angles(made)
    images = planes(made, STAR, bad=True)
    still = np.median([image for _, image in images], axis=0)
    images = [(row, image - still) for row, image in images]

    def seen(turned: float, sign: int = 1) -> float:
        total = 0.0
        for angle, (row, image) in zip(header_angles, images, strict=True):
            if row["good"]:
                place = planet["position_angle_deg"] + turned
                x, y = expected(planet["separation_mas"], place, sign * angle)
                at = np.array(row["centre_px"][0]) + np.array([x, y]) / [1.0, 1.0062]
                total += map_coordinates(image, at[::-1, None], order=1)[0]
        return total

    turns = np.arange(-4, 4.1, 0.25)
    flux = np.array([seen(turned) for turned in turns])
    top = np.average(turns, weights=np.maximum(flux - 0.6 * flux.max(), 0))
    # the clock's error of 2016, if nothing is done about it, is three times as large
    assert abs(top) < 0.2
    peak = planet["contrast"][0] * star["peak_rate_adu_per_s"][0] * star["dit_s"]
    assert 0.5 < flux.max() / len(images) / peak < 1.0
    assert abs(seen(0, sign=-1)) < flux.max() / 5
