"""Frames and drafts looked at: products to be made, columns as rules name them, orders."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from .model import Anchor, Chosen, Draft, PlanFrame, Signature

__all__ = [
    "Anchor", "Chosen", "Draft", "Signature", "is_product", "plain", "product", "time_order",
    "value_of",
]  # fmt: skip


def product(maker: Draft, output: str, frame_type: str, verdict: str | None = None) -> PlanFrame:
    """Return the product that a draft will make: setup, star and time are its first main frame's.

    Parameters
    ----------
    maker : Draft
    output : str
        Its role there.
    frame_type : str
    verdict : str or None
        When it has been made before: how it was judged.

    Returns
    -------
    PlanFrame
    """
    first = maker.main[0]
    return PlanFrame(
        frame_id=0,
        frame_type=frame_type,
        name=f"{output} of {maker.title}",
        mjd=first.mjd,
        night=first.night,
        star=first.star,
        values=first.values,
        verdict=verdict,
        maker=maker,
        output=output,
    )


def time_order(frame: PlanFrame) -> tuple[float, str, int]:
    """Sort key: time, then name, then id; of a product still to be made, its first main frame's."""
    first = frame
    while first.maker is not None:
        first = first.maker.main[0]
    return (frame.mjd if frame.mjd is not None else float("inf"), frame.name, first.frame_id)


def value_of(frame: PlanFrame, column: str) -> Any:
    """Return a column of a frame; ``frame``, ``star``, ``night``, ``verdict`` are columns too."""
    own = _OWN.get(column)
    return frame.values.get(column) if own is None else own(frame)


def plain(value: Any) -> Any:
    """Return a value that can be a key: equal for equal values."""
    try:
        hash(value)
    except TypeError:
        return repr(value)
    return value if value == value else "nan"  # noqa: PLR0124 not a number is not itself


_OWN: dict[str, Callable[[PlanFrame], Any]] = {
    "frame": attrgetter("identity"),
    "frame_id": attrgetter("frame_id"),
    "process_id": attrgetter("process_id"),
    **{name: attrgetter(name) for name in ("frame_type", "star", "night", "verdict")},
    "archive_name": attrgetter("name"),
    "mjd_obs": attrgetter("mjd"),
    "kind": lambda frame: "product" if is_product(frame) else "raw",
    "product_role": lambda frame: frame.output or frame.values.get("product_role"),
}


def is_product(frame: PlanFrame) -> bool:
    """Tell whether a frame was made, or is to be made, by a process."""
    return frame.maker is not None or frame.process_id is not None or frame.foreign
