"""Where stars stand, against real headers and astropy."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from astropy import units as u
from astropy.coordinates import FK5, SkyCoord
from astropy.io import fits
from astropy.time import Time

from cobrex.simulate.cards import packed
from cobrex.simulate.ephemeris import look, of_date
from cobrex.simulate.exposure import Target


def unpacked(value: float) -> float:
    whole = int(abs(value))
    degrees = whole // 10000 + whole % 10000 // 100 / 60 + abs(value) % 100 / 3600
    return degrees if value > 0 else -degrees


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text[:26].ljust(26, "0"))


def test_angles_of_real_headers(test_data: Path) -> None:
    headers = [*(test_data / "sphere_ifs_headers").glob("*.headeronly.fits")]
    headers += [*(test_data / "irdis_tyc7415").glob("*.fits")]
    assert len(headers) == 8
    for path in headers:
        real = fits.getheader(path)
        place = unpacked(real["ESO INS4 DROT2 RA"]) * 15, unpacked(real["ESO INS4 DROT2 DEC"])
        start = look(*place, moment(real["DATE-OBS"]))
        end = look(*place, moment(real["ESO DET FRAM UTC"]))
        assert start.parallactic == pytest.approx(real["ESO TEL PARANG START"], abs=0.06)
        assert end.parallactic == pytest.approx(real["ESO TEL PARANG END"], abs=0.06)
        assert start.altitude == pytest.approx(real["ESO TEL ALT"], abs=0.015)
        assert start.azimuth == pytest.approx(real["ESO TEL AZ"], abs=0.06)
        assert start.airmass == pytest.approx(real["ESO TEL AIRM START"], abs=0.002)
        # the telescope's own coordinates are of date, its target's are not
        target = Target("", real["RA"], real["DEC"])
        assert of_date(target, moment(real["DATE-OBS"])) == pytest.approx(place, abs=0.012)


@pytest.mark.parametrize(("ra", "dec"), [(201.15, -51.5), (3.5, -7.2), (359.9, 60.0)])
def test_precession_is_that_of_astropy(ra: float, dec: float) -> None:
    when = datetime(2018, 4, 18)
    place = SkyCoord(ra * u.deg, dec * u.deg, frame=FK5).transform_to(FK5(equinox=Time(when)))
    assert of_date(Target("", ra, dec), when) == pytest.approx(
        (place.ra.deg, place.dec.deg), abs=3e-5
    )


def test_packed_numbers_come_back() -> None:
    for value in (12.0, -0.5, 13.999999999, -51.5044571, 0.0001):
        assert unpacked(packed(value, 6)) == pytest.approx(value, abs=1e-8)
    assert packed(12 + 34 / 60 + 56.789 / 3600) == 123456.789
