"""The lenslets' geometry and their light."""

from __future__ import annotations

import numpy as np
import pytest

from cobrex.simulate.detector import detector, expose, paint
from cobrex.simulate.field import draw_field
from cobrex.simulate.lenslets import CHANNELS, DETECTOR, PITCH, PIXELS_PER_PITCH, lenslets
from cobrex.simulate.sky import Orientation, lamp, star_light


def test_there_are_about_145_by_145_lenslets_within_the_field() -> None:
    place = lenslets()
    assert 140**2 < place.i.size < 146**2
    assert np.ptp(place.u) * 7.46 == pytest.approx(1650, rel=0.03)


def test_neighbours_are_one_pitch_apart_in_six_directions() -> None:
    place = lenslets()
    centre = (place.i == 0) & (place.j == 0)
    distance = np.hypot(place.u - place.u[centre], place.v - place.v[centre])
    near = np.sort(distance)[1:8]
    assert np.allclose(near[:6], PIXELS_PER_PITCH)
    assert near[6] > 1.7 * PIXELS_PER_PITCH


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_spectra_do_not_overlap(seed: int | None) -> None:
    place = lenslets(None if seed is None else np.random.default_rng(seed))
    assert place.y.min() > CHANNELS / 2
    assert place.y.max() < DETECTOR - CHANNELS / 2
    middle = np.hypot(place.x - 1024, place.y - 1024) < 150
    x, y = place.x[middle], place.y[middle]
    dx, dy = np.abs(x[:, None] - x), np.abs(y[:, None] - y)
    beside = (dy < CHANNELS + 0.5) & (dx < 4.5)
    np.fill_diagonal(beside, False)
    assert not beside.any()


def test_paint_keeps_all_light() -> None:
    place = lenslets(np.random.default_rng(3))
    light = lamp(place.i.size, 100.0, np.random.default_rng(4))
    assert paint(place, light).sum() == pytest.approx(light.sum(), rel=1e-3)


def test_an_exposure_has_dark_level_and_bad_pixels() -> None:
    rng = np.random.default_rng(5)
    chip, place = detector(rng), lenslets()
    image = expose(place, np.zeros((place.i.size, CHANNELS)), chip, rng)
    assert image.shape == (1, DETECTOR, DETECTOR)
    assert image.dtype == np.uint16
    assert 110 < np.median(image) < 190
    assert (image.reshape(-1)[chip.dead] == 0).all()
    assert image.reshape(-1)[chip.hot].min() > 400


def test_north_is_up_and_east_is_left_at_true_north_zero() -> None:
    u, v = Orientation(10.0, 0.0).to_image(np.array([100.0, 0.0]), np.array([0.0, 100.0]))
    assert np.allclose(u, [-10, 0])
    assert np.allclose(v, [0, 10])


def test_true_north_is_position_angle_on_the_sky_minus_angle_in_the_image() -> None:
    position_angle = np.deg2rad(30.0)
    u, v = Orientation(7.46, -1.75).to_image(
        np.array([np.sin(position_angle)]), np.array([np.cos(position_angle)])
    )
    assert np.rad2deg(np.arctan2(-u[0], v[0])) - 31.75 == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("prism", ["YJ", "YJH"])
def test_a_star_shines_where_it_stands(prism: str) -> None:
    place = lenslets()
    light = star_light(place, np.array([[20.0], [-31.0]]), np.zeros(1), prism, 7.46).sum(axis=1)
    core = light > 0.05 * light.max()
    assert np.average(place.u[core], weights=light[core]) == pytest.approx(20.0, abs=0.1)
    assert np.average(place.v[core], weights=light[core]) == pytest.approx(-31.0, abs=0.1)
    assert 0.8e6 < light.sum() < 1.02e6


@pytest.mark.parametrize("seed", range(10))
def test_fields_have_listed_stars_and_spurious_ones_both_ways(seed: int) -> None:
    field = draw_field(np.random.default_rng(seed))
    assert 4 <= field.common <= 10
    assert 1 <= (field.shines & ~field.listed).sum() <= 2
    assert 1 <= (field.listed & ~field.shines).sum() <= 2
    assert np.abs([field.east, field.north]).max() < 850
    assert PITCH > 0
