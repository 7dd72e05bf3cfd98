"""The man page of an ESO recipe: what it takes and makes, as far as free text can tell."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from .esorex_parameters import plain

MAX_FRAMES = 60
TAG = r"(?=\w{3})[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*"
_ANY_CASE = r"(?=\w{3})[A-Z][A-Z0-9]*(?:_(?:[A-Z0-9]+|x{3,4}))*"

_SECTION = re.compile(r"^([A-Z]{4,})$", re.MULTILINE)
_MAKES = re.compile(
    r"\boutputs?\b|\bproduces\b|\bproducts?\b.*(?:PRO CATG|:\s*$|FITS card)|\bproduct frames\b"
    r"|PRO CATG|\bcreates\b",
    re.IGNORECASE,
)
_TAKES = re.compile(
    r"\binput (?:files?|frames?)\b|set of frames|in the SOF|\btagged\b|\binput of the recipe\b"
    r"|\b(?:expected|additional) input\b|\binput for\b",
    re.IGNORECASE,
)
_ENDS = re.compile(r"^\s*(?:return code|for more details|the recipe performs)", re.IGNORECASE)
# MUSE: FLAT   raw   Y  >=3 Raw flat     VIMOS: BIAS   Raw   Bias exposure   Y
_COUNTED = re.compile(rf"\s+({TAG})\s+(raw|calib)\s+([Y.])\s+(?:(>=)?\s*(\d+))?\s*(.*)")
_REQUIRED = re.compile(
    rf"\s+({TAG})\s+(raw|calib\w*|products?)\s+(\S.*?)\s+([Y.])\s*", re.IGNORECASE
)
# HAWKI: raw-file.fits DARK or           NACO: dark-file.fits (optional)
_FILE = re.compile(rf"\s*([A-Za-z0-9][\w.-]*(?:\.fits|\.txt|-[\w.-]+))\s+({TAG})\b\.?\s*(.*)")
_MADE_FILE = re.compile(rf"\s*\S+\.fits\s*\(({TAG})\)\s*:?\s*(.*)")
_ROW = re.compile(rf"\s+'?({_ANY_CASE})'?(?:\s{{2,}}|\s*:\s+)(\S.*)")
_LOOSE_ROW = re.compile(rf"\s+({TAG})\s+(\S.*)")
_ALONE = re.compile(rf"\s*({TAG})\s*(?:or\s*|\(.*)?")
_RULE = re.compile(r"\s*-{5,}[\s-]*")
_WORD = re.compile(rf"\b({_ANY_CASE})\b")
_BETWEEN = re.compile(r"[\s,'/]*(?:or|and/or)?[\s,'/]*")
_CHIPS = re.compile(r"x{3,4}\s*=\s*([A-Z]+(?:\s*(?:,|or)\s*[A-Z]+)+)")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A kind of frame a man page speaks of.

    Attributes
    ----------
    tags : tuple of str
        Any of these.
    description : str
        What the page says.
    raw, required : bool
        Whether it is a raw frame; whether the recipe needs it.
    min : int
        Fewest, where the page says.
    max : int or None
        Most, None for any number.
    alternative : str
        Frames of one such word, in the page, take each other's place.
    """

    tags: tuple[str, ...]
    description: str = ""
    raw: bool = False
    required: bool = False
    min: int = 1
    max: int | None = 1
    alternative: str = ""


def sections(page: str) -> dict[str, str]:
    """Return the texts of a man page by heading: ``NAME``, ``DESCRIPTION`` ..."""
    parts = _SECTION.split(page)
    return dict(zip(parts[1::2], parts[2::2], strict=False))


def inputs_of(page: str) -> list[Proposal]:
    """Return what a recipe takes; the first one is its main input.

    Parameters
    ----------
    page : str
        As ``esorex --man-page`` prints it.

    Returns
    -------
    list of Proposal
        Empty when the page does not tell.
    """
    takes, _ = _halves(sections(page).get("DESCRIPTION", ""))
    found = _table(takes) or _files(takes) or _words(takes)
    return _main_first(_joined(found))[:MAX_FRAMES]


def outputs_of(page: str) -> list[Proposal]:
    """Return what a recipe makes, by ``PRO CATG``; the first one is its main output."""
    takes, makes = _halves(sections(page).get("DESCRIPTION", ""))
    found: list[Proposal] = []
    for line in makes:
        match = _MADE_FILE.fullmatch(line) or _ROW.fullmatch(line)
        if match is None and (alone := _ALONE.fullmatch(line)):
            found.append(Proposal((alone[1],)))
        elif match is not None:
            found += [Proposal((tag,), plain(match[2])) for tag in _chips(match[1], takes + makes)]
    return _joined(found)[:MAX_FRAMES]


