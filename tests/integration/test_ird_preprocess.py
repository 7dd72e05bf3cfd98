"""The recipe ird_preprocess on sequences whose truth is known, and on a real header."""

from __future__ import annotations

import runpy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ird_planet
import numpy as np
import pytest
from astropy.io import fits
from ird_recipes import ROOT, Answer, Recipes, read_manifest, unmeasured
from ird_sequence import ND_1, SCALE_Y, Night, Written, star_image, write

from cobrex.simulate import irdis_instrument
from cobrex_registry.admission import lint
from cobrex_registry.environments.environment import Environment

pytestmark = pytest.mark.slow
NAME = "ird_preprocess"
TABLE = runpy.run_path(str(ROOT / "recipes" / NAME / "filters.py"))
GOOD = Night(bad={2: "cloud", 4: "seeing", 6: "jump", 8: "strehl"})
EARLY = Night(start=datetime(2016, 5, 3, 4, tzinfo=UTC), exposures=4, ndit=1, clock=0.6)
WRONG: dict[str, dict[str, Any]] = {
    "pupil offset": {"pupil_offset_deg": 135.84},
    "true north": {"true_north_deg": -1.6},
    "anamorphism of the other axis": {"scale_x": 1.0062, "scale_y": 1.0},
    "no dither": {"dither": False},
    "clock": {"clock_correction": False},
}


@dataclass(frozen=True)
class Bench:
    """Sequences that were reduced, once for all tests."""

    recipes: Recipes
    good: Written
    early: Written
    answers: dict[str, Answer]

    def of(self, name: str = "good") -> Path:
        """Return the folder with the products of a call."""
        return self.answers[name].folder


@pytest.fixture(scope="module")
def bench(
    tmp_path_factory: pytest.TempPathFactory, recipe_environment: Callable[[str], Environment]
) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("ird")
    recipes = Recipes(recipe_environment(NAME))
    good, early = write(folder / "good", GOOD), write(folder / "early", EARLY)
    calls = {"good": (good.sof, {}), "early": (early.sof, {})}
    calls |= {name: (early.sof, given) for name, given in WRONG.items()}
    for name, (given, _) in REFUSED.items():
        calls[name] = (_spoilt(folder / name.replace(" ", "_"), name), given)
    answers = {name: recipes.call(NAME, sof, **given) for name, (sof, given) in calls.items()}
    for name in ("good", "early", *WRONG):
        assert (answers[name].code, answers[name].stderr) == (0, "")
    yield Bench(recipes, good, early, answers)
    recipes.close()


def test_the_folder_can_be_published() -> None:
    assert lint.lint(ROOT / "recipes" / NAME) == []


def test_simulated_nights_have_the_recipes_constants() -> None:
    given = {one.name: one.default for one in read_manifest(NAME).parameters}
    assert (given["scale_x"], given["scale_y"]) == irdis_instrument.ANAMORPHISM
    assert given["pupil_offset_deg"] == irdis_instrument.PUPIL_OFFSET
    assert given["true_north_deg"] == irdis_instrument.TRUE_NORTH
    assert given["pixel_scale_mas"] == irdis_instrument.PLATE_SCALE
    for name, band in irdis_instrument.FILTERS.items():
        assert TABLE["wavelengths"](name, []) == band.wavelengths
        passed = {density: band.transmission(density) for density in band.densities}
        assert TABLE["transmissions"](name, []) == pytest.approx(passed, rel=1e-12)


@pytest.mark.real
def test_neutral_densities_and_wavelengths_are_those_of_esos_table(test_data: Path) -> None:
    path = test_data / "sphere_static_calib" / "eso_static" / "sph_ird_filt_table.fits"
    with fits.open(path) as units:
        dual = {row["filter_id"].strip(): row for row in units["Wavelengths"].data}
        for name in ("DB_Y23", "DB_J23", "DB_H23", "DB_H32", "DB_H34", "DB_K12"):
            row = dual[name.replace("DB", "D")]
            assert TABLE["wavelengths"](name, []) == (row["lambda_left"], row["lambda_right"])
            band = {"Y": "B_Y", "J": "B_J", "H": "B_H", "K": "B_Ks"}[name[3]]
            for density in ("ND_1.0", "ND_2.0", "ND_3.5"):
                expected = 10 ** (0.4 * units[density].data[band][0])
                assert TABLE["transmissions"](name, [])[density] == pytest.approx(expected)


