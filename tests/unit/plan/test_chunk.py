"""Chunks: what one job makes, how large it is, what it waits for."""

from __future__ import annotations

import math
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy_plan import made, process, raw, recipe

from cobrex.plan.chunk import Sizing, chunked, together
from cobrex.plan.file import PlanFile, write_plan
from cobrex.plan.model import Plan, PlannedProcess
from cobrex.plan.needs import Needs, Place

LOCAL, CLUSTER = Sizing.one_machine(2), Sizing.cluster()


@pytest.fixture(scope="module")
def cascade(tmp_path_factory: pytest.TempPathFactory) -> list[PlannedProcess]:
    """Forty processes on two levels: a flat for four frames each."""
    folder = tmp_path_factory.mktemp("recipes")
    flat = recipe(folder / "flat", name="main/flat")
    science = recipe(folder / "science", name="main/science", code_hash="d" * 43)
    flats = [process(flat, [raw(folder / f"f{n}", f"{n:043d}")]) for n in range(8)]
    return flats + [
        process(science, [raw(folder / f"s{n}", f"s{n:042d}"), made(flats[n // 4])], level=1)
        for n in range(32)
    ]


def needs(processes: list[PlannedProcess], **values: float) -> dict[str, Needs]:
    return {p.key: Needs(**values) for p in processes}  # type: ignore[arg-type]


@given(
    st.floats(0.0, 5000.0),
    st.integers(1, 200_000),
    st.sampled_from([LOCAL, CLUSTER, Sizing.one_machine(64)]),
)
def test_no_plan_has_more_chunks_than_snakemake_bears(
    expected_s: float, count: int, sizing: Sizing
) -> None:
    size = sizing.size(count, expected_s, 1.0)
    assert 1 <= size <= 1000
    assert -(-count // size) <= max(sizing.most_chunks, count / 1000) + 1
    sizes = list(sizing.sizes(count, expected_s, 1.0))
    assert sum(sizes) == count
    assert max(sizes) <= size
    # the small ones at the end are few: each is a part of what is left
    assert len(sizes) <= count / size + 2 + 2 * sizing.workers * (2 + math.log(size))


def test_the_last_chunks_of_a_machine_are_small_so_that_all_end_together() -> None:
    assert set(LOCAL.sizes(10, 180.0, 1.0)) == {1}, "half-hour limits, never used"
    assert list(LOCAL.sizes(20, 180.0, 1.0)) == [2] * 8 + [1] * 4
    short = list(LOCAL.sizes(10_000, 0.02, 1.0))
    assert (short[0], short[-2]) == (1000, 250), "as small as the start-up of one allows"
    assert len(short) < 25
    assert set(CLUSTER.sizes(1000, 30.0, 1.0)) == {20}, "fifty submissions"


def test_short_ones_go_together_and_long_ones_do_not() -> None:
    assert CLUSTER.size(1000, 6.0, 1.0) >= 1000 / 60
    assert CLUSTER.size(1000, 1800.0, 1.0) == 1
    assert CLUSTER.size(20, 0.01, 1.0) == 20 or CLUSTER.size(20, 0.01, 1.0) > 20
    assert LOCAL.size(8, 300.0, 1.0) == 1
    assert LOCAL.size(10_000, 0.05, 1.0) * 0.05 <= LOCAL.target_s
    assert CLUSTER.size(100, 0.0, 1.0) == 1, "nobody knows how long: each by itself"


def test_members_are_of_one_kind_and_everybody_is_in_one(cascade: list[PlannedProcess]) -> None:
    shuffled = needs(cascade, expected_s=1.0)
    chunks = chunked(cascade, shuffled, CLUSTER)
    assert sorted(k for c in chunks for k in c.keys) == sorted(p.key for p in cascade)
    by_key = {p.key: p for p in cascade}
    for chunk in chunks:
        assert len({(by_key[k].level, by_key[k].recipe.name) for k in chunk.keys}) == 1
    assert [c.number for c in chunks] == list(range(1, len(chunks) + 1))
    levels = [by_key[c.keys[0]].level for c in chunks]
    assert levels == sorted(levels)


def test_places_and_cores_are_not_mixed(cascade: list[PlannedProcess]) -> None:
    random.seed(3)
    places = [Place(), Place(partition="gpu"), Place(avoid=("node1",))]
    its = {
        p.key: Needs(cores=random.choice((1, 4)), expected_s=0.1, place=random.choice(places))
        for p in cascade
    }
    for chunk in chunked(cascade, its, CLUSTER):
        assert len({(its[k].cores, its[k].place) for k in chunk.keys}) == 1


def test_what_a_chunk_asks_for() -> None:
    one = Needs(memory_mb=100, walltime_min=10, scratch_mb=5, expected_s=60.0)
    large = Needs(memory_mb=900, walltime_min=30, scratch_mb=1, expected_s=90.0)
    assert together([one]) is one
    all_three = together([one, large, one])
    assert (all_three.memory_mb, all_three.scratch_mb) == (900, 5)
    assert all_three.walltime_min == 34, "the longest to its limit, the others twice as expected"
    assert all_three.expected_s == 210.0
    unknown = Needs(walltime_min=10)
    assert together([unknown] * 3).walltime_min == 30, "never more than all limits together"


def test_snakemake_is_told_which_waits_for_which(
    cascade: list[PlannedProcess], tmp_path: Path
) -> None:
    its = {p.key: Needs(expected_s=10.0, place=Place(qos="low")) for p in cascade}
    chunks = chunked(cascade, its, Sizing(target_s=40.0, floor_s=10.0, spread=1, most_chunks=99))
    path = tmp_path / "plan-1.sqlite"
    write_plan(
        path, Plan(cascade), attempts=dict.fromkeys((p.key for p in cascade), 1), reused={},
        meta={"store": str(tmp_path), "round": 3}, chunks=chunks,
    )  # fmt: skip
    plan = PlanFile(path)
    assert plan.chunks.rules() == {"main_flat_1": ("qos",), "main_science_2": ("qos",)}
    assert len(plan.chunks.markers()) == plan.chunks.count() == len(chunks) == 10
    flats = [c for c in chunks if c.keys[0] in {p.key for p in cascade[:8]}]
    assert [plan.chunks.before(c.number) for c in flats] == [[], []]
    makers = {p.key: {i.producer for i in p.inputs if i.producer} for p in cascade}
    for chunk in chunks[len(flats) :]:
        wanted = set().union(*(makers[k] for k in chunk.keys))
        assert plan.chunks.before(chunk.number) == [
            f"chunks/3/main_flat_1/{f.number}" for f in flats if wanted & set(f.keys)
        ]
        assert tuple(plan.chunks.members(chunk.number)) == chunk.keys
        assert plan.chunks.needs(chunk.keys[0]) == its[chunk.keys[0]]
        assert plan.chunks.chunk(chunk.number).needs == chunk.needs
    with pytest.raises(KeyError):
        plan.chunks.chunk(99)
    plan.close()
