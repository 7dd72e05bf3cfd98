"""Wavelengths of IRDIS's channels."""

from __future__ import annotations

_TABLE = {
    "DB_H23": (1.5888, 1.6671),
    "DB_K12": (2.1025, 2.2550),
    "DB_Y23": (1.022, 1.076),
    "DB_J23": (1.190, 1.273),
    "DB_H34": (1.6671, 1.733),
}


def wavelengths(name: str, given: list[float]) -> tuple[float, float]:
    """Return the wavelengths of both channels, micron.

    Parameters
    ----------
    name : str
        Filter combination.
    given : list of float
        Used instead of the table, when there are two.

    Raises
    ------
    ValueError
        When the filter is unknown, or not two are given.
    """
    if given:
        if len(given) != 2 or min(given) <= 0:
            raise ValueError(f"wavelength_um: two are needed, micron, not {given}")
        return given[0], given[1]
    if name not in _TABLE:
        raise ValueError(f"filter {name!r} is not known; wavelength_um=A,B says its wavelengths")
    return _TABLE[name]
