"""Blocks of headers, plain and compressed; what is broken is told apart."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import ncompress
import numpy as np
import pytest
from astropy.io import fits
from fits_files import SCIENCE, blocks, card, header, stream, write

from cobrex_db.content_id import content_id, product_id
from cobrex_db.fits_blocks import compression, headers, read_head
from cobrex_db.fits_structure import data_bytes
from cobrex_db.rejection import RejectionError
from cobrex_db.stamped import data_md5, read_stamp

KEY = "k" * 43


@pytest.mark.parametrize("name, how", [
    ("a.fits", ""), ("a.FITS", ""), ("a.fit", ""), ("a.fits.gz", "gz"), ("a.fits.Z", "Z"),
    ("a b.fits.z", "Z"), ("-x.fits", ""), ("a.xml", None), ("a.txt", None), ("fits", None),
    ("a.fits.txt", None), ("a.tar.gz", None), (".fits", None), ("a.fits.yaml", None),
    ("a.NL.txt", None), ("a.gz", None),
])  # fmt: skip
def test_names(name: str, how: str | None) -> None:
    assert compression(name) == how


@pytest.mark.parametrize("size", [0, 1, 2880, 20_000, 5_000_000])
def test_compressed_copies_are_the_same_stream(tmp_path: Path, size: int) -> None:
    data = np.random.default_rng(1).bytes(size)
    paths = [write(tmp_path / f"a.fits{suffix}", data=data) for suffix in ("", ".gz", ".Z")]
    heads = [read_head(path) for path in paths]
    assert len({(head.header, head.header_id) for head in heads}) == 1
    assert len({content_id(path) for path in paths}) == 1
    assert len({data_md5(path) for path in paths}) == 1


def test_other_first_pixels_are_another_head(tmp_path: Path) -> None:
    one, two = (write(tmp_path / f"{n}.fits", data=bytes([n]) * 99) for n in (1, 2))
    assert read_head(one).header == read_head(two).header
    assert read_head(one).header_id != read_head(two).header_id


def test_a_large_compressed_file_is_read_at_its_beginning_only(tmp_path: Path) -> None:
    data = np.random.default_rng(2).bytes(9_000_000)
    packed = ncompress.compress(stream(data=data))
    path = tmp_path / "a.fits.Z"
    path.write_bytes(packed[: len(packed) // 2])
    assert read_head(path).header.startswith(b"SIMPLE")
    with pytest.raises(RejectionError) as caught:
        content_id(path)
    assert caught.value.kind == "truncated"


@pytest.mark.parametrize("count", [1, 36, 2995, 3000])
def test_headers_of_any_length(tmp_path: Path, count: int) -> None:
    cards = {f"ESO X K{n}": n for n in range(count)}
    for suffix in ("", ".gz", ".Z"):
        head = read_head(write(tmp_path / f"a.fits{suffix}", cards))
        assert head.header == header(cards, 18_000)


def _broken(folder: Path) -> dict[str, tuple[str, Path]]:
    whole = stream(data=np.random.default_rng(3).bytes(40_000))
    contents = {
        "empty.fits": ("empty", b""),
        "empty.fits.gz": ("empty", b""), "empty.fits.Z": ("empty", b""),
        "text.fits": ("not-fits", b"hello" * 1000), "short.fits": ("not-fits", b"hello"),
        "text.fits.gz": ("not-fits", gzip.compress(b"hello" * 1000)),
        "text.fits.Z": ("not-fits", ncompress.compress(b"hello" * 1000)),
        "nogzip.fits.gz": ("damaged", b"hello" * 1000), "noZ.fits.Z": ("damaged", b"hello" * 1000),
        "inheader.fits": ("truncated", whole[:1000]), "indata.fits": ("truncated", whole[:20_000]),
        "noblock.fits": ("truncated", whole[:2879]),
        "cut.fits.gz": ("truncated", gzip.compress(whole)[:-30]),
        "cut.fits.Z": ("truncated", ncompress.compress(whole)[:-9000]),
        "within.fits.gz": ("truncated", gzip.compress(whole[:20_000])),
        "noend.fits": ("no-end", card("SIMPLE", True) + b" " * (5 << 20)),
        "nonumbers.fits": ("not-fits", blocks(card("SIMPLE", True) + b"END".ljust(80))),
        "negative.fits": ("not-fits", header({"NAXIS": 1, "NAXIS1": -5}, 0)),
    }  # fmt: skip
    made = {}
    for name, (kind, content) in contents.items():
        (folder / name).write_bytes(content)
        made[name] = (kind, folder / name)
    (folder / "folder.fits").mkdir()
    os.mkfifo(folder / "pipe.fits")
    made |= {
        name: (kind, folder / name)
        for name, kind in (
            ("folder.fits", "directory"),
            ("pipe.fits", "not-a-file"),
            ("gone.fits", "missing"),
        )
    }
    return made


def test_what_is_broken_is_told_apart(tmp_path: Path) -> None:
    found = {}
    broken = _broken(tmp_path)
    for name, (_, path) in broken.items():
        try:
            read_head(path)
            found[name] = "taken"
        except RejectionError as error:
            assert error.message
            found[name] = error.kind
    assert found == {name: kind for name, (kind, _) in broken.items()}


def test_extensions_are_followed(tmp_path: Path) -> None:
    path = tmp_path / "a.fits"
    images = [fits.ImageHDU(np.ones((50, 60), "f4"), name=f"E{n}") for n in range(3)]
    table = fits.BinTableHDU.from_columns([fits.Column("a", "PJ()", array=[[1], [2, 3]])])
    fits.HDUList([fits.PrimaryHDU(), *images, table]).writeto(path)
    assert len(headers(path)) == 5
    read_head(path)
    for cut in (path.stat().st_size - 3000, 2880 * 2 + 100, 2880 + 500):
        short = tmp_path / f"{cut}.fits"
        short.write_bytes(path.read_bytes()[:cut])
        with pytest.raises(RejectionError, match="ends"):
            headers(short)
    (tmp_path / "indata.fits").write_bytes(path.read_bytes()[: 2880 * 3])
    with pytest.raises(RejectionError, match="promised"):
        read_head(tmp_path / "indata.fits")


def test_what_follows_the_last_hdu_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.fits"
    path.write_bytes(stream(data=b"x" * 100) + b"\0" * 5000)
    assert headers(path) == [read_head(path).header]
    path.write_bytes(stream(data=b"x" * 100)[:-2000])
    read_head(path)
    content_id(path)


def test_random_groups() -> None:
    raw = header({"NAXIS": 3, "NAXIS1": 0, "NAXIS2": 4, "NAXIS3": 5, "EXTEND": True,
                  "GROUPS": True, "PCOUNT": 6, "GCOUNT": 7}, 0)  # fmt: skip
    assert data_bytes(raw) == 7 * (6 + 20)


def test_several_gzip_members(tmp_path: Path) -> None:
    whole = stream(data=b"x" * 9000)
    path = tmp_path / "a.fits.gz"
    path.write_bytes(gzip.compress(whole[:3000]) + gzip.compress(whole[3000:]) + b"\0" * 512)
    plain = tmp_path / "a.fits"
    plain.write_bytes(whole)
    assert content_id(path) == content_id(plain)


def test_a_stamp_holds_while_the_data_are_as_made(tmp_path: Path) -> None:
    path = write(tmp_path / "a.fits", {})
    stamp = {"COBREX KEY": KEY, "COBREX ROLE": "cube", "COBREX N": 0, "DATAMD5": data_md5(path)}
    found = read_stamp(path, stamp)
    assert found is not None
    assert found.content_id == product_id(KEY, "cube", 0)
    assert read_stamp(path, stamp | {"DATAMD5": "0" * 32}) is None
    for key, value in (
        ("COBREX KEY", "short"),
        ("COBREX N", "0"),
        ("COBREX N", -1),
        ("COBREX ROLE", None),
        ("COBREX KEY", 7),
    ):
        assert read_stamp(path, stamp | {key: value}) is None


def test_the_name_of_a_product_is_pinned() -> None:
    """Another name would cut every product from its lineage."""
    assert product_id(KEY, "rôle", 3) == "vg1Zy0byqxJmpfzat9jKKTFfDTE5hT-o1pk3qaCdNbY"


def test_the_header_is_that_of_astropy(tmp_path: Path) -> None:
    path = write(tmp_path / "a.fits", SCIENCE)
    assert read_head(path).header.decode() == fits.getheader(path).tostring()
