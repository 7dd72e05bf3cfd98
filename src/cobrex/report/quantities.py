"""Numbers as people read them."""

from __future__ import annotations

import math
from datetime import datetime


def number(value: object) -> str:
    """Write a measured value or a parameter.

    Parameters
    ----------
    value : object
        A number is written with six significant digits, a boolean as a recipe gets it, a list with
        commas, anything else as it is.

    Returns
    -------
    str
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.6g}" if math.isfinite(value) else str(value)
    if isinstance(value, list | tuple):
        return ", ".join(number(item) for item in value)
    return "" if value is None else str(value)


def interval(low: object, high: object) -> str:
    """Write the range a metric is judged by.

    Parameters
    ----------
    low, high : object
        Bounds; ``None`` where there is none.

    Returns
    -------
    str
        Empty when there is no bound.
    """
    if low is None and high is None:
        return ""
    if high is None:
        return f"≥ {number(low)}"
    if low is None:
        return f"≤ {number(high)}"
    return f"{number(low)} … {number(high)}"


def size(count: object) -> str:
    """Write a number of bytes.

    Parameters
    ----------
    count : object
        Bytes; empty when it is not a number.

    Returns
    -------
    str
    """
    if isinstance(count, bool) or not isinstance(count, int | float) or not math.isfinite(count):
        return ""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.3g} {unit}"
        amount /= 1000
    return f"{amount:.3g} TB"


def span(seconds: object) -> str:
    """Write a duration.

    Parameters
    ----------
    seconds : object
        Seconds; empty when it is not a number.

    Returns
    -------
    str
    """
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return ""
    if not math.isfinite(seconds) or seconds < 0:
        return ""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def elapsed(started: object, ended: object) -> float | None:
    """Give the seconds between two instants.

    Parameters
    ----------
    started, ended : object
        ISO 8601 text, UTC.

    Returns
    -------
    float or None
        Seconds; None when either is missing or no instant.
    """
    try:
        return (
            datetime.fromisoformat(str(ended)) - datetime.fromisoformat(str(started))
        ).total_seconds()
    except (ValueError, TypeError):
        return None
