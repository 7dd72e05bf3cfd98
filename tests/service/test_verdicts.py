"""Verdicts, words of people and standings in the catalogue, on each database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from astropy.io import fits
from sqlalchemy import Connection, Engine, select, update
from toy_plan import made, process, raw, recipe

from cobrex.batch.judge import Case, judge
from cobrex.batch.request import Pinned, Request
from cobrex.batch.standing import Standing
from cobrex.plan.model import PlannedProcess
from cobrex.process import quality
from cobrex.process.record import open_record
from cobrex_db import metrics, processes, series, sharing, validations, verdicts, workspaces
from cobrex_db import schema as s
from cobrex_db.content_id import product_id
from cobrex_db.engine import transact
from cobrex_db.errors import CatalogueError
from cobrex_db.ingest import ingest

RANGES = ({"name": "QC LEVEL", "unit": "adu", "low": 1.0, "high": 3.0, "action": "fail"},)
META = {"batch": "toy", "user": "ada"}


class Chain:
    """A dark, a flat made from it, a science product made from that; another flat beside."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine, self.store = engine, folder / "store"
        use = recipe(folder / "toy")
        self.dark = self._of(process(use, [raw(folder / "d", "d" * 43)]), "d")
        self.flat = self._of(process(use, [made(self.dark, "dark")], 1), "f")
        self.better = self._of(process(use, [raw(folder / "e", "e" * 43)]), "f")
        self.science = self._of(process(use, [made(self.flat, "flat")], 2), "s")
        self.ids: dict[str, int] = {}

    def _of(self, planned: PlannedProcess, letter: str) -> PlannedProcess:
        return replace(planned, series=letter * 43)

    def make(
        self, planned: PlannedProcess, number: int = 1, level: float = 2.0, place: str = "public"
    ) -> Any:
        row = {
            "key": planned.key, "recipe": "main/toy", "version": "1.0.0", "code_hash": "c" * 43,
            "environment_digest": "e" * 43, "parameters": {"sigma": 5.0},
            "series": planned.series, "star_id": None, "night": date(2020, 3, 7), "preset": "",
        }  # fmt: skip
        processes.claim(self.engine, [row], "toy")
        folder = self.store / planned.key / f"{number:04d}"
        folder.mkdir(parents=True)
        fits.PrimaryHDU([[1, 2]]).writeto(folder / "out.fits")
        qc = quality.judge({"QC LEVEL": (level, "out"), "QC EXTRA": (1.0, None)}, RANGES)
        record = open_record(planned, number, META) | {
            "outcome": "done", "verdict": quality.verdict(qc), "qc": qc, "exit_code": 0,
            "used": [
                {"role": i.role, "frame_type": i.frame_type, "content_id": i.content_id,
                 "why": i.why, "level": 1, "delta_d": -0.25, "source": "nearest"}
                for i in planned.inputs
            ],
            "generated": [
                {"role": "out", "n": 0, "frame_type": "TOY", "file": "out.fits",
                 "content_id": product_id(planned.key, "out", 0)}
            ],
        }  # fmt: skip
        record["labels"]["workspace"] = place
        gone = ingest(self.engine, record, folder, self.store, quality.ranges_hash(qc))
        self.ids[planned.key] = self.known(planned).process_id
        return gone

    def known(self, planned: PlannedProcess) -> processes.Known:
        with self.engine.connect() as connection:
            return processes.known(connection, [planned.key])[planned.key]

    def states(self) -> list[tuple[str, str | None, int]]:
        found = (self.known(p) for p in (self.dark, self.flat, self.science))
        return [(k.state, k.verdict, k.made) for k in found]

    def frames(self) -> list[str]:
        with self.engine.connect() as connection:
            return list(connection.scalars(select(s.frame.c.state).order_by(s.frame.c.frame_id)))

    def say(self, planned: PlannedProcess, *, accepted: bool, why: str = "") -> list[int]:
        number = self.ids[planned.key]
        return transact(
            self.engine,
            lambda c: validations.say(c, number, user="ben", accepted=accepted, why=why),
        )

    def standing(self) -> dict[int, str]:
        with self.engine.connect() as connection:
            return series.standing_of(connection, list(self.ids.values()))


