"""The IFS recipes as commands on simulated frames: what they find is what was put in."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import warm_recipes
from astropy.io import fits
from astropy.wcs import WCS

from cobrex.simulate.field import Field, draw_field
from cobrex.simulate.headers import STARS
from cobrex.simulate.ifs_field import Setup, draw_orientation, draw_setup, write_field, write_lamp
from cobrex.simulate.night_log import observe
from cobrex_registry.environments.environment import Environment

FIELDS = 6
pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Bench:
    """An instrument whose spectra positions are known by the recipe."""

    folder: Path
    setup: Setup
    specpos: Path
    warm: warm_recipes.Warm

    def call(self, folder: Path, **given: Any) -> subprocess.CompletedProcess[str]:
        """Call ifs_astrometry in a folder on its in.sof."""
        return self.warm.call("ifs_astrometry", folder / "in.sof", given, folder)

    def field(self, name: str, setup: Setup, field: Field, seed: int) -> Path:
        """Write one frame of a field and its list; return the folder with its SOF."""
        folder = self.folder / name
        folder.mkdir()
        rng = np.random.default_rng(seed)
        exposures = observe(seed, STARS[:1], rng).astrometry["HR 100"][:1]
        truth = write_field(folder, setup, field, exposures, rng)
        (folder / "in.sof").write_text(
            f"{folder / truth['frames'][0]} IFS_ASTROMETRY_RAW\n"
            f"{self.specpos} IFS_SPECPOS\n"
            f"{folder / truth['reference']} ASTROMETRY_REFERENCE\n"
        )
        return folder


@pytest.fixture(scope="module")
def bench(
    tmp_path_factory: pytest.TempPathFactory, recipe_environment: Callable[[str], Environment]
) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("ifs")
    rng = np.random.default_rng(1)
    setup = draw_setup(rng)
    lamp = observe(1, STARS[:1], rng).specpos[0]
    write_lamp(folder, setup, lamp, rng)
    (folder / "in.sof").write_text(f"{folder / lamp.file_name} IFS_SPECPOS_RAW\n")
    with warm_recipes.warm(recipe_environment("ifs_astrometry"), warm_recipes.IFS) as server:
        given = {"degree": 3, "min_flux": 0.3}
        answer = server.call("ifs_specpos", folder / "in.sof", given, folder)
        assert answer.returncode == 0, answer.stderr
        yield Bench(folder, setup, folder / "specpos.fits", server)


def turned(setup: Setup, seed: int) -> Setup:
    """The same instrument with another plate scale and true north."""
    orientation = draw_orientation(np.random.default_rng([seed, 5]))
    return Setup(setup.place, setup.chip, orientation)


def test_every_spectrum_is_found_to_a_fraction_of_a_pixel(bench: Bench) -> None:
    table = fits.getdata(bench.specpos, "SPECPOS")
    header = fits.getheader(bench.specpos)
    true = bench.setup.place
    where = {(i, j): n for n, (i, j) in enumerate(zip(true.i, true.j, strict=True))}
    rows = [(r, where[r["I"], r["J"]]) for r in table if (r["I"], r["J"]) in where]
    assert len(rows) > 0.99 * true.i.size
    off = np.array([(r["X"] - true.x[n], r["Y"] - true.y[n]) for r, n in rows])
    assert np.abs(off[:, 0]).max() < 0.02
    assert np.abs(off[:, 1]).max() < 0.1
    assert header["ESO QC NSPECTRA"] == table["VALID"].sum() > 19000
    assert header["ESO QC RESIDUAL RMS"] < 0.05


def test_plate_scale_and_true_north_of_six_fields(bench: Bench) -> None:
    errors, pulls = [], []
    for seed in range(FIELDS):
        setup = turned(bench.setup, seed)
        field = draw_field(np.random.default_rng([seed, 6]))
        folder = bench.field(f"field{seed}", setup, field, seed)
        answer = bench.call(folder, detection_sigma=5.0)
        assert answer.returncode == 0, (seed, answer.stderr)
        header = fits.getheader(folder / "astrometry.fits")
        assert 3 <= header["ESO QC NSTARS"] <= field.common
        scale = header["ESO QC PLATE SCALE"] - setup.orientation.plate_scale
        north = header["ESO QC TRUE NORTH"] - setup.orientation.true_north
        errors.append((scale / setup.orientation.plate_scale, north))
        pulls.append(
            (scale / header["ESO QC PLATE SCALE ERR"], north / header["ESO QC TRUE NORTH ERR"])
        )
        for raw in folder.glob("SPHER*.fits"):
            raw.unlink()
    worst = np.abs(errors).max(axis=0)
    assert worst[0] < 0.0005, worst
    assert worst[1] < 0.05, worst
    assert 0.3 < np.sqrt(np.mean(np.square(pulls))) < 2.0


def test_the_products_tell_the_same_story(bench: Bench) -> None:
    field = draw_field(np.random.default_rng(77), common=8)
    folder = bench.field("products", bench.setup, field, 77)
    assert bench.call(folder).returncode == 0
    first = (folder / "astrometry.fits").read_bytes()
    table = fits.getdata(folder / "astrometry.fits", "RESIDUALS")
    image, header = fits.getdata(folder / "astrometry_image.fits", header=True)
    assert header["ESO PRO CATG"] == "IFS_ASTROMETRY_IMAGE"
    assert (folder / "astrometry.png").read_bytes().startswith(b"\x89PNG")
    # the picture's coordinate system puts each star of the list on its light
    at = WCS(header).all_world2pix(
        STARS[0].ra + table["EAST"] / 3.6e6 / np.cos(np.deg2rad(STARS[0].dec)),
        STARS[0].dec + table["NORTH"] / 3.6e6, 0,
    )  # fmt: skip
    half = image.shape[0] // 2
    assert np.allclose(at[0] - half, table["U"], atol=0.2)
    assert np.allclose(at[1] - half, table["V"], atol=0.2)
    assert bench.call(folder).returncode == 0
    assert (folder / "astrometry.fits").read_bytes() == first


def test_positions_from_the_image_serve_when_the_lenslets_are_not_fitted(bench: Bench) -> None:
    field = draw_field(np.random.default_rng(78), common=9)
    folder = bench.field("unrefined", bench.setup, field, 78)
    assert bench.call(folder, refine=False).returncode == 0
    header = fits.getheader(folder / "astrometry.fits")
    assert header["ESO QC PLATE SCALE"] == pytest.approx(
        bench.setup.orientation.plate_scale, rel=2e-3
    )
    assert header["ESO QC TRUE NORTH"] == pytest.approx(bench.setup.orientation.true_north, abs=0.2)


def test_a_mirrored_list_is_not_matched(bench: Bench) -> None:
    field = draw_field(np.random.default_rng(79), common=8)
    folder = bench.field("mirrored", bench.setup, field, 79)
    with fits.open(folder / "reference_HR_100.fits", mode="update") as units:
        units["STARS"].data["EAST"] *= -1
    answer = bench.call(folder)
    assert_refused(folder, answer, "stars match")


def test_true_north_has_its_sign(bench: Bench) -> None:
    """A list turned by +2 degrees of position angle raises true north by 2 degrees."""
    field = draw_field(np.random.default_rng(80), common=8)
    folder = bench.field("turned", bench.setup, field, 80)
    turn = np.deg2rad(2.0)
    with fits.open(folder / "reference_HR_100.fits", mode="update") as units:
        east, north = (units["STARS"].data[name].copy() for name in ("EAST", "NORTH"))
        units["STARS"].data["EAST"] = east * np.cos(turn) + north * np.sin(turn)
        units["STARS"].data["NORTH"] = north * np.cos(turn) - east * np.sin(turn)
    assert bench.call(folder).returncode == 0
    north_found = fits.getheader(folder / "astrometry.fits")["ESO QC TRUE NORTH"]
    assert north_found == pytest.approx(bench.setup.orientation.true_north + 2.0, abs=0.05)


@pytest.mark.parametrize("common", [0, 2])
def test_too_few_stars_are_refused(bench: Bench, common: int) -> None:
    field = draw_field(np.random.default_rng(81), common=common)
    folder = bench.field(f"few{common}", bench.setup, field, 81)
    assert_refused(folder, bench.call(folder), "stars match")


def test_another_prism_is_refused(bench: Bench) -> None:
    folder = bench.field("prism", bench.setup, draw_field(np.random.default_rng(82)), 82)
    frame = next(folder.glob("SPHER*.fits"))
    fits.setval(frame, "ESO INS2 COMB IFS", value="OBS_H")
    assert_refused(folder, bench.call(folder), "prism OBS_H")


def test_a_dark_lamp_is_refused(bench: Bench) -> None:
    folder = bench.folder / "dark"
    folder.mkdir()
    noise = np.random.default_rng(2).normal(150, 6, (1, 2048, 2048)).astype(np.uint16)
    header = fits.Header()
    header["DATE-OBS"] = datetime(2020, 1, 1).isoformat()
    fits.PrimaryHDU(noise, header).writeto(folder / "dark.fits")
    (folder / "in.sof").write_text(f"{folder / 'dark.fits'} IFS_SPECPOS_RAW\n")
    answer = bench.warm.call("ifs_specpos", folder / "in.sof", {}, folder)
    assert answer.returncode == 1
    assert answer.stderr.startswith("ifs_specpos: ")
    assert answer.stderr.count("\n") == 1
    assert not list(folder.glob("specpos*"))


def assert_refused(folder: Path, answer: subprocess.CompletedProcess[str], word: str) -> None:
    assert answer.returncode == 1
    assert answer.stderr.count("\n") == 1
    assert word in answer.stderr
    assert not list(folder.glob("astrometry*"))
