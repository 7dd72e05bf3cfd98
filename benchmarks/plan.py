"""What planning costs: an archive of IRDIS in SQLite, a cascade of six steps, a written plan."""

from __future__ import annotations

import argparse
import math
import multiprocessing
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / folder) for folder in ("src", "registry", "db")]

from sqlalchemy import Connection, insert, select  # noqa: E402

from cobrex.batch import frames, reach  # noqa: E402
from cobrex.plan.basis import Basis, Need  # noqa: E402
from cobrex.plan.build import Builder, frames_used  # noqa: E402
from cobrex.plan.collector import paused  # noqa: E402
from cobrex.plan.draft import PlanFrame  # noqa: E402
from cobrex.plan.file import write_plan  # noqa: E402
from cobrex.plan.model import Located, RecipeUse  # noqa: E402
from cobrex.plan.organise import Organiser  # noqa: E402
from cobrex.plan.pool import Pool  # noqa: E402
from cobrex.rules.book import COLUMNS  # noqa: E402
from cobrex.rules.read import parse  # noqa: E402
from cobrex_db import candidates  # noqa: E402
from cobrex_db import schema as s  # noqa: E402
from cobrex_db.engine import open_catalogue, transact  # noqa: E402
from cobrex_db.people import user_id, utc_now, workspace_id  # noqa: E402

FIRST = date(2015, 1, 1)
A_NIGHT = 167  # frames
CHUNK = 5_000
DAILY = [
    {"window_days": [-1, 1]},
    {"window_days": [-7, 7]},
    {"window_days": [-30, 30]},
    {"window_days": [-90, 90], "relax": ["neutral_density"], "warn": True},
]
SETUP = ["filter", "dit_s", "neutral_density"]
RULES: dict[str, Any] = {
    "ird_dark": {"main": {"frame_type": "IRD_DARK_RAW", "group_by": ["night", "dit_s"]}},
    "ird_background": {
        "main": {"frame_type": "IRD_INS_BG_RAW", "group_by": ["night", *SETUP]},
    },
    "ird_flat": {
        "main": {"frame_type": "IRD_FLAT_FIELD_RAW", "group_by": ["night", "filter"]},
        "inputs": {
            "dark": {"from": "ird_dark.dark", "match": ["dit_s"], "levels": "daily"},
        },
    },
    "ird_center": {
        "main": {"frame_type": "IRD_STAR_CENTER_RAW", "group_by": ["ob_id", "filter"]},
        "inputs": {
            "background": {
                "first_of": [
                    {"from": "ird_background.bg", "match": SETUP, "levels": "daily"},
                    {"from": "ird_dark.dark", "match": ["dit_s"], "levels": "daily",
                     "level_offset": 1},
                ],
            },
            "flat": {"from": "ird_flat.flat", "match": ["filter"], "levels": "daily"},
        },
    },
    "ird_preprocess": {
        "main": {
            "frame_type": "IRD_SCIENCE_DBI_RAW",
            "group_by": ["ob_id", "night", *SETUP],
            "split_gap_h": 2,
        },
        "inputs": {
            "background": {
                "first_of": [
                    {"frame_type": "IRD_SKY_BG_RAW", "match": ["ob_id", *SETUP],
                     "take": "nearest_group", "window_days": [-1, 1]},
                    {"from": "ird_background.bg", "match": SETUP, "levels": "daily"},
                    {"from": "ird_dark.dark", "match": ["dit_s"], "levels": "daily",
                     "level_offset": 1},
                ],
                "count": {"min": 0, "max": 8}, "if_none": "warn",
            },
            "flat": {"from": "ird_flat.flat", "match": ["filter"], "levels": "daily"},
            "center": {"from": "ird_center.center", "match": ["ob_id", "filter"],
                       "take": "bracket", "window_days": [-1, 1]},
            "flux": {"frame_type": "IRD_FLUX_RAW", "match": ["ob_id", "filter"], "take": "all",
                     "window_days": [-1, 1]},
        },
    },
    "adi_pca": {
        "main": {"from": "ird_preprocess.cube"},
        "inputs": {"psf": {"from": "ird_preprocess.psf", "lineage": "same_process"}},
    },
}  # fmt: skip
NEEDS = {
    "ird_dark": (Need("raw", ("IRD_DARK_RAW",), 1, None, True),),
    "ird_background": (Need("raw", ("IRD_INS_BG_RAW",), 1, None, True),),
    "ird_flat": (
        Need("raw", ("IRD_FLAT_FIELD_RAW",), 1, None, True),
        Need("dark", ("IRD_MASTER_DARK",), 1, 1, False),
    ),
    "ird_center": (
        Need("raw", ("IRD_STAR_CENTER_RAW",), 1, None, True),
        Need("background", ("IRD_BACKGROUND", "IRD_MASTER_DARK"), 1, 1, False),
        Need("flat", ("IRD_FLAT_FIELD",), 1, 1, False),
    ),
    "ird_preprocess": (
        Need("raw", ("IRD_SCIENCE_DBI_RAW",), 1, None, True),
        Need("background", ("IRD_SKY_BG_RAW", "IRD_BACKGROUND", "IRD_MASTER_DARK"), 0, None, False),
        Need("flat", ("IRD_FLAT_FIELD",), 1, 1, False),
        Need("center", ("IRD_STAR_CENTER",), 0, 4, False),
        Need("flux", ("IRD_FLUX_RAW",), 0, 4, False),
    ),
    "adi_pca": (
        Need("cube", ("IRD_CUBE",), 1, 1, True),
        Need("psf", ("IRD_PSF",), 1, 1, False),
    ),
}
OUTPUTS = {
    "ird_dark": {"dark": "IRD_MASTER_DARK"},
    "ird_background": {"bg": "IRD_BACKGROUND"},
    "ird_flat": {"flat": "IRD_FLAT_FIELD"},
    "ird_center": {"center": "IRD_STAR_CENTER"},
    "ird_preprocess": {"cube": "IRD_CUBE", "psf": "IRD_PSF"},
    "adi_pca": {"image": "IRD_IMAGE"},
}


