"""Keys: what they depend on and what they do not; the written plan is the plan."""

from __future__ import annotations

import json
import sqlite3
import stat
from contextlib import closing
from dataclasses import asdict, replace
from datetime import date

import pytest
from plan_archive import ARCHIVE, NEEDS, RULES, frame, organise, rules

from cobrex.errors import PlanError
from cobrex.plan.basis import Basis, read_basis
from cobrex.plan.build import Builder, frames_used
from cobrex.plan.file import PlanFile, write_plan
from cobrex.plan.identity import ProcessKeys
from cobrex.plan.model import Located, RecipeUse
from cobrex.plan.organise import Organiser
from cobrex.plan.pool import Pool
from cobrex.rules.book import COLUMNS
from cobrex_db.content_id import product_id
from cobrex_registry.errors import RegistryError


def use(name, role, frame_type, **changes):
    known = {
        "name": f"main/{name}",
        "version": "1.0.0",
        "tree": "0" * 40,
        "code_hash": name * 4,
        "folder": "/cache/x",
        "environment": {"kind": "host", "digest": "host", "path": None},
        "manifest": {
            "command": "x {sof}",
            "qc": [],
            "volatile": [],
            "issues_url": "",
            "outputs": [
                {"role": role, "frame_type": frame_type, "file": "o.fits", "min": 1, "max": 1}
            ],
            "resources": {"cores": 1, "memory_mb": 100, "walltime_min": 1, "scratch_mb": 1},
        },
        "parameters": {"sigma": 5.0},
        "options": ("--sigma=5.0",),
        "preset": "",
    }
    return RecipeUse(**{**known, **changes})


RECIPES = {
    "specpos": use("specpos", "out", "SPECPOS"),
    "astrometry": use("astrometry", "fit", "FIT"),
}
LOCATED = {f.frame_id: Located(f"/data/{f.name}.fits", f"content-{f.frame_id}") for f in ARCHIVE}


def build(recipes=RECIPES, located=LOCATED, frames=ARCHIVE, workspace="public"):
    builder = Builder(recipes, located, workspace)
    drafts = organise(frames)
    asked = [builder.add(d) for d in drafts]
    return builder.plan, asked


def test_producers_come_before_consumers_and_are_shared():
    plan, asked = build()
    assert [p.recipe.name for p in plan.processes] == ["main/specpos", "main/astrometry"]
    specpos, astrometry = plan.processes
    made = next(i for i in astrometry.inputs if i.role == "specpos")
    assert made.producer == specpos.key
    assert made.content_id == product_id(specpos.key, "out", 0)
    assert made.frame_type == "SPECPOS"
    assert astrometry.level == 1
    assert asked == [astrometry, None]
    assert [g.recipe for g in plan.gaps] == ["astrometry"]


def test_labels_are_not_in_the_key():
    keys = [p.key for p in build()[0].processes]
    renamed = [
        replace(f, star=f.star and f"the star {f.star}", name=f"n{f.frame_id}") for f in ARCHIVE
    ]
    assert [p.key for p in build(frames=renamed, workspace="mine")[0].processes] == keys
    named = {
        **RECIPES,
        "astrometry": replace(
            RECIPES["astrometry"], preset="deep", version="1.0.1", folder="/other"
        ),
    }
    assert [p.key for p in build(named)[0].processes] == keys


@pytest.mark.parametrize(
    ("association", "change", "same"),
    [
        ("astrometry", {"code_hash": "other"}, [True, False]),
        ("astrometry", {"parameters": {"sigma": 6.0}}, [True, False]),
        (
            "astrometry",
            {"environment": {"kind": "host", "digest": "new", "path": None}},
            [True, False],
        ),
        ("specpos", {"code_hash": "other"}, [False, False]),
    ],
)
def test_a_change_reaches_all_that_is_made_from_it(association, change, same):
    before = [p.key for p in build()[0].processes]
    recipes = {**RECIPES, association: replace(RECIPES[association], **change)}
    after = [p.key for p in build(recipes)[0].processes]
    assert [a == b for a, b in zip(before, after, strict=True)] == same


def test_other_pixels_give_another_key():
    before = [p.key for p in build()[0].processes]
    located = {**LOCATED, 10: Located("/data/F10.fits", "other pixels")}
    assert not set(before) & {p.key for p in build(located=located)[0].processes}


def test_a_frame_that_cannot_be_read_is_a_gap():
    located = {i: where for i, where in LOCATED.items() if i != 20}
    plan, _ = build(located=located)
    assert any("F20 cannot be read" in g.message and "cobrex check" in g.hint for g in plan.gaps)


