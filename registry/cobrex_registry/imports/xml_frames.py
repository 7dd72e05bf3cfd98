"""Inputs and outputs of a recipe in XML: frame types, how many, how they are named."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from cobrex_registry.reading.fields import FRAME_TYPE
from cobrex_registry.recipe.calling import SPELLING

from .safe_xml import Element, plain, refused

_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,100}")
_FALSE = frozenset({"0", "false", "no", "off"})
_NUMBER = re.compile(r"[0-9]{1,6}")


def inputs_of(path: Path, parent: Element, notes: list[str]) -> tuple[list[dict[str, Any]], bool]:
    """Return the inputs of a recipe.

    Parameters
    ----------
    path : pathlib.Path
        The XML file, for messages.
    parent : Element
        Its ``inputs``.
    notes : list of str
        Gets what a person should look at.

    Returns
    -------
    inputs : list of dict
        As a manifest lists them; the first one required is main.
    use_sof : bool
        Whether the recipe reads a SOF.
    """
    use_sof = parent.attributes.get("use_sof", "true").strip().lower() not in _FALSE
    found: list[dict[str, Any]] = []
    for element in parent.all("input_frame"):
        low, high = _count(path, element, "min", 1), _count(path, element, "max", 0)
        one: dict[str, Any] = {**_frame(path, element, found), "min": low}
        one["max"] = max(high, low, 1) if high else None
        if not use_sof:
            one["option"] = _option(path, element)
            if one["max"] != 1:
                notes.append(
                    f"line {element.line}: the option {one['option']} is given once a frame"
                )
        found.append({**one, **_described(element)})
    if not found:
        raise refused(path, parent.line, parent.column, "no <input_frame>", "add one")
    main = next((one for one in found if one["min"]), found[0])
    if not main["min"]:
        main["min"] = 1
        notes.append(
            f"line {parent.line}: no input is required; {main['role']} became the main one"
        )
    main["main"] = True
    return found, use_sof


def outputs_of(path: Path, parent: Element, notes: list[str]) -> list[dict[str, Any]]:
    """Return the outputs of a recipe; extra ones are optional.

    Parameters
    ----------
    path : pathlib.Path
        The XML file, for messages.
    parent : Element
        Its ``outputs``.
    notes : list of str
        Gets what a person should look at.

    Returns
    -------
    list of dict
        As a manifest lists them.
    """
    named = parent.attributes.get("use_filename_parameter", "false").strip().lower()
    by_option = named not in {*_FALSE, ""}
    found: list[dict[str, Any]] = []
    for element in parent.children:
        if element.tag not in {"output_frame", "extra_output_frame"}:
            notes.append(f"line {element.line}: <{element.tag}> is not understood")
            continue
        extra = element.tag == "extra_output_frame"
        one = {**_frame(path, element, found), "file": _file(path, element)}
        if by_option and element.value("filename_parameter"):
            one["option"] = _option(path, element)
        count = {"min": 0, "max": None if "*" in one["file"] else 1} if extra else {}
        found.append({**one, **count, **_described(element)})
    if not found:
        raise refused(path, parent.line, parent.column, "no <output_frame>", "add one")
    if first := next((one for one in found if one.get("min", 1)), None):
        first["main"] = True
    return found


def _frame(path: Path, element: Element, before: list[dict[str, Any]]) -> dict[str, Any]:
    kinds = [one.attributes.get("value", "").strip() for one in element.all("frame_type")]
    if not kinds or not all(FRAME_TYPE.fullmatch(kind) for kind in kinds):
        raise refused(
            path,
            element.line,
            element.column,
            f"{', '.join(kinds)[:60]!r} is no frame type",
            '<frame_type value="IFS_DARK_RAW"/>',
        )
    role = base = kinds[0].lower()[:56].rstrip("_")
    taken = {one["role"] for one in before}
    number = 2
    while role in taken:
        role, number = f"{base}_{number}", number + 1
    return {"role": role, "frame_type": kinds[0] if len(kinds) == 1 else kinds}


def _count(path: Path, element: Element, key: str, usual: int) -> int:
    said = element.attributes.get(key, "").strip()
    if said in {"", "*", "inf", "-1"}:
        return usual
    if not _NUMBER.fullmatch(said):
        raise refused(path, element.line, element.column, f"{key}={said[:20]!r} is no count", "1")
    return int(said)


def _option(path: Path, element: Element) -> str:
    said = element.value("filename_parameter").lstrip("-")
    if not SPELLING.fullmatch(said):
        raise refused(
            path,
            element.line,
            element.column,
            f"{said[:60]!r} cannot be the name of an option",
            '<filename_parameter value="dark"/>: how else is the recipe told its file?',
        )
    return said


def _file(path: Path, element: Element) -> str:
    ending = element.attributes.get("format", "fits").strip().lower().lstrip(".") or "fits"
    said = element.value("default_name")
    name = said or "*"
    name = name if "." in name else f"{name}.{ending}"
    if not _FILE.fullmatch(name.replace("*", "x")):
        raise refused(
            path, element.line, element.column, f"{said[:60]!r} is no file name", "cube.fits"
        )
    return name


def _described(element: Element) -> dict[str, str]:
    said = plain(element.value("description"))
    return {"description": said} if said else {}
