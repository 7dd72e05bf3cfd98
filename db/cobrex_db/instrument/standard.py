"""Columns every instrument has, and where ESO headers keep them."""

from __future__ import annotations

from typing import Any

from .values import MJD_RANGE, Clean, day, integer, moment, number, text

FIELDS: dict[str, Clean] = {
    "instrument": text(32),
    "arm": text(32),
    "object": text(190),
    "target": text(190),
    "archive_name": text(190),
    "date_obs": moment,
    "mjd_obs": number,
    "night": day,
    "ra_deg": number,
    "dec_deg": number,
    "filter": text(64),
    "coronagraph": text(64),
    "neutral_density": text(64),
    "dit_s": number,
    "ndit": integer(32),
    "exposure_s": number,
    "seeing_arcsec": number,
    "coherence_time_s": number,
    "airmass_start": number,
    "airmass_end": number,
    "parallactic_start_deg": number,
    "parallactic_end_deg": number,
}

OBSERVATION: dict[str, Clean] = {
    "programme": text(64),
    "ob_id": integer(64),
    "ob_name": text(190),
    "template_id": text(64),
    "template_start": moment,
}

STANDARD: dict[str, Clean] = {**FIELDS, **OBSERVATION}

# RA and Dec as given and the night are finished in Python, once all columns are there
DERIVED = frozenset({"instrument", "night"})

_AIRMASS = {"within": [1, 40]}

ESO_COLUMNS: dict[str, Any] = {
    "arm": "ESO SEQ ARM",
    "object": "OBJECT",
    "target": "ESO OBS TARG NAME",
    "archive_name": "ARCFILE",
    "date_obs": "DATE-OBS",
    "mjd_obs": {"key": "MJD-OBS", "within": list(MJD_RANGE)},
    "ra_deg": {
        "first_of": [
            {"key": "RA", "within": [0, 360]},
            {"hms": "ESO TEL TARG ALPHA", "within": [0, 360]},
        ]
    },
    "dec_deg": {
        "first_of": [
            {"key": "DEC", "within": [-90, 90]},
            {"dms": "ESO TEL TARG DELTA", "within": [-90, 90]},
        ]
    },
    "dit_s": {"first_of": ["ESO DET SEQ1 DIT", "ESO DET DIT", "ESO DET DIT1"], "within": [0, 1e6]},
    "ndit": "ESO DET NDIT",
    "exposure_s": {"key": "EXPTIME", "within": [0, 1e7]},
    # -1 stands for "not measured" in ESO's ambient keywords
    "seeing_arcsec": {
        "mean": [
            {"key": "ESO TEL AMBI FWHM START", "within": [0.01, 30]},
            {"key": "ESO TEL AMBI FWHM END", "within": [0.01, 30]},
        ],
        "round": 3,
    },
    "coherence_time_s": {"key": "ESO TEL AMBI TAU0", "within": [1e-6, 1]},
    "airmass_start": {"key": "ESO TEL AIRM START", **_AIRMASS},
    "airmass_end": {"key": "ESO TEL AIRM END", **_AIRMASS},
    "parallactic_start_deg": {"key": "ESO TEL PARANG START", "within": [-360, 360]},
    "parallactic_end_deg": {"key": "ESO TEL PARANG END", "within": [-360, 360]},
    "programme": "ESO OBS PROG ID",
    "ob_id": "ESO OBS ID",
    "ob_name": "ESO OBS NAME",
    "template_id": "ESO TPL ID",
    "template_start": "ESO TPL START",
}