@pytest.fixture
def chain(engine: Engine, tmp_path: Path) -> Chain:
    chain = Chain(engine, tmp_path)
    for planned in (chain.dark, chain.flat, chain.science):
        assert chain.make(planned) == []
    return chain


def test_what_is_judged_to_fail_takes_all_made_from_it_along(chain: Chain) -> None:
    assert chain.states() == [("done", "pass", 1)] * 3
    known = chain.known(chain.dark)
    # the ranges' hash is the same whether of the ranges or of what was judged by them
    assert known.ranges_hash == quality.ranges_hash(RANGES)
    tight = ({**RANGES[0], "high": 1.5}, {**RANGES[0], "name": "QC NEW", "action": "warn"})
    case = Case(known.process_id, known.attempt_id, "toy", tight)
    sentence = judge(chain.engine, [case])
    assert [c.key for c in sentence.changes] == [chain.flat.key, chain.science.key]
    assert chain.states() == [("done", "fail", 1), ("planned", None, 0), ("planned", None, 0)]
    assert chain.frames() == ["present", "invalid", "invalid"]
    with chain.engine.connect() as connection:
        rows = metrics.list_metrics(connection, recipe="toy")
        assert [(r["metric"], r["value"], r["high"], r["verdict"]) for r in rows] == [
            ("QC LEVEL", 2.0, 1.5, "fail"), ("QC NEW", None, 3.0, "warn"),
            ("QC EXTRA", 1.0, None, "pass"),
        ]  # fmt: skip
        kept = connection.execute(select(s.process_input).order_by(s.process_input.c.level)).all()
    assert {(k.level, k.delta_d, k.source) for k in kept} == {(1, -0.25, "nearest")}
    # the value at the end of a range passes; judged by the first ranges all is as it was
    edge = Case(case.process_id, case.attempt_id, "toy", ({**RANGES[0], "high": 2.0},))
    judge(chain.engine, [edge])
    assert chain.states()[0] == ("done", "pass", 1)


def test_a_word_of_a_person_holds_until_the_next(chain: Chain) -> None:
    gone = chain.say(chain.flat, accepted=False, why="ghost")
    assert gone == [chain.ids[chain.science.key]]
    assert chain.states() == [("done", "pass", 1), ("done", "fail", 1), ("planned", None, 0)]
    # a driver that did not know yet brings what it made from it: it is out of use at once
    assert chain.make(chain.science, 2) == [chain.ids[chain.science.key]]
    assert chain.states()[2] == ("planned", None, 0)
    assert chain.frames().count("present") == 2
    # ranges change nothing of what a person said
    known = chain.known(chain.flat)
    judge(chain.engine, [Case(known.process_id, known.attempt_id, "toy", ())])
    assert chain.known(chain.flat).verdict == "fail"
    assert chain.say(chain.flat, accepted=True) == []
    assert chain.known(chain.flat).accepted is True
    assert chain.make(chain.science, 3) == []
    assert chain.states() == [("done", "pass", 1), ("done", "pass", 1), ("done", "pass", 3)]
    with chain.engine.connect() as connection:
        said = validations.history(connection, chain.ids[chain.flat.key])
        left = validations.waiting(connection)
    assert [(w["accepted"], w["why"], w["user"]) for w in said] == [
        (True, "", "ben"), (False, "ghost", "ben"),
    ]  # fmt: skip
    assert {row["key"] for row in left} == {chain.dark.key, chain.science.key}
    # a new attempt is a new thing to look at
    assert chain.make(chain.flat, 2) == [chain.ids[chain.science.key]]
    assert chain.known(chain.flat).accepted is None
    with pytest.raises(CatalogueError, match="no products"):
        chain.say(chain.science, accepted=True)


