"""The stamp in product headers: enough to make the product again, and nothing of this attempt."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from cobrex.plan.model import PlannedProcess
from cobrex_db.stamped import data_md5

from .products import Product

MAX_INPUTS = 50


def stamp(product: Product, process: PlannedProcess) -> str:
    """Write recipe, key, parameters, inputs and checksums into a FITS product.

    Parameters
    ----------
    product : Product
    process : PlannedProcess

    Returns
    -------
    str
        DATAMD5 of the stamped file.
    """
    _rewrite(product.path, cards(product, process), checksum=False)
    value = data_md5(product.path)
    _rewrite(product.path, {"DATAMD5": value}, checksum=True)
    return value


def _rewrite(path: Path, values: Mapping[str, str | int], *, checksum: bool) -> None:
    from astropy.io import fits

    with fits.open(path, mode="update", memmap=False, lazy_load_hdus=False) as hdus:
        header = hdus[0].header
        for keyword, value in values.items():
            header[keyword if " " not in keyword else f"HIERARCH {keyword}"] = value
        for hdu in hdus:
            if checksum:  # the comment must not hold the time: equal keys give equal bytes
                hdu.add_checksum(when="by cobrex")
            else:
                for keyword in [k for k in hdu.header if _is_stamp(k)]:
                    if keyword not in values:
                        hdu.header.remove(keyword)


def _plain(user: str) -> str:
    """A name as a card can hold it: what is no ASCII is written as in Python."""
    name = "".join(c if c.isprintable() else "?" for c in user)
    return name.encode("ascii", "backslashreplace").decode()[:40]


def _is_stamp(keyword: str) -> bool:
    return keyword.startswith("COBREX ") or keyword in {"CHECKSUM", "DATASUM", "DATAMD5"}


def cards(product: Product, process: PlannedProcess) -> dict[str, str | int]:
    """Return the stamp's keywords and values; a function of the plan only."""
    recipe = process.recipe
    stamp_cards: dict[str, str | int] = {
        "ESO PRO CATG": product.frame_type,
        "COBREX RECIPE": recipe.name,
        "COBREX VERSION": recipe.version,
        "COBREX CODE": recipe.code_hash,
        "COBREX ENV": recipe.environment["digest"],
        "COBREX KEY": process.key,
        "COBREX ROLE": product.role,
        "COBREX N": product.n,
    }
    if recipe.draft:
        stamp_cards["COBREX DRAFT"] = _plain(recipe.draft)
    for n, (name, value) in enumerate(sorted(recipe.parameters.items()), 1):
        stamp_cards[f"COBREX PAR{n} NAME"] = name
        stamp_cards[f"COBREX PAR{n} VALUE"] = json.dumps(value, ensure_ascii=True)
    stamp_cards["COBREX NINPUTS"] = len(process.inputs)
    if len(process.inputs) <= MAX_INPUTS:
        for n, i in enumerate(process.inputs, 1):
            stamp_cards[f"COBREX IN{n} ROLE"] = i.role
            stamp_cards[f"COBREX IN{n} TYPE"] = i.frame_type
            stamp_cards[f"COBREX IN{n} ID"] = i.content_id
    return stamp_cards