def main() -> None:
    """Measure every size in a process of its own: peak memory is a process's."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--frames", type=int, nargs="+", default=[10_000, 30_000, 100_000])
    given = words.parse_args()
    print(
        f"{'frames':>8} {'processes':>9} {'load s':>7} {'organise s':>10} {'build s':>8} "
        f"{'write s':>8} {'all s':>7} {'processes/s':>11} {'us/(n ln n)':>11} {'peak MiB':>8} "
        f"{'file MiB':>8}"
    )
    spawn = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        for number in given.frames:
            path = Path(folder) / f"{number}.sqlite"
            for action in (fill, measure):
                one = spawn.Process(target=action, args=(path, number))
                one.start()
                one.join()


@paused()
def measure(path: Path, number: int) -> None:
    """Plan everything and print what it cost, CPU seconds."""
    rules = parse(RULES, "benchmark", columns=COLUMNS, levels={"daily": DAILY})
    times = [time.process_time()]
    with open_catalogue(f"sqlite:///{path}").connect() as connection:
        types = {t for a in rules.values() for t in a.main.frame_types}
        served = {t for needs in NEEDS.values() for n in needs for t in n.frame_types}
        scope = reach.Scope(frozenset(types | served))
        found = frames.other_frames(connection, scope, "public")
        horizon = candidates.horizon(connection)
    times.append(time.process_time())
    pool = Pool(rules, OUTPUTS, found)
    organiser = Organiser(pool, NEEDS)
    goals = rules["adi_pca"]
    drafts = organiser.organise(goals, pool.main_frames(goals))
    times.append(time.process_time())
    located = {i: Located(f"/raw/{f.name}", f.values["content_id"]) for i, f in used(drafts)}
    builder = Builder({name: use(name) for name in rules}, located, "public")
    for draft in drafts:
        builder.add(draft)
    plan = builder.plan
    times.append(time.process_time())
    plan.basis = Basis(
        rules, NEEDS, OUTPUTS, "public", utc_now().isoformat(), horizon, tuple(scope.types)
    ).as_meta()
    written = path.with_suffix(".plan.sqlite")
    attempts = dict.fromkeys((p.key for p in plan.processes), 1)
    write_plan(written, plan, attempts=attempts, reused={}, meta={"store": "/store"})
    times.append(time.process_time())
    steps = [after - before for before, after in pairwise(times)]
    made, planning = len(plan.processes), steps[1] + steps[2]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{number:>8,} {made:>9,} {steps[0]:>7.2f} {steps[1]:>10.2f} {steps[2]:>8.2f} "
        f"{steps[3]:>8.2f} {sum(steps):>7.2f} {made / planning:>11,.0f} "
        f"{1e6 * planning / (number * math.log(number)):>11.2f} {peak:>8,.0f} "
        f"{written.stat().st_size / 2**20:>8.1f}",
        flush=True,
    )
    if plan.gaps:
        print(f"{'':>8} {len(plan.gaps):,} gaps, as: {plan.gaps[0].message}")


def used(drafts: list[Any]) -> Iterator[tuple[int, PlanFrame]]:
    """Yield the catalogued frames that drafts use."""
    yield from frames_used(drafts).items()


def use(name: str) -> RecipeUse:
    """Return the use of a recipe of the usual size."""
    outputs = [
        {"role": role, "frame_type": t, "file": f"{role}.fits", "min": 1, "max": 1}
        for role, t in OUTPUTS[name].items()
    ]
    qc = [{"name": f"QC N{n}", "unit": "", "low": 0, "high": 1, "action": "warn"} for n in range(8)]
    return RecipeUse(
        name=f"main/{name}",
        version="1.0.0",
        tree="0" * 40,
        code_hash=name.ljust(43, "_"),
        folder=f"/cache/{name}",
        environment={"kind": "python", "digest": "e" * 43, "path": "/environments/e"},
        manifest={"command": "python {sof}", "outputs": outputs, "qc": qc, "volatile": []},
        parameters={f"parameter_{n}": n * 1.5 for n in range(10)},
        options=tuple(f"--parameter_{n}={n * 1.5}" for n in range(10)),
        preset="",
    )


def fill(path: Path, number: int) -> None:
    """Write an archive of about so many frames, nights in proportion."""
    engine = open_catalogue(f"sqlite:///{path}")
    rows = list(archive(number))
    transact(engine, lambda c: store(c, rows))


def store(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Write rows as the import does: type, observation, star and workspace in their tables."""
    # numbers beyond those of the types a new catalogue has
    types = {t: n for n, t in enumerate(dict.fromkeys(r["frame_type"] for r in rows), 1_000)}
    obs = {o: n for n, o in enumerate(dict.fromkeys(r["ob_id"] for r in rows if r["ob_id"]), 1)}
    named = dict.fromkeys(r["star"] for r in rows if r["star"])
    stars = {t: n for n, t in enumerate(named, 1_000)}
    now = utc_now()
    known = connection.execute(select(s.frame_type.c.name, s.frame_type.c.frame_type_id)).all()
    there = {name: number for name, number in known}  # noqa: C416 rows, not pairs
    types |= {t: there[t] for t in types if t in there}
    user, workspace = user_id(connection, "benchmark"), workspace_id(connection, "public")
    connection.execute(
        insert(s.frame_type),
        [{"frame_type_id": n, "name": t} for t, n in types.items() if t not in there],
    )
    connection.execute(
        insert(s.observation),
        [
            {"observation_id": n, "identity": str(o).rjust(43, "_"), "ob_id": o, "programme": "P"}
            for o, n in obs.items()
        ],
    )
    connection.execute(
        insert(s.star),
        [{"star_id": n, "identifier": t, "source": "benchmark"} for t, n in stars.items()],
    )
    made = [
        {
            **{k: v for k, v in row.items() if k not in {"frame_type", "ob_id", "star"}},
            "frame_id": n,
            "kind": "raw",
            "frame_type_id": types[row["frame_type"]],
            "classification": "benchmark",
            "content_id": str(n).rjust(43, "c"),
            "user_id": user,
            "observation_id": obs.get(row["ob_id"]),
            "instrument": "SPHERE",
            "arm": "IRDIS",
            "created": now,
            "instrument_columns": {
                "catg": "SCIENCE",
                "tech": "IMAGE,DUAL",
                "nexp": 16,
                "icor": "N",
            },
        }
        for n, row in enumerate(rows, 1)
    ]
    of_star = [
        {"frame_id": n, "star_id": stars[row["star"]], "frame_type_id": types[row["frame_type"]],
         "method": "name", "chosen": True}
        for n, row in enumerate(rows, 1)
        if row["star"]
    ]  # fmt: skip
    in_workspace = [{"workspace_id": workspace, "frame_id": m["frame_id"]} for m in made]
    for table, values in (
        (s.frame, made), (s.frame_star, of_star), (s.workspace_frame, in_workspace),
    ):  # fmt: skip
        for begin in range(0, len(values), CHUNK):
            connection.execute(insert(table), values[begin : begin + CHUNK])


