"""Export: the valid products of a batch, under names people understand, with a manifest."""

from __future__ import annotations

import base64
import csv
import hashlib
import os
import re
import shutil
import stat
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cobrex.errors import UsageError
from cobrex.records.small_file import read_json
from cobrex.report.plain import slug
from cobrex.settings import Settings
from cobrex_db import exports
from cobrex_db.engine import transact
from cobrex_db.errors import CatalogueError
from cobrex_db.exports import Product

from . import unfinished
from .attempts import place_of

if TYPE_CHECKING:
    from sqlalchemy import Engine

MANIFEST, RECORDS = "manifest.csv", "records"
COLUMNS = (
    *("file", "frame_type", "star", "night", "filter", "recipe", "version", "verdict"),
    *("key", "role", "n", "content_id", "size_bytes", "sha256", "record"),
)
_ENDING = re.compile(r"(?:\.[A-Za-z0-9]{1,8}){1,2}$")
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Exported:
    """What was handed out.

    Attributes
    ----------
    folder : pathlib.Path
    files : int
        Products.
    size_bytes : int
    """

    folder: Path
    files: int
    size_bytes: int


def names(products: Sequence[Product]) -> list[str]:
    """Return file names that a person understands: ``HR_100_2020-03-07_TYPE_key8.fits``.

    Parameters
    ----------
    products : sequence of Product

    Returns
    -------
    list of str
        Each once, of ASCII letters, digits and ``._-``.
    """
    stems = [
        "_".join(
            slug(part)
            for part in (p.star or "no star", p.night or "no night", p.frame_type, p.key[:8])
        )
        for p in products
    ]
    several = Counter(stem.lower() for stem in stems)
    found: list[str] = []
    for place, (stem, product) in enumerate(zip(stems, products, strict=True)):
        ending = _ENDING.search(product.file)
        more = f"_{slug(product.role)}_{place:04d}" if several[stem.lower()] > 1 else ""
        found.append(stem + more + (ending[0] if ending else ""))
    return found


def export(
    engine: Engine,
    settings: Settings,
    products: Sequence[Product],
    folder: Path,
    *,
    link: bool = False,
) -> Exported:
    """Copy products into a new folder; it appears whole or not at all.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    settings : Settings
    products : sequence of Product
    folder : pathlib.Path
        Not there yet, or empty.
    link : bool
        Hard links instead of copies.

    Returns
    -------
    Exported

    Raises
    ------
    UsageError
        Kinds ``export-folder``, ``export-link``.
    CatalogueError
        Kind ``product-gone``; kind ``product-damaged``: its checksum is not the record's.
    """
    folder = folder.absolute()
    _demand_free(folder, settings)
    unfinished.clear(engine, settings.user, folder.parent)
    attempts = [p.attempt_id for p in products]
    with unfinished.made(engine, folder) as partial:
        # what was not accepted, pinned or exported may go at any time: from now on it is
        transact(engine, lambda c: exports.note(c, attempts, settings.user, str(partial)))
        (partial / RECORDS).mkdir()
        rows = [
            _one(settings, product, partial, name, link=link)
            for product, name in zip(products, names(products), strict=True)
        ]
        _write_manifest(partial / MANIFEST, rows)
    return Exported(folder, len(rows), sum(row["size_bytes"] for row in rows))


def _demand_free(folder: Path, settings: Settings) -> None:
    if folder.resolve().is_relative_to(settings.store.resolve()):
        raise UsageError(
            f"{folder} lies in the store", hint="give one outside", kind="export-folder"
        )
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise UsageError(f"{folder} is no folder", hint="give another one", kind="export-folder")
    if folder.is_dir() and any(folder.iterdir()):
        raise UsageError(
            f"{folder} is not empty",
            hint="give a folder that is new, or empty",
            kind="export-folder",
        )
    if not folder.parent.is_dir():
        raise UsageError(
            f"{folder.parent} is no folder", hint="make it first", kind="export-folder"
        )


def _one(
    settings: Settings, product: Product, partial: Path, name: str, *, link: bool
) -> dict[str, Any]:
    place = place_of(settings, product.folder)
    if place is None or Path(product.file).name != product.file:
        raise _gone(product)
    record, target = place / "record.json", partial / name
    try:
        said = read_json(record)
        if not stat.S_ISREG((place / product.file).lstat().st_mode):
            raise ValueError("it is no plain file")
        told = next(g["sha256"] for g in said["generated"] if g["file"] == product.file)
        noted = base64.urlsafe_b64decode(f"{told}=").hex()  # as `sha256sum` writes it
        sha256 = (
            _link(place / product.file, target, noted)
            if link
            else _copy(place / product.file, target)
        )
        shutil.copyfile(record, partial / RECORDS / f"{product.key}.json")
    except (FileNotFoundError, ValueError, LookupError, TypeError, StopIteration) as error:
        raise _gone(product) from error
    if sha256 != noted:
        raise CatalogueError(
            f"{place / product.file} is not what its record says",
            hint=f"make it anew: cobrex process show {product.key[:8]} tells what it is",
            kind="product-damaged",
        )
    return {
        **product._asdict(),
        "file": name,
        "size_bytes": target.stat().st_size,
        "sha256": sha256,
        "record": f"{RECORDS}/{product.key}.json",
    }


def _gone(product: Product) -> CatalogueError:
    return CatalogueError(
        f"{product.file} of {product.recipe} {product.key[:8]} is not in the store any more",
        hint="the `cobrex reduce` it comes from makes it again",
        kind="product-gone",
    )


def _copy(source: Path, target: Path) -> str:
    """Copy a file, to disk when this returns; return what was read as sha256."""
    digest = hashlib.sha256()
    with source.open("rb") as read, target.open("xb") as written:
        while piece := read.read(_PIECE):
            digest.update(piece)
            written.write(piece)
        written.flush()
        os.fsync(written.fileno())
    return digest.hexdigest()


def _link(source: Path, target: Path, noted: str) -> str:
    try:
        target.hardlink_to(source)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise UsageError(
            f"{source} cannot be linked: {error.strerror}",
            hint="links stay on one file system: leave --link away",
            kind="export-link",
        ) from error
    return noted


def _write_manifest(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, COLUMNS, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
        stream.flush()
        os.fsync(stream.fileno())