def test_a_frame_the_recipe_has_no_room_for_need_not_be_readable():
    many = [replace(ARCHIVE[0], frame_id=100 + n, name=f"M{n}") for n in range(6)]
    located = {**LOCATED, **{100 + n: Located("/data/m", f"m{n}") for n in range(4)}}
    builder = Builder(RECIPES, located, "public")
    process = builder.add(organise([*many, *ARCHIVE[3:]])[0])
    assert process.main_frames == (100, 101, 102, 103)


def test_inputs_are_in_the_order_of_roles_then_time():
    plan, _ = build()
    assert [(i.role, i.frame_id) for i in plan.processes[1].inputs] == [
        ("raw", 1),
        ("raw", 2),
        ("specpos", None),
        ("reference", 20),
    ]


def test_frames_used_are_those_of_the_whole_cascade():
    assert set(frames_used(organise(ARCHIVE))) == {1, 2, 10, 20}


def test_key_is_pinned():
    """A changed key would make every product of every installation anew."""
    key = ProcessKeys("code", "env", {"b": 1, "a": [1.5, "é"]}).key([("raw", "DARK_RAW", "c1")])
    assert key == "SUQ7UQ12_Cq8zFTlgXDJEvbV3fDyj5Ha0NI7Kp0dm28"


def test_written_plan_reads_back_and_is_read_only(tmp_path):
    plan, _ = build()
    path = tmp_path / "plan-1.sqlite"
    first, second = (p.key for p in plan.processes)
    write_plan(
        path,
        plan,
        attempts={first: 1, second: 3},
        reused={first: "processes/main/flat/0.9.0/old"},
        meta={"store": "/store", "batch": "b"},
    )
    assert not path.stat().st_mode & stat.S_IWUSR
    file = PlanFile(path)
    assert file.record(first) == "/store/processes/main/flat/0.9.0/old/record.json"
    assert file.record(second) == (
        f"/store/processes/main/astrometry/1.0.0/{second[:2]}/{second}/0003/record.json"
    )
    assert file.members() == [second]
    assert file.members(wanted=False) == [first, second]
    assert file.process(second) == (plan.processes[1], 3)
    with pytest.raises(KeyError):
        file.process("x" * 43)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        file._db.execute("DELETE FROM process")
    file.close()


def test_a_plan_of_before_folders_were_said_is_read(tmp_path):
    plan, _ = build()
    path = tmp_path / "plan-1.sqlite"
    keys = [p.key for p in plan.processes]
    write_plan(path, plan, attempts=dict.fromkeys(keys, 2), reused={}, meta={"store": "/store"})
    path.chmod(0o644)
    with sqlite3.connect(path) as db:
        db.execute("ALTER TABLE process DROP COLUMN folder")
    db.close()
    key, file = keys[0], PlanFile(path)
    assert (
        file.record(key) == f"/store/processes/main/specpos/1.0.0/{key[:2]}/{key}/0002/record.json"
    )
    file.close()


def test_a_plan_of_before_choices_had_columns_is_read(tmp_path):
    plan, _ = build()
    path = tmp_path / "plan-1.sqlite"
    keys = [p.key for p in plan.processes]
    write_plan(path, plan, attempts=dict.fromkeys(keys, 2), reused={}, meta={"store": "/store"})
    path.chmod(0o644)
    with sqlite3.connect(path) as db:
        for column in ("association", "warnings", "signature"):
            db.execute(f"ALTER TABLE process DROP COLUMN {column}")
        db.execute("DROP TABLE input")
        db.execute("CREATE TABLE input (key TEXT, position INTEGER, value TEXT)")
        for p in plan.processes:
            values = [json.dumps(asdict(i)) for i in p.inputs]
            db.executemany(
                "INSERT INTO input VALUES (?, ?, ?)", [(p.key, n, v) for n, v in enumerate(values)]
            )
    db.close()
    file = PlanFile(path)
    for p in plan.processes:
        assert file.process(p.key)[0] == replace(p, association="")
        assert file.signature(p.key) is None
    file.close()


def bound_plan(values, bind):
    """The specpos processes of frames with these values, whose parameters follow from them."""
    table = {"specpos": {"main": {"frame_type": "SPECPOS_RAW", "group_by": ["frame"]},
                         "parameters": {"sigma": {"column": "dit"}}}}  # fmt: skip
    known = rules(table)
    frames = [frame(n, "SPECPOS_RAW", 0.1 * n, dit=dit) for n, dit in enumerate(values, 1)]
    pool = Pool(known, {}, {"SPECPOS_RAW": frames})
    located = {f.frame_id: Located(f"/data/{f.name}", f"c{f.frame_id}") for f in frames}
    builder = Builder(RECIPES, located, "public", bind=bind)
    for draft in Organiser(pool, NEEDS).organise(known["specpos"], frames):
        builder.add(draft)
    return builder.plan