def _halves(text: str) -> tuple[list[str], list[str]]:
    """Split a description into the lines that tell inputs and those that tell products."""
    takes: list[str] = []
    makes: list[str] = []
    now: list[str] | None = takes
    for line in text.replace("(P)", "").splitlines():
        if _ENDS.search(line):
            now = None
        elif _MAKES.search(line) and not _FILE.fullmatch(line) and not _known_row(line):
            now = makes
        elif _TAKES.search(line) and not _known_row(line):
            now = takes
        if now is not None:
            now.append(line)
    return takes, makes


def _known_row(line: str) -> bool:
    return bool(
        _COUNTED.fullmatch(line)
        or _REQUIRED.fullmatch(line)
        or _MADE_FILE.fullmatch(line)
        or re.match(rf"\s+'?{_ANY_CASE}'?\s{{2,}}\S", line)
    )


def _table(lines: list[str]) -> list[Proposal]:
    """Read tables of tags: with counts (MUSE), with Y (VIMOS), with a line of dashes (HAWKI)."""
    found: list[Proposal] = []
    ruled = False
    for line in lines:
        if counted := _COUNTED.fullmatch(line):
            tag, kind, need, least, number, text = counted.groups()
            count = int(number or 0)
            raw, most = kind == "raw", None if least or not number else count
            low = max(1, count if least else 1)
            either = raw and need == "." and "optional" not in text.lower()
            found.append(Proposal((tag,), plain(text), raw, need == "Y", low, most, "raw" * either))
        elif row := _REQUIRED.fullmatch(line):
            raw = row[2].lower() == "raw"
            most = None if raw else 1
            found.append(Proposal((row[1],), plain(row[3]), raw, row[4] == "Y", 1, most))
        elif _RULE.fullmatch(line):
            ruled = True
        elif ruled and (loose := _LOOSE_ROW.fullmatch(line)) and line.startswith("   "):
            found.append(Proposal((loose[1],), plain(loose[2]), raw=" raw " in loose[2]))
        elif ruled and line.strip() and found:
            ruled = False
    return found


def _files(lines: list[str]) -> list[Proposal]:
    """Read lines of a file's name and its tag."""
    found = []
    for line in lines:
        if match := _FILE.fullmatch(line):
            sky = match[2].endswith("_SKY")
            found.append(
                Proposal(
                    (match[2],),
                    plain(match[1].removesuffix(".fits")),
                    raw="raw" in match[1].lower() and not sky,
                    alternative="" if sky else match[1],
                )
            )
    return found


def _words(lines: list[str]) -> list[Proposal]:
    """Read running text: every word that looks like a tag; those joined by "or" are one input."""
    text = "\n".join(lines)
    found: list[Proposal] = []
    end = -1
    for match in _WORD.finditer(text):
        if "_" not in match[1] or match[1].endswith("_"):
            continue
        tags = _chips(match[1], lines)
        gap = text[end : match.start()]
        if found and end >= 0 and ("or" in gap or "," in gap) and _BETWEEN.fullmatch(gap):
            found[-1] = replace(found[-1], tags=(*found[-1].tags, *tags))
        else:
            found.append(Proposal(tuple(tags)))
        end = match.end()
    return found


def _chips(tag: str, lines: Iterable[str]) -> list[str]:
    """Return a tag as it stands, or, for ``MASTER_BIAS_xxxx``, one a chip."""
    if not tag.endswith("x"):
        return [tag]
    named = _CHIPS.search(" ".join(lines))
    stem = tag.rstrip("x")
    return [stem + chip for chip in re.findall(r"[A-Z]+", named[1])] if named else []


def _joined(found: Iterable[Proposal]) -> list[Proposal]:
    """Say each tag once, and put alternatives together."""
    seen: set[str] = set()
    result: list[Proposal] = []
    for one in found:
        tags = tuple(dict.fromkeys(tag for tag in one.tags if tag not in seen))
        seen.update(tags)
        twin = next((n for n, other in enumerate(result) if _interchangeable(one, other)), None)
        if tags and twin is not None:
            result[twin] = replace(result[twin], tags=(*result[twin].tags, *tags))
        elif tags:
            result.append(replace(one, tags=tags))
    return result


def _interchangeable(one: Proposal, other: Proposal) -> bool:
    return (
        bool(one.alternative)
        and one.alternative == other.alternative
        and (one.required == other.required)
    )


def _main_first(found: list[Proposal]) -> list[Proposal]:
    main = next((n for n, one in enumerate(found) if one.raw), 0)
    return [*found[main : main + 1], *found[:main], *found[main + 1 :]]
