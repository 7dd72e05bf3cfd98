"""What a plan does otherwise than the one before, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cobrex.plan.draft import Signature
from cobrex.plan.model import Plan, PlannedInput, PlannedProcess


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    Attributes
    ----------
    what : str
        ``next-best``: another input was chosen; ``invalid``: it went out of use; ``held``: it
        waits for a person; ``gap``: it cannot be planned any more.
    key : str
        Of the process as it is planned now, or was.
    message : str
    """

    what: str
    key: str
    message: str


@dataclass(slots=True)
class Built:
    """A plan and what names its processes.

    Attributes
    ----------
    plan : Plan
    signatures : mapping of str to signature
        By key.
    """

    plan: Plan
    signatures: Mapping[str, Signature]

    def by_signature(self) -> dict[Signature, PlannedProcess]:
        """Return the processes by what names them, whatever their inputs."""
        return {self.signatures[p.key]: p for p in self.plan.processes}


def compare(
    before: Built, after: Built, excluded: Mapping[Signature, tuple[str, str]]
) -> list[Change]:
    """Return what became of the processes that would have used what must not be used.

    Parameters
    ----------
    before, after : Built
    excluded : mapping of signature to (str, str)
        Why what they make must not be used, and the cure.

    Returns
    -------
    list of Change
        What only follows from another change is left out.
    """
    now = after.by_signature()
    names = {
        p.key: f"{called(p)} ({p.labels['main']})"
        for b in (before, after)
        for p in b.plan.processes
    }
    gaps = {(g.recipe, g.main): g.message for g in after.plan.gaps}
    found = []
    for old in before.plan.processes:
        signature = before.signatures[old.key]
        new = now.get(signature)
        main = f"{old.association} {old.labels['main']}"
        if new is None:
            message = gaps.get((old.association, str(old.labels["main"])))
            if message is not None:
                found.append(Change("gap", old.key, f"{main}: {message}"))
            continue
        for one in old.inputs:
            maker = before.signatures.get(one.producer or "")
            if new.key != old.key and maker is not None and maker in excluded:
                chosen = [i for i in new.inputs if i.role == one.role]
                instead = ", ".join(_name(i, names) for i in chosen) or "nothing"
                why = excluded[maker][0]
                text = f"{main}: {one.role}: {instead} instead of {_name(one, names)}: {why}"
                found.append(Change("next-best", new.key, text))
    return list(dict.fromkeys(found))


def called(process: PlannedProcess) -> str:
    """Return recipe, version and the beginning of the key."""
    use = process.recipe
    return f"{use.name.removeprefix('main/')}@{use.version} {process.key[:8]}"


def _name(one: PlannedInput, names: Mapping[str, str]) -> str:
    if one.producer:
        return names.get(one.producer, one.producer[:8])
    return Path(one.path or "").name or one.content_id[:8]
