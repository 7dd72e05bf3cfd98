"""Beta Pic b in the real NACO sequence of 2013-01-31, with the shipped preset."""

from __future__ import annotations

from pathlib import Path

import adi_recipe
import pytest
from astropy.io import fits

from cobrex.sidecar import Sidecars

pytestmark = [pytest.mark.real, pytest.mark.slow]
SIDECAR = adi_recipe.ROOT / "docs" / "examples" / "betapic" / "cobrex.yaml"


def test_beta_pic_b(test_data: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = test_data / "naco_betapic_adi"
    if not folder.is_dir():
        pytest.skip(f"no {folder}")
    where = adi_recipe.prepare(tmp_path_factory.getbasetemp().parent)
    out = tmp_path_factory.mktemp("betapic")
    supplied = Sidecars(shared=SIDECAR)
    lines = []
    for name in ("cube", "psf", "pa"):
        path = folder / f"naco_betapic_{name}.fits"
        lines.append(f"{path} {(supplied(str(path)) or {})['frame_type']['value']}\n")
    (out / "in.sof").write_text("".join(lines), encoding="utf-8")
    answer = adi_recipe.call(where, out / "in.sof", adi_recipe.preset("naco_agpm_lp"), out)
    assert (answer.returncode, answer.stderr) == (0, "")
    found = fits.getdata(out / "detections.fits", "DETECTIONS")
    assert len(found) == 1
    planet = found[0]
    assert planet["SNR"] >= 20
    assert planet["SEPARATION"] == pytest.approx(452, abs=10)
    assert planet["PA"] == pytest.approx(211.2, abs=2.5)
    assert planet["SNR_MAP_SEPARATION"] == pytest.approx(452, abs=10)
    assert planet["SNR_MAP_PA"] == pytest.approx(211.2, abs=2.5)
    assert planet["FM_SEPARATION"] == pytest.approx(452, abs=27)
    assert 0 < planet["FM_SEPARATION_ERR"] < 27
    assert 0 < planet["FM_PA_ERR"] < 3
    # 8.0 magnitudes fainter than the star (Absil et al. 2013)
    assert planet["FM_CONTRAST"] == pytest.approx(6.3e-4, rel=0.4)
