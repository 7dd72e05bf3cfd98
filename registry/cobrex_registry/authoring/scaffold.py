"""A new recipe from a template: a complete folder that lints, publishes and reduces."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from cobrex_registry.admission.lint import check_files
from cobrex_registry.errors import RegistryError
from cobrex_registry.reading.fields import FRAME_TYPE, NAME
from cobrex_registry.reading.near_miss import near_miss
from cobrex_registry.reading.problems import refusal
from cobrex_registry.recipe.manifest import FILE
from cobrex_registry.recipe.working_folder import make, require_free
from cobrex_registry.store.tree_files import EXECUTABLE, PLAIN, TreeFile

TEMPLATES = ("python", "esorex", "command")
_PLACE = re.compile(r"@([a-z]+)@")
_INSTRUMENT = re.compile(r"[A-Za-z][A-Za-z0-9/_+. -]{0,79}")
_NO_TEXT = frozenset({"true", "false", "null"})
_FROM = Path(__file__).parent / "templates"


def create(
    folder: Path,
    name: str,
    *,
    template: str = "python",
    instrument: str = "SPHERE",
    takes: str = "",
    makes: str = "",
) -> None:
    """Write the folder of a new recipe.

    Parameters
    ----------
    folder : pathlib.Path
        New or empty.
    name : str
        Of the recipe; for ``esorex`` the CPL recipe's.
    template : {'python', 'esorex', 'command'}
        What to begin with.
    instrument : str
        For people: ``SPHERE/IFS``.
    takes, makes : str
        Frame types of the main input and the product; after the name when empty.

    Raises
    ------
    RegistryError
        Of kind ``name``, ``frame-type``, ``template`` or ``folder``.
    """
    words = _words(name, instrument, takes, makes)
    if template not in TEMPLATES:
        raise RegistryError(
            f"there is no template {template[:40]!r}",
            kind="template",
            hint=near_miss(template, TEMPLATES),
        )
    require_free(folder)
    files = [_fill(path, words) for path in sorted((_FROM / template).iterdir()) if path.is_file()]
    problems = check_files(files)[1]
    if problems:
        raise refusal(problems, "manifest")
    make(folder, files)


def check_name(name: str) -> str:
    """Return a name that a recipe may have.

    Raises
    ------
    RegistryError
        Of kind ``name``.
    """
    if not NAME.fullmatch(name):
        raise RegistryError(
            f"{name[:60]!r} is no name for a recipe",
            kind="name",
            hint="small letters, digits, _ and -, a letter first: ifs_master_dark",
        )
    return name


def _words(name: str, instrument: str, takes: str, makes: str) -> dict[str, str]:
    check_name(name)
    upper = re.sub(r"[^A-Z0-9]+", "_", name.upper())
    takes, makes = takes or f"{upper}_RAW", makes or f"{upper}_PRODUCT"
    for one in (takes, makes):
        if not FRAME_TYPE.fullmatch(one) or len(one) > 80:
            raise RegistryError(
                f"{one[:60]!r} is no frame type",
                kind="frame-type",
                hint="capital letters, digits and _: IFS_DARK_RAW",
            )
    if not _INSTRUMENT.fullmatch(instrument) or instrument != instrument.strip():
        raise RegistryError(
            f"{instrument[:60]!r} is no instrument", kind="name", hint="like SPHERE/IFS"
        )
    return {
        "name": _text(name),
        "script": _script(name),
        "title": _text(re.sub(r"[_-]+", " ", name).capitalize()),
        "instrument": _text(instrument),
        "in": takes,
        "out": makes,
        "role": "product",
    }


def _script(name: str) -> str:
    """Return a module's name that hides none the code imports."""
    script = name.replace("-", "_")
    hides = script in {"numpy", "astropy"} or script in sys.stdlib_module_names
    return f"{script}_recipe" if hides else script


def _text(value: str) -> str:
    """Return a value that YAML reads as text."""
    return f'"{value}"' if value.casefold() in _NO_TEXT else value


def _fill(path: Path, words: dict[str, str]) -> TreeFile:
    text = _PLACE.sub(lambda match: words[match[1]], path.read_text(encoding="utf-8"))
    name = path.name.removesuffix(".template")
    if name.partition(".")[0] == "recipe" and name != FILE:
        name = f"{words['script']}{Path(name).suffix}"
    mode = EXECUTABLE if text.startswith("#!") else PLAIN
    return TreeFile(name, mode, text.encode())
