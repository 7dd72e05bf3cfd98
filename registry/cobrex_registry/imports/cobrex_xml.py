"""Recipes of the data centre's client, ExecutableRecipe.xml, as recipes of ours."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cobrex_registry.reading.fields import NAME
from cobrex_registry.recipe.command import PLACES
from cobrex_registry.recipe.manifest import FILE, Manifest, problems_of
from cobrex_registry.recipe.manifest_text import listed, text

from .safe_xml import Element, plain, refused
from .xml_call import command_of, files_of
from .xml_frames import inputs_of, outputs_of
from .xml_parameters import parameters_of

ROOT = "executable_recipe"
_KNOWN = frozenset({"sphere", "frame_types", "recipe", "executable", "inputs", "outputs"})
_KNOWN |= {"parameters"}
_ARMS = {"IFS": "SPHERE/IFS", "IRDIS": "SPHERE/IRDIS", "IRD": "SPHERE/IRDIS"}
_ARMS |= {"ZIMPOL": "SPHERE/ZIMPOL", "ZPL": "SPHERE/ZIMPOL"}
_PREFIX = re.compile(r"-{0,2}")


@dataclass(slots=True)
class Proposed:
    """A recipe read from XML; nothing is written yet.

    Attributes
    ----------
    manifest : Manifest
        As `files` holds it.
    files : dict of str to bytes
        Of the recipe's folder, by path.
    executable : set of str
        Those that are programs.
    notes : list of str
        What a person should look at: ``line 12: ...``.
    """

    manifest: Manifest
    files: dict[str, bytes]
    executable: set[str]
    notes: list[str] = field(default_factory=list)


def read_recipe(path: Path, root: Element) -> Proposed:
    """Return the recipe that a file describes.

    Parameters
    ----------
    path : pathlib.Path
        The file; scripts and what they include lie beside it.
    root : Element
        Its ``executable_recipe``.

    Returns
    -------
    Proposed

    Raises
    ------
    RegistryError
        Of kind ``xml``, with the place of what is missing or cannot be.
    """
    notes = [
        f"line {child.line}: <{plain(child.tag)}> is not understood"
        for child in root.children
        if child.tag not in _KNOWN
    ]
    recipe = _demanded(path, root, "recipe")
    executable = _demanded(path, root, "executable")
    files, programs = files_of(path, executable)
    parameters, forms = parameters_of(path, root.first("parameters"), notes)
    inputs, use_sof = inputs_of(path, _demanded(path, root, "inputs"), notes)
    outputs = outputs_of(path, _demanded(path, root, "outputs"), notes)
    told = bool(parameters) or any("option" in one for one in (*inputs, *outputs))
    command = command_of(path, executable, files, forms, sof=use_sof, options=told)
    lines = [
        "# Made by `cobrex recipe import cobrex` from " + plain(path.name) + ".",
        *(f"# {plain(note)}" for note in notes),
        "schema: recipe/1",
        f"name: {text(_name(path, recipe))}",
        'version: "1.0.0"',
        f"title: {text(_title(recipe))}",
        f"description: {text(_description(root, recipe))}",
        f"instrument: {text(_instrument(recipe))}",
        "type: {kind: Reduction}",
        f"command: {text(_joined(command))}",
        f"options: {text({'prefix': _prefix(path, root), 'join': ' '})}",
        listed("inputs", [(one, "") for one in inputs]).rstrip(),
        listed("parameters", [(one, "") for one in parameters]).rstrip(),
        listed("outputs", [(one, "") for one in outputs]).rstrip(),
        f"environment: {text(_environment(command))}",
        f"authors: {text(_authors(recipe))}" if _authors(recipe) else "",
        f"license: {text(plain(recipe.value('license')))}" if recipe.value("license") else "",
    ]
    document = "\n".join(line for line in lines if line) + "\n"
    manifest, problems = problems_of(document)
    if manifest is None or problems:
        raise refused(
            path, root.line, root.column, f"fits no manifest: {problems[0]}", problems[0].hint
        )
    return Proposed(manifest, {**files, FILE: document.encode()}, programs, notes)


def _joined(command: Sequence[str]) -> str:
    return " ".join(word if word in PLACES else shlex.quote(word) for word in command)


def _demanded(path: Path, root: Element, tag: str) -> Element:
    found = root.first(tag)
    if found is None:
        raise refused(path, root.line, root.column, f"<{root.tag}> has no <{tag}>", "add it")
    return found


def _name(path: Path, recipe: Element) -> str:
    said = recipe.attributes.get("name", "").strip()
    name = re.sub(r"[ .]+", "_", said.lower())
    if not NAME.fullmatch(name):
        raise refused(
            path,
            recipe.line,
            recipe.column,
            f"{said[:60]!r} cannot be the name of a recipe",
            "names begin with a letter: ird_star_center",
        )
    return name


def _title(recipe: Element) -> str:
    said = recipe.value("description", "short") or recipe.value("synopsis")
    return plain(said)[:200] or recipe.attributes["name"].strip()


def _description(root: Element, recipe: Element) -> str:
    said = plain(recipe.value("description", "full") or recipe.value("synopsis"))
    pipeline = plain(root.value("sphere", "pipeline"))
    return f"{said} (pipeline {pipeline})" if pipeline else said


def _instrument(recipe: Element) -> str:
    said = plain(recipe.attributes.get("instrument", "")) or "SPHERE"
    return _ARMS.get(said.upper(), said)


def _prefix(path: Path, root: Element) -> str:
    parameters = root.first("parameters")
    said = "--" if parameters is None else parameters.attributes.get("prefix", "--").strip()
    if parameters is not None and not _PREFIX.fullmatch(said):
        raise refused(
            path,
            parameters.line,
            parameters.column,
            f"the prefix {said[:20]!r} cannot begin an option",
            'prefix="--", "-" or ""',
        )
    return said


def _environment(command: Sequence[str]) -> dict[str, Any]:
    python = command[0] in {"python", "python3"}
    return {"kind": "host", **({"probe": ["python --version"]} if python else {})}


def _authors(recipe: Element) -> list[dict[str, str]]:
    found = []
    for one in recipe.all("author"):
        name, email = (plain(one.attributes.get(key, "")) for key in ("name", "email"))
        if name:
            found.append({"name": name, **({"email": email} if email else {})})
    return found
