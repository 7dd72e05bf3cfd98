"""The inputs named in a SOF, by role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Role:
    """What a role takes.

    Attributes
    ----------
    ending : str
        Of its frame types.
    least, most : int
        How many files.
    """

    ending: str
    least: int = 1
    most: int = 1


def read_sof(sof: Path, roles: Mapping[str, Role]) -> dict[str, list[Path]]:
    """Return the files of every role, in the order of the SOF.

    Parameters
    ----------
    sof : pathlib.Path
        Lines ``path FRAME_TYPE``.
    roles : mapping of str to Role
        What may be in it.

    Raises
    ------
    ValueError
        When a line is none, a file is missing or one too many.
    """
    paths: dict[str, list[Path]] = {role: [] for role in roles}
    for number, line in enumerate(sof.read_text(encoding="utf-8").splitlines(), 1):
        path, _, frame_type = line.strip().rpartition(" ")
        if not line.strip():
            continue
        role = next((r for r, one in roles.items() if frame_type.endswith(one.ending)), None)
        if not path or role is None:
            known = ", ".join(roles)
            raise ValueError(f"{sof.name}:{number}: not 'path FRAME_TYPE' of one of: {known}")
        if len(paths[role]) == roles[role].most:
            raise ValueError(f"{sof.name}:{number}: a second {role}; one is reduced")
        paths[role].append(Path(path.strip()))
    for role, one in roles.items():
        if len(paths[role]) < one.least:
            raise ValueError(f"{sof.name}: no *{one.ending} for the {role}")
    return paths
