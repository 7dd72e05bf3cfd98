"""Measuring products of a test: every kind of array FITS can hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from cobrex.process.products import Product
from cobrex.trial.measure import measure
from cobrex_registry.evidence.results import Values, compare


def values_of(folder: Path, *hdus: object) -> tuple[Values, ...]:
    path = folder / "a.fits"
    fits.HDUList([fits.PrimaryHDU(), *hdus]).writeto(path, overwrite=True)
    (one,) = measure([Product("out", "TOY", 0, path)], []).products
    assert len(one.datamd5) == 32
    return one.values


def test_images_of_all_types(tmp_path: Path) -> None:
    for dtype in ("uint8", "int16", "uint16", "int32", "uint32", "int64", "float32", "float64"):
        data = np.arange(12, dtype=dtype).reshape(3, 4)
        (one,) = values_of(tmp_path, fits.ImageHDU(data, name="A"))
        assert (one.place, one.shape) == ("1 A", (3, 4))
        assert one.statistics["max"] == 11
        assert one.statistics["median"] == 5.5
        assert np.dtype(one.dtype) == np.dtype(dtype)


def test_nan_and_infinity_are_counted_not_averaged(tmp_path: Path) -> None:
    data = np.array([[np.nan, 1.0], [np.inf, 3.0]])
    (one,) = values_of(tmp_path, fits.ImageHDU(data))
    assert one.statistics == {
        "min": 1.0, "max": 3.0, "mean": 2.0, "median": 2.0, "std": 1.0, "nans": 2.0
    }  # fmt: skip
    (none,) = values_of(tmp_path, fits.ImageHDU(data * np.nan))
    assert none.statistics == {"nans": 4.0}


def test_very_large_values_leave_out_what_a_double_cannot_hold(tmp_path: Path) -> None:
    (one,) = values_of(tmp_path, fits.ImageHDU(np.array([1e308, -1e308, 1e308])))
    assert one.statistics["max"] == 1e308
    assert all(np.isfinite(value) for value in one.statistics.values())


def test_tables(tmp_path: Path) -> None:
    columns = [
        fits.Column("X", "D", array=[1.0, 2.0, np.nan]),
        fits.Column("NAME", "5A", array=["a", "b", "c"]),
        fits.Column("FLAG", "L", array=[True, False, True]),
        fits.Column("MANY", "3E", array=np.ones((3, 3))),
        fits.Column("PHASE", "M", array=np.array([3 + 4j, 0, 0])),
        fits.Column("VARIES", "PJ()", array=np.array([[1], [1, 2], []], dtype=object)),
    ]
    found = {
        one.column: one
        for one in values_of(tmp_path, fits.BinTableHDU.from_columns(columns, name="T"))
    }
    assert found["X"].place == "1 T.X"
    assert found["X"].statistics["nans"] == 1
    assert (found["NAME"].dtype, found["NAME"].statistics) == ("text", {})
    assert found["FLAG"].statistics["mean"] == pytest.approx(2 / 3)
    assert found["MANY"].shape == (3, 3)
    assert found["PHASE"].statistics["max"] == 5
    assert (found["VARIES"].dtype, found["VARIES"].statistics) == ("variable", {})


def test_compressed_empty_and_no_fits(tmp_path: Path) -> None:
    data = np.arange(64, dtype=np.int32).reshape(8, 8)
    (one,) = values_of(tmp_path, fits.CompImageHDU(data, name="SMALL"))
    assert (one.column, one.shape, one.statistics["max"]) == ("", (8, 8), 63)
    empty = fits.BinTableHDU.from_columns([fits.Column("X", "D", array=[])], name="T")
    (none,) = values_of(tmp_path, empty)
    assert (none.shape, none.statistics) == ((0,), {"nans": 0.0})
    picture = tmp_path / "p.png"
    picture.write_bytes(b"\x89PNG")
    (shown,) = measure([Product("preview", "PREVIEW", 0, picture)], []).products
    assert (shown.datamd5, shown.values) == ("", ())


def test_metrics_that_were_not_measured_do_not_count() -> None:
    qc = [{"name": "QC A", "value": 1}, {"name": "QC B", "value": None}]
    found = measure([], qc)
    assert list(found.qc) == ["QC A"]
    assert compare(found, found) == []
