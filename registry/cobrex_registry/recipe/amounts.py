"""Amounts as people write them: sizes and times."""

from __future__ import annotations

import re

_SIZE = re.compile(r"([0-9]{1,9})\s*(B|kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB|k|K|M|G|T)?")
_DECIMAL = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_BINARY = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
DURATION = re.compile(r"(?:([0-9]{1,3})-)?([0-9]{1,3}):([0-5][0-9]):([0-5][0-9])")


def size_bytes(value: object) -> int | None:
    """Return how many bytes ``2GiB``, ``500 MB`` or a number says; None for what is no size."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    match = _SIZE.fullmatch(str(value))
    if match is None:
        return None
    unit = (match[2] or "").lower()
    scale = _BINARY[unit[0]] if unit.endswith("ib") else _DECIMAL[unit.rstrip("b")]
    return int(match[1]) * scale


def size_text(size: int) -> str:
    """Return a size in the largest unit that leaves no fraction, what `size_bytes` reads."""
    scales = {f"{u.upper()}iB": scale for u, scale in _BINARY.items()}
    scales |= {f"{u.upper()}B": scale for u, scale in _DECIMAL.items()}
    whole = [(size // scale, unit) for unit, scale in scales.items() if not size % scale]
    count, unit = min(whole)
    return f"{count}{unit}"


def duration_s(text: str) -> int | None:
    """Return how many seconds ``[days-]hours:minutes:seconds`` says; None for what is no time."""
    match = DURATION.fullmatch(text)
    if match is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def duration_text(seconds: int) -> str:
    """Return ``days-hours:minutes:seconds``, what `duration_s` reads."""
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return f"{days}-{hours:02d}:{minutes:02d}:{seconds:02d}"
