"""Simulated nights of IRDIS to planets in one command: what was put in is found, no more."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from irdis_night import night
from toy_world import World, shipped

from cobrex.simulate.night_folder import SimulatedNight

pytestmark = pytest.mark.slow
SCALE = 12.25
# a smaller field and no forward models: a minute less a star
QUICK = ("--set", "forward_model=false", "--set", "crop_px=101")
REDUCE = ("reduce", "--workflow", "irdis_dbi", *QUICK)
# seeds nobody looked at before this test was written; the last one before July 2016
SEEDS: list[dict[str, Any]] = [
    {"seed": 20261127, "stars": 2, "side": 128},
    {"seed": 31415, "stars": 1, "side": 128, "before_july_2016": True},
]


@dataclass(frozen=True)
class Reduced:
    world: World
    nights: list[SimulatedNight]

    def products(self, frame_type: str) -> list[dict[str, Any]]:
        said = self.world.cobrex("find", "--frame", frame_type, "--json", "--columns",
                                 "frame_id,star,night,target,path,verdict,standing")  # fmt: skip
        return list(json.loads(said))


@pytest.fixture(scope="module")
def reduced(tmp_path_factory: pytest.TempPathFactory, recipe_environments: Path) -> Reduced:
    world = shipped(tmp_path_factory.mktemp("irdis") / "w", recipe_environments)
    world.patience_s = 1800.0
    nights = [night(tmp_path_factory, **one) for one in SEEDS]
    for one in nights:
        world.cobrex("import", str(one.folder))
    world.cobrex(*REDUCE, "--name", "n")
    return Reduced(world, nights)


def test_planets_are_found_where_they_are_and_nowhere_else(reduced: Reduced) -> None:
    found = reduced.products("ADI_DETECTIONS")
    assert len(found) == 3
    for made in reduced.nights:
        for name, truth in made.truth["stars"].items():
            (one,) = [f for f in found if (f["target"], f["night"]) == (name, truth["night"])]
            rows = fits.getdata(one["path"], "DETECTIONS")
            strong = rows[rows["SNR"] >= 8]
            assert len(strong) == len(truth["planets"]), (name, rows["SNR"])
            for planet in truth["planets"]:
                off = min(_off(row, planet) for row in strong)
                assert off < 0.5, (name, off)


def _off(row: Any, planet: dict[str, Any]) -> float:
    """Distance of a detection from a planet, pixels."""
    turns = np.radians([row["PA"], planet["position_angle_deg"]])
    away = np.array([row["SEPARATION"], planet["separation_mas"]]) / SCALE
    return float(np.abs(away[0] * np.exp(1j * turns[0]) - away[1] * np.exp(1j * turns[1])))


def test_flat_and_dark_are_what_the_detector_has(reduced: Reduced) -> None:
    for frame_type, unit in (("IRD_FLAT_FIELD", "flat"), ("IRD_MASTER_DARK", "dark")):
        products = reduced.products(frame_type)
        assert products, frame_type
        for one in products:
            (made,) = [n for n in reduced.nights if one["night"] in n.truth["nights"]]
            true = np.load(made.folder / made.truth["maps"][unit])
            good = np.load(made.folder / made.truth["maps"]["bad"]) == 0
            with fits.open(one["path"]) as units:
                data, error = units[0].data.astype(float), units["ERROR"].data.astype(float)
                if unit == "dark":
                    true = true * units[0].header["ESO DET SEQ1 DIT"]
            pull = (data - true)[good] / error[good]
            assert abs(np.median(pull)) < 0.5, frame_type
            assert 0.5 < 1.4826 * np.median(np.abs(pull - np.median(pull))) < 2, frame_type


def test_the_command_again_has_nothing_to_do(reduced: Reduced) -> None:
    said = reduced.world.cobrex(*REDUCE)
    assert "nothing to do" in said
    assert {one["standing"] for one in reduced.products("ADI_DETECTIONS")} == {"current"}


def test_why_names_the_flat_of_its_night(reduced: Reduced) -> None:
    (cube, *_) = reduced.products("IRD_SCIENCE_REDUCED_MASTER_CUBE")
    said = json.loads(
        reduced.world.cobrex("why", str(cube["frame_id"]), "--input", "flat", "--json")
    )
    assert said["differs"] == []
    (chosen,) = [c for c in said["inputs"]["flat"]["considered"] if c["chosen"]]
    assert (chosen["made_by"], chosen["level"]) == ("ird_flat", 0)
    assert cube["night"] in chosen["name"]
    assert abs(chosen["delta_d"]) < 1
