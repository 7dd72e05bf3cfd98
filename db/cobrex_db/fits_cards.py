"""Reads the cards of FITS headers: fast for some keywords, whole for people."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from .fits_blocks import headers
from .fits_structure import CARD

Value = str | int | float | bool | None

_HIERARCH = b"HIERARCH "
_COMMENTARY = frozenset({"COMMENT", "HISTORY", ""})
_QUOTED = re.compile(rb"'((?:[^']|'')*)'")
_INTEGER = re.compile(rb"[+-]?[0-9]+")
_REAL = re.compile(rb"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[EeDd][+-]?[0-9]+)?|[+-]?(?i:nan|inf)")
_LONGEST_INTEGER = 40
_NOT_A_VALUE = object()


class Cards(dict[str, Value]):
    """Values by keyword.

    Attributes
    ----------
    illegal : int
        Cards left out because their value means nothing.
    """

    illegal = 0


def parse_cards(header: bytes, wanted: frozenset[str] | None = None) -> Cards:
    """Read the values of a header.

    Parameters
    ----------
    header : bytes
        Its blocks.
    wanted : frozenset of str, optional
        Keywords to read, without HIERARCH; all when not given.

    Returns
    -------
    Cards
        The first card of a keyword counts; illegal ones are left out and counted.

    References
    ----------
    .. [1] FITS Standard 4.0, section 4; ESO HIERARCH convention, ESO Data Interface Control
       Document GEN-SPE-ESO-19400-794.
    """
    cards = [header[at : at + CARD] for at in range(0, len(header), CARD)]
    if wanted is None:
        return _every(cards)
    names = _names(wanted)
    result = Cards()
    for number, card in enumerate(cards):
        key, equals, rest = card.partition(b"=")
        name = names.get(key)
        if name is None:
            name = names.get(key.rstrip())
            if name is None:
                continue
        if equals and name not in result:
            _put(result, name, rest, cards, number)
    return result


def all_cards(path: str | Path) -> list[tuple[str, Value, str]]:
    """Return the cards of all HDUs of a file, for reading.

    Parameters
    ----------
    path : str or pathlib.Path

    Returns
    -------
    list of (str, value, str)
        Keyword, value, comment; commentary cards have their text as value, an illegal card
        its text and the comment ``illegal card``.

    Raises
    ------
    RejectionError
        When the file cannot be read.
    """
    result: list[tuple[str, Value, str]] = []
    for header in headers(path):
        cards = [header[at : at + CARD] for at in range(0, len(header), CARD)]
        for number, card in enumerate(cards):
            if card.startswith(b"END     "):
                break
            if not card.startswith(b"CONTINUE  "):
                result.append(_readable(card, cards, number))
    return result


@lru_cache(maxsize=8)
def _names(wanted: frozenset[str]) -> dict[bytes, str]:
    """Return keywords by what stands before the equal sign, with and without a last blank."""
    names = {}
    for name in wanted:
        short = len(name) <= 8 and " " not in name
        key = name.encode() if short else _HIERARCH + name.encode()
        names[key] = names[key + b" "] = name
        if short:
            names[name.ljust(8).encode()] = name
    return names


def _every(cards: list[bytes]) -> Cards:
    result = Cards()
    for number, card in enumerate(cards):
        name, rest = _split(card)
        if name == "END":
            break
        if rest is not None and name not in result:
            _put(result, name, rest, cards, number)
    return result


def _split(card: bytes) -> tuple[str, bytes | None]:
    """Return keyword and what follows the equal sign; None for commentary."""
    key, equals, rest = card.partition(b"=")
    if equals and key.startswith(_HIERARCH):
        return " ".join(_text(key).split()[1:]), rest
    if equals and len(key) == 8 and b" " not in key.rstrip():
        return _text(key), rest
    return _text(card[:8]), None


def _put(result: Cards, name: str, rest: bytes, cards: list[bytes], number: int) -> None:
    value = _value(rest)
    if value is _NOT_A_VALUE:
        result.illegal += 1
        return
    if isinstance(value, str) and value.endswith("&"):
        value = _continued(value, cards, number)
    result[name] = value  # type: ignore[assignment]


def _value(rest: bytes) -> Value | object:
    body = rest.lstrip()
    if body.startswith(b"'"):
        end = body.find(b"'", 1)
        if end > 0 and body[end + 1 : end + 2] != b"'":
            return _text(body[1:end])
        quoted = _QUOTED.match(body)
        return _text(quoted[1].replace(b"''", b"'")) if quoted else _NOT_A_VALUE
    return _plain(body.partition(b"/")[0].rstrip())


def _plain(word: bytes) -> Value | object:
    if word == b"T":
        return True
    if word == b"F":
        return False
    if not word:
        return None
    if _INTEGER.fullmatch(word):
        return int(word) if len(word) <= _LONGEST_INTEGER else _NOT_A_VALUE
    if _REAL.fullmatch(word):
        return float(word.upper().replace(b"D", b"E") if b"D" in word.upper() else word)
    return _NOT_A_VALUE


def _continued(value: str, cards: list[bytes], number: int) -> str:
    text = value
    for card in cards[number + 1 :]:
        if not text.endswith("&") or not card.startswith(b"CONTINUE"):
            break
        more = _value(card[8:])
        text = text[:-1] + (more if isinstance(more, str) else "")
    return text


def _readable(card: bytes, cards: list[bytes], number: int) -> tuple[str, Value, str]:
    name, rest = _split(card)
    if rest is None:
        return name, _text(card[8:]), "" if name in _COMMENTARY else "illegal card"
    result = Cards()
    _put(result, name, rest, cards, number)
    if result.illegal:
        return name, _text(rest).strip(), "illegal card"
    return name, result[name], _comment(rest)


def _comment(rest: bytes) -> str:
    body = rest.lstrip()
    quoted = _QUOTED.match(body) if body.startswith(b"'") else None
    after = body[quoted.end() :] if quoted else body
    return _text(after.partition(b"/")[2]).strip()


def _text(raw: bytes) -> str:
    try:
        return raw.decode("ascii").rstrip()
    except UnicodeDecodeError:
        return raw.decode("utf-8", "replace").rstrip()