def archive(number: int) -> Iterator[dict[str, Any]]:
    """Yield the frames of night after night: science, its calibrations, and what is not used."""
    chance = random.Random(number)
    for n in range(max(1, number // A_NIGHT)):
        yield from a_night(chance, n)


def a_night(chance: random.Random, n: int) -> Iterator[dict[str, Any]]:
    """Yield the 167 frames of a night."""
    clear = chance.random() > 0.1  # now and then a night has no calibrations
    for ob in range(3):
        filter_, dit, nd = chance.choice(["DB_H23", "DB_K12"]), chance.choice([4.0, 16.0]), "OPEN"
        star, at = f"HD {chance.randrange(400)}", 0.2 + 0.08 * ob
        setup = {"ob_id": 1000 * n + ob + 1, "star": star, "filter": filter_, "dit_s": dit}
        yield from some(n, "IRD_STAR_CENTER_RAW", 2, at, chance, **setup, neutral_density=nd)
        yield from some(n, "IRD_FLUX_RAW", 2, at + 0.002, chance, **setup, neutral_density="ND_2.0")
        yield from some(n, "IRD_SCIENCE_DBI_RAW", 16, at + 0.005, chance, **setup,
                        neutral_density=nd)  # fmt: skip
        skies = 4 if chance.random() < 0.5 else 0
        yield from some(n, "IRD_SKY_BG_RAW", skies, at + 0.07, chance, **setup, neutral_density=nd)
        yield from some(n, "IFS_SCIENCE_DR_RAW", 10 + 4 - skies, at, chance, **setup)
    if clear:
        for dit in (0.8, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0):
            yield from some(n, "IRD_DARK_RAW", 3, 0.6, chance, dit_s=dit)
        for filter_ in ("DB_H23", "DB_K12"):
            yield from some(n, "IRD_FLAT_FIELD_RAW", 5, 0.65, chance, filter=filter_, dit_s=2.0)
            for dit in (4.0, 16.0):
                yield from some(n, "IRD_INS_BG_RAW", 4, 0.7, chance, filter=filter_, dit_s=dit,
                                neutral_density="OPEN")  # fmt: skip
    yield from some(n, "IFS_DARK_RAW", 18 if clear else 65, 0.6, chance, dit_s=8.0)


def some(
    n: int, frame_type: str, number: int, at: float, chance: random.Random, **setup: Any
) -> Iterator[dict[str, Any]]:
    """Yield frames of one type, some seconds apart."""
    for k in range(number):
        mjd = 57023.0 + n + at + 0.0004 * k + 0.0001 * chance.random()
        yield {
            "frame_type": frame_type,
            "archive_name": f"SPHER.{n:04d}.{frame_type}.{at:.3f}.{setup.get('dit_s')}"
            f".{setup.get('filter')}.{k}",
            "mjd_obs": mjd,
            "date_obs": datetime(2015, 1, 1) + timedelta(days=n + at),
            "night": FIRST + timedelta(days=n),
            "object": setup.get("star") or "CALIB",
            **{"ob_id": None, "star": None, "filter": None, "dit_s": None, "neutral_density": None},
            **setup,
        }


if __name__ == "__main__":
    main()
