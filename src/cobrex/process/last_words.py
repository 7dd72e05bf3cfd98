"""Why a recipe ended badly, in its own words: the line of its log that says most."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath

_ERROR = re.compile(r"\[ ERROR \] *(.*)")
_SUMMARY = re.compile(r"esorex: *(?:Execution of recipe|Problem occurred|Unable to continue)")
_ESOREX = {  # what CPL and esorex mean by a code, for recipes that say nothing
    1: "the recipe failed, a keyword it needs is missing perhaps",
    6: "an input is not FITS",
    9: "a file of the SOF cannot be opened",
    10: "the SOF is empty, or lacks a tag the recipe needs",
    13: "esorex knows no such recipe; see --recipe-dir in the command",
    255: "esorex refused an option, or the recipe failed",
}


def last_words(argv: Sequence[str], exit_code: int, lines: Sequence[str]) -> str:
    """Return how a recipe ended and what it said of it.

    Parameters
    ----------
    argv : sequence of str
        The command; one that calls esorex is read in esorex's way.
    exit_code : int
        Negative: the signal that ended it.
    lines : sequence of str
        End of its log.

    Returns
    -------
    str
        ``exit code 255: hawki_cal_dark: No raw frame in input (DARK)``. Of esorex the first
        error, which later ones only follow; of all others the last line.
    """
    ended = f"exit code {exit_code}" if exit_code > 0 else f"signal {-exit_code}"
    said = next((line.strip() for line in reversed(lines) if line.strip()), "nothing on its log")
    if any(PurePath(word).name == "esorex" for word in argv):
        errors = [match[1].strip() for line in lines if (match := _ERROR.search(line))]
        told = [one for one in errors if not _SUMMARY.match(one)] or errors
        said = told[0] if told else _ESOREX.get(exit_code, said)
    return f"{ended}: {' '.join(said.split())}"
