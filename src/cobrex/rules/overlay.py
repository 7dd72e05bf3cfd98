"""Changes laid over rules: a workflow's, a preset's, a request's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def lay_over(rules: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Return rules with a change laid over them.

    Mappings are merged, all else is replaced; null takes a key away. A change of where frames
    come from (``first_of``, or ``levels`` and ``window_days``) takes the place of the other form.

    Parameters
    ----------
    rules, change : mapping

    Returns
    -------
    dict
    """
    merged = dict(rules)
    for key, value in change.items():
        for other in _INSTEAD.get(key, ()):
            merged.pop(other, None)
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(merged.get(key), Mapping):
            merged[key] = lay_over(merged[key], value)
        else:
            merged[key] = value
    return merged


_INSTEAD = {
    "levels": ("window_days",),
    "window_days": ("levels",),
    "first_of": ("frame_type", "from"),
}
