"""What header cards are made of."""

from __future__ import annotations

from datetime import datetime, timedelta

Value = str | int | float | bool
Card = tuple[str, Value, str]


def packed(value: float, digits: int = 3) -> float:
    """Return hours or degrees in ESO's packed form.

    Parameters
    ----------
    value : float
        Hours or degrees.
    digits : int
        Decimals of the seconds.

    Returns
    -------
    float
        hhmmss.sss or ddmmss.sss, with the value's sign.
    """
    total = round(abs(value) * 3600, digits)
    whole, seconds = divmod(total, 60)
    hours, minutes = divmod(int(whole), 60)
    number = hours * 10000 + minutes * 100 + seconds
    return round(number * (-1 if value < 0 else 1), digits)


def stamp(moment: datetime) -> str:
    """Return a time as DATE-OBS has it, to the millisecond."""
    return moment.isoformat(timespec="milliseconds")


def mjd(moment: datetime) -> float:
    """Return a time as modified Julian date, days."""
    return (moment - datetime(1858, 11, 17)) / timedelta(days=1)
