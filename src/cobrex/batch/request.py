"""What was asked for: one request, the same from the command line and from Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields, replace
from datetime import date
from typing import Any

from cobrex.errors import UsageError
from cobrex_registry.locks.lock import Lock


@dataclass(frozen=True, slots=True)
class Pinned:
    """Inputs a person chose for a role of one process.

    Attributes
    ----------
    association, main, role : str
        Which process (`cobrex.plan.pinned.main_digest`), and what for.
    contents : tuple of str
        Content ids of the frames: exactly these.
    why : str
    """

    association: str
    main: str
    role: str
    contents: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Request:
    """A query for observations and how to reduce them.

    Attributes
    ----------
    stars : tuple of str
        Names in any spelling; empty for every star.
    frame_types : tuple of str
        Types of the main frames; empty for those of the recipe.
    nights : (date or None, date or None)
    observed : mapping of str to str
        ``arm``, ``filter``, ``programme``.
    recipe : str or None
        ``NAME[@VERSION]``; None for the recipe of the frame type.
    preset : str or None
    parameters : mapping of str to str
        As a person wrote them: ``--set name=value``.
    workflow : str
        ``NAME[@VERSION]`` or a file; empty for the rules of the instrument files alone.
    first, last : str
        Steps of the workflow to start from and to stop at; empty for all.
    changes : mapping
        Laid over the rules, by association name.
    refresh : bool
        Make anew what better inputs have come for.
    require_validation : bool
        What is made from a product waits until a person has accepted it.
    force : bool
        Make the asked-for processes anew.
    keep_scratch : bool
    user, workspace : str
    main : tuple of int
        Ids of the main frames of one process; empty: the query above says which.
    pins : tuple of Pinned
        Inputs chosen for this request only.
    resumed : bool
        The lock is of what the batch planned itself: what stood then stands.
    lock : Lock or None
        Recipes and presets come from it alone.
    needs : mapping of str to str
        What processes are to have, as a person wrote it: ``--need [recipe.]name=value``.
    trial : bool
        A question only: neither verdicts nor what is stale are written down.
    """

    stars: tuple[str, ...] = ()
    frame_types: tuple[str, ...] = ()
    nights: tuple[date | None, date | None] = (None, None)
    observed: Mapping[str, str] = field(default_factory=dict)
    recipe: str | None = None
    preset: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    workflow: str = ""
    first: str = ""
    last: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)
    refresh: bool = False
    require_validation: bool = False
    force: bool = False
    keep_scratch: bool = False
    user: str = "nobody"
    workspace: str = "public"
    main: tuple[int, ...] = ()
    pins: tuple[Pinned, ...] = ()
    lock: Lock | None = None
    resumed: bool = False
    needs: Mapping[str, str] = field(default_factory=dict)
    trial: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the request as plain JSON values."""
        values = asdict(replace(self, lock=None))
        if self.lock is not None:
            values["lock"] = {"digest": self.lock.digest, "from": self.lock.called}
        values["nights"] = [n.isoformat() if n else None for n in self.nights]
        return {
            name: value for name, value in values.items() if value not in (None, (), {}, False, "")
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Request:
        """Make a request again from `as_json`; without its lock.

        Parameters
        ----------
        values : mapping

        Returns
        -------
        Request

        Raises
        ------
        UsageError
            Kind ``request``: it is none, or one of another version of cobrex.
        """
        given: dict[str, Any] = {name: said for name, said in values.items() if name != "lock"}
        try:
            for name in ("stars", "frame_types", "main"):
                given[name] = tuple(given.get(name, ()))
            first, last = given.get("nights") or (None, None)
            given["nights"] = (_night(first), _night(last))
            given["pins"] = tuple(
                Pinned(**{**one, "contents": tuple(one["contents"])})
                for one in given.get("pins", ())
            )
            request = cls(**given)
            request.check()
        except (ValueError, TypeError, LookupError) as error:
            raise UsageError(
                f"the stored request cannot be read: {error}",
                hint="repeat the cobrex reduce it comes from",
                kind="request",
            ) from error
        return request

    def check(self) -> None:
        """Refuse values of other types than a request has.

        Raises
        ------
        TypeError
        """
        for one in fields(self):
            said = getattr(self, one.name)
            wanted = one.default if one.default is not MISSING else {}
            kinds = (str, type(None)) if wanted is None else (type(wanted),)
            if one.name != "lock" and not isinstance(said, kinds):
                raise TypeError(f"{one.name} is {said!r}")


def _night(said: str | None) -> date | None:
    return None if said is None else date.fromisoformat(said)
