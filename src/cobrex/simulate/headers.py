"""Headers of simulated frames: the keywords of real SPHERE headers that matter."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from .cards import Card, mjd, packed, stamp
from .exposure import Exposure, Target
from .irdis_cards import instrument_cards, pointing_cards

if TYPE_CHECKING:
    import numpy as np
    from astropy.io.fits import Header

STARS = (
    Target("HR 100", 6.5508409, -43.6798314),
    Target("51 Eri", 69.4005514, -2.4735486),
    Target("HD 95086", 164.2625875, -68.6673483),
)
"""Observed in this order; coordinates of Hipparcos (van Leeuwen 2007)."""


def header(exposure: Exposure) -> Header:
    """Return the primary header of a raw frame.

    Parameters
    ----------
    exposure : Exposure
        What was done.

    Returns
    -------
    astropy.io.fits.Header
        Cards named and typed as in frames of 2020; without the structural ones.
    """
    return to_header([*_general(exposure), *_observation(exposure), *_instrument(exposure)])


def write_frame(folder: Path, exposure: Exposure, image: np.ndarray) -> Path:
    """Write a raw frame; return its path."""
    from astropy.io import fits

    path = folder / exposure.file_name
    fits.PrimaryHDU(image, header(exposure)).writeto(path)
    return path


def to_header(cards: list[Card]) -> Header:
    """Return cards as a header; ``ESO ...`` keywords become HIERARCH cards."""
    from astropy.io import fits

    made = fits.Header()
    for key, value, comment in cards:
        made.append((f"HIERARCH {key}" if key.startswith("ESO ") else key, value, comment))
    return made


def _general(one: Exposure) -> list[Card]:
    target = one.target or Target(one.type, 0.0, -24.627)
    seconds = (one.start - one.start.replace(hour=0, minute=0, second=0)).total_seconds()
    return [
        ("ORIGIN", "ESO-PARANAL", "European Southern Observatory"),
        ("DATE", stamp(one.start + timedelta(seconds=one.dit)), "Date the file was written"),
        ("TELESCOP", "ESO-VLT-U3", "ESO <TEL>"),
        ("INSTRUME", "SPHERE", "Instrument used."),
        ("OBJECT", target.name, "Original target."),
        ("RA", target.ra, "[deg] RA (J2000) pointing"),
        ("DEC", target.dec, "[deg] DEC (J2000) pointing"),
        ("EQUINOX", 2000.0, "Standard FK5"),
        ("RADECSYS", "FK5", "Coordinate system"),
        ("EXPTIME", one.dit, "Integration time"),
        ("MJD-OBS", round(mjd(one.start), 8), "Observation start"),
        ("DATE-OBS", stamp(one.start), "Observing date"),
        ("UTC", seconds, "[s] UTC"),
        ("PI-COI", "SIMULATED", "PI-COI name."),
        ("OBSERVER", "SIMULATED", "Name of observer."),
        ("ORIGFILE", f"{one.template}_{one.ob}_{one.number:04d}.fits", "Original File Name"),
        ("ARCFILE", f"SPHER.{stamp(one.start)}.fits", "Archive File Name"),
        ("SIMULATD", True, "Simulated by cobrex, not observed"),
    ]


def _observation(one: Exposure) -> list[Card]:
    name = one.target.name if one.target else "CALIBRATION"
    cards: list[Card] = [
        ("ESO DPR CATG", one.catg, "Observation category"),
        ("ESO DPR TYPE", one.type, "Observation type"),
        ("ESO DPR TECH", one.tech, "Observation technique"),
        ("ESO SEQ ARM", one.arm, "Name of the sub-system."),
        ("ESO OBS ID", one.ob, "Observation block ID"),
        ("ESO OBS NAME", f"{name}_{one.arm}", "OB name"),
        ("ESO OBS TARG NAME", name, "OB target name"),
        ("ESO OBS PROG ID", "60.A-9800(S)" if one.target else "60.A-9255(A)", "Programme"),
        ("ESO OBS PI-COI NAME", "SIMULATED", "PI-COI name"),
        ("ESO OBS START", _seconds(one.template_start - timedelta(minutes=5)), "OB start time"),
        ("ESO OBS NTPL", 2, "Number of templates within OB"),
        ("ESO OBS TPLNO", 2, "Template number within OB"),
        ("ESO TPL ID", one.template, "Template signature ID"),
        ("ESO TPL NAME", one.template, "Template name"),
        ("ESO TPL START", _seconds(one.template_start), "TPL start time"),
        ("ESO TPL EXPNO", one.number, "Exposure number within template"),
        ("ESO TPL NEXP", one.of, "Number of exposures within template"),
    ]
    return cards if one.target is None else [*cards, *_telescope(one)]


def _telescope(one: Exposure) -> list[Card]:
    assert one.target is not None
    weather: list[Card] = [
        ("ESO TEL AMBI FWHM START", one.seeing, "[arcsec] Seeing"),
        ("ESO TEL AMBI FWHM END", round(one.seeing + 0.02, 2), "[arcsec] Seeing"),
        ("ESO TEL AMBI TAU0", one.tau0, "[s] Average coherence time"),
        ("ESO TEL AMBI TEMP", 12.4, "[deg C]"),
        ("ESO TEL AMBI RHUM", 14.0, "[%]"),
        ("ESO TEL AMBI WINDSP", 7.1, "[m/s]"),
        ("ESO TEL TARG ALPHA", packed(one.target.ra / 15), "Alpha of the target"),
        ("ESO TEL TARG DELTA", packed(one.target.dec), "Delta of the target"),
        ("ESO TEL TARG EQUINOX", 2000.0, "[yr] Equinox"),
    ]
    if one.pointing is not None:
        return [*weather, *pointing_cards(one.pointing)]
    turn = 0.0042 * one.dit
    return [
        ("ESO TEL AIRM START", one.airmass, "Airmass at start"),
        ("ESO TEL AIRM END", round(one.airmass + 0.002, 3), "Airmass at end"),
        ("ESO TEL PARANG START", one.parallactic, "[deg] Parallactic angle at start"),
        ("ESO TEL PARANG END", round(one.parallactic + turn, 3), "[deg] at end"),
        *weather,
        ("ESO INS4 DROT2 MODE", "SKY", "Derotator mode."),
        ("ESO INS4 DROT2 POSANG", 0.0, "[deg] Position angle."),
        ("ESO INS4 DROT2 BEGIN", round(one.parallactic / 2, 4), "[deg] Position at start."),
        ("ESO INS4 DROT2 END", round((one.parallactic + turn) / 2, 4), "[deg] at end."),
        ("ESO INS4 DROT2 RA", packed(one.target.ra / 15), "Right ascension."),
        ("ESO INS4 DROT2 DEC", packed(one.target.dec), "Declination."),
    ]


def _instrument(one: Exposure) -> list[Card]:
    irdis = one.arm == "IRDIS"
    cards: list[Card] = [
        ("ESO DET CHIP1 GAIN", 1.75 if irdis else 1.8, "Gain in e-/ADU"),
        ("ESO DET CHIP1 NX", 2048, "number of pixels along x"),
        ("ESO DET CHIP1 NY", 1024 if irdis else 2048, "number of pixels along y"),
        ("ESO DET FRAM TYPE", "DIT", "Frame type"),
        ("ESO DET NDIT", one.ndit, "Number of Sub-Integrations"),
        ("ESO DET READ CURNAME", "Nondest", "Used readout mode name"),
        ("ESO DET SEQ1 DIT", one.dit, "[s] Integration time"),
        ("ESO DET SEQ1 REALDIT", round(one.dit - 0.018, 6), "[s] Actual integration time"),
    ]
    cards += instrument_cards(one) if irdis else _without_mask(one)
    cards.append(("ESO INS4 SHUT ST", one.target is not None, "Shutter open [T] or closed [F]."))
    return cards if irdis or not one.prism else [*cards, *_prism(one)]


def _without_mask(one: Exposure) -> list[Card]:
    return [
        ("ESO INS COMB ICOR", one.coronagraph, "Infra-Red coronograph combination"),
        ("ESO INS COMB IFLT", "BB_H", "Filter combination"),
        ("ESO INS COMB VCOR", "V_NC_WF", "Visible coronograph combination"),
        ("ESO INS4 FILT2 ID", "OPEN", "Filter unique id."),
        ("ESO INS4 FILT2 NAME", "OPEN", "NIR Neutral Density filters."),
        ("ESO INS4 OPTI11 NAME", "CLEAR_NIR", "NIR coronagraphs wheel."),
        ("ESO INS4 OPTI13 NAME", "DIC_H", "IRDIS-IFS selector."),
        ("ESO INS4 OPTI14 NAME", "CLEAR", "IFS Lyot wheel."),
    ]


def _prism(one: Exposure) -> list[Card]:
    lit = one.type.endswith(",LAMP")
    return [
        ("ESO INS2 MODE", "NIROBS", "Instrument mode used."),
        ("ESO INS2 CAL", "ON" if lit else "OFF", "Calibration lamps"),
        ("ESO INS2 COMB IFS", {"YJ": "OBS_YJ", "YJH": "OBS_H"}[one.prism], "IFS combination"),
        ("ESO INS2 FILT NAME", "OPEN", "Name of the IFS ND filter."),
        ("ESO INS2 OPTI1 NAME", "OPEN", "IFS calibration pickup mirror."),
        ("ESO INS2 OPTI2 ID", f"PRIS_{one.prism}", "OPTIi unique ID."),
        ("ESO INS2 OPTI2 NAME", f"PRI_{one.prism}", "IFS disperser selector."),
        ("ESO INS2 DITH POSX", 0.0, "X Position for dithering"),
        ("ESO INS2 DITH POSY", 0.0, "Y Position for dithering"),
        ("ESO INS2 SHUT ST", True, "Shutter open."),
        ("ESO INS2 TEMP201 VAL", 82.0, "[K] IFS detector T."),
        ("ESO INS2 TEMP203 VAL", 16.2, "[C] IFS bench T."),
    ]


def _seconds(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
