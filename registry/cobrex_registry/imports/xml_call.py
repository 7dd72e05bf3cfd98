"""The command of a recipe in XML: binary, script, and the files it brings."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from cobrex_registry.store.tree_files import EXECUTABLE, LINK, TreeFile, read_tree

from .safe_xml import Element, refused

_INLINE = re.compile(r"\$([1-9][0-9]?)")
_PYTHON = re.compile(r"(?:/usr/bin/|/usr/local/bin/|/usr/bin/env )?(python3?)")
_ROOM = re.compile(r"[^{}\x00-\x1f]*")
_REPEATS = re.compile(r"[*+?{]")
_NESTED = re.compile(r"\)[*+?{]")


def inline_name(number: str) -> str:
    """Return our name of ``$1``."""
    return f"arg{number}"


def files_of(path: Path, executable: Element) -> tuple[dict[str, bytes], set[str]]:
    """Return the files beside an XML file that its recipe needs.

    Parameters
    ----------
    path : pathlib.Path
        The XML file.
    executable : Element
        Names script and includes.

    Returns
    -------
    files : dict of str to bytes
        By path relative to the XML file.
    programs : set of str
        Those that may be executed.
    """
    names = [word for tag in ("binary", "script") for word in _words(path, executable, tag)]
    includes = executable.first("includes")
    patterns = [
        simple_pattern(path, one, "regex") for one in (includes.all("include") if includes else [])
    ]
    script = executable.first("script")
    wanted = [name for name in names if _inside(name)]
    there = _beside(path.parent) if wanted or patterns else {}
    chosen = {
        n: f for n, f in there.items() if n in wanted or any(p.fullmatch(n) for p in patterns)
    }
    first = next(iter(_words(path, executable, "script")), "")
    if script is not None and first and first not in chosen and "." in PurePosixPath(first).name:
        raise refused(
            path,
            script.line,
            script.column,
            f"the script {first[:80]!r} does not lie beside the file",
            "copy it there, named by a path relative to the XML file",
        )
    programs = {n for n, one in chosen.items() if one.mode == EXECUTABLE}
    binary = next(iter(_words(path, executable, "binary")), "")
    return {n: one.data for n, one in chosen.items()}, programs | ({binary} & {*chosen})


def command_of(
    path: Path,
    executable: Element,
    files: Mapping[str, bytes],
    forms: Mapping[str, str],
    *,
    sof: bool,
    options: bool,
) -> list[str]:
    """Return the words of the command: ``binary script [options] file.sof``.

    Parameters
    ----------
    path : pathlib.Path
        The XML file, for messages.
    executable : Element
        Names binary and script.
    files : mapping
        Of the recipe.
    forms : mapping
        Inline parameters there are: ``1`` to its name.
    sof : bool
        Whether there is a SOF.
    options : bool
        Whether anything is told by options.

    Returns
    -------
    list of str
    """
    words = [*_words(path, executable, "binary"), *_words(path, executable, "script")]
    if not words:
        place = executable.first("binary") or executable
        raise refused(
            path, place.line, place.column, "neither binary nor script", '<binary value="python"/>'
        )
    if match := _PYTHON.fullmatch(words[0]):
        words[0] = match[1]
    elif words[0] in files and "/" not in words[0]:
        words[0] = f"./{words[0]}"
    filled = []
    for word in words:
        for number in _INLINE.findall(word):
            if number not in forms:
                raise refused(
                    path,
                    executable.line,
                    executable.column,
                    f"${number} stands in the call, and no parameter is called so",
                    f'<parameter name="${number}">',
                )
        filled.append(_INLINE.sub(lambda match: f"{{{forms[match[1]]}}}", word))
    return [*filled, *(["{options}"] if options else []), *(["{sof}"] if sof else [])]


def _words(path: Path, executable: Element, tag: str) -> list[str]:
    element = executable.first(tag)
    said = executable.value(tag)
    if element is None or not said:
        return []
    try:
        words = shlex.split(said)
    except ValueError as error:
        raise refused(path, element.line, element.column, str(error), "close the quotes") from error
    if not all(_ROOM.fullmatch(word) for word in words):
        raise refused(
            path, element.line, element.column, f"{said[:60]!r} holds braces", "do without them"
        )
    return words


def _inside(name: str) -> bool:
    return not name.startswith(("/", "-")) and ".." not in PurePosixPath(name).parts


def simple_pattern(path: Path, element: Element, attribute: str) -> re.Pattern[str]:
    """Return the regular expression of an attribute, if it is one that always comes to an end.

    Raises
    ------
    RegistryError
        Of kind ``xml``.
    """
    said = element.attributes.get(attribute, "").strip()
    # what repeats a repetition takes for ever on a name that nearly fits
    if 0 < len(said) <= 100 and len(_REPEATS.findall(said)) <= 3 and not _NESTED.search(said):
        try:
            return re.compile(said)
        except (re.error, OverflowError, RecursionError):
            pass
    raise refused(
        path,
        element.line,
        element.column,
        f"{said[:60]!r} is no simple regular expression",
        "a plain pattern, such as lib/.*\\.py",
    )


def _beside(folder: Path) -> dict[str, TreeFile]:
    files, _ = read_tree(folder)
    return {one.path: one for one in files if one.mode != LINK and len(one.path) <= 120}
