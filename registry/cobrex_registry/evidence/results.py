"""What a recipe's test gives: numbers of every array of every product, and QC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

STATISTICS = ("min", "max", "mean", "median", "std", "nans")


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a number may be from the expected one: absolute + relative x expected.

    Attributes
    ----------
    relative, absolute : float
        Not negative.
    """

    relative: float
    absolute: float

    def around(self, expected: float) -> float:
        """Return the largest accepted distance from a value."""
        return self.absolute + self.relative * abs(expected)


@dataclass(frozen=True, slots=True)
class Values:
    """The numbers of an image or of a column.

    Attributes
    ----------
    hdu : int
        Number of the extension, 0 for the primary.
    name : str
        Its name.
    column : str
        Of a table; empty for an image.
    shape : tuple of int
        As in numpy: slowest axis first.
    dtype : str
        As in numpy: ``float32``.
    statistics : mapping of str to float
        Of the finite values; ``nans`` counts the others. Empty for texts.
    tolerance : Tolerance
        Within which results are the same.
    """

    hdu: int
    name: str
    column: str
    shape: tuple[int, ...]
    dtype: str
    statistics: Mapping[str, float]
    tolerance: Tolerance

    @property
    def place(self) -> str:
        """What it is called in messages: ``1 SPECPOS.X``."""
        return f"{self.hdu} {self.name}" + (f".{self.column}" if self.column else "")


@dataclass(frozen=True, slots=True)
class ProductResult:
    """A product a test made.

    Attributes
    ----------
    role : str
        Of the output.
    n : int
        Counts products of one role.
    frame_type : str
        What it is.
    datamd5 : str
        Signs the data units of a FITS file; empty for others.
    values : tuple of Values
        Its arrays.
    """

    role: str
    n: int
    frame_type: str
    datamd5: str
    values: tuple[Values, ...] = ()

    @property
    def label(self) -> str:
        """Role, and number from the second on."""
        return f"{self.role}[{self.n}]" if self.n else self.role


@dataclass(frozen=True, slots=True)
class MetricResult:
    """A QC metric a test measured.

    Attributes
    ----------
    value : float
        Measured.
    tolerance : Tolerance
        Within which it is the same.
    """

    value: float
    tolerance: Tolerance


@dataclass(frozen=True, slots=True)
class Results:
    """All a test gave, or is expected to give.

    Attributes
    ----------
    products : tuple of ProductResult
        In the order of the manifest.
    qc : mapping of str to MetricResult
        By name.
    """

    products: tuple[ProductResult, ...]
    qc: Mapping[str, MetricResult]


@dataclass(frozen=True, slots=True)
class Difference:
    """One number that is not what was expected.

    Attributes
    ----------
    what : str
        ``specpos 1 SPECPOS.X mean`` or ``QC NSPECTRA``.
    expected, got : str or float or None
        None for what is not there.
    tolerance : float or None
        Largest accepted distance; None where there is no distance.
    metric : str
        Name of the metric, when it is one.
    """

    what: str
    expected: str | float | None
    got: str | float | None
    tolerance: float | None = None
    metric: str = ""


def values_tolerance(statistics: Mapping[str, float]) -> Tolerance:
    """Return the tolerance of an array for which nobody has set one."""
    return Tolerance(1e-4, _one_digit(1e-4 * statistics.get("std", 0.0)))


def metric_tolerance() -> Tolerance:
    """Return the tolerance of a metric for which nobody has set one."""
    return Tolerance(1e-3, 1e-6)


def compare(expected: Results, got: Results) -> list[Difference]:
    """Return what differs by more than the expected results' tolerance.

    Parameters
    ----------
    expected : Results
        Stored.
    got : Results
        Of now.

    Returns
    -------
    list of Difference
        Empty when the results are the same.
    """
    differences: list[Difference] = []
    theirs = {(one.role, one.n): one for one in got.products}
    ours = {(one.role, one.n): one for one in expected.products}
    for key in [*ours, *(key for key in theirs if key not in ours)]:
        differences += _product(ours.get(key), theirs.get(key))
    for name in [*expected.qc, *(name for name in got.qc if name not in expected.qc)]:
        differences += _metric(name, expected.qc.get(name), got.qc.get(name))
    return differences


