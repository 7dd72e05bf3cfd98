from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cobrex_db.stars.motion import (
    carry,
    direction,
    on_sky,
    position,
    separation_arcsec,
    velocity,
    years_since_j2000,
)

BARNARD = (269.452, 4.693, -798.6, 10328.1)


def test_barnards_star_moves_ten_arcseconds_a_year() -> None:
    place, motion = direction(*BARNARD[:2]), velocity(*BARNARD)
    later = carry(place, motion, 20.0)
    path = math.hypot(0.7986, 10.3281) * 20
    assert separation_arcsec(place, later) == pytest.approx(path, rel=1e-5)
    ra, dec = position(later)
    assert dec == pytest.approx(4.693 + 10.3281 * 20 / 3600, abs=1e-7)
    shift = 0.7986 * 20 / 3600 / math.cos(math.radians(4.72))
    assert ra == pytest.approx(269.452 - shift, abs=1e-5)


@pytest.mark.parametrize("unknown", [None, math.nan, math.inf])
def test_unknown_motion_is_no_motion(unknown: float | None) -> None:
    assert velocity(10.0, 20.0, unknown, unknown) == (0.0, 0.0, 0.0)


def test_motion_crosses_the_pole_and_ra_zero() -> None:
    pole = carry(direction(30.0, 89.999), velocity(30.0, 89.999, 0.0, 1000.0), 10.0)
    ra, dec = position(pole)
    assert (ra, dec) == (pytest.approx(210.0, abs=1e-6), pytest.approx(89.9982222, abs=1e-6))
    west = carry(direction(0.0005, 0.0), velocity(0.0005, 0.0, -1000.0, 0.0), 10.0)
    assert position(west)[0] == pytest.approx(360 + 0.0005 - 10 / 3600, abs=1e-9)


def test_same_as_astropy() -> None:
    from astropy import units as u
    from astropy.coordinates import SkyCoord
    from astropy.time import Time

    ra, dec, pm_ra, pm_dec = 6.5508409, -43.6798314, 106.2, 32.15
    rate = u.mas / u.yr
    coordinate = SkyCoord(
        ra * u.deg, dec * u.deg, distance=23.8 * u.pc, obstime=Time("J2000"),
        pm_ra_cosdec=pm_ra * rate, pm_dec=pm_dec * rate,
    )  # fmt: skip
    truth = coordinate.apply_space_motion(Time(58916.3, format="mjd"))
    moved = carry(direction(ra, dec), velocity(ra, dec, pm_ra, pm_dec), years_since_j2000(58916.3))
    # years here are of the Gregorian clock, there of TCB: no difference that a match could see
    assert separation_arcsec(moved, direction(truth.ra.deg, truth.dec.deg)) < 1e-3


@given(st.floats(0, 360), st.floats(-90, 90), st.floats(0, 360), st.floats(-90, 90))
def test_separation_is_symmetric_and_bounded(a: float, b: float, c: float, d: float) -> None:
    one, other = direction(a, b), direction(c, d)
    apart = separation_arcsec(one, other)
    assert apart == separation_arcsec(other, one)
    assert 0 <= apart <= 180 * 3600 * (1 + 1e-12)


@pytest.mark.parametrize("mjd", [None, math.nan])
def test_unknown_date_is_2000(mjd: float | None) -> None:
    assert years_since_j2000(mjd) == 0.0


@pytest.mark.parametrize(
    ("ra", "dec", "is_place"),
    [(0, 0, True), (360, -90, True), (None, 1, False), (1, None, False), (math.nan, 0, False),
     (1, math.nan, False), (1, 91, False), (math.inf, 0, False), (1e6, 0, False)],
)  # fmt: skip
def test_what_is_a_place(ra: float | None, dec: float | None, is_place: bool) -> None:
    assert on_sky(ra, dec) is is_place
