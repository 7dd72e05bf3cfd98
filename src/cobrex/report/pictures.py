"""The pictures among a process's products."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path

from .entry import Entry
from .markup import Html, element, escape, join

LARGEST = 8_000_000
EMBEDDED = 1_000_000
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG file that was looked into.

    Attributes
    ----------
    path : pathlib.Path
        Where it lies, inside the process's folder.
    name : str
        Its file name, as the recipe wrote it.
    role : str
        The product's role.
    size : int
        Bytes.
    """

    path: Path
    name: str
    role: str
    size: int


def find(entry: Entry) -> list[Picture]:
    """Find the pictures that can be shown.

    Parameters
    ----------
    entry : Entry

    Returns
    -------
    list of Picture
        In the order of the record; files outside the folder, missing, above 8 MB or not PNG are
        passed over.
    """
    return [
        picture
        for row in entry.rows("generated")
        if (picture := _look(entry.folder, str(row.get("file") or ""), str(row.get("role") or "")))
    ]


def _look(folder: Path, name: str, role: str) -> Picture | None:
    if not name.lower().endswith(".png") or "\x00" in name:
        return None
    try:
        path = (folder / name).resolve(strict=True)
        if not path.is_relative_to(folder.resolve()) or not path.is_file():
            return None
        size = path.stat().st_size
        with path.open("rb") as stream:
            known = stream.read(len(_PNG)) == _PNG
    except OSError:
        return None
    return Picture(path, Path(name).name, role, size) if known and size <= LARGEST else None


def figure(picture: Picture) -> Html:
    """Put a picture on a page, its bytes included.

    Parameters
    ----------
    picture : Picture

    Returns
    -------
    Html
        Above 1 MB only its name: the picture stands in the report by itself.
    """
    name = join([picture.role, " · ", picture.name])
    if picture.size > EMBEDDED:
        return element("figure", element("figcaption", join([name, ": large, so it stands apart"])))
    data = base64.b64encode(picture.path.read_bytes()).decode("ascii")
    image = f'<img alt="{escape(picture.name)}" src="data:image/png;base64,{data}">'
    return element("figure", join([Html(image), element("figcaption", name)]))
