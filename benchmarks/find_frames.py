"""How long `find` by star and frame type takes in the database, on both: 1,000,000 frames."""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "db"), str(ROOT / "tests" / "services")]

from mariadb_server import MariaDB, missing  # noqa: E402
from sqlalchemy import Connection, Engine, insert, select  # noqa: E402

from cobrex_db import schema as s  # noqa: E402
from cobrex_db.engine import open_catalogue, transact  # noqa: E402
from cobrex_db.frame_query import FrameQuery  # noqa: E402
from cobrex_db.people import utc_now  # noqa: E402
from cobrex_db.query import find_frames, find_statement  # noqa: E402

CHUNK = 5_000
STARS = 1_500
NIGHTS = 1_800
NOTE_TYPES = True
ON_STAR = {
    "IFS_SCIENCE_DR_RAW": 40,
    "IRD_SCIENCE_DBI_RAW": 44,
    "IFS_STAR_CENTER_RAW": 6,
    "IFS_SCIENCE_FLUX_RAW": 6,
    "IFS_ASTROMETRY_RAW": 4,
}
INSIDE = {"IFS_DARK_RAW": 30, "IRD_DARK_RAW": 30, "IRD_FLAT_FIELD_RAW": 20, "IFS_SPECPOS_RAW": 20}
COLUMNS = {
    "catg": "SCIENCE",
    "type": "OBJECT",
    "tech": "IFU",
    "comb": "OBS_YJ",
    "prism": "YJ",
    "iflt": "BB_H",
    "icor": "N_ALC_YJH_S",
    "dit": 64.0,
    "nd": "OPEN",
    "naxis": 3,
    "tpl": "2020-03-08T07:04:40",
    "nexp": 24,
    "expno": 13,
    "tracking": "PUPIL",
}


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--frames", type=int, default=1_000_000)
    words.add_argument("--repeat", type=int, default=200)
    words.add_argument("--database", choices=["sqlite", "mariadb", "both"], default="both")
    given = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if given.database != "mariadb":
            measure("SQLite", f"sqlite:///{folder}/catalogue.sqlite", given)
        if given.database == "sqlite" or missing():
            return
        server = MariaDB()
        try:
            server.install()
            measure("MariaDB", server.url(server.new_database()), given)
        finally:
            server.remove()


def measure(name: str, url: str, given: argparse.Namespace) -> None:
    engine = open_catalogue(url)
    began = time.monotonic()
    fill(engine, given.frames)
    print(f"\n{name}: {given.frames:,} frames in {time.monotonic() - began:.0f} s")
    print(
        f"{'star with':>12} {'frame type':<22} {'found':>6} {'first ms':>11} {'again ms':>11} "
        f"{'find_frames':>11}"
    )
    with engine.connect() as connection:
        for label, star_ids in (("any number", sample(given.repeat)), ("most frames", [1] * 30)):
            for frame_type in ON_STAR:
                row(connection, label, star_ids, frame_type)
        explain(connection)
    engine.dispose()


def row(connection: Connection, label: str, star_ids: list[int], frame_type: str) -> None:
    first, again, whole, found = [], [], [], []
    for star_id in star_ids:
        query = FrameQuery(star_ids=(star_id,), frame_types=(frame_type,))
        statement = find_statement(connection, query)
        words, values = compile_for(connection, statement)
        first.append(timed(lambda w=words, v=values: execute(connection, w, v)))
        again.append(timed(lambda w=words, v=values: execute(connection, w, v)))
        whole.append(timed(lambda query=query: found.append(find_frames(connection, query))))
    times = " ".join(f"{statistics.median(t) * 1e3:>11.2f}" for t in (first, again, whole))
    count = statistics.median(len(f) for f in found)
    print(f"{label:>12} {frame_type:<22} {count:>6.0f} {times}", flush=True)


def timed(function: Callable[[], Any]) -> float:
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def execute(connection: Connection, words: str, values: Any) -> None:
    connection.exec_driver_sql(words, values).cursor.fetchall()


def compile_for(connection: Connection, statement: Any) -> tuple[str, Any]:
    compiled = statement.compile(connection, compile_kwargs={"render_postcompile": True})
    values = compiled.construct_params()
    if compiled.positiontup is not None:
        values = tuple(values[n] for n in compiled.positiontup)
    return str(compiled), values


def explain(connection: Connection) -> None:
    query = FrameQuery(star_ids=(700,), frame_types=("IFS_ASTROMETRY_RAW",))
    statement = find_statement(connection, query)
    words, values = compile_for(connection, statement)
    command = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN "
    for line in connection.exec_driver_sql(command + words, values):
        print("   ", *line)


