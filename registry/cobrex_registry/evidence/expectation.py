"""Stored expectations of a recipe's tests: expect/1 as JSON, read with suspicion."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from cobrex_registry.errors import RegistryError

from .results import (
    STATISTICS,
    MetricResult,
    ProductResult,
    Results,
    Tolerance,
    Values,
    metric_tolerance,
    values_tolerance,
)

SCHEMA = "expect/1"
_MD5 = re.compile(r"|[0-9a-f]{32}")
_LONGEST = 8 << 20


def read_expectation(text: str, source: str) -> Results:
    """Read an expectation.

    Parameters
    ----------
    text : str
        Contents of the file.
    source : str
        Its name in messages.

    Returns
    -------
    Results

    Raises
    ------
    RegistryError
        Of kind ``expectation``, with the place in the document.
    """
    try:
        if len(text) > _LONGEST:
            raise ValueError("it is too long")
        document = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        _refuse(source, "", f"is not JSON: {error}")
    reader = _Reader(source)
    top = reader.mapping("", document)
    if top.get("schema") != SCHEMA:
        _refuse(source, "schema", f"must be {SCHEMA}")
    products = tuple(
        reader.product(f"products[{n}]", one)
        for n, one in enumerate(reader.items("products", top.get("products", [])))
    )
    qc = {
        name: reader.metric(f"qc.{name}", one)
        for name, one in reader.mapping("qc", top.get("qc", {})).items()
    }
    return Results(products, qc)


def expectation_text(results: Results) -> str:
    """Return results as the text of an expectation; a line for each array, to be edited by hand."""
    lines = ["{", f' "schema": "{SCHEMA}",', ' "products": [']
    for n, one in enumerate(results.products):
        head = {
            "role": one.role,
            "n": one.n,
            "frame_type": one.frame_type,
            "datamd5": one.datamd5,
        }
        end = "," if n + 1 < len(results.products) else ""
        values = [f"    {json.dumps(_values(each), ensure_ascii=False)}" for each in one.values]
        inner = ",\n".join(values)
        text = json.dumps(head, ensure_ascii=False)[:-1]
        lines.append(f'  {text}, "values": [' + (f"\n{inner}\n  ]}}" if inner else "]}") + end)
    lines += [" ],", ' "qc": {']
    metrics = [
        f"  {json.dumps(name, ensure_ascii=False)}: "
        f"{json.dumps({'value': one.value, 'tolerance': _tolerance(one.tolerance)})}"
        for name, one in results.qc.items()
    ]
    lines += [*([",\n".join(metrics)] if metrics else []), " }", "}"]
    return "\n".join(lines) + "\n"


def _values(one: Values) -> dict[str, Any]:
    column = {"column": one.column} if one.column else {}
    nans = {"nans": int(one.statistics["nans"])} if "nans" in one.statistics else {}
    return {
        "hdu": one.hdu,
        "name": one.name,
        **column,
        "shape": list(one.shape),
        "dtype": one.dtype,
        **one.statistics,
        **nans,
        "tolerance": _tolerance(one.tolerance),
    }


def _tolerance(one: Tolerance) -> dict[str, float]:
    return {"relative": one.relative, "absolute": one.absolute}


class _Reader:
    """Reads typed values out of a JSON document."""

    def __init__(self, source: str) -> None:
        self.source = source

    def product(self, where: str, value: Any) -> ProductResult:
        item = self.mapping(where, value)
        md5 = self.text(f"{where}.datamd5", item.get("datamd5", ""))
        if not _MD5.fullmatch(md5):
            _refuse(self.source, f"{where}.datamd5", "must be 32 hexadecimal digits, or empty")
        values = self.items(f"{where}.values", item.get("values", []))
        return ProductResult(
            self.text(f"{where}.role", item.get("role")),
            self.whole(f"{where}.n", item.get("n", 0)),
            self.text(f"{where}.frame_type", item.get("frame_type")),
            md5,
            tuple(self.values(f"{where}.values[{n}]", one) for n, one in enumerate(values)),
        )

    def values(self, where: str, value: Any) -> Values:
        item = self.mapping(where, value)
        shape = self.items(f"{where}.shape", item.get("shape", []))
        statistics = {
            name: self.number(f"{where}.{name}", item[name]) for name in STATISTICS if name in item
        }
        return Values(
            self.whole(f"{where}.hdu", item.get("hdu", 0)),
            self.text(f"{where}.name", item.get("name", "")),
            self.text(f"{where}.column", item.get("column", "")),
            tuple(self.whole(f"{where}.shape", one) for one in shape),
            self.text(f"{where}.dtype", item.get("dtype", "")),
            statistics,
            self.tolerance(where, item, values_tolerance(statistics)),
        )

    def metric(self, where: str, value: Any) -> MetricResult:
        item = self.mapping(where, value)
        return MetricResult(
            self.number(f"{where}.value", item.get("value")),
            self.tolerance(where, item, metric_tolerance()),
        )

    def tolerance(self, where: str, item: Mapping[str, Any], default: Tolerance) -> Tolerance:
        given = self.mapping(f"{where}.tolerance", item.get("tolerance", {}))
        if unknown := sorted(set(given) - {"relative", "absolute"}):
            _refuse(self.source, f"{where}.tolerance", f"unknown {unknown[0]!r}")
        relative, absolute = (
            self.number(f"{where}.tolerance.{name}", given.get(name, known))
            for name, known in (("relative", default.relative), ("absolute", default.absolute))
        )
        if relative < 0 or absolute < 0:
            _refuse(self.source, f"{where}.tolerance", "must not be negative")
        return Tolerance(relative, absolute)

    def mapping(self, where: str, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            _refuse(self.source, where, "must be an object")
        return value

    def items(self, where: str, value: Any) -> list[Any]:
        if not isinstance(value, list):
            _refuse(self.source, where, "must be a list")
        return value

    def text(self, where: str, value: Any) -> str:
        if not isinstance(value, str) or not (value.isprintable() or not value):
            _refuse(self.source, where, "must be text")
        return value

    def whole(self, where: str, value: Any) -> int:
        if type(value) is not int or value < 0:
            _refuse(self.source, where, "must be a whole number of at least 0")
        return value

    def number(self, where: str, value: Any) -> float:
        try:
            if isinstance(value, bool) or not math.isfinite(value):
                raise TypeError
            return float(value)
        except (TypeError, OverflowError):
            _refuse(self.source, where, "must be a finite number")


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def _refuse(source: str, where: str, message: str) -> NoReturn:
    place = f"{source}: {where}" if where else source
    raise RegistryError(
        f"{place} {message}",
        kind="expectation",
        hint="cobrex recipe test PATH --update writes it anew",
    )
