"""Who was made with whom, and from what: keys that related frames share."""

from __future__ import annotations

from collections.abc import Collection, Hashable

from .draft import PlanFrame


def asked(main: PlanFrame, lineage: str) -> Hashable:
    """Return the key that a relative of a main frame holds; None when it can have none.

    Parameters
    ----------
    main : PlanFrame
    lineage : str
        ``same_process`` or ``derived_from``.

    Returns
    -------
    hashable
    """
    return main.identity if lineage == "derived_from" else _process(main)


def held(frame: PlanFrame, lineage: str) -> Collection[Hashable]:
    """Return the keys of what a frame is a relative of.

    Parameters
    ----------
    frame : PlanFrame
        Of a product still to be made, the main frames of its process are its parents.
    lineage : str

    Returns
    -------
    collection of hashable
    """
    if lineage == "derived_from":
        if frame.maker is None:
            return frame.parents
        return {f.identity for f in frame.maker.main}
    process = _process(frame)
    return () if process is None else (process,)


def _process(frame: PlanFrame) -> Hashable:
    return frame.process_id if frame.maker is None else frame.maker.signature
