"""The members of a library of reference cubes: who may serve, how well, and who does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from astropy.io import fits
from correlate import correlation
from frames import Floats, of_channel, read_image
from identity import content_id
from square import middle, odd_side
from star import Star, night_of, star_of

_MARGIN = 2
_FILTER = "ESO INS COMB IFLT"


@dataclass(frozen=True)
class Target:
    """The cube for which a library is made.

    Attributes
    ----------
    images : ndarray, shape (images, n, n)
        Its frames, or their median.
    star : Star
        Never in the library.
    header : astropy.io.fits.Header
        Its header.
    content_id : str
        Its name.
    """

    images: Floats
    star: Star
    header: fits.Header
    content_id: str


@dataclass(frozen=True)
class Member:
    """A reference cube.

    Attributes
    ----------
    name : str
        Star and time: a file's name is no part of a content.
    content_id, star, night : str
        Who it is.
    values : ndarray, shape (images,)
        Correlation with each image of the target, NaN when it may not serve.
    reason : str
        Why it may not or does not serve.
    rank : int
        1 is the most alike, 0 who may not serve.
    """

    name: str
    content_id: str
    star: str
    night: str
    values: Floats
    reason: str = ""
    rank: int = 0

    @property
    def used(self) -> bool:
        """Whether it serves."""
        return self.rank > 0 and not self.reason

    @property
    def mean(self) -> float:
        """Correlation, mean of the target's images."""
        return float(np.mean(self.values))


def side_of(outer: int) -> int:
    """Return the side of what an annulus needs, pixels."""
    return 2 * (outer + _MARGIN) + 1


def member(
    path: Path, target: Target, channel: int, annulus: tuple[int, int], apart: float
) -> Member:
    """Read a reference and correlate it, or say why it may not serve.

    Parameters
    ----------
    path : pathlib.Path
        The reference cube.
    target : Target
        Whose library it is to join.
    channel : int
        Wavelength of a 4-D cube.
    annulus : tuple of int
        Radii, pixels.
    apart : float
        Nearer on the sky, arcsec, it is the same star.
    """
    raw, header = read_image(path)
    star = star_of(header)
    night = night_of(header)
    made = Member(
        f"{star.name or 'no name'} {header.get('DATE-OBS', '')}".strip(),
        content_id(path, header),
        star.name,
        night,
        np.full(len(target.images), np.nan),
    )
    why = _unfit(header, star, target, apart)
    cube = of_channel(raw, channel, path.name)
    side = side_of(annulus[1])
    if not why and odd_side(cube.shape, side) < side:
        why = "too small"
    frames = whole_frames(middle(cube, side)) if not why else cube
    if why or not len(frames):
        return replace(made, reason=why or "not finite")
    image = np.median(frames, axis=0)
    return replace(made, values=correlation(target.images, image, *annulus))


def whole_frames(cube: Floats) -> Floats:
    """Return the frames without pixels that are no numbers."""
    return np.asarray(cube[np.isfinite(cube).all(axis=(1, 2))])


def _unfit(header: fits.Header, star: Star, target: Target, apart: float) -> str:
    if not star.told():
        return "star unknown"
    if star.same(target.star, apart):
        return "same star"
    filters = header.get(_FILTER), target.header.get(_FILTER)
    return "other filter" if None not in filters and filters[0] != filters[1] else ""


def ranked(members: list[Member], best: int, least: float) -> list[Member]:
    """Return the members, in their order, with ranks; who comes after the best does not serve.

    Parameters
    ----------
    members : list of Member
        As read.
    best : int
        How many serve at most.
    least : float
        Correlation below which none serves.
    """
    fit = [n for n, one in enumerate(members) if not one.reason and np.isfinite(one.mean)]
    ranks = sorted(fit, key=lambda n: (-members[n].mean, members[n].content_id))
    made = list(members)
    for rank, n in enumerate(ranks, 1):
        why = "unlike" if members[n].mean < least else ("not among the best" if rank > best else "")
        made[n] = replace(members[n], rank=rank, reason=why)
    return [replace(one, reason="flat") if not one.rank and not one.reason else one for one in made]
