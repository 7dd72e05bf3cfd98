"""Names inputs are staged under, and products told by their headers."""

from __future__ import annotations

from pathlib import Path
from string import printable

import pytest
from astropy.io import fits
from hypothesis import given
from hypothesis import strategies as st

from cobrex.process.failure import AttemptError
from cobrex.process.products import collect
from cobrex.process.scratch import SOF, link_names, stage

RAW = "HAWKI.2020-03-07T10:00:00.000.fits"


def test_a_staged_input_bears_the_name_of_the_file(tmp_path: Path) -> None:
    (link,) = stage(tmp_path, [(f"/data/night 1/{RAW}", "DARK")])
    assert link.name == RAW and str(link.readlink()) == f"/data/night 1/{RAW}"
    assert (tmp_path / SOF).read_text(encoding="utf-8") == f"{link} DARK\n"


@pytest.mark.parametrize(
    "name",
    ["a b.fits", "é.fits", "-x.fits", ".x.fits", "x.fits[1]", "x(2).fits", "x.FITS", "x",
     "0000-DARK.fits", "x+1.fits", "x\n.fits", f"{'x' * 200}.fits"],
)  # fmt: skip
def test_a_name_that_could_mislead_a_recipe_is_replaced(name: str) -> None:
    assert link_names([(f"/data/{name}", "DARK")]) == ["0000-DARK.fits"]


def test_names_that_are_not_unique_are_replaced() -> None:
    paths = ("/a/dark.fits", "/b/DARK.fits", "/b/flat.fits.gz", "/c/x.fits.Z")
    assert link_names([(path, "T") for path in paths]) == [
        *("0000-T.fits", "0001-T.fits", "flat.fits.gz", "x.fits.Z"),
    ]


@given(st.lists(st.text(printable.replace("/", ""), min_size=1).map(lambda n: f"/d/{n}.fits")))
def test_no_two_inputs_share_a_name(paths: list[str]) -> None:
    names = link_names([(path, "DARK") for path in paths])
    assert len({name.lower() for name in names}) == len(paths)
    assert all("/" not in name and name.isprintable() and " " not in name for name in names)


def _product(path: Path, catg: str) -> None:
    hdu = fits.PrimaryHDU(data=[[1]])
    if catg:
        hdu.header["HIERARCH ESO PRO CATG"] = catg
    hdu.writeto(path)


def _output(catg: str, least: int = 1) -> dict[str, object]:
    return {"role": catg.lower(), "frame_type": f"X_{catg}", "file": "*.fits", "catg": catg,
            "min": least, "max": None}  # fmt: skip


def test_products_are_told_by_pro_catg(tmp_path: Path) -> None:
    for name, catg in (("a", "DARK"), ("b", "BPM"), ("c", "DARK"), ("d", "")):
        _product(tmp_path / f"{name}.fits", catg)
    (tmp_path / "e.fits").write_text("no FITS at all", encoding="ascii")
    found = collect(tmp_path, [_output("DARK"), _output("BPM"), _output("ERR", 0)])
    told = [(one.role, one.n, one.path.name, one.frame_type) for one in found]
    assert told == [
        *(("dark", 0, "a.fits", "X_DARK"), ("dark", 1, "c.fits", "X_DARK")),
        ("bpm", 0, "b.fits", "X_BPM"),
    ]


def test_what_was_made_instead_is_told(tmp_path: Path) -> None:
    _product(tmp_path / "a.fits", "MASTER_DARK")
    with pytest.raises(AttemptError, match=r"made 0 files .* CATG DARK .*; it made MASTER_DARK"):
        collect(tmp_path, [_output("DARK")])
