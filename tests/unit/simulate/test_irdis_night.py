"""Simulated nights of IRDIS as files, and that their truth is in the pixels."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from irdis_night import cube, night, planes
from scipy.ndimage import gaussian_filter, map_coordinates
from typer.testing import CliRunner

from cobrex.cli.simulate import app
from cobrex.errors import UsageError
from cobrex.instruments import load
from cobrex.simulate import irdis_night
from cobrex.simulate.irdis_log import STARS, plan_nights
from cobrex.simulate.irdis_night import Request, simulate_irdis
from cobrex.simulate.night_folder import SimulatedNight
from cobrex_db.stars.seeds import read_seeds

HOST, EMPTY = "HIP 65426", "HR 4796"
SEEDS = Path(__file__).resolve().parents[3] / "db" / "cobrex_db" / "stars" / "seeds.csv"


def night_of(moment: str) -> date:
    return (datetime.fromisoformat(moment) - timedelta(hours=12)).date()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> SimulatedNight:
    return night(tmp_path_factory, stars=2, distractors=True)


@pytest.fixture(scope="module")
def headers(made: SimulatedNight) -> dict[str, fits.Header]:
    return {path.name: fits.getheader(path) for path in sorted(made.folder.glob("*.fits"))}


def test_truth_tells_what_the_folder_holds(
    made: SimulatedNight, headers: dict[str, fits.Header]
) -> None:
    truth = json.loads((made.folder / "truth.json").read_text())
    assert truth == made.truth
    found: Counter[str] = Counter()
    for name, one in headers.items():
        found[load().classify(dict(one)).frame_type] += 1
        assert one["ARCFILE"] == name.replace("_", ":")
    assert found == made.counts == truth["counts"]
    named = [
        f for star in truth["stars"].values() for group in star["files"].values() for f in group
    ]
    named += [f for one in truth["nights"].values() for group in one.values() for f in group]
    named += [one["file"] for one in truth["distractors"]]
    assert sorted(named) == sorted(headers)
    size = sum(path.stat().st_size for path in made.folder.rglob("*"))
    assert size < 40e6


def test_cards_are_named_and_typed_as_in_a_real_frame(
    headers: dict[str, fits.Header], test_data: Path
) -> None:
    real = fits.getheader(test_data / "irdis_tyc7415" / "angles.fits")
    structural = {"SIMPLE", "BITPIX", "NAXIS", "NAXIS1", "NAXIS2", "NAXIS3", "EXTEND", "SIMULATD"}
    for mine in headers.values():
        assert [key for key in mine if key not in real and key not in structural] == []
        for key in set(mine) - structural:
            if isinstance(real[key], int | float):
                assert isinstance(mine[key], int | float), key
            else:
                assert type(mine[key]) is type(real[key]), key


def test_calibrations_share_the_setup_and_distractors_do_not(
    made: SimulatedNight, headers: dict[str, fits.Header]
) -> None:
    science = headers[made.truth["stars"][HOST]["files"]["IRD_SCIENCE_DBI_RAW"][0]]
    assert science["ESO INS4 DROT2 MODE"] == "ELEV"
    assert science["ESO DPR TECH"] == "IMAGE,DUAL,CORONOGRAPHY"
    assert (science["NAXIS3"], science["NAXIS2"], science["NAXIS1"]) == (9, 160, 320)
    (evening,) = made.truth["nights"]
    dits = {}
    for kind, names in made.truth["nights"][evening].items():
        ours = [headers[name] for name in names]
        dits[kind] = sorted({one["ESO DET SEQ1 DIT"] for one in ours})
        assert {one["ESO INS COMB IFLT"] for one in ours} == {"DB_H23"}
        assert {str(night_of(one["DATE-OBS"])) for one in ours} == {evening}
    assert dits["IRD_DARK_RAW"] == dits["IRD_INS_BG_RAW"] == [2.0, 64.0]
    assert len(dits["IRD_FLAT_FIELD_RAW"]) == 5
    for one in made.truth["distractors"]:
        card = headers[one["file"]]
        differs = {
            "dark of another DIT": card["ESO DET SEQ1 DIT"] == 32,
            "flat of another filter": card["ESO INS COMB IFLT"] == "DB_K12",
            "background with a neutral density": card["ESO INS4 FILT2 NAME"] == "ND_1.0",
            "dark of another night": str(night_of(card["DATE-OBS"])) < evening,
            "flat of another night": str(night_of(card["DATE-OBS"])) < evening,
        }
        assert differs.pop(one["why"])
        if one["why"].endswith("of another night"):
            assert card["ESO INS COMB IFLT"] == "DB_H23" and card["ESO INS4 FILT2 NAME"] == "OPEN"
        else:
            assert str(night_of(card["DATE-OBS"])) == evening


def test_darks_and_flats_hold_the_true_maps(made: SimulatedNight) -> None:
    files = made.truth["nights"][next(iter(made.truth["nights"]))]
    maps = {name: np.load(made.folder / path) for name, path in made.truth["maps"].items()}
    data = {
        kind: [fits.open(made.folder / name) for name in files[kind]]
        for kind in ("IRD_DARK_RAW", "IRD_FLAT_FIELD_RAW")
    }
    rates = [
        one[0].data.mean(axis=0) / 64
        for one in data["IRD_DARK_RAW"]
        if one[0].header["ESO DET SEQ1 DIT"] == 64
    ]
    good = maps["bad"] == 0
    detector = made.truth["detector"]
    assert np.std((np.mean(rates, axis=0) - maps["dark"])[good]) < 0.06
    assert np.median(np.mean(rates, axis=0)) == pytest.approx(
        detector["dark_adu_per_s"]["median"], rel=0.02
    )
    # the lamp alone: more of it at longer DIT
    low, high = (data["IRD_FLAT_FIELD_RAW"][n][0] for n in (0, -1))
    times = high.header["ESO DET SEQ1 DIT"] - low.header["ESO DET SEQ1 DIT"]
    slope = (high.data.mean(axis=0) - low.data.mean(axis=0)) / times
    halves = slope.reshape(160, 2, 160)
    flat = (halves / np.median(halves, axis=(0, 2))[:, None]).reshape(160, 320)
    assert np.std((flat - maps["flat"])[good]) < 0.008 < np.std(flat[good])
    dead = maps["flat"] == 0
    assert np.abs(flat[dead]).max() < 0.05
    assert dead.sum() == detector["dead_pixels"]
    assert (maps["bad"].sum() - dead.sum()) == detector["hot_pixels"] > 100
    for frames in data.values():
        for one in frames:
            one.close()


def moments(spot: np.ndarray) -> tuple[float, float]:
    """Return x and y of the light in a window, from its corner."""
    light = np.clip(spot - np.median(spot), 0, None) ** 2
    y, x = np.indices(spot.shape)
    return float((x * light).sum() / light.sum()), float((y * light).sum() / light.sum())


def test_waffle_spots_cross_at_the_true_centre(made: SimulatedNight) -> None:
    radii = []
    for row, image in planes(made, HOST, "centre"):
        for channel in (0, 1):
            half = gaussian_filter(image[:, channel * 160 : (channel + 1) * 160], 1)
            centre = np.array(row["centre_px"][channel])
            wavelength = made.truth["instrument"]["wavelengths_um"][channel]
            reach = 10 * np.rad2deg(wavelength * 1e-6 / 8) * 3.6e6 / 12.25
            spots = []
            for x, y in ((1, 1), (-1, 1), (-1, -1), (1, -1)):
                at = np.rint(centre + reach * np.array([x, y])).astype(int)
                window = half[at[1] - 4 : at[1] + 5, at[0] - 4 : at[0] + 5]
                spots.append(at - 4 + moments(window))
            assert np.mean(spots, axis=0) == pytest.approx(centre, abs=0.15)
            radii.append(np.mean(np.linalg.norm(spots - centre, axis=1)))
    ratio = np.mean(radii[1::2]) / np.mean(radii[::2])
    assert ratio == pytest.approx(1.667 / 1.593, rel=0.005)


def test_the_star_beside_the_mask_is_as_bright_and_sharp_as_told(made: SimulatedNight) -> None:
    star = made.truth["stars"][HOST]
    for row, image in planes(made, HOST, "flux"):
        for channel in (0, 1):
            x, y = row["centre_px"][channel]
            half = image[:, channel * 160 : (channel + 1) * 160]
            rate = star["peak_rate_adu_per_s"][channel] * 0.01393 * 2 * row["strehl"]
            fine = np.arange(-4, 4.1, 0.25)
            grid = np.meshgrid(y + fine / 1.0062, x + fine, indexing="ij")
            spot = map_coordinates(half, grid, order=3)
            assert 0.85 < spot.max() / rate / row["transparency"] <= 1.02
            width = 2 * np.sqrt((spot > spot.max() / 2).sum() * 0.25**2 / np.pi)
            assert width == pytest.approx(star["psf_fwhm_px"][channel], rel=0.05)


def test_bad_integrations_are_those_told(made: SimulatedNight) -> None:
    rows, halo = [], []
    for row, image in planes(made, HOST, bad=True):
        x, y = row["centre_px"][0]
        distance = np.hypot(np.arange(160) - x, (np.arange(160) - y)[:, None])
        rows.append(row)
        halo.append(image[:, :160][(distance > 55) & (distance < 75)].mean() - 64 * 2.1)
    typical = np.median(halo)
    centres = np.array([row["centre_px"][0] for row in rows])
    away = np.hypot(*(centres - np.median(centres, axis=0)).T)
    told = [row["why_bad"] for row in rows]
    assert Counter(told) == {"": 33, "strehl": 1, "flux": 1, "centre": 1}
    for why, light, moved in zip(told, halo, away, strict=True):
        assert (light < 0.5 * typical) == (why == "flux")
        assert (light > 1.8 * typical) == (why == "strehl")
        assert (moved > 1.5) == (why == "centre")


def residual(images: np.ndarray, angles: np.ndarray, components: int = 7) -> np.ndarray:
    """Return the map of a PCA over the whole frame, north up, in sigmas of each radius."""
    flat = images.reshape(len(images), -1)
    flat = flat - flat.mean(axis=0)
    modes = np.linalg.svd(flat, full_matrices=False)[2][:components]
    left = (flat - flat @ modes.T @ modes).reshape(images.shape)
    middle = images.shape[-1] // 2
    y, x = np.indices(images.shape[1:]) - middle
    turned = []
    for image, angle in zip(left, np.radians(angles), strict=True):
        at_x, at_y = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
        turned.append(map_coordinates(image, [at_y + middle, at_x + middle], order=1))
    smooth = gaussian_filter(np.median(turned, axis=0), 1.4)
    radius = np.hypot(x, y)
    sigma = np.ones_like(smooth)
    for ring in range(8, middle):
        values = smooth[np.abs(radius - ring) < 1.5]
        sigma[np.abs(radius - ring) < 0.71] = 1.4826 * np.median(np.abs(values))
    return np.where((radius > 14) & (radius < middle - 3), smooth / sigma, 0)


def test_a_planet_is_found_where_it_is_and_none_where_none_is(made: SimulatedNight) -> None:
    (planet,) = made.truth["stars"][HOST]["planets"]
    assert 3e-4 <= planet["contrast"][0] <= 1e-3
    found = residual(*cube(made, HOST))
    y, x = np.unravel_index(found.argmax(), found.shape)
    away = planet["separation_mas"] / 12.25
    angle = np.radians(planet["position_angle_deg"])
    assert (x - 50, y - 50) == pytest.approx((-away * np.sin(angle), away * np.cos(angle)), abs=1)
    assert found.max() > 8
    assert made.truth["stars"][EMPTY]["planets"] == []
    assert residual(*cube(made, EMPTY)).max() < 5.5


def test_speckles_of_two_stars_are_alike(made: SimulatedNight) -> None:
    means = [cube(made, star)[0].mean(axis=0) for star in (HOST, EMPTY)]
    y, x = np.indices(means[0].shape) - 50
    radius = np.hypot(x, y)
    ring = (radius > 14) & (radius < 45)
    flattened = []
    for mean in means:
        smooth = gaussian_filter(mean, 6)
        flattened.append(((mean - smooth) / smooth)[ring])
    assert np.corrcoef(flattened)[0, 1] > 0.75


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    small = Request(seed=4, ndit=2, side=128, planets=2)
    one, two = (simulate_irdis(tmp_path / name, small) for name in ("one", "two"))
    names = sorted(path.relative_to(one.folder) for path in one.folder.rglob("*.*"))
    assert len(names) == 21 + 1 + 3
    assert all((one.folder / n).read_bytes() == (two.folder / n).read_bytes() for n in names)
    before = {path: path.stat().st_mtime_ns for path in one.folder.rglob("*")}
    assert simulate_irdis(one.folder, small).truth == one.truth
    assert before == {path: path.stat().st_mtime_ns for path in one.folder.rglob("*")}
    with pytest.raises(UsageError, match="not empty"):
        simulate_irdis(one.folder, Request(seed=5, ndit=2, side=128, planets=2))


def test_many_stars_on_several_nights_do_not_overlap() -> None:
    seeds = SEEDS.read_text()
    places = {(one.ra_deg, one.dec_deg) for one in read_seeds()}
    assert all((one.ra, one.dec) in places and one.name in seeds for one in STARS)
    for seed, early, stars, lowest in ((1, False, 12, 40), (6, True, 12, 40), (5, False, 20, 30)):
        plan = plan_nights(STARS[:stars], stars // 4, 4, seed, early=early)
        assert sum(len(visits) for visits in plan.values()) == stars
        for evening, visits in plan.items():
            assert str(evening)[:7] == ("2016-04" if early else "2018-04")
            starts = [moment for visit in visits for moment in visit.starts]
            assert starts == sorted(starts)
            assert {night_of(moment.isoformat()) for moment in starts} == {evening}
            assert all(
                visit.look(moment).altitude > lowest for visit in visits for moment in visit.starts
            )
    with pytest.raises(UsageError, match="no longer fits in the night") as refused:
        plan_nights(STARS[:12], 1, 9, 1, early=False)
    assert "more nights" in str(refused.value.hint)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"stars": 21}, "1 to 20"),
        ({"side": 161}, "even"),
        ({"side": 64}, "128 to 1024"),
        ({"ndit": 1}, "2 to 30"),
        ({"planets": 5}, "0 to 4"),
        ({"filter": "DB_Y23"}, "DB_H23, DB_K12"),
        ({"stars": 1, "nights": 2}, "number of stars"),
    ],
)
def test_what_cannot_be_made_is_refused(tmp_path: Path, wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        simulate_irdis(tmp_path / "night", Request(**wrong))
    assert list(tmp_path.iterdir()) == []


def test_what_dies_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(irdis_night, "write_frame", dies)
    with pytest.raises(OSError, match="disk full"):
        simulate_irdis(tmp_path / "night", Request(ndit=2, side=128))
    assert list(tmp_path.iterdir()) == []


def test_the_command_makes_nights_of_either_arm(tmp_path: Path) -> None:
    def command(*words: str) -> Any:
        return CliRunner().invoke(app, ["night", str(tmp_path / "night"), *words])

    answer = command("--arm", "IRDIS", "--ndit", "2", "--side", "128", "--filter", "DB_K12")
    assert answer.exit_code == 0, answer.output
    assert "night 2018-04-11, HIP 65426" in answer.output
    assert "21 files" in answer.output and "4 IRD_SCIENCE_DBI_RAW" in answer.output
    assert "planets around HIP 65426" in answer.output
    for words, said in (
        (("--ndit", "2"), "--ndit is for IRDIS"),
        (("--filter", "DB_K12"), "--filter is for IRDIS"),
        (("--instrument", "NACO"), "no simulator of NACO"),
    ):
        refused = command(*words)
        assert isinstance(refused.exception, UsageError)
        assert said in str(refused.exception)
