"""Header cards of IRDIS frames: filters, coronagraph, read-out, pupil tracking."""

from __future__ import annotations

from .cards import Card, packed, stamp
from .ephemeris import GEOLAT, GEOLON
from .exposure import Exposure, Pointing

_BROAD = {"DB_H23": "B_H", "DB_K12": "B_Ks"}
_SELECTOR = {"DB_H23": "DIC_H", "DB_K12": "DIC_K"}


def instrument_cards(one: Exposure) -> list[Card]:
    """Return the cards of IRDIS itself.

    Parameters
    ----------
    one : Exposure
        Of arm IRDIS.

    Returns
    -------
    list of Card
    """
    masked = one.coronagraph != "N_NS_CLEAR"
    cards: list[Card] = [
        ("ESO INS COMB ICOR", one.coronagraph, "Infra-Red coronograph combination"),
        ("ESO INS COMB IFLT", one.filter, "Filter combination"),
        ("ESO INS COMB VCOR", "V_NC_WF", "Visible coronograph combination"),
        ("ESO INS4 FILT2 ID", _nd_id(one.nd), "Filter unique id."),
        ("ESO INS4 FILT2 NAME", one.nd, "NIR Neutral Density filters."),
        ("ESO INS4 OPTI11 NAME", "ALC2" if masked else "CLEAR_NIR", "NIR coronagraphs wheel."),
        ("ESO INS4 OPTI13 NAME", _SELECTOR[one.filter], "IRDIS-IFS selector."),
        ("ESO INS4 OPTI14 NAME", "ST_ALC2" if masked else "CLEAR", "IFS Lyot wheel."),
        ("ESO INS1 MODE", "NIROBS", "Instrument mode used."),
        ("ESO INS1 FILT NAME", _BROAD[one.filter], "IRDIS filter name."),
        ("ESO INS1 OPTI1 NAME", "ST_ALC2", "IRDIS Lyot stop."),
        ("ESO INS1 OPTI2 NAME", one.filter.replace("DB_", "D_"), "IRDIS Dual Filter."),
    ]
    if one.end is None:
        return cards
    cards += [
        ("ESO INS1 DITH POSX", 0.0, "X Position for dithering"),
        ("ESO INS1 DITH POSY", 0.0, "Y Position for dithering"),
        ("ESO INS1 PAC X", 0.0, "[um] X-Axis absolute position"),
        ("ESO INS1 PAC Y", 0.0, "[um] Y-Axis absolute position"),
        ("ESO DET FRAM FORMAT", "cube", "FITS file format"),
        ("ESO DET FRAM NO", one.ndit, "Frame number"),
        ("ESO DET FRAM UTC", stamp(one.end), "End of last DIT"),
    ]
    if one.waffle:
        cards += [
            ("ESO OCS WAFFLE AMPL", 0.04, "User defined waffle amplitude"),
            ("ESO OCS WAFFLE ORIENT", "x", "User defined waffle orientation"),
        ]
    return cards


def pointing_cards(one: Pointing) -> list[Card]:
    """Return the cards of telescope and derotator that follow the pupil.

    Parameters
    ----------
    one : Pointing
        Where they stand.

    Returns
    -------
    list of Card
    """
    return [
        ("ESO TEL ALT", round(one.altitude, 3), "[deg] Alt angle at start"),
        ("ESO TEL AZ", round(one.azimuth, 3), "[deg] Az angle at start S=0,W=90"),
        ("ESO TEL GEOELEV", 2648.0, "[m] Elevation above sea level"),
        ("ESO TEL GEOLAT", GEOLAT, "[deg] Tel geo latitute (+=North)"),
        ("ESO TEL GEOLON", GEOLON, "[deg] Tel geo longitude (+=East)"),
        ("ESO TEL AIRM START", round(one.airmass[0], 3), "Airmass at start"),
        ("ESO TEL AIRM END", round(one.airmass[1], 3), "Airmass at end"),
        ("ESO TEL PARANG START", round(one.parallactic[0], 3), "[deg] at start"),
        ("ESO TEL PARANG END", round(one.parallactic[1], 3), "[deg] at end"),
        ("ESO INS4 COMB ROT", "PUPIL", "Assembly for derotator and ADC modes"),
        ("ESO INS4 DROT2 MODE", "ELEV", "Derotator mode."),
        ("ESO INS4 DROT2 POSANG", 0.0, "[deg] Position angle."),
        ("ESO INS4 DROT2 BEGIN", round(one.rotator[0], 4), "[deg] at start."),
        ("ESO INS4 DROT2 END", round(one.rotator[1], 4), "[deg] at end."),
        ("ESO INS4 DROT2 RA", packed(one.ra / 15, 6), "Telescope right ascension."),
        ("ESO INS4 DROT2 DEC", packed(one.dec, 5), "Telescope desclination."),
    ]


def _nd_id(name: str) -> str:
    return name if name == "OPEN" else f"FILT_{name}"
