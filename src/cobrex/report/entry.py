"""One process as the report sees it: its record and the folder it lies in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cobrex.process.failure import cause_of

Record = Mapping[str, Any]

FAILED = ("failed", "lost", "blocked")
URGENCY = ("failed", "lost", "fail", "blocked", "warn", "pass", "done")


@dataclass(frozen=True, slots=True)
class Entry:
    """A record with its folder; whatever the record lacks reads as empty.

    Attributes
    ----------
    record : mapping
        A ``record/1``.
    folder : pathlib.Path
        The attempt's folder in the store.
    """

    record: Record
    folder: Path

    def part(self, name: str) -> Record:
        """Return a mapping of the record.

        Parameters
        ----------
        name : str
            ``recipe``, ``labels``, ``parameters``, ``environment`` or ``agent``.

        Returns
        -------
        mapping
        """
        value = self.record.get(name)
        return value if isinstance(value, Mapping) else {}

    def rows(self, name: str) -> Sequence[Record]:
        """Return a list of mappings of the record.

        Parameters
        ----------
        name : str
            ``used``, ``generated`` or ``qc``.

        Returns
        -------
        sequence of mapping
        """
        value = self.record.get(name)
        return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []

    @property
    def key(self) -> str:
        """The process key."""
        return str(self.record.get("key") or "")

    @property
    def recipe(self) -> str:
        """Recipe and version, ``main/ifs_specpos@1.0.0``."""
        recipe = self.part("recipe")
        return f"{recipe.get('name') or 'unknown recipe'}@{recipe.get('version') or '?'}"

    @property
    def star(self) -> str:
        """The star's name, or a word for none."""
        return str(self.part("labels").get("star") or "no star")

    @property
    def night(self) -> str:
        """The night, or a word for none."""
        return str(self.part("labels").get("night") or "no night")

    @property
    def outcome(self) -> str:
        """What became of the attempt: done, failed, blocked, lost."""
        return str(self.record.get("outcome") or "lost")

    @property
    def failed(self) -> bool:
        """Whether there is nothing to show but the reason."""
        return self.outcome in FAILED

    @property
    def status(self) -> str:
        """The outcome unless done, else the verdict if there is one."""
        return str(self.record.get("verdict") or "done") if self.outcome == "done" else self.outcome

    @property
    def cause(self) -> str:
        """Stable word for why there is no product."""
        return cause_of(str(self.record.get("reason") or self.outcome))

    @property
    def message(self) -> str:
        """What was said of it."""
        return str(self.record.get("message") or "")

    @property
    def reason(self) -> str:
        """Why there is no product, in one line."""
        said = [str(self.record.get(name) or "") for name in ("reason", "message")]
        return " ".join(": ".join(part for part in said if part).split()) or self.outcome


def rank(entry: Entry) -> int:
    """Tell how much an entry wants to be looked at: 0 the most."""
    return rank_of(entry.status)


def rank_of(status: str) -> int:
    """Tell how much what has a status wants to be looked at: 0 the most."""
    return URGENCY.index(status) if status in URGENCY else len(URGENCY)


def urgency(entry: Entry) -> tuple[int, str, str, str, str]:
    """Order entries by how much they want to be looked at.

    Parameters
    ----------
    entry : Entry

    Returns
    -------
    tuple
        Sort key: worst status first, then star, night, recipe, key.
    """
    return rank(entry), entry.star, entry.night, entry.recipe, entry.key
