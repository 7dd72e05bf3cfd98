"""QC metrics of a recipe and the ranges they are judged by."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cobrex_registry.reading.fields import NAME, Fields
from cobrex_registry.reading.strict_yaml import Mapped

METRIC_KEYS = ("name", "unit", "range", "action", "product", "description")
_METRIC = re.compile(r"QC(?: [A-Z0-9_-]+)+")


@dataclass(frozen=True, slots=True)
class Metric:
    """A number a recipe measures about its products.

    Attributes
    ----------
    name : str
        Keyword without ``HIERARCH ESO``: ``QC PLATE SCALE``.
    unit : str
        Of the value and the range.
    range : tuple of (float or None, float or None)
        Accepted values, both ends included; None where it is open.
    action : {'warn', 'fail'}
        Verdict when the value is outside.
    product : str
        Role of the product it describes; empty for the process as a whole.
    description : str
        For people.
    """

    name: str
    unit: str = ""
    range: tuple[float | None, float | None] = (None, None)
    action: str = "warn"
    product: str = ""
    description: str = ""


def read_metrics(document: Fields, roles: frozenset[str] | None = None) -> tuple[Metric, ...]:
    """Read the ``qc`` of a manifest or preset.

    Parameters
    ----------
    document : Fields
        The whole document; problems go to its findings.
    roles : frozenset of str, optional
        Output roles a metric may name; any when not given.

    Returns
    -------
    tuple of Metric
        In the order of the file.
    """
    found: dict[str, Metric] = {}
    for fields in document.items("qc", METRIC_KEYS):
        one = Metric(
            name=fields.text("name", pattern=_METRIC, like="QC PLATE SCALE"),
            unit=fields.text("unit", ""),
            range=_range(fields),
            action=fields.choice("action", ("warn", "fail"), "warn"),
            product=fields.text("product", "", pattern=NAME, like="dark"),
            description=fields.text("description", ""),
        )
        if one.name in found:
            fields.problem("name", f"metric {one.name!r} is there twice", "remove one")
        if roles is not None and one.product and one.product not in roles:
            fields.problem(
                "product",
                f"no output has the role {one.product!r}",
                f"roles: {', '.join(sorted(roles))}",
            )
        found[one.name] = one
    return tuple(found.values())


def _range(fields: Fields) -> tuple[float | None, float | None]:
    value = fields.mapping.get("range")
    if value is None:
        return (None, None)
    if not isinstance(value, list) or isinstance(value, Mapped) or len(value) != 2:
        fields.problem("range", "must be two numbers, both included", "range: [4, null]")
        return (None, None)
    low, high = (fields.finite("range", end) for end in value)
    if low is not None and high is not None and low > high:
        fields.problem("range", f"{low} is above {high}", "the lower end comes first")
    return (low, high)
