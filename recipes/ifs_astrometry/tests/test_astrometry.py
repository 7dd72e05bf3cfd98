"""Matching, fitting and measuring without frames."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import inputs
from extract import Trace
from field import lenslet_places, linear_term, scale_and_north, sky_plane
from match import Limits, match
from psf import Samples, refine
from solution import TooFewStarsError, solve
from spikes import without_spikes
from stars import Stars

LIMITS = Limits(rotation=5.0, scale=0.02, offset=25.0, radius=1.5, fraction=0.4)


def sky(count: int, seed: int) -> np.ndarray:
    east, north = np.random.default_rng(seed).uniform(-750, 750, (2, count))
    return sky_plane(east, north)


def test_true_north_is_sky_minus_image() -> None:
    """At -1.75 degrees a star due north lies 1.75 degrees to the left of straight up."""
    place = linear_term(7.46, -1.75) * sky_plane(np.array([0.0]), np.array([746.0]))[0]
    assert np.rad2deg(np.arctan2(-place.real, place.imag)) == pytest.approx(1.75)
    assert abs(place) == pytest.approx(100.0)
    assert scale_and_north(linear_term(7.4, 0.3)) == pytest.approx((7.4, 0.3))


def test_east_is_left() -> None:
    assert (linear_term(7.46, 0.0) * sky_plane(np.array([10.0]), np.array([0.0]))[0]).real < 0


@pytest.mark.parametrize("seed", range(20))
def test_stars_are_matched_among_spurious_ones(seed: int) -> None:
    listed = sky(8, seed)
    rng = np.random.default_rng([seed, 1])
    factor = linear_term(7.46 * rng.uniform(0.99, 1.01), rng.uniform(-5, 1))
    shift = complex(*rng.uniform(-10, 10, 2))
    image = factor * listed[:6] + shift + rng.normal(0, 0.05, 6) + 1j * rng.normal(0, 0.05, 6)
    order = rng.permutation(9)
    image = np.concatenate([image, linear_term(7.46, -1.75) * sky(3, 1000 + seed)])[order]
    found, in_list = match(image, listed, LIMITS)
    pairs = {(int(order[a]), int(b)) for a, b in zip(found, in_list, strict=True)}
    assert {(n, n) for n in range(6)} <= pairs


@pytest.mark.parametrize("seed", range(20))
def test_a_mirrored_field_does_not_match(seed: int) -> None:
    listed = sky(8, seed)
    image = linear_term(7.46, -1.75) * -np.conj(listed)
    assert match(image, listed, LIMITS)[0].size == 0


@pytest.mark.parametrize("count", [0, 1, 2])
def test_two_stars_are_no_match(count: int) -> None:
    listed = sky(8, 3)
    assert match(linear_term(7.46, -1.75) * listed[:count], listed, LIMITS)[0].size == 0


def test_errors_are_those_of_repeated_measurements() -> None:
    rng, listed, answers = np.random.default_rng(4), sky(8, 4), []
    for _ in range(300):
        noise = rng.normal(0, 0.05, 8) + 1j * rng.normal(0, 0.05, 8)
        answers.append(
            solve(linear_term(7.45, -1.5) * listed + noise, listed, np.full(8, 0.05), 5.0)
        )
    scale = np.array([(one.plate_scale - 7.45) / one.plate_scale_error for one in answers])
    north = np.array([(one.true_north + 1.5) / one.true_north_error for one in answers])
    assert 0.7 < scale.std() < 1.2
    assert 0.7 < north.std() < 1.2
    assert abs(scale.mean()) < 0.3


def test_an_outlier_is_left_out_and_two_stars_are_refused() -> None:
    listed = sky(6, 5)
    image = linear_term(7.46, -1.75) * listed
    image[2] += 1.0
    fit = solve(image, listed, np.full(6, 0.02), 5.0)
    assert not fit.used[2]
    assert fit.true_north == pytest.approx(-1.75, abs=1e-6)
    with pytest.raises(TooFewStarsError):
        solve(image[:2], listed[:2], np.full(2, 0.02), 5.0)


def lattice(reach: int) -> Trace:
    i, j = (axis.ravel() for axis in np.mgrid[-reach : reach + 1, -reach : reach + 1])
    zero = np.zeros(i.size)
    return Trace(i, j, zero, zero, 39, np.ones(i.size, bool))


def test_places_come_from_the_lenslets() -> None:
    trace, rng = lattice(14), np.random.default_rng(6)
    place = lenslet_places(trace.i, trace.j)
    true = np.array([[3.21, -4.4], [-6.03, 5.57]])
    flux = sum(1e4 * np.exp(-((place - one) ** 2).sum(axis=1) / (2 * 1.6**2)) for one in true)
    noisy = flux + rng.normal(0, 30, flux.size)
    rough = np.round(true)
    guess = Stars(rough[:, 0], rough[:, 1], np.ones(2), np.full(2, 9e3), np.full(2, 100.0))
    stars, fwhm = refine(Samples(place, noisy, np.full(flux.size, 900.0)), guess, 3.0, 9.0)
    assert np.allclose(np.stack([stars.u, stars.v], axis=1), true, atol=0.03)
    assert fwhm == pytest.approx(1.6 * 2.355, rel=0.05)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("depth", "seed"), [(300, 3), (300, 11), (1000, 2), (1000, 9)])
def test_a_guess_where_no_star_is_ends_with_no_light(depth: float, seed: int) -> None:
    trace, rng = lattice(20), np.random.default_rng(seed)
    place = lenslet_places(trace.i, trace.j)
    true = np.array([[0.2, 0.4], [12.6, -9.1]])
    flux = sum(1e4 * np.exp(-((place - one) ** 2).sum(axis=1) / (2 * 1.6**2)) for one in true)
    # a hollow beside a star, as between diffraction rings
    flux -= depth * np.exp(-((place - [-9.0, 5.0]) ** 2).sum(axis=1) / (2 * 3.0**2))
    noisy = flux + rng.normal(0, 30, flux.size)
    guess = Stars(
        np.array([0.0, 12.0, -9.0]), np.array([0.0, -9.0, 5.0]),
        np.ones(3), np.array([9e3, 9e3, 100.0]), np.full(3, 50.0),
    )  # fmt: skip
    stars, _ = refine(Samples(place, noisy, np.full(flux.size, 900.0)), guess, 3.0, 9.0)
    seen = stars.choose(stars.snr >= 5.0)
    assert np.allclose(np.stack([seen.u, seen.v], axis=1), true, atol=0.03)
    assert np.isfinite(stars.error).all()
    assert (stars.flux >= 0).all()


def test_a_lonely_lenslet_is_a_spike_and_a_star_is_not() -> None:
    trace = lattice(10)
    place = lenslet_places(trace.i, trace.j)
    flux = 1e5 * np.exp(-(place**2).sum(axis=1) / (2 * 1.6**2))
    spike = int(np.argmax(place[:, 0]))
    flux[spike] = 5000.0
    good = without_spikes(trace, flux, np.full(flux.size, 400.0))
    assert np.flatnonzero(~good).tolist() == [spike]


@pytest.mark.parametrize(
    ("key", "value", "word"),
    [
        ("ESO INS4 DROT2 MODE", "ELEV", "north turns"),
        ("ESO INS4 DROT2 POSANG", 30.0, "turned by 30 degrees"),
        ("ESO INS2 COMB IFS", "OBS_H", "prism OBS_H"),
    ],
)
def test_a_frame_whose_north_is_elsewhere_is_refused(
    tmp_path: Path, key: str, value: str | float, word: str
) -> None:
    header = fits.Header()
    for name, usual in {"ESO INS2 COMB IFS": "OBS_YJ", "ESO INS4 DROT2 MODE": "SKY"}.items():
        header[f"HIERARCH {name}"] = usual
    header[f"HIERARCH {key}"] = value
    frame = tmp_path / "frame.fits"
    fits.PrimaryHDU(np.zeros((600, 600), np.uint16), header).writeto(frame)
    with pytest.raises(ValueError, match=word):
        inputs.read_lenslets([frame], lattice(3), "OBS_YJ")
