"""What a plan was made with, kept in it: rules, what recipes take, what was not to be used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from cobrex.errors import PlanError
from cobrex.rules.model import Association
from cobrex.rules.read import read_all

from .candidate import InputNeed
from .draft import Signature
from .file import signature_of


@dataclass(frozen=True, slots=True)
class Need:
    """How many frames of which types a recipe wanted in a role: an `InputNeed`."""

    role: str
    frame_types: tuple[str, ...]
    min: int
    max: int | None
    main: bool


@dataclass(frozen=True, slots=True)
class Basis:
    """What a plan was made with.

    Attributes
    ----------
    associations : mapping of str to Association
        All rules that held.
    needs : mapping of str to sequence of InputNeed
        By association name, of those that could be used.
    outputs : mapping of str to mapping
        Frame type of each output role, by association name.
    workspace : str
    planned : str
        When, UTC, ISO.
    horizon : int
        Greatest frame id there was.
    types : tuple of str
        Frame types that were looked at.
    nights : (date or None, date or None)
        First and last night that were looked at.
    lineage : bool
        Whether it was looked at what products were made from.
    excluded : mapping of signature to (str, str)
    verdicts : mapping of signature to str
    """

    associations: Mapping[str, Association]
    needs: Mapping[str, Sequence[InputNeed]]
    outputs: Mapping[str, Mapping[str, str]]
    workspace: str
    planned: str
    horizon: int
    types: tuple[str, ...]
    nights: tuple[date | None, date | None] = (None, None)
    lineage: bool = False
    excluded: Mapping[Signature, tuple[str, str]] = field(default_factory=dict)
    verdicts: Mapping[Signature, str] = field(default_factory=dict)

    def as_meta(self) -> dict[str, Any]:
        """Return it as plain values: facts of a written plan."""
        return {
            "rules": {
                name: {
                    "rules": a.rules,
                    "document": _plain(a.document),
                    "levels": _plain(a.levels),
                    **self._recipe(name),
                }
                for name, a in self.associations.items()
            },
            "horizon": self.horizon,
            "excluded": [[s, *why] for s, why in self.excluded.items()],
            "verdicts": [[s, verdict] for s, verdict in self.verdicts.items()],
            "scope": {
                "workspace": self.workspace,
                "planned": self.planned,
                "types": sorted(self.types),
                "nights": [n.isoformat() if n else None for n in self.nights],
                "lineage": self.lineage,
            },
        }

    def _recipe(self, name: str) -> dict[str, Any]:
        if name not in self.needs:
            return {}
        inputs = [[n.role, list(n.frame_types), n.min, n.max, n.main] for n in self.needs[name]]
        return {"inputs": inputs, "outputs": dict(self.outputs[name])}


def read_basis(meta: Mapping[str, Any], source: str, columns: Iterable[str]) -> Basis:
    """Read what a written plan was made with.

    Parameters
    ----------
    meta : mapping
        Facts of the plan.
    source : str
        The plan, for messages.
    columns : iterable of str
        Columns there are.

    Returns
    -------
    Basis

    Raises
    ------
    PlanError
        Kind ``plan-file``: it does not say, or what it says means nothing by now.
    """
    if "rules" not in meta or "scope" not in meta:
        raise PlanError(
            f"{source} does not say by which rules it was made",
            hint="plans say so since 2026-11-28: repeat the `cobrex reduce` it comes from",
            kind="plan-file",
        )
    said, scope = meta["rules"], meta["scope"]
    first, last = (date.fromisoformat(n) if n else None for n in scope["nights"])
    taken = {name: one for name, one in said.items() if "inputs" in one}
    return Basis(
        associations=_associations(said, source, list(columns)),
        needs={
            name: tuple(Need(i[0], tuple(i[1]), *i[2:]) for i in one["inputs"])
            for name, one in taken.items()
        },
        outputs={name: one["outputs"] for name, one in taken.items()},
        workspace=str(scope["workspace"]),
        planned=datetime.fromisoformat(scope["planned"]).isoformat(),
        horizon=int(meta["horizon"]),
        types=tuple(scope["types"]),
        nights=(first, last),
        lineage=scope["lineage"],
        excluded={signature_of(s): (why, cure) for s, why, cure in meta["excluded"]},
        verdicts={signature_of(s): verdict for s, verdict in meta["verdicts"]},
    )


def _associations(
    said: Mapping[str, Any], source: str, columns: list[str]
) -> dict[str, Association]:
    documents = {name: one["document"] for name, one in said.items()}
    found: dict[str, Association] = {}
    for name, one in said.items():
        table, problems = read_all(
            {name: one["document"]},
            source,
            columns=columns,
            levels=one["levels"],
            others=documents,
            rules=one["rules"],
        )
        if problems:
            raise PlanError(
                f"the rules of the plan mean nothing by now: {problems[0].message}",
                hint=problems[0].hint,
                kind="plan-file",
            )
        found |= table
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)
