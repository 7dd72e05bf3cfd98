"""The library of reference cubes for a star: who is like it."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import warnings
from pathlib import Path

import numpy as np
from astropy.io import fits
from astropy.utils import iers

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from frames import of_channel, read_image
    from header import primary
    from identity import content_id
    from members import Member, Target, member, ranked, side_of, whole_frames
    from sof import Role, read_sof
    from square import middle, odd_side
    from star import star_of

iers.conf.auto_download = False
_ROLES = {"cube": Role("_SCIENCE_REDUCED_MASTER_CUBE", most=1001)}
_COLUMNS = (("NAME", 68), ("CONTENT_ID", 43), ("STAR", 40), ("NIGHT", 10), ("REASON", 20))


def main() -> int:
    """Run the recipe; 1 with one line on stderr when it cannot be done."""
    options = _options()
    try:
        # VIP prints and warns in passing; what counts is said below
        with warnings.catch_warnings(), Path(os.devnull).open("w") as void:
            warnings.simplefilter("ignore")
            with contextlib.redirect_stdout(void):
                _library(options)
    except (OSError, ValueError) as error:
        print(f"ird_rdi_corr: {error}", file=sys.stderr)
        return 1
    return 0


def _library(options: argparse.Namespace) -> None:
    path, *references = read_sof(options.sof, _ROLES)["cube"]
    if not references:
        raise ValueError("no reference besides the cube")
    if options.outer_px <= options.inner_px:
        raise ValueError(f"an annulus from {options.inner_px} to {options.outer_px} pixels")
    target = _target(path, options)
    annulus = options.inner_px, options.outer_px
    read = [member(one, target, options.channel, annulus, options.same_star_arcsec)
            for one in references]  # fmt: skip
    _distinct([target.content_id, *(one.content_id for one in read)])
    members = ranked(read, options.best, options.min_correlation)
    used = [one for one in members if one.used]
    for one in members:
        _say(f"{one.name}: {f'rank {one.rank}' if one.rank else one.reason}")
    if not used:
        why = sorted({one.reason for one in members})
        raise ValueError(f"no reference is left of {len(members)}: {', '.join(why)}")
    _write(target, path, members, options)


def _target(path: Path, options: argparse.Namespace) -> Target:
    raw, header = read_image(path)
    star = star_of(header)
    if not star.told():
        raise ValueError(
            f"{path.name}: neither OBJECT nor RA and DEC: the star itself might be a reference"
        )
    cube = of_channel(raw, options.channel, path.name)
    side = side_of(options.outer_px)
    if odd_side(cube.shape, side) < side:
        raise ValueError(f"{path.name}: frames of {cube.shape[-1]} pixels, {side} are needed")
    cube = whole_frames(middle(cube, side))
    if not len(cube):
        raise ValueError(f"{path.name}: no frame without pixels that are no numbers")
    if not options.per_frame:
        cube = np.median(cube, axis=0)[None]
    return Target(cube, star, header, content_id(path, header))


def _distinct(names: list[str]) -> None:
    if len(set(names)) < len(names):
        raise ValueError("the same cube is given twice")


def _write(target: Target, path: Path, members: list[Member], options: argparse.Namespace) -> None:
    used = sorted(one.mean for one in members if one.used)
    quality: dict[str, int | float] = {
        "QC NREFERENCES": sum(one.rank > 0 for one in members),
        "QC NUSED": len(used),
        "QC NSAMESTAR": sum(one.reason == "same star" for one in members),
        "QC CORR BEST": round(used[-1], 5),
        "QC CORR LEAST": round(used[0], 5),
    }
    header = primary(target.header, {"cube": path.name}, "IRD_CORR_MATRIX", quality)
    header["HIERARCH ESO PRO RDI TARGET"] = (target.content_id, "content id of the cube")
    matrix = np.stack([one.values for one in members], axis=1).astype(np.float32)
    fits.HDUList([fits.PrimaryHDU(matrix, header), _table(members)]).writeto(
        "corr.fits", overwrite=True
    )


def _table(members: list[Member]) -> fits.BinTableHDU:
    words = [
        (one.name, one.content_id, one.star, one.night, one.reason or "used") for one in members
    ]
    columns = [
        # a header may hold anything printable, a table's text is ASCII
        fits.Column(name, f"{width}A", array=[w.encode("ascii", "replace").decode()[:width]
                                              for w in column])
        for (name, width), column in zip(_COLUMNS, zip(*words, strict=True), strict=True)
    ]  # fmt: skip
    columns += [
        fits.Column("CORRELATION", "D", array=[one.mean for one in members]),
        fits.Column("RANK", "J", array=[one.rank for one in members]),
        fits.Column("USED", "B", array=[one.used for one in members]),
    ]
    return fits.BinTableHDU.from_columns(columns, name="MEMBERS")


def _say(text: str) -> None:
    print(text, file=sys.__stdout__, flush=True)


def _flag(text: str) -> bool:
    if text not in {"true", "false"}:
        raise argparse.ArgumentTypeError("true or false")
    return text == "true"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sof", type=Path)
    parser.add_argument("--inner_px", type=int, default=10)
    parser.add_argument("--outer_px", type=int, default=40)
    parser.add_argument("--per_frame", type=_flag, default=False)
    parser.add_argument("--best", type=int, default=20)
    parser.add_argument("--min_correlation", type=float, default=0.0)
    parser.add_argument("--same_star_arcsec", type=float, default=10.0)
    parser.add_argument("--channel", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
