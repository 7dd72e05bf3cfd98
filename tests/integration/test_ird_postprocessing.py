"""IRDIS cubes after pre-processing: libraries, reference imaging, injected planets, PACO."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rdi_library
import warm_recipes
from adi_recipe import done, off, refused
from adi_sequence import FWHM, SCALE, Companion
from astropy.io import fits

from cobrex_db.content_id import content_id, product_id
from cobrex_db.stamped import STAMP_KEYS
from cobrex_registry.admission import lint
from cobrex_registry.environments.environment import Environment

pytestmark = pytest.mark.slow
RECIPES = ("ird_rdi_corr", "ird_rdi_reduce", "ird_rdi_fake", "ird_paco")
PLANET = Companion(130.0, 60.0, 1e-3)
NEAR = Companion(90.0, 260.0, 4e-4)
CORR: dict[str, Any] = {"inner_px": 4, "outer_px": 20, "best": 4}
RDI: dict[str, Any] = {"pixel_scale_mas": SCALE, "ncomp": 8}
PACO: dict[str, Any] = {"pixel_scale_mas": SCALE, "crop_px": 36}


@pytest.fixture(scope="module")
def warm(
    recipe_environment: Callable[[str], Environment],
) -> Iterator[warm_recipes.Warm]:
    with warm_recipes.warm(recipe_environment("adi_pca")) as server:
        yield server


@pytest.fixture(scope="module")
def references(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return rdi_library.write_references(tmp_path_factory.mktemp("references"))


class Star:
    """A star with its library."""

    def __init__(
        self, warm: warm_recipes.Warm, folder: Path, lines: str, references: list[Path]
    ) -> None:
        self.warm, self.folder, self.lines, self.references = warm, folder, lines, references
        answer = self.call("ird_rdi_corr", CORR, lines.splitlines(keepends=True)[0])
        assert (answer.returncode, answer.stderr) == (0, "")
        self.corr = folder / "ird_rdi_corr" / "corr.fits"

    def call(self, recipe: str, given: dict[str, Any], lines: str = "") -> Any:
        """Reduce it."""
        if not lines:
            lines = self.lines + f"{self.corr} IRD_CORR_MATRIX\n"
        sof = self.folder / "in.sof"
        sof.write_text(lines + rdi_library.lines_of(self.references))
        return self.warm.call(recipe, sof, given, self.folder / recipe)


@pytest.fixture(scope="module")
def star(
    warm: warm_recipes.Warm, references: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> Star:
    """HD 100 with a planet; its fifth frame is no number and not chosen."""
    folder = tmp_path_factory.mktemp("star")
    lines = rdi_library.write_target(folder, [PLANET], spoiled=True)
    return Star(warm, folder, lines, references)


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_folder_can_be_published_and_shares_what_it_shares(recipe: str) -> None:
    folder, first = warm_recipes.RECIPES / recipe, warm_recipes.RECIPES / "adi_pca"
    assert lint.lint(folder) == []
    for name in ("requirements.in", "requirements.lock", "sof.py", "frames.py", "header.py"):
        assert (folder / name).read_bytes() == (first / name).read_bytes(), name


def test_the_library_is_the_most_alike_and_never_the_star_itself(star: Star) -> None:
    with fits.open(star.corr) as units:
        header, matrix, members = units[0].header, units[0].data, units["MEMBERS"].data
    alike, unlike = rdi_library.ALIKE, rdi_library.UNLIKE
    assert matrix.shape == (1, alike + unlike + rdi_library.SAME_STAR)
    assert list(members["RANK"]) == [*range(1, alike + unlike + 1), 0, 0]
    assert list(members["USED"]) == [1, 1, 1, 1, 0, 0, 0, 0, 0]
    assert list(members["REASON"][-2:]) == ["same star"] * 2
    assert np.isnan(matrix[0, -2:]).all()
    assert matrix[0, 0] > 0.95
    assert matrix[0, :alike].min() > matrix[0, alike:-2].max()
    assert members["CORRELATION"][0] == pytest.approx(matrix[0, 0])
    assert members["STAR"][0] == "HD 200"
    assert members["NIGHT"][0] == "2017-03-31"
    assert header["ESO QC NSAMESTAR"] == 2
    assert {one.name for one in warm_recipes.read_manifest("ird_rdi_corr").qc} <= {
        key.removeprefix("ESO ") for key in header
    }


def test_members_bear_the_names_of_the_catalogue(star: Star) -> None:
    members = fits.getdata(star.corr, "MEMBERS")
    # the first is stamped as a product is, the others are known by their bytes
    assert members["CONTENT_ID"][0] == product_id("k" * 43, "cube", 0)
    assert members["CONTENT_ID"][1] == content_id(star.references[1])
    assert fits.getheader(star.corr)["ESO PRO RDI TARGET"] == content_id(star.folder / "cube.fits")
    assert {"COBREX KEY", "COBREX ROLE", "COBREX N"} <= STAMP_KEYS


def test_every_frame_may_be_correlated(star: Star, tmp_path: Path) -> None:
    sof = tmp_path / "in.sof"
    first = star.lines.splitlines(keepends=True)[0]
    sof.write_text(first + rdi_library.lines_of(star.references[:3]))
    given = CORR | {"per_frame": True, "min_correlation": 0.97}
    answer = star.warm.call("ird_rdi_corr", sof, given, tmp_path / "out")
    assert (answer.returncode, answer.stderr) == (0, "")
    with fits.open(tmp_path / "out" / "corr.fits") as units:
        matrix, members = units[0].data, units["MEMBERS"].data
    # the frame that is no number is not correlated
    assert matrix.shape == (19, 3)
    assert members["CORRELATION"] == pytest.approx(matrix.mean(axis=0), abs=1e-6)
    assert list(members["REASON"]) == ["used", "unlike", "unlike"]


def test_a_planet_is_found_with_the_library(star: Star) -> None:
    out = star.folder / "ird_rdi_reduce"
    found = done(star.call("ird_rdi_reduce", RDI), out)
    assert len(found) == 1
    assert off(found[0], PLANET) < 0.5
    assert found["SNR"][0] > 10
    header = fits.getheader(out / "residual.fits")
    assert header["ESO PRO CATG"] == "IRD_RDI_RES_REAL"
    assert header["ESO QC NFRAMES"] == 19
    assert header["ESO QC NREFERENCES"] == 4
    assert header["ESO QC NLIBRARY"] == 40
    promised = {one.name for one in warm_recipes.read_manifest("ird_rdi_reduce").qc}
    assert {f"ESO {name}" for name in promised} <= set(header)
    for name in ("residual", "snr"):
        assert (out / f"{name}.png").read_bytes().startswith(b"\x89PNG")


def test_angles_of_the_other_sign_find_nothing_unless_turned(star: Star) -> None:
    """Nor does the second wavelength, with the sequence's own frames in the library."""
    path = star.folder / "angles.fits"
    angles = fits.getdata(path)
    fits.PrimaryHDU(-angles).writeto(path, overwrite=True)
    try:
        given = RDI | {"strategy": "adi_rdi", "channel": 1}
        found = done(star.call("ird_rdi_reduce", given), star.folder / "ird_rdi_reduce")
        given |= {"angle_sign": -1}
        turned = done(star.call("ird_rdi_reduce", given), star.folder / "ird_rdi_reduce")
    finally:
        fits.PrimaryHDU(angles).writeto(path, overwrite=True)
    assert all(off(row, PLANET) > 2 * FWHM for row in found)
    assert off(turned[0], PLANET) < 0.5


