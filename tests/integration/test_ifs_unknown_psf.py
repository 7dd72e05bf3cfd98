"""Plate scale and true north from a PSF the recipe does not model: rings, elongated, leaning."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from scipy.special import j1

from cobrex.simulate.detector import expose
from cobrex.simulate.field import Field, draw_field
from cobrex.simulate.headers import STARS
from cobrex.simulate.ifs_field import Setup, draw_orientation, draw_setup, write_frame, write_lamp
from cobrex.simulate.lenslets import CHANNELS, PIXELS_PER_PITCH, Lenslets
from cobrex.simulate.night_log import observe
from cobrex.simulate.reference import write_reference
from cobrex.simulate.sky import Orientation, channel_wavelengths, transmission
from cobrex_registry.environments.environment import Environment, wrap

Environments = Callable[[str], Environment]
ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow

MIRROR_M = 8.0
STREHL = 0.85
ELONGATION = 0.06
COMA = 0.1
HEXAGON = [0j, *(0.31 * PIXELS_PER_PITCH * np.exp(1j * np.pi / 3 * n) for n in range(6))]


def call(environments: Environments, recipe: str, folder: Path) -> fits.Header:
    """Run a recipe's script in a folder on its in.sof; return its product's header."""
    script = ROOT / "recipes" / recipe / f"{recipe}.py"
    argv, environment = wrap(environments(recipe), ["python", "-W", "error", str(script), "in.sof"])
    answer = subprocess.run(
        argv, cwd=folder, env=environment | {"OMP_NUM_THREADS": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    return fits.getheader(folder / f"{recipe.removeprefix('ifs_')}.fits")


def rings(offset: np.ndarray, wavelength: float, plate_scale: float, axis: complex) -> np.ndarray:
    """An Airy pattern, elongated and leaning to one side of an axis; unit flux."""
    along, across = (offset * np.conj(axis)).real, (offset * np.conj(axis)).imag
    radius = np.hypot(along * (1 + ELONGATION), across * (1 - ELONGATION))
    per_pixel = np.pi * MIRROR_M / (wavelength * 1e-6) * np.deg2rad(plate_scale / 3.6e6)
    phase = np.maximum(radius * per_pixel, 1e-6)
    lean = 1 + COMA * np.tanh(along / 4)
    return np.asarray((2 * j1(phase) / phase) ** 2 * lean * per_pixel**2 / (4 * np.pi))


def light(place: Lenslets, stars: np.ndarray, field: Field, scale: float) -> np.ndarray:
    """Counts of each lenslet and channel, averaged over the lenslet's hexagon."""
    weight = transmission() / transmission().sum()
    area = np.sqrt(3) / 2 * PIXELS_PER_PITCH**2
    lenslet, axis = place.u + 1j * place.v, np.exp(0.9j)
    total = np.zeros((lenslet.size, CHANNELS))
    for star, magnitude in zip(stars, field.magnitude[field.shines], strict=True):
        counts = 1e6 * 10 ** (-0.4 * magnitude) * area * weight
        offset = lenslet - star
        halo = 1.5 / (np.pi * 33**2) * (1 + np.abs(offset / 33) ** 2) ** -2.5
        total += (1 - STREHL) * halo[:, None] * counts
        near = np.abs(offset) < 30
        for channel, wavelength in enumerate(channel_wavelengths("YJ")):
            seen = [rings(offset[near] + part, wavelength, scale, axis) for part in HEXAGON]
            total[near, channel] += STREHL * np.mean(seen, axis=0) * counts[channel]
    return total


@pytest.fixture(scope="module")
def instrument(
    tmp_path_factory: pytest.TempPathFactory, recipe_environment: Environments
) -> tuple[Setup, Path]:
    folder, rng = tmp_path_factory.mktemp("psf"), np.random.default_rng(21)
    setup = draw_setup(rng)
    lamp = observe(1, STARS[:1], rng).specpos[0]
    write_lamp(folder, setup, lamp, rng)
    (folder / "in.sof").write_text(f"{folder / lamp.file_name} IFS_SPECPOS_RAW\n")
    call(recipe_environment, "ifs_specpos", folder)
    return setup, folder / "specpos.fits"


@pytest.mark.parametrize("seed", range(2))
def test_what_was_put_in_is_found(
    instrument: tuple[Setup, Path],
    recipe_environment: Environments,
    tmp_path: Path,
    seed: int,
) -> None:
    setup, specpos = instrument
    rng = np.random.default_rng([seed, 31])
    truth: Orientation = draw_orientation(rng)
    field = draw_field(rng)
    # the conventions written out here, not taken from the simulator
    offset = np.hypot(field.east, field.north)[field.shines] / truth.plate_scale
    angle = np.arctan2(field.east, field.north)[field.shines] - np.deg2rad(truth.true_north)
    stars = offset * (-np.sin(angle) + 1j * np.cos(angle)) + complex(*rng.uniform(-5, 5, 2))
    exposure = observe(seed, STARS[:1], rng).astrometry["HR 100"][0]
    throughput = rng.normal(1.0, 0.03, (setup.place.u.size, 1))
    counts = throughput * light(setup.place, stars, field, truth.plate_scale)
    raw = write_frame(tmp_path, exposure, expose(setup.place, counts, setup.chip, rng))
    reference = write_reference(tmp_path, STARS[0], field, exposure.start)
    (tmp_path / "in.sof").write_text(
        f"{raw} IFS_ASTROMETRY_RAW\n{specpos} IFS_SPECPOS\n{reference} ASTROMETRY_REFERENCE\n"
    )
    header = call(recipe_environment, "ifs_astrometry", tmp_path)
    assert header["ESO QC PLATE SCALE"] == pytest.approx(truth.plate_scale, rel=0.0005)
    assert header["ESO QC TRUE NORTH"] == pytest.approx(truth.true_north, abs=0.05)
    assert header["ESO QC RESIDUAL RMS"] < 1.5
