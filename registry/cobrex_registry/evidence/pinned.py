"""Pinned inputs of a recipe's test: the lines of its inputs.sof."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from cobrex_registry.reading.problems import Problem
from cobrex_registry.recipe.manifest import Manifest

SOF = "inputs.sof"
_PATH = re.compile(r"(?![.-])[A-Za-z0-9_.+-]{1,100}(?:/(?![.-])[A-Za-z0-9_.+-]{1,100}){0,6}")
_CONTENT = re.compile(r"id:([A-Za-z0-9_-]{43})")
_FORM = "PATH FRAME_TYPE, or id:CONTENT_ID FRAME_TYPE [NAME_IN_THE_ARCHIVE]"


@dataclass(frozen=True, slots=True)
class Pinned:
    """One input of a test.

    Attributes
    ----------
    role, frame_type : str
        Which input of the recipe it is.
    path : str
        Relative to the test's data folder; empty for one that lies in the archive.
    content_id : str
        Of one that is too large for the recipe's folder.
    name : str
        Its name in the archive, by which it is found before its content is known; may be empty.
    """

    role: str
    frame_type: str
    path: str = ""
    content_id: str = ""
    name: str = ""


def read_pinned(text: str, file: str, manifest: Manifest) -> tuple[list[Pinned], list[Problem]]:
    """Read an ``inputs.sof``.

    Parameters
    ----------
    text : str
        Its contents; empty lines and those that begin with ``#`` do not count.
    file : str
        Its path inside the recipe, for messages.
    manifest : Manifest
        Of the recipe.

    Returns
    -------
    inputs : list of Pinned
        In the order the recipe asks for, within a role as they stand in the file.
    problems : list of Problem
        Lines that are none, types the recipe does not take, too few or too many of a role.
    """
    inputs: list[Pinned] = []
    problems: list[Problem] = []
    taken: Counter[str] = Counter()
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words or line.lstrip().startswith("#"):
            continue
        content = _CONTENT.fullmatch(words[0])
        if len(words) not in ((2, 3) if content else (2,)) or not (
            content or _PATH.fullmatch(words[0])
        ):
            problems.append(Problem(file, number, f"not an input: {line[:80]!r}", _FORM))
            continue
        role = _role(manifest, words[1], taken)
        if role is None:
            known = " ".join(t for one in manifest.inputs for t in one.frame_types)
            problems.append(
                Problem(file, number, f"the recipe takes no more {words[1][:60]}", f"takes {known}")
            )
            continue
        taken[role] += 1
        where = ("", content[1], *words[2:]) if content else (words[0],)
        inputs.append(Pinned(role, words[1], *where))
    problems += [
        Problem(file, 0, f"{taken[one.role]} of {one.role}, at least {one.min} are needed",
                f"add a line with {one.frame_types[0]}")
        for one in manifest.inputs if taken[one.role] < one.min
    ]  # fmt: skip
    order = [one.role for one in manifest.inputs]
    return sorted(inputs, key=lambda one: order.index(one.role)), problems


def _role(manifest: Manifest, frame_type: str, taken: Counter[str]) -> str | None:
    return next(
        (
            one.role
            for one in manifest.inputs
            if frame_type in one.frame_types and (one.max is None or taken[one.role] < one.max)
        ),
        None,
    )