def test_planets_that_are_put_in_tell_throughput_and_contrast(
    warm: warm_recipes.Warm, references: list[Path], tmp_path: Path
) -> None:
    """In a star without a planet, in which none is found."""
    empty = Star(warm, tmp_path, rdi_library.write_target(tmp_path, []), references)
    assert len(done(empty.call("ird_rdi_reduce", RDI), tmp_path / "ird_rdi_reduce")) == 0
    contrast = done(empty.call("ird_rdi_fake", RDI), tmp_path / "ird_rdi_fake", "contrast")
    assert ((contrast["THROUGHPUT"] > 0.2) & (contrast["THROUGHPUT"] < 1.05)).all()
    assert (contrast["CONTRAST"] > contrast["CONTRAST_GAUSS"]).all()
    assert contrast["CONTRAST"][-3:].mean() < 0.8 * contrast["CONTRAST"][:3].mean()
    # the planet of the other test, found at S/N 10 and more, is above it
    assert contrast["CONTRAST"].max() < PLANET.contrast / 3
    injected = fits.getdata(tmp_path / "ird_rdi_fake" / "contrast.fits", "INJECTED")
    assert len(injected) == 9
    assert injected["THROUGHPUT"].max() < 1.05
    first = injected[injected["SPIRAL"] == 1]
    residual = fits.getdata(tmp_path / "ird_rdi_fake" / "residual.fits")
    middle = residual.shape[0] // 2
    for row in first:
        turn, radius = np.radians(row["PA"]), row["SEPARATION"] / SCALE
        x, y = middle - radius * np.sin(turn), middle + radius * np.cos(turn)
        around = residual[round(y) - 1 : round(y) + 2, round(x) - 1 : round(x) + 2]
        assert around.max() > 5 * np.median(np.abs(residual))
    header = fits.getheader(tmp_path / "ird_rdi_fake" / "residual.fits")
    assert header["ESO PRO CATG"] == "IRD_RDI_RES_FAKE_INJECTION"
    assert header["ESO QC THROUGHPUT"] == pytest.approx(np.median(injected["THROUGHPUT"]), abs=1e-4)


