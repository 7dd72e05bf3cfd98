"""Parameters that follow from the main frame."""

from __future__ import annotations

from typing import Any

from cobrex.rules.model import Association, Bound

from .draft import PlanFrame, value_of


def bound_values(association: Association, main: PlanFrame) -> dict[str, Any]:
    """Return the parameters that a rule ties to columns of the main frame.

    Parameters
    ----------
    association : Association
    main : PlanFrame
        The first one.

    Returns
    -------
    dict of str to object
        Without those for which nothing is known: the recipe's, or a preset's, hold.
    """
    if not association.parameters:
        return {}
    found = {one.name: _value(one, value_of(main, one.column)) for one in association.parameters}
    return {name: value for name, value in found.items() if value is not None}


def _value(bound: Bound, column: Any) -> Any:
    if bound.cases is None:
        return bound.other if column is None else column
    return bound.cases.get(_word(column), bound.other)


def _word(value: Any) -> str:
    """As the keys of a rule's cases are written."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
