"""The demo's night: two stars get plate scale and true north, the third says what it lacks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from astropy.io import fits
from toy_world import shipped

pytestmark = pytest.mark.slow


def test_a_simulated_night_from_import_to_report(tmp_path: Path, recipe_environments: Path) -> None:
    world = shipped(tmp_path, recipe_environments)
    world.cobrex("simulate", "night", str(world.data), "--seed", "11")
    truth = json.loads((world.data / "truth.json").read_text())
    assert "6" in world.cobrex("import", str(world.data))

    said = world.cobrex("reduce", "--frame", "IFS_ASTROMETRY_RAW", code=5)
    assert "cannot ifs_astrometry  HD 95086" in said
    assert "no IFS_SPECPOS with prism = YJH" in said
    assert "cure: import IFS_SPECPOS_RAW with prism = YJH" in said
    assert "3 to make" in said, "one lamp frame serves both stars"
    assert Path(said.rpartition("report  ")[2].strip()).is_file()

    found = json.loads(world.cobrex("process", "list", "--recipe", "ifs_astrometry", "--json"))
    assert {p["star"] for p in found} == {"HR 100", "HR 1474"}
    for process in found:
        shown = json.loads(world.cobrex("process", "show", process["key"], "--json"))
        attempt = shown["attempts"][0]
        metrics = {m["name"]: m["value"] for m in attempt["metrics"]}
        scale = truth["plate_scale_mas_per_pixel"]
        assert metrics["QC PLATE SCALE"] == pytest.approx(scale, rel=5e-4)
        assert metrics["QC TRUE NORTH"] == pytest.approx(truth["true_north_deg"], abs=0.05)
        product = world.home / "store" / attempt["folder"] / "astrometry.fits"
        header = fits.getheader(product)
        assert header["COBREX KEY"] == process["key"]
        assert header["ESO PRO CATG"] == "IFS_ASTROMETRY"

    assert "nothing to do" in world.cobrex(
        "reduce", "--star", "kap Phe", "--frame", "IFS_ASTROMETRY_RAW"
    )
