"""Wavelengths and neutral densities of IRDIS's dual-band filters, from ESO's IRD_FILTER_TABLE."""

from __future__ import annotations

NEUTRAL_DENSITIES = ("OPEN", "ND_1.0", "ND_2.0", "ND_3.5")
_WAVELENGTHS = {
    "DB_Y23": (1.020, 1.073),
    "DB_J23": (1.190, 1.270),
    "DB_H23": (1.593, 1.667),
    "DB_H32": (1.667, 1.593),
    "DB_H34": (1.667, 1.731),
    "DB_K12": (2.100, 2.244),
}
# magnitudes of each neutral density in the broad bands Y, J, H and Ks
_MAGNITUDES = {
    "Y": (0.0, 2.62, 5.32, 9.01),
    "J": (0.0, 3.00, 6.17, 10.47),
    "H": (0.0, 2.29, 4.64, 7.61),
    "K": (0.0, 2.04, 4.09, 7.25),
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
    if name not in _WAVELENGTHS:
        raise ValueError(f"filter {name!r} is not known; wavelength_um=A,B says its wavelengths")
    return _WAVELENGTHS[name]


def transmissions(name: str, given: list[float]) -> dict[str, float]:
    """Return the transmission of each neutral density; of an unknown filter only that of none.

    Parameters
    ----------
    name : str
        Filter combination.
    given : list of float
        Of `NEUTRAL_DENSITIES`, used instead of the table.
    """
    if given:
        return dict(zip(NEUTRAL_DENSITIES, given, strict=True))
    if name not in _WAVELENGTHS:
        return {"OPEN": 1.0}
    band = name.removeprefix("DB_")[0]
    return {
        density: 10 ** (-0.4 * magnitude)
        for density, magnitude in zip(NEUTRAL_DENSITIES, _MAGNITUDES[band], strict=True)
    }
