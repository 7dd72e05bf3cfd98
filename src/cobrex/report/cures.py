"""What to do about a failure, by its cause."""

from __future__ import annotations

_AGAIN = "cobrex batch retry {batch} --cause {cause}"
_LOG = "cobrex process logs {key}"
_CURES = {
    "out-of-memory": "a batch tries it again with twice the memory; still too little: "
    "the same cobrex reduce with --need {recipe}.memory=16GiB",
    "walltime": "a batch tries it again with twice the time; still too little: "
    "the same cobrex reduce with --need {recipe}.walltime=12:00:00",
    "node-lost": f"a batch tries it again on another node; then: {_AGAIN}",
    "killed": f"a batch tries it again once; then: {_AGAIN}",
    "never-begun": f"a batch tries it again; then: {_AGAIN}",
    "disk-full": f"make room (cobrex clean --dry-run), then: {_AGAIN}",
    "disk-error": "the disk failed, is gone, or may not be written there: "
    f"the message says where; then: {_AGAIN}",
    "input-unreadable": f"see that the file is there and whole (cobrex check), then: {_AGAIN}",
    "not-started": "its program or environment is missing: read its log "
    f"({_LOG}), mend it, then: {_AGAIN}",
    "recipe-error": f"read its log: {_LOG}; the authors mend it, or other parameters do",
    "product-missing": f"the recipe ended without its product: {_LOG}",
    "qc": "look at the metric (cobrex process show {key}); a looser range is the recipe's, "
    "a better input is the rules'",
    "input-failed": "it waits for what failed before it",
    "cancelled": "cobrex batch retry {batch}",
    "bug": f"report it with its log: {_LOG}",
}


def cure(cause: str, *, batch: str, key: str, recipe: str) -> str:
    """Say what to do about a failure.

    Parameters
    ----------
    cause : str
        Stable word; for one that is unknown, where to look.
    batch, key, recipe : str
        Its batch, the key of its process, its recipe as ``[namespace/]name[@version]``.

    Returns
    -------
    str
    """
    name = recipe.partition("@")[0].rpartition("/")[2]
    words = _CURES.get(cause, f"read its log: {_LOG}")
    return words.format(cause=cause, batch=batch, key=key[:8], recipe=name)
