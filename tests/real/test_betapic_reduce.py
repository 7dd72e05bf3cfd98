"""beta Pic b from the real NACO sequence, in one command after the import."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from astropy.table import Table
from toy_world import shipped

pytestmark = [pytest.mark.real, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]


def test_beta_pic_b_is_found_where_it_was(
    tmp_path: Path, test_data: Path, recipe_environments: Path
) -> None:
    world = shipped(tmp_path, recipe_environments)
    world.patience_s = 1800.0
    # a side-car lies beside its files; the observations themselves are only read
    world.data.mkdir()
    for path in (test_data / "naco_betapic_adi").glob("*.fits"):
        (world.data / path.name).symlink_to(path.resolve())
    shutil.copy(ROOT / "docs/examples/betapic/cobrex.yaml", world.data)
    world.cobrex("import", str(world.data))
    found = json.loads(world.cobrex("find", "--star", "bet Pic", "--json"))
    cube = next(f for f in found if f["frame_type"] == "NACO_SCIENCE_REDUCED_MASTER_CUBE")
    assert (cube["star"], cube["night"], cube["filter"]) == ("HR 2020", "2013-01-31", "L'")

    said = world.cobrex("reduce", "--star", "HD 39060", "--recipe", "adi_pca")
    assert "[naco_agpm_lp]" in said
    process = json.loads(world.cobrex("process", "list", "--json"))[0]
    shown = json.loads(world.cobrex("process", "show", process["key"], "--json"))
    folder = world.home / "store" / shown["attempts"][0]["folder"]
    (planet,) = Table.read(folder / "detections.fits")
    assert planet["SNR"] >= 20
    # Absil et al. 2013, A&A 559, L12: 452 +- 10 mas, 211.2 +- 1.3 deg
    assert planet["SEPARATION"] == pytest.approx(452, abs=10)
    assert planet["PA"] == pytest.approx(211.2, abs=2.5)
    assert planet["SNR_MAP_SEPARATION"] == pytest.approx(452, abs=10)
    assert planet["SNR_MAP_PA"] == pytest.approx(211.2, abs=2.5)
    modelled = [planet[f"FM_{name}"] for name in ("SEPARATION", "PA", "FLUX")]
    errors = [planet[f"FM_{name}_ERR"] for name in ("SEPARATION", "PA", "FLUX")]
    assert np.isfinite(modelled).all()
    assert (np.array(errors) > 0).all()
    # 8.0 magnitudes fainter than the star (the same paper)
    assert planet["FM_CONTRAST"] == pytest.approx(6.3e-4, rel=0.4)
    assert {p.name for p in folder.glob("*.png")} >= {"residual.png", "snr.png", "contrast.png"}
