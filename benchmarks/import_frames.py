"""What an import costs, in CPU seconds, against astropy's getheader in the same run."""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / part) for part in ("src", "registry", "db")]

from astropy.io import fits  # noqa: E402

from cobrex import instruments  # noqa: E402
from cobrex_db.content_id import content_id  # noqa: E402
from cobrex_db.engine import open_catalogue  # noqa: E402
from cobrex_db.fits_blocks import read_head  # noqa: E402
from cobrex_db.importing import import_paths  # noqa: E402

FIXED = {
    "INSTRUME": "SPHERE", "OBJECT": "HR 100", "ESO OBS TARG NAME": "HR 100", "RA": 6.55,
    "DEC": -43.68, "ESO SEQ ARM": "IFS", "ESO DPR CATG": "SCIENCE", "ESO DPR TECH": "IFU",
    "ESO DPR TYPE": "OBJECT,ASTROMETRY", "ESO OBS PROG ID": "1104.C-0416(A)",
    "ESO OBS ID": 2345678, "ESO TPL START": "2020-03-08T04:58:01", "ESO DET SEQ1 DIT": 16.0,
    "ESO DET NDIT": 4, "EXPTIME": 16.0, "ESO TEL AMBI FWHM START": 0.7,
    "ESO TEL AMBI FWHM END": 0.8, "ESO TEL AIRM START": 1.1, "ESO TEL PARANG START": 12.5,
    "ESO INS2 COMB IFS": "OBS_YJ",
}  # fmt: skip


def card(key: str, value: object) -> bytes:
    text = f"'{value}'" if isinstance(value, str) else str(value)
    keyword = f"HIERARCH {key}" if " " in key else key.ljust(8)
    return f"{keyword}= {text} / a comment".encode().ljust(80)[:80]


def header(number: int, cards: int) -> bytes:
    seconds = number * 20 % 40_000
    when = f"2020-03-08T{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{number:04}"
    own = {
        **FIXED, "DATE-OBS": when, "MJD-OBS": 58916.0 + number / 4320,
        "ARCFILE": f"SPHER.{when}.fits",
    }  # fmt: skip
    lines = [b"SIMPLE  =                    T", b"BITPIX  =                  -32",
             b"NAXIS   =                    2", b"NAXIS1  =                   64",
             b"NAXIS2  =                   64"]  # fmt: skip
    lines += [card(key, value) for key, value in own.items()]
    lines += [
        card(f"ESO INS{n % 4} SENS{n} VAL", n / 7 if n % 3 else f"word {n}")
        for n in range(cards - len(lines) - 1)
    ]
    return b"".join(line.ljust(80) for line in [*lines, b"END"])


def write_night(folder: Path, count: int, cards: int) -> list[Path]:
    folder.mkdir(parents=True)
    paths = []
    for number in range(count):
        head = header(number, cards)
        path = folder / f"SPHER.{number:05}.fits"
        path.write_bytes(head.ljust(-(-len(head) // 2880) * 2880) + b"\0" * (2880 * 6))
        paths.append(path)
    return paths


def cpu(function: Callable[[], object]) -> float:
    begin = os.times()
    function()
    end = os.times()
    return sum(end[:4]) - sum(begin[:4])


def each(function: Callable[[Path], object], paths: list[Path]) -> float:
    return cpu(lambda: [function(path) for path in paths])


def raw(path: Path) -> None:
    with path.open("rb", buffering=0) as stream:
        block = stream.read(2880)
        while b"END     " not in block[::1] and block:
            block = stream.read(2880)


def report(what: str, seconds: float, count: int, against: float = 0.0) -> None:
    ratio = f"{seconds / against:8.2f}" if against else " " * 8
    print(f"{what:52} {seconds:8.2f} {seconds / count * 1000:10.3f} {ratio}")


def headers(folder: Path, url: str, count: int, cards: int) -> None:
    paths = write_night(folder / f"cards{cards}", count, cards)
    time.sleep(2.5)  # younger files are looked at twice
    rules = instruments.load()
    engine = open_catalogue(url)
    astropy = each(fits.getheader, paths)
    print(f"\n{count:,} files, {cards} cards, {engine.dialect.name}")
    print(f"{'':52} {'CPU s':>8} {'ms a file':>10} {'x astropy':>8}")
    report("astropy getheader", astropy, count)
    report("raw blocks until END", each(raw, paths), count, astropy)
    report("read_head", each(read_head, paths), count, astropy)

    def take() -> object:
        return import_paths(engine, [folder / f"cards{cards}"], rules, user="bench",
                            workspace="public")  # fmt: skip

    report("import, rows committed", cpu(take), count, astropy)
    report("import again, nothing new", cpu(take), count, astropy)
    engine.dispose()


def nothing_new(folder: Path, count: int) -> None:
    write_night(folder / "again", count, 400)
    time.sleep(2.5)
    program = [sys.executable, "-m", "cobrex", "import", str(folder / "again"), "--json"]
    environment = {
        **os.environ, "PYTHONPATH": ":".join(sys.path[:3]), "COBREX_HOME": str(folder / "home"),
    }  # fmt: skip

    def command() -> object:
        return subprocess.run(program, env=environment, check=True, stdout=subprocess.DEVNULL)

    command()
    print(f"\nnothing-new `cobrex import` of {count:,} files, start-up included")
    report("the command", cpu(command), count)


def hashing(folder: Path) -> None:
    path = folder / "large.fits"
    size = 400 << 20
    head = b"".join(
        line.ljust(80)
        for line in (b"SIMPLE  =                    T", b"BITPIX  =                    8",
                     b"NAXIS   =                    1",
                     f"NAXIS1  = {size:20}".encode(), b"END")
    )  # fmt: skip
    with path.open("wb") as stream:
        stream.write(head.ljust(2880))
        for _ in range(size >> 20):
            stream.write(os.urandom(1 << 20))
        stream.write(b"\0" * (-size % 2880))
    plain = cpu(lambda: subprocess.run(["sha256sum", path], check=True, capture_output=True))
    ours = cpu(lambda: content_id(path))
    alone = cpu(lambda: hashlib.file_digest(path.open("rb"), "sha256"))
    print(f"\nhashing {size >> 20} MiB")
    for what, seconds in (("sha256sum", plain), ("hashlib alone", alone), ("content_id", ours)):
        print(f"{what:52} {seconds:8.2f} {seconds / plain:10.2f} x sha256sum")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--again", type=int, default=10000)
    parser.add_argument("--database", default="", help="URL of an empty database; SQLite if not")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cobrex-bench-") as name:
        folder = Path(name)
        os.environ["COBREX_HOME"] = str(folder / "home")
        url = arguments.database or f"sqlite:///{folder / 'catalogue.sqlite'}"
        headers(folder, url, arguments.files, 400)
        headers(folder, url, arguments.files // 5, 1000)
        if not arguments.database:
            hashing(folder)
            nothing_new(folder, arguments.again)


main()