def test_paco_finds_a_planet_and_its_flux(warm: warm_recipes.Warm, tmp_path: Path) -> None:
    """In both wavelengths together; the other tests reduce one."""
    lines = rdi_library.write_target(tmp_path, [NEAR], frames=16, spoiled=True)
    fits.PrimaryHDU(np.array([1.593, 1.667])).writeto(tmp_path / "lambda.fits")
    sof, out = tmp_path / "in.sof", tmp_path / "out"
    sof.write_text(f"{lines}{tmp_path / 'lambda.fits'} IRD_SCIENCE_LAMBDA_INFO\n")
    found = done(warm.call("ird_paco", sof, PACO | {"channel": -1}, out), out)
    assert off(found[0], NEAR) < 0.5
    assert found["SNR"][0] > 7
    assert found["CONTRAST"][0] == pytest.approx(NEAR.contrast, rel=0.2)
    assert found["MAP_CONTRAST"][0] < found["CONTRAST"][0]
    header = fits.getheader(out / "snr.fits")
    assert (header["ESO PRO LAMBDA1"], header["ESO PRO LAMBDA2"]) == (1.593, 1.667)
    assert header["ESO QC NFRAMES"] == 15
    promised = {one.name for one in warm_recipes.read_manifest("ird_paco").qc}
    assert {f"ESO {name}" for name in promised} <= set(header)


def test_paco_finds_nothing_with_angles_of_the_other_sign_unless_turned(
    warm: warm_recipes.Warm, tmp_path: Path
) -> None:
    lines = rdi_library.write_target(tmp_path, [NEAR], frames=16)
    path, sof = tmp_path / "angles.fits", tmp_path / "in.sof"
    fits.PrimaryHDU(-fits.getdata(path)).writeto(path, overwrite=True)
    sof.write_text(lines)
    given = PACO | {"channel": 1}
    found = done(warm.call("ird_paco", sof, given, tmp_path / "out"), tmp_path / "out")
    assert all(off(row, NEAR) > FWHM for row in found)
    given |= {"angle_sign": -1}
    turned = done(warm.call("ird_paco", sof, given, tmp_path / "turned"), tmp_path / "turned")
    assert off(turned[0], NEAR) < 0.5


def test_paco_finds_nothing_where_nothing_is(warm: warm_recipes.Warm, tmp_path: Path) -> None:
    sof = tmp_path / "in.sof"
    sof.write_text(rdi_library.write_target(tmp_path, [], frames=16))
    given = PACO | {"algorithm": "full"}
    assert len(done(warm.call("ird_paco", sof, given, tmp_path / "out"), tmp_path / "out")) == 0