def test_every_product_has_its_shape_and_cards(bench: Bench) -> None:
    cube, header = fits.getdata(bench.of() / "cube.fits", header=True)
    assert cube.shape == (2, 20, 107, 107)
    assert (cube.dtype.kind, cube.dtype.itemsize) == ("f", 4)
    assert np.isfinite(cube).all()
    assert header["ESO PRO CATG"] == "IRD_SCIENCE_REDUCED_MASTER_CUBE"
    assert (header["ESO SEQ ARM"], header["ESO DPR TYPE"]) == ("IRDIS", "OBJECT")
    assert header["ESO PRO SCALE Y"] == SCALE_Y
    assert fits.getdata(bench.of() / "psf.fits").shape == (2, 2, 65, 65)
    assert fits.getdata(bench.of() / "lambda.fits").tolist() == [1.593, 1.667]
    angles = fits.getheader(bench.of() / "angles.fits")
    assert angles["ESO PRO ANGLE CONV"] == "PA OF +Y, DC VECTOR IS MINUS THIS"
    assert unmeasured(bench.answers["good"], NAME) == set()
    promised = {one.name: one for one in read_manifest(NAME).qc}
    outputs = {one.role: one.file for one in read_manifest(NAME).outputs}
    for name, one in promised.items():
        value = fits.getheader(bench.of() / outputs[one.product or "cube"])[f"ESO {name}"]
        low, high = one.range
        # the faults that were put in are the only thing wrong
        assert (low is None or value >= low) and (high is None or value <= high), name
    for name in ("cube", "psf", "selection"):
        assert (bench.of() / f"{name}.png").read_bytes().startswith(b"\x89PNG")


def test_the_star_is_on_the_middle_pixel_of_every_plane(bench: Bench) -> None:
    cube = fits.getdata(bench.of() / "cube.fits").astype(float)
    reasons = fits.getdata(bench.of() / "selection.fits", 1)["REASON"]
    steady = [number for number in range(cube.shape[1]) if reasons[number] != "jump"]
    away = np.array([[ird_planet.centroid(cube[c, n], 0, 0) for n in steady] for c in range(2)])
    assert np.hypot(away[..., 0], away[..., 1]).max() < 0.1
    # undithered by half a dither they would not be
    undithered = fits.getdata(bench.of("no dither") / "cube.fits").astype(float)
    assert np.hypot(*ird_planet.centroid(undithered[0, 1], 0, 0)) > 1


@pytest.mark.parametrize("night", ["good", "before July 2016"])
def test_the_planet_is_where_it_is_on_the_sky(bench: Bench, night: str) -> None:
    true = bench.good if night == "good" else bench.early
    folder = bench.of() if night == "good" else bench.of("early")
    made = GOOD if night == "good" else EARLY
    assert ird_planet.is_true(ird_planet.on_sky(folder, made, true.angles), made)
    assert np.abs(fits.getdata(folder / "angles.fits") - true.angles).max() < 0.02
    head = fits.getheader(folder / "angles.fits")
    assert head["ESO QC CLOCK CORR"] == pytest.approx(made.clock, abs=1e-4)
    assert head["ESO QC PARANG DIFF"] < 0.02
    # the parallactic angle of the other sign is not true
    turned = fits.getdata(folder / "angles.fits", 1)
    other = turned["ANGLE"] - 2 * turned["PARANG"]
    assert not ird_planet.is_true(ird_planet.on_sky(folder, made, true.angles, other), made)


@pytest.mark.parametrize("what", sorted(WRONG))
def test_what_is_wrong_shows(bench: Bench, what: str) -> None:
    place = ird_planet.on_sky(bench.of(what), EARLY, bench.early.angles)
    assert not ird_planet.is_true(place, EARLY), place


