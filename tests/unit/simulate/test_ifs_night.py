"""A simulated night as files."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from astropy.io import fits
from typer.testing import CliRunner

from cobrex.cli.simulate import app
from cobrex.errors import UsageError
from cobrex.instruments import load
from cobrex.simulate import ifs_night
from cobrex.simulate.ifs_night import SimulatedNight, simulate_night

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> SimulatedNight:
    return simulate_night(tmp_path_factory.mktemp("simulated") / "night", seed=5)


def test_truth_tells_what_the_folder_holds(night: SimulatedNight) -> None:
    truth = json.loads((night.folder / "truth.json").read_text())
    assert truth == night.truth
    assert sum(truth["counts"].values()) == len(list(night.folder.glob("*.fits"))) == 20
    assert list(truth["stars"]) == ["HR 100", "51 Eri", "HD 95086"]
    assert [one["prism"] for one in truth["stars"].values()] == ["YJ", "YJ", "YJH"]
    assert [one["reducible"] for one in truth["stars"].values()] == [True, True, False]
    assert abs(truth["plate_scale_mas_per_pixel"] / 7.46 - 1) < 0.003
    assert abs(truth["true_north_deg"] + 1.75) < 0.5


def test_headers_are_unique_and_dated(night: SimulatedNight) -> None:
    headers = [fits.getheader(path) for path in sorted(night.folder.glob("SPHER*.fits"))]
    assert len({one["ARCFILE"] for one in headers}) == len(headers)
    assert all(one["INSTRUME"] == "SPHERE" for one in headers)
    field = [one for one in headers if one["ESO DPR TYPE"] == "OBJECT,ASTROMETRY"]
    assert Counter(one["OBJECT"] for one in field) == {"HR 100": 2, "51 Eri": 2, "HD 95086": 2}
    assert {one["ESO INS2 COMB IFS"] for one in field} == {"OBS_YJ", "OBS_H"}
    assert all(one["NAXIS1"] == 2048 and one["ESO DET SEQ1 DIT"] == 32.0 for one in field)


def test_names_of_keywords_are_those_of_real_frames(night: SimulatedNight, test_data: Path) -> None:
    real_file = sorted((test_data / "sphere_ifs_headers").glob("*.headeronly.fits"))
    if not real_file:
        pytest.skip("no real IFS headers")
    real = fits.getheader(real_file[0])
    frame = night.truth["stars"]["HR 100"]["frames"][0]
    mine = fits.getheader(night.folder / frame)
    structural = {"BSCALE", "BZERO", "SIMULATD", "NAXIS1", "NAXIS2", "NAXIS3"}
    unknown = [key for key in mine if key not in real and key not in structural]
    assert unknown == []
    for key in mine:
        if key in real and key not in {"NAXIS3", "BITPIX", "NAXIS"}:
            numeric = isinstance(mine[key], int | float), isinstance(real[key], int | float)
            assert numeric[0] == numeric[1], key


def test_frame_types_are_those_counted(night: SimulatedNight) -> None:
    found: Counter[str] = Counter()
    instruments = load()
    for path in night.folder.glob("*.fits"):
        found[instruments.classify(dict(fits.getheader(path))).frame_type] += 1
    assert found == night.counts


def test_the_same_seed_gives_the_same_bytes(night: SimulatedNight, tmp_path: Path) -> None:
    again = simulate_night(tmp_path / "again", seed=5)
    for path in night.folder.iterdir():
        assert (again.folder / path.name).read_bytes() == path.read_bytes(), path.name


def test_one_star_can_be_reduced_and_another_seed_differs(tmp_path: Path) -> None:
    one = simulate_night(tmp_path / "one", seed=6, stars=1)
    assert one.truth["stars"]["HR 100"]["reducible"]
    two = simulate_night(tmp_path / "two", seed=7, stars=1, common=4)
    assert two.truth["true_north_deg"] != one.truth["true_north_deg"]
    assert two.truth["stars"]["HR 100"]["common_stars"] == 4


def test_an_existing_night_is_left_alone(night: SimulatedNight) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in night.folder.iterdir()}
    assert simulate_night(night.folder, seed=5).truth == night.truth
    assert before == {path.name: path.stat().st_mtime_ns for path in night.folder.iterdir()}


def test_a_folder_with_other_things_is_refused(night: SimulatedNight, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    for folder, seed in ((tmp_path, 5), (night.folder, 4), (tmp_path / "mine.txt", 5)):
        with pytest.raises(UsageError, match="not empty"):
            simulate_night(folder, seed=seed)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("stars", [0, 4])
def test_an_impossible_number_of_stars_is_refused(tmp_path: Path, stars: int) -> None:
    with pytest.raises(UsageError, match="stars"):
        simulate_night(tmp_path / "night", seed=1, stars=stars)


def test_what_dies_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(ifs_night, "write_lamp", dies)
    with pytest.raises(OSError, match="disk full"):
        simulate_night(tmp_path / "night", seed=1, stars=1)
    assert list(tmp_path.iterdir()) == []


def test_the_command_tells_what_it_wrote(night: SimulatedNight) -> None:
    answer = CliRunner().invoke(app, ["night", str(night.folder), "--seed", "5", "--stars", "3"])
    assert answer.exit_code == 0
    assert answer.output.count("\n") == 3
    assert "6 IFS_ASTROMETRY_RAW" in answer.output
    assert "HD 95086 lacks its SPECPOS frame" in answer.output
