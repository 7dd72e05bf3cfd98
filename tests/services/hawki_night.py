"""Darks and jittered images as HAWK-I writes them: four detectors, the keywords its recipes ask."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from astropy.io import fits

LEVEL = {"DARK": 40, "OBJECT": 1040}


def write_night(folder: Path, *, size: int = 2048) -> list[Path]:
    """Write three darks and two images; the recipes' own windows need detectors of full size."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(7)
    noise = np.round(3 * random.standard_normal((size + 64, size + 64))).astype(np.int16)
    kinds = [(10, n, "DARK") for n in range(3)] + [(3, n, "OBJECT") for n in range(2)]
    paths = []
    for hour, minute, kind in kinds:
        time = f"2020-03-07T{hour:02d}:{minute:02d}:00.000"
        hdus = [fits.PrimaryHDU(header=_primary(kind, time, hour, minute))]
        for chip in (1, 2, 4, 3):
            shift = int(random.integers(0, 64))
            pixels = noise[shift : shift + size, shift : shift + size] + np.int16(LEVEL[kind])
            hdus.append(_chip(chip, pixels))
        path = folder / f"HAWKI.{time}.fits"
        fits.HDUList(hdus).writeto(path)
        paths.append(path)
    return paths


def _primary(kind: str, time: str, hour: int, minute: int) -> fits.Header:
    header = fits.Header()
    header["ORIGIN"], header["TELESCOP"], header["INSTRUME"] = "ESO", "ESO-VLT-U4", "HAWKI"
    header["OBJECT"] = "DARK" if kind == "DARK" else "HR 100"
    header["DATE-OBS"], header["MJD-OBS"] = time, 58915.0 + hour / 24 + minute / 1440
    header["ARCFILE"], header["EXPTIME"] = f"HAWKI.{time}.fits", 2.0
    for keyword, value in {
        "DPR CATG": "CALIB" if kind == "DARK" else "SCIENCE",
        "DPR TYPE": kind,
        "DPR TECH": "IMAGE",
        "DET DIT": 2.0,
        "DET NDIT": 1,
        "DET NCORRS NAME": "NonDest",
        "DET RSPEED": 1,
        "DET NDSAMPLES": 4,
        "DET MINDIT": 1.6,
        "INS FILT1 NAME": "OPEN",
        "INS FILT2 NAME": "Ks",
        "OBS ID": 1,
        "TPL START": "2020-03-07T10:00:00",
    }.items():
        header[f"HIERARCH ESO {keyword}"] = value
    return header


def _chip(number: int, pixels: np.ndarray) -> fits.ImageHDU:
    hdu = fits.ImageHDU(pixels.astype(np.int16), name=f"CHIP{number}.INT1")
    hdu.header["HIERARCH ESO DET CHIP NO"] = number
    hdu.header["HIERARCH ESO DET CHIP GAIN"] = 1.7
    hdu.header["HIERARCH ESO DET CHIP LIVE"] = True
    return hdu