def test_the_psf_is_as_bright_as_in_a_science_frame(bench: Bench) -> None:
    psf, header = fits.getdata(bench.of() / "psf.fits", header=True)
    middle = psf.shape[-1] // 2
    light = star_image(GOOD.side, 60, 60)[60 - middle : 61 + middle, 60 - middle : 61 + middle]
    expected = light.sum() * GOOD.star * GOOD.dit
    assert psf.sum(axis=(-2, -1)) == pytest.approx(expected, rel=0.02)
    assert header["ESO PRO PSF FACTOR"] == pytest.approx(GOOD.dit / GOOD.flux_dit / ND_1, rel=1e-3)
    for image in psf.reshape(-1, *psf.shape[-2:]).astype(float):
        assert np.hypot(*ird_planet.centroid(image, 0, 0)) < 0.05
    assert header["ESO QC PSF FWHM"] == pytest.approx(4.0 * 12.25, rel=0.05)


def test_bad_frames_are_found_with_the_reason(bench: Bench) -> None:
    vector = fits.getdata(bench.of() / "selection.fits")
    table = fits.getdata(bench.of() / "selection.fits", 1)
    for row, value in zip(table, vector, strict=True):
        fault = GOOD.bad.get(row["EXPOSURE"] - 1, "")
        reason = {"cloud": "flux", "strehl": "strehl,flux"}.get(fault, fault)
        assert (row["REASON"], value, row["GOOD"]) == (reason, not fault, not fault)
    assert table["JUMP"][12] == pytest.approx(1.8, abs=0.1)
    assert table["FLUX"][4] == pytest.approx(0.5, abs=0.05)


def test_background_flat_and_bad_pixels_are_gone(bench: Bench) -> None:
    head = fits.getheader(bench.of() / "cube.fits")
    assert head["ESO QC NBADPIX"] == bench.good.detector.bad.sum()
    assert abs(head["ESO QC SKY RESIDUAL"]) < 3
    good = fits.getdata(bench.of() / "selection.fits") == 1
    cube = fits.getdata(bench.of() / "cube.fits")[:, good]
    # both channels see one planet; a hot pixel has 40000 counts, a dead one -300
    assert cube.max() < 110 * GOOD.dit
    assert cube.min() > -60


def _edit(path: Path, **cards: Any) -> None:
    with fits.open(path, mode="update") as units:
        for key, value in cards.items():
            name = key.replace("_", " ")
            units[0].header[f"HIERARCH {name}"] = value


SMALL = Night(side=60, exposures=2, ndit=1, separation=15.0)
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "background of another DIT": ({}, "sky.fits: DIT 16 s, science00.fits has 32 s"),
    "background scaled": (
        {"scale_background": True, "wavelength_um": [1.1, 1.2], "psf_px": 21},
        "",
    ),
    "other filter of a background": ({}, "sky.fits: filter DB_K12"),
    "field tracking": ({"psf_px": 21}, "science01.fits: derotator mode SKY, only pupil tracking"),
    "no centre": ({}, "no IRD_STAR_CENTER"),
    "unknown density": ({}, "neutral density ND_9.9"),
    "unknown filter": ({}, "filter 'DB_X' is not known"),
    "no flux": ({}, ""),
    "in K12": ({"psf_px": 21}, ""),
    "exposures of two DITs": ({}, "science01.fits: dit 8.0, that of science00.fits is 32.0"),
}


