"""Measuring what a test made: shape, type and statistics of every array, QC."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cobrex.process.products import Product
from cobrex_db.stamped import data_md5
from cobrex_registry.evidence.results import (
    MetricResult,
    ProductResult,
    Results,
    Values,
    metric_tolerance,
    values_tolerance,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray


def measure(products: Sequence[Product], qc: Sequence[Mapping[str, Any]]) -> Results:
    """Measure products and take over QC values.

    Parameters
    ----------
    products : sequence of Product
        As the recipe left them.
    qc : sequence of mapping
        Judged metrics; those not measured do not count.

    Returns
    -------
    Results
        With the tolerances for which nobody has set others.
    """
    return Results(
        tuple(_product(one) for one in products),
        {
            one["name"]: MetricResult(float(one["value"]), metric_tolerance())
            for one in qc
            if one["value"] is not None
        },
    )


def _product(product: Product) -> ProductResult:
    md5 = data_md5(product.path) if product.is_fits else ""
    values = tuple(_arrays(product.path)) if product.is_fits else ()
    return ProductResult(product.role, product.n, product.frame_type, md5, values)


def _arrays(path: Path) -> Iterator[Values]:
    from astropy.io import fits

    with fits.open(path, memmap=False) as hdus:
        for number, hdu in enumerate(hdus):
            if hdu.data is None:
                continue
            name = str(hdu.name)
            if not isinstance(hdu.data, fits.FITS_rec):  # a compressed image has columns, too
                yield _values(number, name, "", hdu.data)
                continue
            for column in hdu.columns.names:
                yield _values(number, name, column, hdu.data[column])


def _values(hdu: int, name: str, column: str, array: NDArray[Any]) -> Values:
    statistics = _statistics(array)
    kind = array.dtype.kind
    dtype = "text" if kind in "SU" else "variable" if kind == "O" else array.dtype.name
    return Values(
        hdu, name, column, tuple(array.shape), dtype, statistics, values_tolerance(statistics)
    )


def _statistics(array: NDArray[Any]) -> dict[str, float]:
    """Return statistics of the finite values, in double precision; none of texts."""
    import numpy as np

    if array.dtype.kind not in "biufc":
        return {}
    with np.errstate(over="ignore", invalid="ignore"):
        numbers = np.abs(array) if array.dtype.kind == "c" else array
        numbers = np.asarray(numbers, dtype=np.float64)
        good = numbers[np.isfinite(numbers)]
        nans = float(numbers.size - good.size)
        if not good.size:
            return {"nans": nans}
        found = {
            "min": good.min(),
            "max": good.max(),
            "mean": good.mean(),
            "median": np.median(good),
            "std": good.std(),
        }
    # the square of a very large value has no place in a double
    return {name: _short(one) for name, one in found.items() if math.isfinite(one)} | {"nans": nans}


def _short(value: Any) -> float:
    return float(f"{float(value):.9g}")
