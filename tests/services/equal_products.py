"""Whether two product files are equal: same HDUs, data, and cards but for dates and sums."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from astropy.io import fits

_VOLATILE = re.compile(r"DATE.*|CHECKSUM|DATASUM")


def differences(one: Path, other: Path, volatile: tuple[str, ...] = ()) -> list[str]:
    """Return what differs between two FITS files; nothing when they are equal.

    Parameters
    ----------
    one, other : pathlib.Path
    volatile : tuple of str
        Further keywords that may differ.

    Returns
    -------
    list of str
    """
    with fits.open(one) as ours, fits.open(other) as theirs:
        if len(ours) != len(theirs):
            return [f"{len(ours)} HDUs and {len(theirs)}"]
        found = []
        for number, (a, b) in enumerate(zip(ours, theirs, strict=True)):
            found += [f"HDU {number}: {word}" for word in _cards(a, b, volatile)]
            same = (a.data is None and b.data is None) or (
                a.data is not None
                and b.data is not None
                and a.data.dtype == b.data.dtype
                and np.array_equal(a.data.tobytes(), b.data.tobytes())
            )
            if not same:
                found.append(f"HDU {number}: data")
        return found


def _cards(a: fits.PrimaryHDU, b: fits.PrimaryHDU, volatile: tuple[str, ...]) -> list[str]:
    def kept(hdu: fits.PrimaryHDU) -> dict[str, str]:
        return {
            card.keyword: str(card.value)
            for card in hdu.header.cards
            if not _VOLATILE.fullmatch(card.keyword) and card.keyword not in volatile
        }

    ours, theirs = kept(a), kept(b)
    return [key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key)]