def identical(expected: Results, got: Results) -> bool:
    """Tell whether all FITS products have the expected data to the bit."""
    return _signs(expected) == _signs(got)


def kept_tolerances(old: Results, new: Results) -> Results:
    """Return new results with the tolerances somebody has set in the old ones."""
    before = {
        (one.role, one.n, each.hdu, each.column): each
        for one in old.products
        for each in one.values
    }
    products = []
    for one in new.products:
        values = []
        for each in one.values:
            was = before.get((one.role, one.n, each.hdu, each.column))
            by_hand = was is not None and was.tolerance != values_tolerance(was.statistics)
            kept = was.tolerance if was is not None and by_hand else each.tolerance
            values.append(
                Values(each.hdu, each.name, each.column, each.shape, each.dtype,
                       each.statistics, kept)
            )  # fmt: skip
        products.append(ProductResult(one.role, one.n, one.frame_type, one.datamd5, tuple(values)))
    qc = {
        name: MetricResult(one.value, old.qc[name].tolerance if name in old.qc else one.tolerance)
        for name, one in new.qc.items()
    }
    return Results(tuple(products), qc)


def _signs(results: Results) -> list[tuple[str, int, str]]:
    return sorted((one.role, one.n, one.datamd5) for one in results.products)


def _product(expected: ProductResult | None, got: ProductResult | None) -> list[Difference]:
    if expected is None or got is None:
        label = (expected or got).label  # type: ignore[union-attr]
        there = "a product"
        return [Difference(label, there if expected else None, there if got else None)]
    differences = []
    if expected.frame_type != got.frame_type:
        differences.append(
            Difference(f"{got.label} frame type", expected.frame_type, got.frame_type)
        )
    theirs = {(one.hdu, one.column): one for one in got.values}
    ours = {(one.hdu, one.column): one for one in expected.values}
    for key in [*ours, *(key for key in theirs if key not in ours)]:
        one, other = ours.get(key), theirs.get(key)
        if one is None or other is None:
            place = (one or other).place  # type: ignore[union-attr]
            there = "an array"
            differences.append(
                Difference(f"{got.label} {place}", there if one else None, there if other else None)
            )
        else:
            differences += _values(got.label, one, other)
    return differences


def _values(label: str, expected: Values, got: Values) -> list[Difference]:
    where = f"{label} {got.place}"
    differences = [
        Difference(f"{where} {what}", str(one), str(other))
        for what, one, other in (
            ("name", expected.name, got.name),
            ("shape", list(expected.shape), list(got.shape)),
            ("dtype", expected.dtype, got.dtype),
        )
        if one != other
    ]
    for name in STATISTICS:
        one, other = expected.statistics.get(name), got.statistics.get(name)
        accepted = expected.tolerance.around(one) if one is not None else 0.0
        if name == "nans":
            accepted = expected.tolerance.relative * (one or 0.0)
        if one is None and other is None:
            continue
        if one is None or other is None or abs(one - other) > accepted:
            differences.append(Difference(f"{where} {name}", one, other, accepted))
    return differences


def _metric(name: str, expected: MetricResult | None, got: MetricResult | None) -> list[Difference]:
    if expected is not None and got is not None:
        accepted = expected.tolerance.around(expected.value)
        if abs(expected.value - got.value) <= accepted:
            return []
        return [Difference(name, expected.value, got.value, accepted, name)]
    return [
        Difference(
            name,
            expected.value if expected else None,
            got.value if got else None,
            None,
            name,
        )
    ]


def _one_digit(value: float) -> float:
    return float(f"{value:.0e}")
