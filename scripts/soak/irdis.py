#!/usr/bin/env python3
"""Simulated IRDIS stars through every workflow, against the truth: irdis.py --seed 7 --stars 4."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits

from cobrex.simulate.irdis_night import Request, simulate_irdis

SCALE_MAS = 12.25
FOUND = {
    "irdis_dbi": ("ADI_DETECTIONS", ["--set", "forward_model=false", "--set", "crop_px=101"]),
    "irdis_rdi": ("IRD_RDI_DETECTIONS", ["--set", "crop_px=101"]),
    "irdis_paco": ("IRD_PACO_DETECTIONS", ["--set", "crop_px=101"]),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--stars", type=int, default=4)
    parser.add_argument("--side", type=int, default=128)
    parser.add_argument("--targets", type=int, default=2, help="stars that are reduced")
    parser.add_argument("--workflow", action="append", choices=FOUND)
    parser.add_argument("--home", type=Path, help="COBREX_HOME; by default a new one")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = given.home or Path(folder) / "home"
        asked = Request(seed=given.seed, stars=given.stars, side=given.side)
        made = simulate_irdis(Path(folder) / "night", asked)
        cobrex(home, "import", str(made.folder))
        stars = dict(list(made.truth["stars"].items())[: given.targets])
        names = [word for name in stars for word in ("--star", name)]
        for workflow in given.workflow or FOUND:
            frame_type, options = FOUND[workflow]
            cobrex(home, "reduce", "--workflow", workflow, *names, *options)
            compare(home, workflow, frame_type, stars)


def cobrex(home: Path, *words: str) -> str:
    """Run a command; what it says of failures is shown."""
    done = subprocess.run(
        [sys.executable, "-m", "cobrex", *words],
        env={**os.environ, "COBREX_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(f"{' '.join(words)}: exit code {done.returncode}\n{done.stdout[-2000:]}{done.stderr}")
    return done.stdout


def compare(home: Path, workflow: str, frame_type: str, stars: dict[str, Any]) -> None:
    """Print for every star what was put in and what was found."""
    words = ("find", "--frame", frame_type, "--json", "--columns", "target,night,path")
    rows = json.loads(cobrex(home, *words) or "[]")
    for name, truth in stars.items():
        paths = [r["path"] for r in rows if (r["target"], r["night"]) == (name, truth["night"])]
        found = [row for path in paths for row in fits.getdata(path, 1)]
        strong = sorted((float(row["SNR"]) for row in found if row["SNR"] >= 5), reverse=True)
        offs = [min((off(row, p) for row in found), default=np.inf) for p in truth["planets"]]
        print(
            f"{workflow:<11} {name:<12} {len(truth['planets'])} put in, "
            f"S/N of what was found {[round(s, 1) for s in strong]}, "
            f"off by {[round(float(o), 2) for o in offs]} pixels"
        )


def off(row: Any, planet: dict[str, Any]) -> float:
    """Distance of a detection from a planet, pixels."""
    turns = np.radians([row["PA"], planet["position_angle_deg"]])
    away = np.array([row["SEPARATION"], planet["separation_mas"]]) / SCALE_MAS
    return float(np.abs(away[0] * np.exp(1j * turns[0]) - away[1] * np.exp(1j * turns[1])))


main()
