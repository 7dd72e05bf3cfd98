"""What a site gives its processes: the table ``[site]`` of cobrex.toml, and the words for needs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cobrex_registry.reading.near_miss import near_miss
from cobrex_registry.recipe.amounts import duration_s, size_bytes

from .errors import UsageError

PLACE = ("partition", "account", "qos", "constraint")
NEEDS = ("cores", "memory", "walltime", "scratch", *PLACE)
_LIMITS = ("scratch", "max_memory", "max_walltime", "max_jobs", "patience")
# what follows ends up in quotes on the command line of sbatch
_WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.,+:-]{0,127}")
_CONSTRAINT = re.compile(r"[A-Za-z0-9_(\[][A-Za-z0-9_.,+:*&|()\[\]-]{0,255}")
_MOST = 1 << 40

Wish = Mapping[str, int | str]


@dataclass(frozen=True, slots=True)
class Site:
    """A cluster and its limits, as its users tell it.

    Attributes
    ----------
    partition, account, qos, constraint : str
        SLURM's words for every process; empty for the site's default.
    scratch : str
        Folder on the node in which processes work, such as ``/scratch`` or ``$TMPDIR``; empty: in
        the store.
    max_memory_mb, max_walltime_min : int
        More is not asked for on one's own account, MiB and minutes; 0 for no limit.
    max_jobs : int
        At most so many SLURM jobs at once; 0 for no limit.
    patience_s : int
        After so many seconds without a sign of life a round whose SLURM jobs are gone is ended.
    recipes : mapping of str to mapping
        What processes of a recipe are to have (`read_need`), by its name.
    """

    partition: str = ""
    account: str = ""
    qos: str = ""
    constraint: str = ""
    scratch: str = ""
    max_memory_mb: int = 0
    max_walltime_min: int = 0
    max_jobs: int = 0
    patience_s: int = 180
    recipes: Mapping[str, Wish] = field(default_factory=dict)

    @property
    def place(self) -> dict[str, int | str]:
        """Where processes are made unless something else is said."""
        return {name: said for name in PLACE if (said := getattr(self, name))}

    def of_recipe(self, name: str) -> Wish:
        """Return what processes of a recipe are to have; `name` is ``namespace/name``."""
        return {**self.recipes.get(name.removeprefix("main/"), {}), **self.recipes.get(name, {})}


def read_need(key: str, said: object) -> tuple[str, int | str]:
    """Read one need of a process.

    Parameters
    ----------
    key : str
        ``cores memory walltime scratch partition account qos constraint``.
    said : object
        ``8``, ``16GiB``, ``2-00:00:00``, a word of SLURM.

    Returns
    -------
    (str, int or str)
        Named as in `cobrex.plan.needs.Needs` and `cobrex.plan.needs.Place`.

    Raises
    ------
    ValueError
        With what is wrong, and how it should look.
    """
    if key not in NEEDS:
        raise ValueError(f"{key!r} is unknown; {near_miss(key, NEEDS)}")
    if key in PLACE:
        return key, _word(key, said)
    if key == "cores":
        return key, _count(said)
    if key == "walltime":
        return "walltime_min", _minutes(said)
    return f"{key}_mb", _mebibytes(said)


def read_site(table: object, path: object) -> Site:
    """Read the table ``[site]``.

    Parameters
    ----------
    table : object
        As TOML gave it.
    path : object
        The file, for messages.

    Returns
    -------
    Site

    Raises
    ------
    UsageError
        Kind ``settings``: names the file and the key.
    """
    found: dict[str, Any] = {}
    for key, said in _items(table, path, "site"):
        where = f"site.{key}"
        if key == "recipes":
            found["recipes"] = {
                name: _recipe(wish, path, f"{where}.{name}")
                for name, wish in _items(said, path, where)
            }
            continue
        try:
            name, value = _limit(key, said)
        except ValueError as error:
            raise _refused(path, where, error) from error
        found[name] = value
    return Site(**found)


def _items(table: object, path: object, where: str) -> Iterable[tuple[str, Any]]:
    if not isinstance(table, Mapping):
        raise _refused(path, where, ValueError(f"{table!r} is no table"))
    return table.items()


def _recipe(table: object, path: object, where: str) -> dict[str, int | str]:
    found: dict[str, int | str] = {}
    for key, said in _items(table, path, where):
        try:
            found |= [read_need(key, said)]
        except ValueError as error:
            raise _refused(path, f"{where}.{key}", error) from error
    return found


def _limit(key: str, said: object) -> tuple[str, int | str]:
    if key in PLACE:
        return read_need(key, said)
    if key == "max_memory":
        return "max_memory_mb", _mebibytes(said)
    if key == "max_walltime":
        return "max_walltime_min", _minutes(said)
    if key == "max_jobs":
        return key, _count(said)
    if key == "patience":
        return "patience_s", _seconds(said)
    if key == "scratch":
        return key, _folder(said)
    known = (*PLACE, *_LIMITS, "recipes")
    raise ValueError(f"unknown; {near_miss(key, known)}")


def _count(said: object) -> int:
    text = "" if isinstance(said, bool) else str(said)
    if not re.fullmatch("[0-9]{1,6}", text) or int(text) < 1:
        raise ValueError(f"{said!r} is no number of at least 1")
    return int(text)


def _mebibytes(said: object) -> int:
    size = size_bytes(said)
    if size is None or not 1 << 20 <= size <= _MOST << 20:
        raise ValueError(f"{said!r} is no size of at least 1 MiB; it looks like 16GiB")
    return size >> 20


def _minutes(said: object) -> int:
    return -(-_seconds(said) // 60)


def _seconds(said: object) -> int:
    seconds = duration_s(said) if isinstance(said, str) else None
    if not seconds:
        raise ValueError(f"{said!r} is no time; it looks like 04:00:00 or 2-00:00:00")
    return seconds


def _word(key: str, said: object) -> str:
    allowed = _CONSTRAINT if key == "constraint" else _WORD
    if not isinstance(said, str) or not allowed.fullmatch(said):
        raise ValueError(f"{said!r} is no word of SLURM for a {key}")
    return said


def _folder(said: object) -> str:
    if (
        not isinstance(said, str)
        or not said.isprintable()
        or not said.startswith(("/", "$"))
        or ".." in said
    ):
        raise ValueError(
            f"{said!r} is no folder on a node; it looks like /scratch or $TMPDIR. How much of it "
            "a recipe may use stands in [site.recipes.NAME]"
        )
    return said


def _refused(path: object, key: str, error: ValueError) -> UsageError:
    return UsageError(
        f"{path}: {key}: {error}".rstrip("; ."),
        hint='docs/operator.md, "What a process may use", shows such a table',
        kind="settings",
    )