def _spoilt(folder: Path, what: str) -> Path:
    """Write a small sequence with one thing wrong."""
    sof = write(folder, SMALL).sof
    drop = {"no centre": "IRD_STAR", "no flux": "IRD_FLUX"}.get(what)
    if drop:
        kept = [line for line in sof.read_text().splitlines() if f" {drop}" not in line]
        sof.write_text("\n".join(kept))
    dit = {"ESO_DET_SEQ1_DIT": 16.0, "ESO_INS4_FILT2_NAME": "OPEN"}
    edits: dict[str, dict[str, dict[str, Any]]] = {
        "background of another DIT": {"sky": dit},
        "background scaled": {"sky": dit},
        "other filter of a background": {"sky": {"ESO_INS_COMB_IFLT": "DB_K12"}},
        "field tracking": {"science01": {"ESO_INS4_DROT2_MODE": "SKY"}},
        "unknown density": {n: {"ESO_INS4_FILT2_NAME": "ND_9.9"} for n in ("flux0", "flux1")},
        "exposures of two DITs": {"science01": {"ESO_DET_SEQ1_DIT": 8.0}},
    }
    other = {"unknown filter": "DB_X", "in K12": "DB_K12"}.get(what)
    if other:
        names = ("science00", "science01", "flux0", "flux1", "sky", "flux_sky")
        edits[what] = {name: {"ESO_INS_COMB_IFLT": other} for name in names}
    for name, cards in edits.get(what, {}).items():
        _edit(folder / f"{name}.fits", **cards)
    return sof


@pytest.mark.parametrize("what", sorted(REFUSED))
def test_what_cannot_be_reduced_is_said_in_one_line(bench: Bench, what: str) -> None:
    _, says = REFUSED[what]
    answer = bench.answers[what]
    made = {path.name for path in answer.folder.iterdir()}
    if not says:
        assert (answer.code, answer.stderr) == (0, "")
        assert ("psf.fits" in made) == (what != "no flux")
        if what == "background scaled":
            # what is called 16 s is of 32 s, so it is taken off once too often
            residual = [
                fits.getheader(bench.of(name) / "cube.fits")["ESO QC SKY RESIDUAL"]
                for name in (what, "no flux")
            ]
            assert residual[1] - residual[0] == pytest.approx(320, rel=0.1)
            assert fits.getdata(bench.of(what) / "lambda.fits").tolist() == [1.1, 1.2]
        if what == "in K12":
            assert fits.getdata(bench.of(what) / "lambda.fits").tolist() == [2.1, 2.244]
            factor = fits.getheader(bench.of(what) / "psf.fits")["ESO PRO PSF FACTOR"]
            assert factor == pytest.approx(SMALL.dit / SMALL.flux_dit / 0.1528, rel=1e-3)
        return
    assert (answer.code, made) == (1, set())
    assert answer.stderr.startswith("ird_preprocess: ") and says in answer.stderr
    assert len(answer.stderr.splitlines()) == 1


@pytest.mark.real
def test_the_data_centres_angles_are_minus_ours(
    bench: Bench, test_data: Path, tmp_path: Path
) -> None:
    """The header is of the 16th exposure of IRDIS, the last three of 48 angles are its DITs'."""
    theirs, header = fits.getdata(test_data / "irdis_tyc7415" / "angles.fits", header=True)
    for key in ("NAXIS", "NAXIS1", "BITPIX", "CHECKSUM", "DATASUM", "COMMENT"):
        header.remove(key, ignore_missing=True, remove_all=True)
    raw = np.ones((3, 40, 80), dtype=np.float32)
    fits.PrimaryHDU(raw, header).writeto(tmp_path / "raw.fits")
    columns = [fits.Column(n, "D", array=[20.0]) for n in ("MJD", "X0", "Y0", "X1", "Y1")]
    table = fits.BinTableHDU.from_columns(columns)
    fits.HDUList([fits.PrimaryHDU(), table]).writeto(tmp_path / "centre.fits")
    sof = tmp_path / "in.sof"
    sof.write_text(
        f"{tmp_path / 'raw.fits'} IRD_SCIENCE_DBI_RAW\n{tmp_path / 'centre.fits'} IRD_STAR_CENTER\n"
    )
    answer = bench.recipes.call(NAME, sof)
    assert (answer.code, answer.stderr) == (0, "")
    ours, made = fits.getdata(answer.folder / "angles.fits", header=True)
    assert np.abs(ours + theirs[-3:]).max() < 0.01
    assert made["ESO QC PARANG DIFF"] < 0.05
    assert made["ESO QC CLOCK CORR"] == 0
