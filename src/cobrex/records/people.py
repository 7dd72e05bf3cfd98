"""``people.json``: what people said, kept in the store for a catalogue that is lost."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cobrex.errors import UsageError
from cobrex.settings import Settings
from cobrex_db import words
from cobrex_db.engine import ask
from cobrex_registry.held import held

from .read import moment
from .small_file import read_json, write_json

if TYPE_CHECKING:
    from sqlalchemy import Engine

FILE = "people.json"
_TEXT, _MAYBE = (str,), (str, type(None))
_WIDE: dict[str, tuple[tuple[type, ...], ...]] = {
    "workspaces": (_TEXT, _TEXT, (int, type(None))),
    "namespaces": (_TEXT, _TEXT),
    "members": (_TEXT, _TEXT, _TEXT),
    "groups": (_TEXT, _TEXT),
    "group_members": (_TEXT, _TEXT),
    "group_workspaces": (_TEXT, _TEXT, _TEXT),
    "pins": (*(_TEXT,) * 8, _MAYBE),
    "validations": (_TEXT, (int,), _TEXT, (bool, int), _TEXT, _TEXT),
}


def keep(engine: Engine, settings: Settings) -> str:
    """Write down what people said, after they said it.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    settings : Settings

    Returns
    -------
    str
        Why it could not be written, or is not; empty when it was. What was said stands in the
        catalogue in any case.
    """
    path = settings.store / FILE
    try:
        settings.store.mkdir(parents=True, exist_ok=True)
        # nobody else writes meanwhile: who comes later has read what was said later
        with held(settings.store / f".{FILE}.lock"):
            before = read(path)
            if before is not None and (gone := ask(engine, lambda c: words.lacking(c, before))):
                what = ", ".join(f"{number} {name}" for name, number in gone.items())
                return (
                    f"{path} knows {what} that this catalogue lacks, and stays as it is: "
                    "`cobrex catalogue rebuild` takes them in"
                )
            write_json(path, ask(engine, words.dump))
    except (OSError, UsageError) as error:
        return f"{path} is not up to date: {error}"
    return ""


def read(path: Path) -> Mapping[str, Any] | None:
    """Read what people said.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    mapping or None
        As `cobrex_db.words.dump` gives it; None when nobody has said anything.

    Raises
    ------
    UsageError
        Kind ``people-file``: it cannot be read, or is something else.
    """
    try:
        found = read_json(path)
        if not isinstance(found, dict) or found.get("schema") != words.SCHEMA:
            raise ValueError(f"it is no {words.SCHEMA}")
        for name, kinds in _WIDE.items():
            _demand(name, found.get(name), kinds)
        for row in found["validations"]:
            moment(row[5])
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise damaged(path, error) from error
    return found


def damaged(path: Path, why: object) -> UsageError:
    """Return the error of a file that is something else."""
    return UsageError(
        f"{path} cannot be read: {why}",
        hint="take it from a backup, or move it away: what people said is lost then",
        kind="people-file",
    )


def _demand(name: str, rows: Any, kinds: tuple[tuple[type, ...], ...]) -> None:
    if not isinstance(rows, list):
        raise ValueError(f"it has no {name}")
    for row in rows:
        if not isinstance(row, list) or len(row) != len(kinds):
            raise ValueError(f"a row of {name} is no row")
        if not all(isinstance(one, kind) for one, kind in zip(row, kinds, strict=True)):
            raise ValueError(f"a row of {name} holds something else")