def test_what_was_made_meanwhile_from_what_is_out_of_use_is_out_of_use(chain: Chain) -> None:
    chain.say(chain.dark, accepted=False, why="warm")
    chain.say(chain.dark, accepted=True)
    # the flat went with the dark and is not back: a driver brings what it made from it
    assert chain.make(chain.science, 2) == [chain.ids[chain.science.key]]
    assert chain.states() == [("done", "pass", 1), ("planned", None, 0), ("planned", None, 0)]
    assert chain.make(chain.flat, 2) == []
    assert chain.make(chain.science, 3) == []
    assert chain.states() == [("done", "pass", 1), ("done", "pass", 2), ("done", "pass", 3)]


def test_one_who_only_reads_has_no_word(chain: Chain) -> None:
    def keep(connection: Connection) -> None:
        workspaces.new(connection, "ada", "kept")
        sharing.share(connection, "ada", "kept", "reader", user="ben")

    transact(chain.engine, keep)
    chain.make(chain.better, place="kept")
    with pytest.raises(CatalogueError, match="ben is reader of the workspace kept"):
        chain.say(chain.better, accepted=False, why="mine is better")
    assert chain.known(chain.better).verdict == "pass"
    transact(chain.engine, lambda c: sharing.share(c, "ada", "kept", "member", user="ben"))
    chain.say(chain.better, accepted=False, why="a cloud")
    assert chain.known(chain.better).verdict == "fail"


def test_standings_follow_from_what_is_there(chain: Chain) -> None:
    dark, flat, science = (chain.ids[p.key] for p in (chain.dark, chain.flat, chain.science))
    assert chain.standing() == {dark: "current", flat: "current", science: "current"}
    transact(chain.engine, lambda c: series.mark(c, {"d" * 43: "better inputs: x"}, ()))
    # what was made from what is stale is stale too
    assert chain.standing() == {dark: "stale", flat: "stale", science: "stale"}
    transact(chain.engine, lambda c: series.mark(c, {}, ["d" * 43]))
    chain.make(chain.better)
    better = chain.ids[chain.better.key]
    assert chain.standing() == {
        dark: "current", flat: "superseded", science: "stale", better: "current",
    }  # fmt: skip
    with chain.engine.connect() as connection:
        found = series.members(connection, ["main/toy"])
        assert [m.process_id for m in found if m.series == "f" * 43] == [better, flat]
        of = series.made_of(connection, science)
        assert [(i["role"], i["maker_key"]) for i in of["inputs"]] == [("flat", chain.flat.key)]
        assert of["parameters"] == {"sigma": 5.0}
    chain.say(chain.better, accepted=False, why="a cloud")
    assert chain.standing() == {dark: "current", flat: "current", science: "current"}


def test_nothing_stands_where_a_person_left_a_role_empty(chain: Chain) -> None:
    def stands(request: Request) -> PlannedProcess | None:
        return Standing(chain.engine, ["main/toy"], request, (), lambda _: True)(chain.better)

    found = stands(Request())
    assert found is not None
    assert found.key == chain.flat.key
    empty = Pinned(chain.better.association, "m" * 43, "dark", (), "asked for")
    assert stands(Request(pins=(empty,))) is None


def test_metrics_are_found_by_night_and_verdict(chain: Chain) -> None:
    chain.make(chain.better, level=9.0)
    transact(
        chain.engine,
        lambda c: c.execute(
            update(s.process)
            .where(s.process.c.key == chain.better.key)
            .values(night=date(2021, 1, 1))
        ),
    )
    with chain.engine.connect() as connection:
        late = metrics.list_metrics(connection, nights=(date(2021, 1, 1), None))
        bad = metrics.list_metrics(connection, verdict="fail", metric="QC LEVEL")
        assert metrics.names(connection) == ["QC EXTRA", "QC LEVEL"]
        everything = verdicts.judged_rows(connection, recipe="main/toy")
    assert {r["key"] for r in late} == {chain.better.key}
    assert [(r["key"], r["value"]) for r in bad] == [(chain.better.key, 9.0)]
    assert len(everything) == 4
