"""Where the star is behind the coronagraph, at any time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from astropy.io import fits
from frames import Floats, dither_of

_APART_DAYS = 10 / 1440
_NAMES = ("MJD", "X0", "Y0", "X1", "Y1")
_DITHER = ("DITH_X", "DITH_Y")


@dataclass(frozen=True)
class Centres:
    """Measured centres, by time.

    Attributes
    ----------
    mjd : ndarray, shape (k,)
        Rising.
    place : ndarray, shape (k, 2, 2)
        By channel x and y in it, first pixel 0; for a dither of 0.
    """

    mjd: Floats
    place: Floats

    def at(self, mjd: Floats, dither: Floats) -> Floats:
        """Return the star's place, linear between centres, the nearest beyond them.

        Parameters
        ----------
        mjd : ndarray, shape (n,)
            When.
        dither : ndarray, shape (n, 2)
            Of the frames, pixels.

        Returns
        -------
        ndarray, shape (n, 2, 2)
            By channel x and y.
        """
        flat = self.place.reshape(len(self.mjd), 4)
        between = np.stack([np.interp(mjd, self.mjd, column) for column in flat.T], axis=1)
        return between.reshape(-1, 2, 2) + dither[:, None, :]

    @property
    def drift(self) -> float:
        """Largest distance of two centres of a channel, pixels."""
        steps = self.place[:, None] - self.place[None]
        return float(np.hypot(steps[..., 0], steps[..., 1]).max())


def read_centres(paths: list[Path], dithered: bool) -> Centres:
    """Return the centres of some tables.

    Parameters
    ----------
    paths : list of pathlib.Path
        Of IRD_STAR_CENTER.
    dithered : bool
        Take the position of the dither stage off: that of columns DITH_X, DITH_Y, else of the
        header.

    Raises
    ------
    ValueError
        When there is no centre in them.

    Notes
    -----
    Rows of a table less than ten minutes after each other are measurements of one centre and
    averaged.
    """
    if not paths:
        raise ValueError("no IRD_STAR_CENTER in the SOF")
    means = np.concatenate([_means(_read(path, dithered)) for path in paths])
    means = means[np.argsort(means[:, 0], kind="stable")]
    return Centres(means[:, 0], means[:, 1:].reshape(-1, 2, 2))


def _means(rows: Floats) -> Floats:
    """Return the mean of each run of rows that follow each other closely, shape (k, 5)."""
    rows = rows[np.argsort(rows[:, 0], kind="stable")]
    breaks = np.flatnonzero(np.diff(rows[:, 0]) > _APART_DAYS) + 1
    return np.array([group.mean(axis=0) for group in np.split(rows, breaks)])


def _read(path: Path, dithered: bool) -> Floats:
    """Return MJD and the four coordinates of each row that has them, shape (k, 5)."""
    with fits.open(path, memmap=False) as units:
        for unit in units:
            names = getattr(getattr(unit, "columns", None), "names", ())
            if set(_NAMES) <= set(names):
                break
        else:
            raise ValueError(f"{path.name}: no table with {', '.join(_NAMES)}")
        rows = np.stack([np.asarray(unit.data[name], dtype=float) for name in _NAMES], axis=1)
        if dithered:
            dither = dither_of(units[0].header)
            if set(_DITHER) <= set(names):
                dither = np.stack([np.asarray(unit.data[n], dtype=float) for n in _DITHER], axis=1)
            rows[:, 1:] -= np.tile(np.broadcast_to(dither, (len(rows), 2)), 2)
    rows = rows[np.isfinite(rows).all(axis=1)]
    if not len(rows):
        raise ValueError(f"{path.name}: no centre was measured")
    return rows
