"""Outputs of a recipe: roles, frame types, file patterns."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from cobrex_registry.reading.fields import FRAME_TYPE, NAME, Fields

from .inputs import SPELLING_OR_NONE, check_count, read_max

_KEYS = (
    *("role", "frame_type", "file", "catg", "min", "max", "main"),
    *("option", "intermediate", "description"),
)
_CATG_OR_NONE = re.compile(r"|[A-Za-z0-9][A-Za-z0-9_.-]{0,67}")
_ANY = "*.fits"
_PATTERN = re.compile(r"[A-Za-z0-9_*?\[\]!+. -]+(?:/[A-Za-z0-9_*?\[\]!+. -]+)*")
_TAKEN = frozenset({"record.json", "recipe.log", "inputs.sof", "qc.json"})


@dataclass(frozen=True, slots=True)
class Output:
    """One kind of product a recipe promises.

    Attributes
    ----------
    role : str
        Unique in the recipe.
    frame_type : str
        What the product is.
    file : str
        Pattern (glob) of its file names, in the working directory.
    min : int
        Fewest files; 0 for an optional product.
    max : int or None
        Most files; None for no limit.
    main : bool
        Whether it is what the recipe is run for.
    description : str
        For people.
    catg : str
        Only files whose ``HIERARCH ESO PRO CATG`` says so; empty when the name alone tells.
    option : str
        Name of the option that tells the recipe the file's name; empty when it knows it.
    intermediate : bool
        Whether it is only made for the next step: `cobrex clean` may remove it once that is done.
    """

    role: str
    frame_type: str
    file: str
    min: int = 1
    max: int | None = 1
    main: bool = False
    description: str = ""
    catg: str = ""
    option: str = ""
    intermediate: bool = False


def read_outputs(manifest: Fields) -> tuple[Output, ...]:
    """Read the ``outputs`` of a manifest; when none is marked main, the first is.

    Parameters
    ----------
    manifest : Fields
        The whole document; problems go to its findings.

    Returns
    -------
    tuple of Output
        In the order of the manifest.
    """
    found: dict[str, Output] = {}
    for fields in manifest.items("outputs", _KEYS):
        one = Output(
            role=fields.text("role", pattern=NAME, like="cube"),
            frame_type=fields.text("frame_type", pattern=FRAME_TYPE, like="IFS_MASTER_DARK"),
            file=fields.text("file", _ANY if fields.has("catg") else None),
            min=fields.integer("min", 1),
            max=read_max(fields),
            main=fields.flag("main"),
            description=fields.text("description", ""),
            catg=fields.text("catg", "", pattern=_CATG_OR_NONE, like="MASTER_DARK"),
            option=fields.text("option", "", pattern=SPELLING_OR_NONE, like="outfile"),
            intermediate=fields.flag("intermediate"),
        )
        if one.option and set(one.file) & set("*?["):
            fields.problem("option", "tells one name, and file is a pattern", "file: dark.fits")
        _check_file(fields, one.file)
        check_count(fields, one.min, one.max)
        if one.role in found:
            fields.problem("role", f"role {one.role!r} is there twice", "rename one")
        found[one.role] = one
    if not found:
        manifest.problem(
            "outputs",
            "a recipe promises at least one product",
            "outputs: [{role: dark, frame_type: IFS_MASTER_DARK, file: dark.fits}]",
        )
        return ()
    return _with_main(manifest, list(found.values()))


def _with_main(manifest: Fields, outputs: list[Output]) -> tuple[Output, ...]:
    mains = [one.role for one in outputs if one.main]
    if len(mains) > 1:
        manifest.problem(
            "outputs",
            f"only one output can be main, not {', '.join(mains)}",
            "write main: true once",
        )
    if not mains:
        outputs[0] = replace(outputs[0], main=True)
    return tuple(outputs)


def _check_file(fields: Fields, file: str) -> None:
    parts = file.split("/")
    if not file:
        return
    if not _PATTERN.fullmatch(file) or any(part[:1] in {".", "-", " "} for part in parts):
        fields.problem(
            "file",
            f"{file[:60]!r} leaves the working directory, or is no file name",
            "a plain name or pattern such as dark.fits or '*.png'",
        )
    elif file in _TAKEN:
        fields.problem("file", f"{file!r} is a name cobrex itself uses", "choose another name")
