"""Recipes of ESO's pipelines, run through esorex, as recipes of ours."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cobrex_registry.errors import RegistryError
from cobrex_registry.reading.fields import NAME
from cobrex_registry.recipe.manifest import FILE, problems_of
from cobrex_registry.recipe.manifest_text import listed, text
from cobrex_registry.recipe.working_folder import make
from cobrex_registry.store.tree_files import PLAIN, TreeFile

from .esorex_manual import Proposal, inputs_of, outputs_of, sections
from .esorex_parameters import parameters_of, plain
from .esorex_program import Esorex
from .new_place import demand_new

# by the beginning of a recipe's name, longest first; all else is the part before the first _
_INSTRUMENTS = {
    "sph_ird": "SPHERE/IRDIS",
    "sph_ifs": "SPHERE/IFS",
    "sph_zpl": "SPHERE/ZIMPOL",
    "flames": "FLAMES/UVES",
    "xsh": "XSHOOTER",
    "sph": "SPHERE",
    "vm": "VIMOS",
    "gi": "GIRAFFE",
    "cr2res": "CRIRES",
}
_OPTIONS = ("--output-dir=.", "--log-dir=.")
_GPL = "either version 2 of the License, or"


@dataclass(frozen=True, slots=True)
class Imported:
    """A recipe that was imported.

    Attributes
    ----------
    name : str
        Of the recipe.
    folder : pathlib.Path
        Where its manifest lies.
    version : str
        Of the ESO pipeline it belongs to.
    inputs, outputs : list of str
        Roles the man page told; empty where it told none and a stand-in was written.
    parameters : int
        How many.
    """

    name: str
    folder: Path
    version: str
    inputs: list[str]
    outputs: list[str]
    parameters: int


def import_recipe(esorex: Esorex, name: str, *, into: Path, instrument: str = "") -> Imported:
    """Write the folder of a recipe that runs an installed ESO recipe.

    Parameters
    ----------
    esorex : Esorex
        Where the recipe is installed.
    name : str
        As ``esorex --recipes`` lists it.
    into : pathlib.Path
        Folder that gets a folder ``name/``.
    instrument : str
        What the manifest says; guessed from the name when empty.

    Returns
    -------
    Imported

    Raises
    ------
    RegistryError
        Of kind ``unknown-recipe`` with the nearest names, ``import``, or
        ``folder`` when it cannot be written; nothing is written then.
    """
    manual = esorex.demand(name)
    parameters = parameters_of(esorex.parameters(name), name)
    manifest = _manifest(esorex, name, instrument, manual, parameters)
    read, problems = problems_of(manifest)
    if read is None or problems:
        raise RegistryError(
            f"esorex tells of {name} what fits no manifest: {problems[0]}",
            hint="write its manifest by hand",
            kind="import",
        )
    folder = into / read.name
    demand_new(folder)
    texts = {FILE: manifest, "README.md": _readme(name, manual)}
    make(folder, [TreeFile(path, PLAIN, said.encode()) for path, said in texts.items()])
    return Imported(
        read.name,
        folder,
        _release(manual),
        [one.role for one in read.inputs] if inputs_of(manual) else [],
        [one.role for one in read.outputs] if outputs_of(manual) else [],
        len(parameters),
    )


def _manifest(
    esorex: Esorex,
    name: str,
    instrument: str,
    manual: str,
    parameters: list[dict[str, Any]],
) -> str:
    ours = name.lower()  # amber_SciCal
    if not NAME.fullmatch(ours):
        raise RegistryError(
            f"{name!r} cannot be the name of a recipe here",
            hint="names are a-z 0-9 _ -: write its manifest by hand, under another name",
            kind="import",
        )
    found = sections(manual)
    inputs, outputs = _inputs(inputs_of(manual), name), _outputs(outputs_of(manual), name)
    command = [*esorex.words(*_OPTIONS, name), "{options}", "{sof}"]
    if not parameters:
        command.remove("{options}")
    probes = [
        shlex.join(esorex.words("--msg-level=off", *words))
        for words in (["--version"], ["--man-page", name])
    ]
    unseen = [f"{kind}.{one['role']}" for kind, items in (("inputs", inputs), ("outputs", outputs))
              for one, _ in items]  # fmt: skip
    lines = [
        "# Proposed by `cobrex recipe import esorex`. Parameters are what esorex tells; inputs and",
        "# outputs were read from the man page (README.md): compare, mend, remove `confirm`.",
        "schema: recipe/1",
        f"name: {text(ours)}",
        'version: "1.0.0"',
        f"title: {text(_title(found, name))}",
        f"description: {text(f'ESO recipe {name}, pipeline version {_release(manual)}')}",
        f"instrument: {text(plain(instrument) or _instrument(name))}",
        "type: {kind: Reduction}",
        f"command: {text(' '.join(command))}",
        f"confirm: {text(unseen)}",
        listed("inputs", inputs).rstrip(),
        listed("parameters", [(one, "") for one in parameters]).rstrip(),
        listed("outputs", outputs).rstrip(),
        'resources: {cores: 1, memory: 4GiB, walltime: "02:00:00", scratch: 8GiB}',
        f"environment: {text({'kind': 'host', 'probe': probes})}",
        'volatile: [DATE, "ESO PRO REC1 RAW*", "ESO PRO REC1 CAL*"]',
        f"authors: {text([{'name': plain(found.get('AUTHOR', ''))[:200] or 'ESO'}])}",
        f"contact: {text(_contact(found))}",
        "license: GPL-2.0-or-later" if _GPL in manual else "",
    ]
    return "\n".join(line for line in lines if line) + "\n"


def _inputs(found: Sequence[Proposal], name: str) -> list[tuple[dict[str, Any], str]]:
    if not found:
        return [({**_frames("raw", (_stand_in(name, "RAW"),)), "min": 1, "max": None,
                  "main": True}, "confirm: the man page names none")]  # fmt: skip
    items: list[tuple[dict[str, Any], str]] = []
    for number, one in enumerate(found):
        main = number == 0
        role = "raw" if main else one.tags[0].lower()
        several = main or one.max is None or len(one.tags) > 1 or one.raw
        count = {"min": one.min if main or one.required else 0}
        most = {"max": None if several else max(one.max or 1, one.min)}
        fields = {**_frames(role, one.tags), **count, **most, **({"main": True} if main else {})}
        items.append((_described(fields, one), "confirm"))
    return items


def _outputs(found: Sequence[Proposal], name: str) -> list[tuple[dict[str, Any], str]]:
    if not found:
        whole = {**_frames("product", (_stand_in(name, "PRODUCT"),)), "file": "*.fits", "max": None}
        return [
            (
                whole,
                "confirm: the man page names none; one for each PRO CATG, with catg: NAME",
            )
        ]
    return [
        (
            _described(
                {
                    **_frames(one.tags[0].lower(), one.tags),
                    **{"catg": one.tags[0], "min": int(number == 0), "max": None},
                },
                one,
            ),
            "confirm",
        )
        for number, one in enumerate(found)
    ]


def _frames(role: str, tags: Sequence[str]) -> dict[str, Any]:
    return {"role": role, "frame_type": tags[0] if len(tags) == 1 else list(tags)}


def _described(fields: dict[str, Any], one: Proposal) -> dict[str, Any]:
    said = one.description[:200].strip()
    return {**fields, "description": said} if said else fields


def _stand_in(name: str, kind: str) -> str:
    return f"{name.upper()}_{kind}"


def _instrument(name: str) -> str:
    for start in sorted(_INSTRUMENTS, key=len, reverse=True):
        if name.startswith(start):
            return _INSTRUMENTS[start]
    return name.partition("_")[0].upper()


def _title(found: dict[str, str], name: str) -> str:
    said = plain(found.get("NAME", "").partition("--")[2])
    return said.removesuffix(".") or name


def _release(manual: str) -> str:
    match = re.search(r"-- version (\S{1,40})", sections(manual).get("RELEASE", ""))
    return plain(match[1]) if match else "unknown"


def _contact(found: dict[str, str]) -> str:
    said = plain(found.get("BUGS", ""))
    return said.rpartition(" to ")[2][:200]


def _readme(name: str, manual: str) -> str:
    page = "".join(c if c == "\n" or c.isprintable() else " " for c in manual)
    indented = "\n".join(f"    {line}".rstrip() for line in page.splitlines())
    return f"# {name}\n\nRuns the ESO recipe `{name}` through esorex. Its man page:\n\n{indented}\n"
