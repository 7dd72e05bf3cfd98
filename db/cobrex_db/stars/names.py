"""One normal form for the names of stars."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from .constellations import CONSTELLATIONS, GREEK

MAX_NAME = 190

_NUMBERED = re.compile(
    r"(HR|HD|HIP|SAO|GJ|GL|GLIESE) ?[-.]? ?0*([0-9]{1,9}(?:\.[0-9]{1,2})?)(?: ?([A-D]{1,2}))?",
    re.I | re.A,
)
_TYCHO = re.compile(r"TYC ?-?0*([0-9]{1,4})[ -]0*([0-9]{1,5})[ -]([1-3])", re.I | re.A)
_TWO_MASS = re.compile(r"2MASS ?J? ?([0-9]{8}[+-][0-9]{7})", re.I | re.A)
_SURVEY = re.compile(
    r"(BD|CD|CPD|CP) ?([+-])([0-9]{1,2})[ °d]+0*([0-9]{1,5})([A-Da-d]?)", re.I | re.A
)
_PREFIX = re.compile(r"(?:\*\*?|V\*|NAME )\s*", re.I | re.A)
_GREEK_FORMS = "|".join(sorted(GREEK, key=len, reverse=True))
_GREEK_LETTER = re.compile(rf"({_GREEK_FORMS})[. ]*0*([0-9]{{0,2}})[. ]*", re.I)
_FLAMSTEED = re.compile(r"0*([1-9][0-9]{0,2}) *", re.A)
_LATIN = re.compile(r"([A-Za-z])\.?0*([0-9]{0,2}) +", re.A)
_LATIN_GLUED = re.compile(r"([A-Za-z])(?=[A-Z][A-Za-z]{2}$)", re.A)
_VARIABLE = re.compile(r"([A-Za-z]{2}|[Vv]0*[1-9][0-9]{2,4}) *", re.A)
_PLACE = re.compile(r"([A-Za-z][A-Za-z ]+?)(?: *(?<=[a-z])([A-D])| +([A-D]{1,2}|[a-d]))?", re.A)
# a word of two letters that is both a Greek letter and a legal variable star designation
_MU_NU = re.compile(r"(?:MU|NU) *(?=[A-Z])", re.I | re.A)

_WEAK = re.compile(r"[A-Z][0-9]+", re.A)


@dataclass(frozen=True, slots=True)
class Name:
    """A name taken apart.

    Attributes
    ----------
    catalogue : str
        ``HR``, ``HD``, ``HIP``, ``SAO``, ``GJ``, ``TYC``, ``2MASS``, ``BD``, ``CD``, ``CPD``,
        ``Bayer``, ``Flamsteed``, ``variable``, or ``other``.
    key : str
        The normal form: equal for two spellings of one name.
    """

    catalogue: str
    key: str


def normal_form(name: str) -> str:
    """Return the form that all spellings of a name share.

    Parameters
    ----------
    name : str
        As a person or a header writes it: ``hr 100``, ``HR-100``, ``κ Phe``, ``TYC_7415_0284_1``.

    Returns
    -------
    str
        ``HR 100``, ``kap Phe``, ``TYC 7415-284-1``; empty when nothing readable is left.
        Names longer than the catalogue holds are cut.
    """
    return parse(name).key


@lru_cache(maxsize=4096)
def parse(name: str) -> Name:
    """Take a name apart.

    Single letters keep their case (``b Cen`` and ``B Cen`` are two stars), and ``MU Cas`` (a
    variable) is not ``mu Cas`` (a Bayer letter).

    Parameters
    ----------
    name : str
        As a person or a header writes it.

    Returns
    -------
    Name
    """
    text = _clean(name)
    bare = _PREFIX.sub("", text, count=1) if _PREFIX.match(text) else text
    found = _numbered(bare) or _coordinates(bare) or _lettered(bare)
    return found or Name("other", _other(bare)[:MAX_NAME].rstrip())


def is_weak(key: str) -> bool:
    """Tell whether a normal form is so short that headers use the like for fields and calibrators.

    Parameters
    ----------
    key : str
        From `normal_form`: ``A1127`` is a double star, and anything else.

    Returns
    -------
    bool
    """
    return _WEAK.fullmatch(key) is not None


def legible(name: str) -> str:
    """Return a name without what no person or database can read, blanks made single.

    Parameters
    ----------
    name : str
        As a header holds it.

    Returns
    -------
    str
        At most as long as the catalogue's columns.
    """
    kept = "".join(c for c in name if _readable(c) or unicodedata.category(c) == "Mn")
    return " ".join(kept.split())[:MAX_NAME].rstrip()


def _clean(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name)
    text = "".join(" " if c == "_" or c.isspace() else c for c in decomposed if _readable(c))
    return " ".join(text.split())


def _readable(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) not in {
        "Mn", "Cc", "Cf", "Cs", "Co", "Cn",
    }  # fmt: skip


def _numbered(text: str) -> Name | None:
    match = _NUMBERED.fullmatch(text)
    if match is None:
        return None
    catalogue = match[1].upper().replace("GLIESE", "GJ").replace("GL", "GJ")
    return Name(catalogue, f"{catalogue} {match[2]}{(match[3] or '').upper()}")


def _coordinates(text: str) -> Name | None:
    if match := _TYCHO.fullmatch(text):
        return Name("TYC", f"TYC {match[1]}-{match[2]}-{match[3]}")
    if match := _TWO_MASS.fullmatch(text):
        return Name("2MASS", f"2MASS J{match[1]}")
    if match := _SURVEY.fullmatch(text):
        survey = "CPD" if match[1].upper() in {"CP", "CPD"} else match[1].upper()
        zone = f"{survey}{match[2]}{match[3].zfill(2)}"
        return Name(survey, f"{zone} {match[4]}{match[5].upper()}")
    return None


def _lettered(text: str) -> Name | None:
    """Bayer, Flamsteed and variable star names: something, then a constellation."""
    if match := _FLAMSTEED.match(text):
        rest = text[match.end() :]
        if place := _place(rest):
            return Name("Flamsteed", f"{match[1]} {place}")
        return _greek(rest)  # 11 Bet Mon: the letter says more than the number
    return _greek(text) or _variable(text) or _latin(text)


def _greek(text: str) -> Name | None:
    match = _GREEK_LETTER.match(text)
    if match is None or (_MU_NU.match(text) and text[:2].isupper()):
        return None
    place = _place(text[match.end() :])
    letter = GREEK[match[1].lower()]
    return Name("Bayer", f"{letter}{match[2]} {place}") if place else None


def _variable(text: str) -> Name | None:
    match = _VARIABLE.match(text)
    place = _place(text[match.end() :]) if match else None
    if match is None or place is None:
        return None
    letters = match[1].upper()
    return Name("variable", f"{letters[0]}{letters[1:].lstrip('0')} {place}")


def _latin(text: str) -> Name | None:
    match = _LATIN.match(text)
    if match is None and (glued := _LATIN_GLUED.match(text)):
        place = CONSTELLATIONS.get(text[1:].lower())
        return Name("Bayer", f"{glued[1]} {place}") if place == text[1:] else None
    place = _place(text[match.end() :]) if match else None
    return Name("Bayer", f"{match[1]}{match[2]} {place}") if match and place else None


def _place(text: str) -> str | None:
    """Return ``Cen`` or ``Cen A`` when the text is a constellation, with or without component."""
    whole = CONSTELLATIONS.get(text.replace(" ", "").lower())
    if whole is not None:
        return whole
    match = _PLACE.fullmatch(text)
    abbreviation = CONSTELLATIONS.get(match[1].replace(" ", "").lower()) if match else None
    component = (match[2] or match[3] or "").upper() if match else ""
    return f"{abbreviation} {component}" if abbreviation and component else None


def _other(text: str) -> str:
    # upper() may make a sequence that decomposes further
    folded = " ".join(unicodedata.normalize("NFKD", text.upper()).split())
    folded = re.sub(r"(?<=[A-Z0-9]) ?J(?=[0-9]{4})", " J", folded, flags=re.A)
    folded = re.sub(r"^([A-Z]) (?=[0-9])", r"\1", folded, flags=re.A)
    if re.match(r"(?:BD|CD|CPD|CP|SD) ?[+-]", folded):
        return folded
    return re.sub(r"^([A-Z]{2,}) ?-? ?(?=[0-9])", r"\1 ", folded, flags=re.A)