def sample(repeat: int) -> list[int]:
    dice = random.Random(1)
    return [dice.randint(1, STARS) for _ in range(repeat)]


def fill(engine: Engine, frames: int) -> None:
    transact(engine, _first_rows)
    with engine.connect() as connection:
        types = {r.name: r.frame_type_id for r in connection.execute(select(s.frame_type))}
    for chunk in rows(frames, types):
        transact(engine, lambda c, chunk=chunk: _write(c, *chunk))


def _first_rows(connection: Connection) -> None:
    now = utc_now()
    connection.execute(insert(s.user).values(name="bench", created=now))
    connection.execute(insert(s.frame_type), [{"name": n} for n in (*ON_STAR, *INSIDE)])
    connection.execute(
        insert(s.star),
        [
            {"identifier": f"BENCH {n}", "ra_deg": n / 5, "dec_deg": -30.0, "source": "bench"}
            for n in range(1, STARS + 1)
        ],
    )
    connection.execute(
        insert(s.observation),
        [
            {
                "identity": f"{n:043d}",
                "programme": f"0{n % 99:03d}.C-0007",
                "ob_id": n,
                "night": date(2014, 5, 1) + timedelta(days=n % NIGHTS),
            }
            for n in range(1, 20_001)
        ],
    )


def _write(
    connection: Connection, frames: list[dict[str, Any]], stars: list[dict[str, Any]]
) -> None:
    connection.execute(insert(s.frame), frames)
    if stars:
        connection.execute(insert(s.frame_star), stars)


def rows(count: int, types: dict[str, int]) -> Iterator[tuple[list[Any], list[Any]]]:
    """Yield frames as a night brings them: a star for some dozens of frames, then calibrations."""
    dice = random.Random(42)
    weights = [1 / (n + 10) for n in range(STARS)]
    now, frames, stars, number = utc_now(), [], [], 0
    while number < count:
        star_id = dice.choices(range(1, STARS + 1), weights)[0] if dice.random() < 0.6 else None
        mix = ON_STAR if star_id else INSIDE
        began = datetime(2014, 5, 1) + timedelta(days=NIGHTS * number / count)
        for frame_type in dice.choices(list(mix), list(mix.values()), k=min(48, count - number)):
            number += 1
            when = began + timedelta(seconds=64 * (number % 48))
            frames.append(_frame(number, types[frame_type], when, star_id, now))
            if star_id:
                noted = types[frame_type] if NOTE_TYPES else 0
                stars.append(
                    {
                        "frame_id": number,
                        "star_id": star_id,
                        "method": "name",
                        "separation_arcsec": 0.4,
                        "chosen": True,
                        "frame_type_id": noted,
                    }
                )
                if number % 3 == 0:
                    stars.append(
                        {
                            "frame_id": number,
                            "star_id": star_id % STARS + 1,
                            "method": "position",
                            "separation_arcsec": 4.0,
                            "chosen": False,
                            "frame_type_id": noted,
                        }
                    )
        if len(frames) >= CHUNK or number >= count:
            yield frames, stars
            frames, stars = [], []


def _frame(number: int, type_id: int, when: datetime, star_id: int | None, now: datetime) -> Any:
    name = f"BENCH {star_id}" if star_id else "LAMP"
    return {
        "frame_id": number,
        "kind": "raw",
        "frame_type_id": type_id,
        "classification": "SPHERE/1.0.0@00000000",
        "header_id": f"{number:043d}",
        "user_id": 1,
        "observation_id": number // 48 % 20_000 + 1,
        "instrument": "SPHERE",
        "arm": "IFS",
        "object": name,
        "target": name,
        "archive_name": f"SPHER.{when.isoformat()}.{number}.fits",
        "date_obs": when,
        "mjd_obs": 56778.0 + number / 500,
        "night": (when - timedelta(hours=12)).date(),
        "ra_deg": (star_id or 0) / 5,
        "dec_deg": -30.0,
        "filter": "YJ",
        "coronagraph": "N_ALC_YJH_S",
        "neutral_density": "OPEN",
        "dit_s": 64.0,
        "ndit": 8,
        "exposure_s": 64.0,
        "seeing_arcsec": 0.8,
        "coherence_time_s": 0.003,
        "airmass_start": 1.1,
        "airmass_end": 1.2,
        "parallactic_start_deg": 10.0,
        "parallactic_end_deg": 12.0,
        "instrument_columns": COLUMNS,
        "created": now,
    }


if __name__ == "__main__":
    main()
