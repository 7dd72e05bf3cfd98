"""QC metrics read from products, and the verdict the ranges give them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cobrex.plan.identity import digest

from .failure import AttemptError
from .products import Product

Metric = dict[str, Any]
MAX_NAME = 64
_ORDER = ("pass", "warn", "fail")


def measure(scratch: Path, products: Iterable[Product]) -> dict[str, tuple[float, str | None]]:
    """Read what the recipe measured.

    Parameters
    ----------
    scratch : pathlib.Path
        ``qc.json`` is read from here, if there is one.
    products : iterable of Product
        ``HIERARCH ESO QC ...`` of their primary headers.

    Returns
    -------
    dict of str to (float, str or None)
        Value and the role of the product it is about, by metric: ``QC PLATE SCALE``.

    Raises
    ------
    AttemptError
        When ``qc.json`` is not a mapping of names to numbers.
    """
    found: dict[str, tuple[float, str | None]] = {}
    for product in products:
        if product.is_fits:
            for name, value in _header_metrics(product.path):
                found.setdefault(name, (value, product.role))
    for name, value in _file_metrics(scratch / "qc.json"):
        found[name] = (value, None)
    return {n: v for n, v in found.items() if math.isfinite(v[0])}


def _header_metrics(path: Path) -> list[tuple[str, float]]:
    from astropy.io import fits

    header = fits.getheader(path)
    return [
        (keyword.removeprefix("ESO "), float(value))
        for keyword, value in header.items()
        if keyword.startswith("ESO QC ") and isinstance(value, int | float)
    ]


def _file_metrics(path: Path) -> list[tuple[str, float]]:
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        found = [(str(name), float(value)) for name, value in table.items()]
        if odd := [n for n, _ in found if len(n) > MAX_NAME or not n.isprintable()]:
            raise ValueError(f"{odd[0][:MAX_NAME]!r} is no name")
        return found
    except FileNotFoundError:
        return []
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise AttemptError(
            "qc-unreadable", f"qc.json does not map names to numbers: {error}"
        ) from error


def judge(
    measured: Mapping[str, tuple[float, str | None]], ranges: Sequence[Mapping[str, Any]]
) -> list[Metric]:
    """Judge measured values against ranges; both ends belong to a range.

    Parameters
    ----------
    measured : mapping
        As :func:`measure` gives it.
    ranges : sequence of mapping
        ``name``, ``unit``, ``low``, ``high``, ``action`` of the manifest.

    Returns
    -------
    list of dict
        ``name value unit product low high action verdict``; a metric that was promised and not
        measured gets its range's action as verdict, one without a range has no action.
    """
    known = {r["name"]: r for r in ranges}
    names = [*known, *(n for n in sorted(measured) if n not in known)]
    return [_metric(name, measured.get(name), known.get(name, {})) for name in names]


def _metric(name: str, found: tuple[float, str | None] | None, limits: Mapping[str, Any]) -> Metric:
    value, product = found if found else (None, None)
    low, high = limits.get("low"), limits.get("high")
    good = value is not None and (low is None or value >= low) and (high is None or value <= high)
    action = limits.get("action")
    return {
        "name": name,
        "value": value,
        "unit": limits.get("unit", ""),
        "product": product,
        "low": low,
        "high": high,
        "action": action,
        "verdict": "pass" if good or not action else action,
    }


def verdict(metrics: Iterable[Mapping[str, Any]]) -> str:
    """Return the worst verdict; ``pass`` when there are no metrics."""
    return max((m["verdict"] for m in metrics), key=_ORDER.index, default="pass")


def ranges_hash(ranges: Iterable[Mapping[str, Any]]) -> str:
    """Return the hash of the ranges a verdict is made with.

    Parameters
    ----------
    ranges : iterable of mapping
        As :func:`judge` takes them, or the metrics it gives: those without a range do not count.

    Returns
    -------
    str
    """
    judging = ([r["name"], r["low"], r["high"], r["action"]] for r in ranges if r["action"])
    return digest(sorted(judging, key=lambda one: str(one[0])))