def _lines(star: Star, what: str, folder: Path) -> tuple[str, str, dict[str, Any]]:
    """Return recipe, SOF and parameters that cannot be done."""
    cube, psf, angles, selection = star.lines.splitlines(keepends=True)
    library = f"{star.corr} IRD_CORR_MATRIX\n"
    others = rdi_library.lines_of(star.references)
    whole = star.lines + library + others
    if what == "member gone":
        few = rdi_library.lines_of(star.references[1:])
        return "ird_rdi_reduce", star.lines + library + few, RDI
    if what == "other cube":
        other = f"{star.references[3]} {rdi_library.CUBE}\n"
        return "ird_rdi_reduce", other + psf + _ten(folder) + library + others, RDI
    return {
        "no references": ("ird_rdi_corr", cube, CORR),
        "only the star": ("ird_rdi_corr", cube + rdi_library.lines_of(star.references[-2:]), CORR),
        "twice": ("ird_rdi_corr", cube + others + others, CORR),
        "itself": ("ird_rdi_corr", cube + cube + others, CORR),
        "large annulus": ("ird_rdi_corr", cube + others, CORR | {"outer_px": 40}),
        "no library": ("ird_rdi_reduce", star.lines + others, RDI),
        "components": ("ird_rdi_fake", whole, RDI | {"ncomp": 40}),
        "spacing": ("ird_rdi_fake", whole, RDI | {"spacing_fwhm": 4.0}),
        "not chosen": ("ird_paco", cube + psf + angles, PACO),
        "channel": ("ird_paco", cube + psf + angles + selection, PACO | {"channel": 2}),
        "too small": ("ird_paco", cube + psf + angles + selection, PACO | {"crop_px": 12}),
    }[what]


def _ten(folder: Path) -> str:
    fits.PrimaryHDU(np.linspace(0.0, 80.0, 10)).writeto(folder / "ten.fits")
    return f"{folder / 'ten.fits'} IRD_SCIENCE_PARA_ROTATION_CUBE\n"


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("no references", "no reference besides the cube"),
        ("only the star", "no reference is left of 2: same star"),
        ("twice", "the same cube is given twice"),
        ("itself", "the same cube is given twice"),
        ("large annulus", "frames of 45 pixels, 85 are needed"),
        ("no library", "no *_CORR_MATRIX"),
        ("member gone", "is not among the references"),
        ("other cube", "the library of another cube than ref3.fits"),
        ("components", "40 components of a library of 40 frames"),
        ("spacing", "planets fit into frames of 45 pixels"),
        ("not chosen", "1296 pixels that are no numbers"),
        ("channel", "no channel 2, it has 2"),
        ("too small", "too small for this PSF"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    star: Star, tmp_path: Path, what: str, says: str
) -> None:
    recipe, lines, given = _lines(star, what, tmp_path)
    sof = tmp_path / "in.sof"
    sof.write_text(lines)
    refused(star.warm.call(recipe, sof, given, tmp_path / "out"), recipe, says)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_star_without_a_name_gets_no_library(star: Star, tmp_path: Path) -> None:
    """It might be any of the references; a reference without one is left out."""
    with fits.open(star.folder / "cube.fits") as units:
        image = units[0].data
    fits.PrimaryHDU(image).writeto(tmp_path / "cube.fits")
    nameless, sof = f"{tmp_path / 'cube.fits'} {rdi_library.CUBE}\n", tmp_path / "in.sof"
    sof.write_text(nameless + rdi_library.lines_of(star.references))
    answer = star.warm.call("ird_rdi_corr", sof, CORR, tmp_path / "out")
    refused(answer, "ird_rdi_corr", "neither OBJECT nor RA and DEC")
    first = star.lines.splitlines(keepends=True)[0]
    sof.write_text(first + nameless + rdi_library.lines_of(star.references[:2]))
    answer = star.warm.call("ird_rdi_corr", sof, CORR, tmp_path / "out")
    assert (answer.returncode, answer.stderr) == (0, "")
    members = fits.getdata(tmp_path / "out" / "corr.fits", "MEMBERS")
    assert list(members["REASON"]) == ["star unknown", "used", "used"]
