from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from sqlalchemy import Engine, func, select, update

from cobrex_db.engine import transact
from cobrex_db.errors import CatalogueError
from cobrex_db.schema import name_lookup, star
from cobrex_db.stars.lookup import find_stars, resolve
from cobrex_db.stars.register import Entry, add_star
from cobrex_db.stars.seeds import ensure_seeds
from cobrex_db.stars.simbad import ask_simbad

COLUMNS = ["main_id", "ra", "dec", "pmra", "pmdec", "plx_value", "ids"]
NAMES = "V* V9999 Vel|HD   999001|HIP 900001|2MASS J00420000-2015000|** A 1127|NAME Someone's Star"
ROW = ["V* V9999 Vel", 10.5, -20.25, 12.0, None, 3.5, NAMES]


class Simbad(ThreadingHTTPServer):
    """A TAP service that answers what a test lays down."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.body: bytes = b""
        self.status = 200
        self.pause_s = 0.0
        self.drip = False
        self.asked: list[dict[str, list[str]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/simbad/sim-tap/sync"

    def answer(self, *rows: object) -> None:
        self.body = json.dumps({"metadata": [{"name": c} for c in COLUMNS], "data": rows}).encode()


class _Handler(BaseHTTPRequestHandler):
    server: Simbad

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.server.asked.append(parse_qs(self.rfile.read(length).decode()))
        time.sleep(self.server.pause_s)
        try:
            self._answer()
        except OSError:
            self.close_connection = True  # the client has gone

    def _answer(self) -> None:
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        if not self.server.drip:
            self.wfile.write(self.server.body)
            return
        for _ in range(100):
            self.wfile.write(b" ")
            time.sleep(0.05)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def simbad() -> Iterator[Simbad]:
    server = Simbad()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def _count(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(star)).scalar_one()


def test_the_catalogue_learns_a_star(engine: Engine, simbad: Simbad) -> None:
    simbad.answer(ROW)
    found = ask_simbad(engine, "Someones_Star", url=simbad.url)
    assert (found.identifier, found.source) == ("HD 999001", "simbad")
    assert (found.ra_deg, found.dec_deg) == (10.5, -20.25)
    assert (found.pm_ra_masyr, found.pm_dec_masyr, found.parallax_mas) == (12.0, None, 3.5)
    with engine.connect() as connection:
        for name in ("V9999 Vel", "HIP900001", "2MASS_J00420000-2015000", "someones star"):
            assert resolve(connection, name) == found
        assert find_stars(connection, "A 1127") == []
    (asked,) = simbad.asked
    assert asked["query"][0].endswith("WHERE ident.id = 'Someones Star'")
    assert (asked["lang"], asked["format"], asked["request"]) == (["adql"], ["json"], ["doQuery"])


def test_the_answer_is_kept(engine: Engine, simbad: Simbad) -> None:
    simbad.answer(ROW)
    first = ask_simbad(engine, "HD 999001", url=simbad.url)
    assert ask_simbad(engine, "hd999001", url=simbad.url) == first
    assert len(simbad.asked) == 1


def test_a_name_simbad_does_not_know_is_asked_again_after_a_week(
    engine: Engine, simbad: Simbad
) -> None:
    simbad.answer()
    for _ in range(2):
        with pytest.raises(CatalogueError) as caught:
            ask_simbad(engine, "HD 999002", url=simbad.url)
        assert caught.value.kind == "unknown-star"
    assert len(simbad.asked) == 1
    with engine.connect() as connection:
        asked = connection.execute(select(name_lookup.c.asked)).scalar_one()
    transact(
        engine, lambda c: c.execute(update(name_lookup).values(asked=asked - timedelta(days=8)))
    )
    simbad.answer(ROW)
    assert ask_simbad(engine, "HD 999002", url=simbad.url).identifier == "HD 999001"


def test_names_are_quoted(engine: Engine, simbad: Simbad) -> None:
    simbad.answer()
    with pytest.raises(CatalogueError):
        ask_simbad(engine, "Barnard's' OR '1'='1", url=simbad.url)
    assert simbad.asked[0]["query"][0].endswith("= 'Barnard''s'' OR ''1''=''1'")


def test_a_known_star_gets_the_names_and_keeps_its_place(engine: Engine, simbad: Simbad) -> None:
    transact(engine, ensure_seeds)
    before = _count(engine)
    simbad.answer(["* kap Phe", 1.0, 1.0, 0.0, 0.0, 0.0, "* kap Phe|HD   2262|TYC 7527-1084-1"])
    found = ask_simbad(engine, "TYC 7527-1084-1", url=simbad.url)
    assert (found.identifier, found.source) == ("HR 100", "hip2")
    assert found.ra_deg == pytest.approx(6.5508409)
    assert _count(engine) == before
    with engine.connect() as connection:
        assert resolve(connection, "TYC_7527_1084_1").identifier == "HR 100"


def test_stars_of_headers_are_joined_but_catalogued_ones_are_not(
    engine: Engine, simbad: Simbad
) -> None:
    transact(engine, ensure_seeds)
    made = [Entry(n, 10.5, -20.25, *[None] * 4, "header", ()) for n in ("FIELD 7", "HD 999001")]
    for entry in made:
        transact(engine, lambda c, entry=entry: add_star(c, entry))
    before = _count(engine)
    simbad.answer(["NAME FIELD 7", 10.6, -20.0, 1.0, 2.0, 3.0, "FIELD 7|HD 999001"])
    found = ask_simbad(engine, "field 7", url=simbad.url)
    assert (found.source, found.ra_deg, found.pm_dec_masyr) == ("simbad", 10.6, 2.0)
    assert _count(engine) == before - 1
    simbad.answer(["HR 100", 1.0, 1.0, 0.0, 0.0, 0.0, "HR 100|HR 2020|HR 1474"])
    ask_simbad(engine, "HR 100", url=simbad.url)
    assert _count(engine) == before - 1


GARBAGE = [
     b"", b"<html>down for maintenance</html>", b"[]", b"{}", b'{"data": 7}', b'{"data": [7]}',
     b'{"data": [[1, 2, 3]]}', b"\xff\xfe\x00", b"[" * 100_000,
     json.dumps({"data": [["A", "1", 2, 3, 4, 5, "A"]]}).encode(),
     json.dumps({"data": [["A", True, 2, 3, 4, 5, "A"]]}).encode(),
     json.dumps({"data": [["A", float("nan"), 2, 3, 4, 5, "A"]]}).encode(),
     b'{"data": [["HD 1", 1e999, 2, 3, 4, 5, "HD 1"]]}',
     b'{"data": [["HD 1", 1, 1' + b"0" * 400 + b', 3, 4, 5, "HD 1"]]}',
     json.dumps({"data": [["HD 1", 1, 200, 3, 4, 5, "HD 1"]]}).encode(),
     json.dumps({"data": [["HD 1", 1, None, 3, 4, 5, "HD 1"]]}).encode(),
     json.dumps({"data": [["HD 1", 1, 2, 3, 4, 5, "HD 1", "more"]]}).encode()]  # fmt: skip


def test_garbage_changes_nothing(engine: Engine, simbad: Simbad) -> None:
    for body in GARBAGE:
        simbad.body = body
        with pytest.raises(CatalogueError) as caught:
            ask_simbad(engine, "HD 999003", url=simbad.url)
        assert caught.value.kind == "simbad-answer", body[:80]
    assert _count(engine) == 0
    simbad.answer(ROW)
    assert ask_simbad(engine, "HD 999003", url=simbad.url).identifier == "HD 999001"


def test_hostile_names_in_the_answer_are_harmless(engine: Engine, simbad: Simbad) -> None:
    names = "|".join(
        ["\x1b[31mred", "'; DROP TABLE star; --", "x" * 5000, "", "\ud800", *["n" * 3] * 999]
    )
    simbad.answer(["\x00HD 999001", 1.0, 2.0, None, None, None, names])
    found = ask_simbad(engine, "HD 999001", url=simbad.url)
    assert all("\x1b" not in name and len(name) <= 100 for name in found.aliases)


def test_a_service_in_trouble(engine: Engine, simbad: Simbad) -> None:
    for status in (404, 500, 503):
        simbad.status = status
        with pytest.raises(CatalogueError, match=str(status)) as caught:
            ask_simbad(engine, "HD 999001", url=simbad.url)
        assert caught.value.kind == "simbad-away"


@pytest.mark.parametrize("how", ["silent", "drip"])
def test_time_out(engine: Engine, simbad: Simbad, how: str) -> None:
    simbad.pause_s, simbad.drip = (1.0, False) if how == "silent" else (0.0, True)
    with pytest.raises(CatalogueError, match=r"no answer in 0\.3 s") as caught:
        ask_simbad(engine, "HD 999001", url=simbad.url, timeout_s=0.3)
    assert caught.value.kind == "simbad-away"


def test_an_answer_without_end(engine: Engine, simbad: Simbad) -> None:
    simbad.body = b" " * 3_000_000
    with pytest.raises(CatalogueError, match="too long"):
        ask_simbad(engine, "HD 999001", url=simbad.url)


def test_addresses(engine: Engine) -> None:
    for url in ("file:///etc/passwd", "ftp://x/y", "nowhere", "", "http://[bad"):
        with pytest.raises(CatalogueError) as caught:
            ask_simbad(engine, "HD 999001", url=url)
        assert caught.value.kind == "simbad-url"
    with pytest.raises(CatalogueError) as caught:
        ask_simbad(engine, "HD 999001", url="http://127.0.0.1:1/")
    assert caught.value.kind == "simbad-away"


def test_unaskable_names_are_not_asked(engine: Engine, simbad: Simbad) -> None:
    for name in ("", " ", "\x00", "x" * 101):
        with pytest.raises(CatalogueError) as caught:
            ask_simbad(engine, name, url=simbad.url)
        assert caught.value.kind == "unknown-star"
    assert simbad.asked == []
