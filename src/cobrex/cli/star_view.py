"""How stars, their import and their conflicts are written for people."""

from __future__ import annotations

import textwrap
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cobrex_db.stars.catalogues import Imported
    from cobrex_db.stars.lookup import Star
    from cobrex_db.stars.rematch import Rematched

_WIDTH = 79
_LABEL = 12
_GROUPS = {
    "numbers": ("HR", "HD", "HIP", "SAO", "GJ"),
    "letters": ("Bayer", "Flamsteed", "variable"),
    "surveys": ("TYC", "2MASS", "BD", "CD", "CPD"),
    "others": ("other",),
}
_MOST_CONTRADICTIONS = 10


def as_mapping(star: Star) -> dict[str, Any]:
    """Return a star for JSON, its names grouped as well."""
    return {**asdict(star), "names": groups(star)}


def groups(star: Star) -> dict[str, list[str]]:
    """Group a star's names by the kind of catalogue they are from."""
    from cobrex_db.stars.names import parse

    told = [(parse(name).catalogue, name) for name in star.aliases]
    found = {
        group: [n for wanted in some for catalogue, n in told if catalogue == wanted]
        for group, some in _GROUPS.items()
    }
    return {group: names for group, names in found.items() if names}


def lines(star: Star) -> list[str]:
    """Return a star as lines of at most 79 characters."""
    rows = [("star", star.identifier), ("position", _position(star))]
    if star.pm_ra_masyr is not None and star.pm_dec_masyr is not None:
        motion = f"{star.pm_ra_masyr:+.2f} {star.pm_dec_masyr:+.2f} mas/yr (RA with cos Dec, Dec)"
        rows.append(("motion", motion))
    if star.parallax_mas is not None:
        rows.append(("parallax", f"{star.parallax_mas:.2f} mas"))
    if star.magnitude_v is not None:
        rows.append(("V", f"{star.magnitude_v:.2f} mag"))
    rows.append(("source", star.source))
    rows += [(group, ", ".join(names)) for group, names in groups(star).items()]
    return [line for label, text in rows for line in _wrapped(label, text)]


def import_lines(imported: Imported, tied: Rematched) -> list[str]:
    """Return what an import of catalogues did."""
    new = imported.written
    said = [f"{count:8,} records  {name}" for name, count in imported.files.items()]
    said.append(
        f"{imported.stars:8,} stars: {new.added:,} new, {new.updated:,} updated, "
        f"{new.joined:,} joined; {new.names:,} new names"
    )
    some = imported.contradictions[:_MOST_CONTRADICTIONS]
    said += [f"not believed: {text} (its position is elsewhere)" for text in some]
    if len(imported.contradictions) > len(some):
        said.append(f"not believed: {len(imported.contradictions) - len(some)} more (--json)")
    said.append(f"{tied.frames:8,} frames looked at, {tied.changed:,} tied anew")
    return said


def grouped(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put conflicts of the same names and stars into one row, with the number of frames."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        other = row.get("other_star") or ""
        key = (row["conflict"], row["target"], row["object"], row["star"], other)
        one = found.setdefault(key, {
            "conflict": row["conflict"], "target": row["target"] or row["object"],
            "star": row["star"], "arcsec": _rounded(row["separation_arcsec"]),
            "other_star": other, "other_arcsec": _rounded(row.get("other_separation_arcsec")),
            "frames": 0,
        })  # fmt: skip
        one["frames"] += 1
    return list(found.values())


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _position(star: Star) -> str:
    if star.ra_deg is None or star.dec_deg is None:
        return "not known"
    seconds = round(star.ra_deg * 240, 2) % 86400
    ra = f"{int(seconds // 3600):02d} {int(seconds % 3600 // 60):02d} {seconds % 60:05.2f}"
    arcsec = round(abs(star.dec_deg) * 3600, 1)
    sign = "-" if star.dec_deg < 0 else "+"
    dec = f"{sign}{int(arcsec // 3600):02d} {int(arcsec % 3600 // 60):02d} {arcsec % 60:04.1f}"
    return f"{ra} {dec}  ({star.ra_deg:.6f} {star.dec_deg:.6f} deg, ICRS 2000.0)"


def _wrapped(label: str, text: str) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent=f"{label:<{_LABEL}}", subsequent_indent=" " * _LABEL,
        break_on_hyphens=False,
    )  # fmt: skip
