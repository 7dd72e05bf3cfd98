"""The recipe adi_pca on simulated sequences: what is put in is found, nothing else is."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import adi_recipe
import numpy as np
import pytest
from adi_sequence import FWHM, SCALE, Companion, spot, write, write_files
from astropy.io import fits

from cobrex_registry.admission import lint
from cobrex_registry.environments.environment import Environment

pytestmark = pytest.mark.slow
QUICK: dict[str, Any] = {"pixel_scale_mas": SCALE, "ncomp": 4, "forward_model": False}


@pytest.fixture(scope="module")
def where(recipe_environment: Callable[[str], Environment]) -> Environment:
    return recipe_environment("adi_pca")


def done(answer: subprocess.CompletedProcess[str], folder: Path) -> fits.FITS_rec:
    assert (answer.returncode, answer.stderr) == (0, "")
    return fits.getdata(folder / "detections.fits", "DETECTIONS")


def off(row: Any, one: Companion, separation: str = "SEPARATION", angle: str = "PA") -> float:
    """Distance of a detection from the truth, pixels."""
    turns = np.radians([row[angle], one.angle])
    away = np.array([row[separation], one.separation]) / SCALE
    return float(np.abs(away[0] * np.exp(1j * turns[0]) - away[1] * np.exp(1j * turns[1])))


def test_the_folder_can_be_published() -> None:
    assert lint.lint(adi_recipe.FOLDER) == []


def test_companions_are_found_where_they_are_on_the_sky(where: Environment, tmp_path: Path) -> None:
    true = [Companion(230.0, 60.0, 1.5e-3), Companion(180.0, 310.0, 1.2e-3)]
    sof = write(tmp_path / "in", true, offset=25.0)
    given = QUICK | {"angle_offset_deg": 25.0}
    found = done(adi_recipe.call(where, sof, given, tmp_path / "out"), tmp_path / "out")
    assert len(found) == len(true)
    for one in true:
        assert min(off(row, one) for row in found) < 0.5
    header = fits.getheader(tmp_path / "out" / "snr.fits")
    assert header["ESO PRO CATG"] == "ADI_SNR_MAP"
    assert header["ESO QC NDETECTIONS"] == 2
    assert header["ESO QC FWHM"] == pytest.approx(FWHM * SCALE, rel=0.05)
    assert header["ESO QC ROTATION"] == pytest.approx(90.0, abs=0.01)
    promised = {one.name for one in adi_recipe.read_manifest().qc}
    missing = {name for name in promised if f"ESO {name}" not in header}
    assert missing <= {"QC CONTRAST"}
    curve = fits.getdata(tmp_path / "out" / "contrast.fits", "CONTRAST")
    assert (np.diff(curve["SEPARATION"]) > 0).all()
    for name in ("residual", "snr", "contrast"):
        assert (tmp_path / "out" / f"{name}.png").read_bytes().startswith(b"\x89PNG")


def test_nothing_is_found_where_nothing_is(where: Environment, tmp_path: Path) -> None:
    sof = write(tmp_path / "in", [])
    found = done(adi_recipe.call(where, sof, QUICK, tmp_path / "out"), tmp_path / "out")
    assert len(found) == 0
    assert fits.getheader(tmp_path / "out" / "snr.fits")["ESO QC SNR MAX"] == 0
    curve = fits.getdata(tmp_path / "out" / "contrast.fits", "CONTRAST")
    # the companions that the other tests find are above it
    assert (curve["CONTRAST"][curve["SEPARATION"] > 175] < 1.2e-3).all()


def test_angles_of_the_other_sign_do_not_find_it(where: Environment, tmp_path: Path) -> None:
    one = Companion(230.0, 60.0, 1.5e-3)
    sof = write(tmp_path / "in", [one])
    angles = fits.getdata(tmp_path / "in" / "angles.fits")
    fits.PrimaryHDU(-angles).writeto(tmp_path / "in" / "angles.fits", overwrite=True)
    found = done(adi_recipe.call(where, sof, QUICK, tmp_path / "out"), tmp_path / "out")
    assert all(off(row, one) > 2 * FWHM for row in found)


def test_the_model_gives_place_and_flux_with_errors_and_the_same_again(
    where: Environment, tmp_path: Path
) -> None:
    one = Companion(230.0, 60.0, 2e-3)
    sof = write(tmp_path / "in", [one])
    given = QUICK | {"forward_model": True, "fm_injections": 4}
    row = done(adi_recipe.call(where, sof, given, tmp_path / "a"), tmp_path / "a")[0]
    assert off(row, one, "FM_SEPARATION", "FM_PA") < 0.3
    assert row["FM_CONTRAST"] == pytest.approx(one.contrast, rel=0.15)
    assert 0 < row["FM_SEPARATION_ERR"] < 5
    assert 0 < row["FM_PA_ERR"] < 2
    assert 0 < row["FM_CONTRAST_ERR"] < 0.3 * one.contrast
    done(adi_recipe.call(where, sof, given, tmp_path / "b"), tmp_path / "b")
    for path in sorted((tmp_path / "a").iterdir()):
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name


def test_the_model_is_right_where_angles_jump_by_360(where: Environment, tmp_path: Path) -> None:
    # 350 degrees from the x axis: VIP's own first step in the angle would be 17 degrees
    one = Companion(200.0, 260.0, 1e-3)
    sof = write(tmp_path / "in", [one], first=140.0)
    angles = fits.getdata(tmp_path / "in" / "angles.fits")
    assert np.diff(angles).min() < -180
    given = QUICK | {"ncomp": 10, "forward_model": True, "fm_injections": 4}
    row = done(adi_recipe.call(where, sof, given, tmp_path / "out"), tmp_path / "out")[0]
    assert off(row, one, "FM_SEPARATION", "FM_PA") < 0.1
    assert row["FM_CONTRAST"] == pytest.approx(one.contrast, rel=0.05)
    assert 0 < row["FM_SEPARATION_ERR"] < 3
    assert 0 < row["FM_PA_ERR"] < 1
    header = fits.getheader(tmp_path / "out" / "snr.fits")
    assert header["ESO QC ROTATION"] == pytest.approx(90.0, abs=0.01)


def test_wavelengths_and_columns_of_angles(where: Environment, tmp_path: Path) -> None:
    one = Companion(230.0, 60.0, 2e-3)
    write(tmp_path / "in", [one])
    cube, psf, angles = (
        fits.getdata(tmp_path / "in" / f"{name}.fits") for name in ("cube", "psf", "angles")
    )
    empty = np.random.default_rng(1).normal(0, 1, cube.shape)
    sof = write_files(
        tmp_path / "in", np.stack([empty, cube]), np.stack([psf * 0, psf]), angles[:, None]
    )
    given = QUICK | {"channel": 1}
    found = done(adi_recipe.call(where, sof, given, tmp_path / "out"), tmp_path / "out")
    assert off(found[0], one) < 0.5


def _broken(what: str, folder: Path) -> tuple[Path, dict[str, Any]]:
    sof = write(folder, [])
    cube, psf, angles = (fits.getdata(folder / f"{n}.fits") for n in ("cube", "psf", "angles"))
    if what == "angles":
        return write_files(folder, cube, psf, angles[:-1]), QUICK
    if what == "NaN":
        cube[3, 35, 30] = np.nan
    if what == "few":
        cube, angles = cube[:3], angles[:3]
    if what == "PSF":
        psf = np.zeros_like(psf) - spot(12, 12, 25)
    if what == "small":
        cube = cube[:, 25:46, 25:46]
    if what == "psf missing":
        sof.write_text("".join(sof.read_text().splitlines(keepends=True)[::2]))
        return sof, QUICK
    given = QUICK | ({"ncomp": 24} if what == "components" else {})
    return write_files(folder, cube, psf, angles), given


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("angles", "angles (23,) for a cube of 24 frames"),
        ("NaN", "1 pixels that are no numbers"),
        ("few", "3 frames, 5 are needed"),
        ("components", "24 components of a cube of 24 frames"),
        ("PSF", "looks like no star"),
        ("small", "less than 10 FWHM"),
        ("psf missing", "no *_SCIENCE_PSF_MASTER_CUBE"),
    ],
)
def test_what_cannot_be_reduced_is_said_in_one_line(
    where: Environment, tmp_path: Path, what: str, says: str
) -> None:
    sof, given = _broken(what, tmp_path / "in")
    answer = adi_recipe.call(where, sof, given, tmp_path / "out")
    assert answer.returncode == 1
    assert says in answer.stderr
    assert answer.stderr.startswith("adi_pca: ")
    assert len(answer.stderr.splitlines()) == 1
    assert list((tmp_path / "out").iterdir()) == []
