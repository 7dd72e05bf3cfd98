"""Inputs that a person chose: they come before what the rules would take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .candidate import InputNeed
from .draft import Chosen, Draft, PlanFrame
from .identity import digest

SOURCE = "pin"
#: column of a catalogued main frame: what stands for it in `main_digest`
IDENTITY = "main_identity"


@dataclass(frozen=True, slots=True)
class Pin:
    """The frames a person chose for a role.

    Attributes
    ----------
    frames : tuple of PlanFrame
        Exactly these; none of them: the role stays empty.
    by, why : str
        Who chose them, and the reason.
    trouble : str
        Why they cannot be used; empty when they can.
    """

    frames: tuple[PlanFrame, ...]
    by: str
    why: str
    trouble: str = ""


Pins = Mapping[tuple[str, str], Mapping[str, Pin]]


def main_digest(draft: Draft) -> str | None:
    """Return what stands for the main frames of a draft: the same for the same contents.

    Parameters
    ----------
    draft : Draft

    Returns
    -------
    str or None
        None while the content of a main frame is not known: nobody has pinned anything to it.
    """
    found = [_identity(f) for f in draft.main]
    return None if None in found else digest(sorted(str(f) for f in found))


def product_identity(association: str, main: list[str], output: str) -> str:
    """Return what stands for a product as main frame: who makes it, from which frames.

    Parameters
    ----------
    association : str
        The rule that makes it.
    main : list of str
        Content ids of the catalogued frames it is made from, in any order.
    output : str
        Its role there.

    Returns
    -------
    str
        A digest.
    """
    return digest([association, sorted(main), output])


def _identity(frame: PlanFrame) -> str | None:
    if frame.maker is None:
        known = frame.values.get(IDENTITY) or frame.values.get("content_id")
        return str(known) if known else None
    roots = [f.values.get("content_id") for f in _roots(frame.maker)]
    if None in roots:
        return None
    return product_identity(frame.maker.association.name, [str(r) for r in roots], frame.output)


def _roots(draft: Draft) -> list[PlanFrame]:
    """Catalogued frames that the main frames of a draft are, or are made from."""
    found = [r for f in draft.main for r in (_roots(f.maker) if f.maker else [f])]
    return list({r.frame_id: r for r in found}.values())


def pinned(pins: Pins, draft: Draft, need: InputNeed) -> list[Chosen] | None:
    """Return what a person chose for a role of a draft.

    Parameters
    ----------
    pins : mapping
        By association name and `main_digest`, by role.
    draft : Draft
        Is warned of what cannot be used.
    need : InputNeed

    Returns
    -------
    list of Chosen or None
        None: the rules decide.
    """
    name = draft.association.name
    if not any(key[0] == name for key in pins):
        return None
    pin = pins.get((name, main_digest(draft) or ""), {}).get(need.role)
    if pin is None:
        return None
    if trouble := pin.trouble or _unfit(pin, need):
        draft.warnings.append(
            f"{need.role} pinned by {pin.by} ({pin.why}): {trouble}; the rules decide"
        )
        return None
    why = f"pinned by {pin.by}: {pin.why}"
    mjd = draft.mjd
    return [
        Chosen(
            need.role,
            why,
            f,
            delta_d=None if mjd is None or f.mjd is None else f.mjd - mjd,
            source=SOURCE,
        )
        for f in pin.frames
    ]


def _unfit(pin: Pin, need: InputNeed) -> str:
    number = len(pin.frames)
    if number < need.min:
        return f"{number} frames, the recipe wants at least {need.min}"
    if need.max is not None and number > need.max:
        return f"{number} frames, the recipe takes at most {need.max}"
    for frame in pin.frames:
        if frame.frame_type not in need.frame_types:
            return f"{frame.name} is {frame.frame_type}, not {' or '.join(need.frame_types)}"
    return ""