def test_parameters_that_follow_from_main_frames(tmp_path):
    made = {}

    def bind(association, values):
        if values["sigma"] > 100:
            raise RegistryError("sigma is 200", kind="parameter", hint="at most 100")
        use = replace(RECIPES[association.name], parameters=values, options=(f"{values}",))
        return made.setdefault(values["sigma"], use)

    plan = bound_plan([2.0, 8.0, 2.0, 200.0, None], bind)
    assert [p.recipe.parameters["sigma"] for p in plan.processes] == [2.0, 8.0, 2.0, 5.0]
    assert plan.processes[0].recipe is plan.processes[2].recipe
    assert len({p.key for p in plan.processes}) == 4
    assert [(g.message, g.hint) for g in plan.gaps] == [("sigma is 200", "at most 100")]
    path = tmp_path / "plan-1.sqlite"
    write_plan(
        path, plan, attempts=dict.fromkeys((p.key for p in plan.processes), 1), reused={},
        meta={"store": "/store"},
    )  # fmt: skip
    file = PlanFile(path)
    assert [file.process(p.key)[0] for p in plan.processes] == plan.processes
    assert len(file.recipes) == 3
    with closing(sqlite3.connect(path)) as db:
        sizes = [size for (size,) in db.execute("SELECT length(uses) FROM recipe ORDER BY 1")]
    assert sizes[1] < sizes[2] / 3, "what a recipe is, is written once"
    file.close()


def test_what_a_plan_was_made_with_reads_back(tmp_path):
    plan, _ = build()
    known = rules(RULES)
    signature = ("specpos", ((("specpos", (10,)), "out"), 3))
    written = Basis(
        known, NEEDS, {"specpos": {"out": "SPECPOS"}, "astrometry": {}}, "public", "2026-11-28",
        21, ("REFERENCE",), (date(2020, 3, 1), None), True, {signature: ("failed", "cure")},
        {signature: "warn"},
    )  # fmt: skip
    plan.basis = written.as_meta()
    path = tmp_path / "plan-1.sqlite"
    keys = [p.key for p in plan.processes]
    write_plan(path, plan, attempts=dict.fromkeys(keys, 1), reused={}, meta={"store": "/store"})
    file = PlanFile(path)
    read = read_basis(file.meta, "plan", COLUMNS | {"prism", "dit"})
    assert read.associations == known
    assert read.associations["astrometry"].rules == known["astrometry"].rules
    assert [n.role for n in read.needs["astrometry"]] == ["raw", "specpos", "reference"]
    assert (read.horizon, read.nights, read.lineage) == (21, (date(2020, 3, 1), None), True)
    assert read.excluded == {signature: ("failed", "cure")}
    assert read.verdicts == {signature: "warn"}
    assert file.signature(keys[1]) == ("astrometry", (1, 2))
    assert file.frames_used() == {1, 2, 10, 20}
    assert [(i.level, i.source) for i in file.inputs(keys[1])][2:] == [
        (0, "specpos.out"), (0, "REFERENCE"),
    ]  # fmt: skip
    with pytest.raises(PlanError, match="does not say by which rules"):
        read_basis({"store": "/store"}, "plan", COLUMNS)
    file.close()


def test_no_key_looks_like_an_option():
    keys = [ProcessKeys("code", "env", {"n": n}).key([]) for n in range(2000)]
    assert not any(key.startswith("-") for key in keys)
    assert len(set(keys)) == 2000
    assert any(key.startswith("_") for key in keys)


@pytest.mark.parametrize("content", [None, b"", b"not a database at all", b"SQLite format 3\0"])
def test_what_is_no_plan_is_said(tmp_path, content):
    path = tmp_path / "plan-1.sqlite"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PlanError, match="not the plan of a round"):
        PlanFile(path)


def test_a_gap_names_the_cause_below_it_not_the_latest_one():
    frames = [
        *ARCHIVE,
        replace(ARCHIVE[0], frame_id=30, star="HR 200", mjd=ARCHIVE[0].mjd + 0.3),
        replace(ARCHIVE[5], frame_id=31, star="HR 200"),
    ]
    located = {i: where for i, where in LOCATED.items() if i != 10}
    plan, _ = build(located={**located, 30: located[1], 31: located[20]}, frames=frames)
    causes = [g.message for g in plan.gaps if g.recipe == "astrometry" and "HR" in g.main]
    assert len(causes) == 2
    assert all("the file of F10 cannot be read" in c for c in causes), causes


def test_an_output_the_recipe_does_not_have():
    inputs = {**RULES["astrometry"]["inputs"], "specpos": {"from": "specpos.uot"}}
    other = rules({**RULES, "astrometry": {**RULES["astrometry"], "inputs": inputs}})
    builder = Builder(RECIPES, LOCATED, "public")
    with pytest.raises(PlanError, match="makes no 'uot'"):
        builder.add(organise(ARCHIVE, other)[0])
