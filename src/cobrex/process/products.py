"""What a recipe left behind: found by the manifest's patterns, checked, named."""

from __future__ import annotations

import base64
import hashlib
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .failure import AttemptError

# what astropy has been seen to raise on damaged files
_UNREADABLE = (OSError, ValueError, TypeError, LookupError, ArithmeticError, MemoryError)
MAX_NAME = 190  # of frame.archive_name


@dataclass(frozen=True, slots=True)
class Product:
    """A file a recipe made.

    Attributes
    ----------
    role, frame_type : str
    n : int
        Counts files of one role, in order of their names.
    path : pathlib.Path
    """

    role: str
    frame_type: str
    n: int
    path: Path

    @property
    def is_fits(self) -> bool:
        """Whether it is a FITS file by name."""
        return self.path.suffix == ".fits"


def collect(scratch: Path, outputs: Sequence[Mapping[str, Any]]) -> list[Product]:
    """Find the promised products.

    Parameters
    ----------
    scratch : pathlib.Path
    outputs : sequence of mapping
        ``role``, ``frame_type``, ``file``, ``min``, ``max`` of the manifest, and ``catg`` where the
        header tells.

    Returns
    -------
    list of Product

    Raises
    ------
    AttemptError
        ``product-missing``, ``product-surplus``, ``product-name`` or ``product-unreadable``.
    """
    products = []
    for output in outputs:
        named = sorted(
            p for p in scratch.glob(output["file"]) if p.is_file() and not p.is_symlink()
        )
        catg = output.get("catg", "")
        found = [p for p in named if not catg or _category(p) == catg]
        what = f"{output['file']} with PRO CATG {catg}" if catg else output["file"]
        if len(found) < output["min"]:
            others = sorted({_category(p) for p in named} - {"", catg}) if catg else []
            raise AttemptError(
                "product-missing",
                f"the recipe ended well but made {len(found)} files {what} "
                f"({output['frame_type']}), at least {output['min']} are promised"
                + (f"; it made {', '.join(others)}" if others else ""),
            )
        if output["max"] is not None and len(found) > output["max"]:
            raise AttemptError(
                "product-surplus",
                f"{len(found)} files {what}, at most {output['max']} are promised",
            )
        if odd := [p.name for p in found if len(p.name) > MAX_NAME or not p.name.isprintable()]:
            raise AttemptError("product-name", f"{odd[0]!r} is no name for a product")
        products += [
            Product(output["role"], output["frame_type"], n, p) for n, p in enumerate(found)
        ]
    for product in products:
        if product.is_fits:
            _check(product.path)
    return products


def _category(path: Path) -> str:
    """Return what a file's own header says it is; empty when it does not say."""
    from astropy.io import fits

    try:
        return str(fits.getheader(path).get("ESO PRO CATG", ""))
    except (*_UNREADABLE, fits.VerifyError):
        return ""


def _check(path: Path) -> None:
    from astropy.io import fits

    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            with fits.open(path, memmap=False) as hdus:
                hdus.verify("exception")
                for hdu in hdus:
                    _ = hdu.data
        if cut := [str(w.message) for w in said if "truncated" in str(w.message)]:
            raise ValueError(cut[0])
    except (*_UNREADABLE, fits.VerifyError) as error:
        raise AttemptError(
            "product-unreadable", f"{path.name} is not readable FITS: {error}"
        ) from error


def sha256(path: Path) -> str:
    """Return the sha256 of a file, base64url, 43 characters."""
    with path.open("rb") as stream:
        value = hashlib.file_digest(stream, "sha256").digest()
    return base64.urlsafe_b64encode(value).decode()[:43]
