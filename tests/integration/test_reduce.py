"""The main job on a small observatory: real git, real catalogue, real Snakemake, real recipes."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path

import pytest
from toy_world import World, build

SCIENCE = ("reduce", "--frame", "TOY_SCIENCE_RAW", "-j", "2")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    build(folder)
    return folder


@pytest.fixture
def world(template: Path, tmp_path: Path) -> World:
    """A world of one's own, copied from one that was built once."""
    import shutil

    shutil.copytree(template, tmp_path / "w", symlinks=True)
    return World(tmp_path / "w")


def night(world: World) -> None:
    world.frame("flat1", "FLAT", hour=12)
    world.frame("sci1", "HR 100", hour=3)
    world.frame("sci2", "HR 100", hour=4)
    world.frame("eri1", "51 Eri", hour=5)
    world.cobrex("import", str(world.data))


def processes(world: World) -> list[dict]:
    return json.loads(world.cobrex("process", "list", "--json"))


def attempts(world: World, key: str) -> list[dict]:
    return json.loads(world.cobrex("process", "show", key, "--json"))["attempts"]


def test_the_main_job_and_again(world):
    night(world)
    said = world.cobrex("reduce", "--star", "kap Phe", "--frame", "TOY_SCIENCE_RAW")
    assert "star    HR 100" in said
    assert "2 to make, 0 done already" in said
    assert "2 x TOY_SCIENCE_RAW" in said
    assert "filter = K" in said
    assert "pass" in said
    report = Path(said.rpartition("report  ")[2].strip())
    assert report.stat().st_size > 100_000
    found = json.loads(world.cobrex("find", "--product", "--star", "HR100", "--json"))
    assert {f["frame_type"] for f in found} == {"TOY_SCIENCE"}
    assert {f["night"] for f in found} == {"2020-03-06"}
    again = world.cobrex("reduce", "--star", "HR100", "--frame", "TOY_SCIENCE_RAW")
    assert "nothing to do" in again
    assert len(processes(world)) == 2
    # the flat is shared: only the new star's process is made
    other = world.cobrex("reduce", "--star", "51 Eri", "--frame", "TOY_SCIENCE_RAW")
    assert "1 to make, 1 done already" in other


def test_a_dry_run_makes_nothing(world):
    night(world)
    plan = json.loads(world.cobrex(*SCIENCE, "--dry-run", "--json"))
    assert [p["state"] for p in plan["processes"]] == ["make"] * 3
    assert all(len(p["key"]) == 43 for p in plan["processes"])
    assert processes(world) == []
    assert not (world.home / "store" / "batches").exists()


def test_one_failure_leaves_the_others_alone(world):
    night(world)
    world.frame("bad", "HD 95086", hour=6, BROKEN=True)
    world.cobrex("import", str(world.data))
    said = world.cobrex(*SCIENCE, "--name", "survey", code=6)
    line = next(x for x in said.splitlines() if x.startswith("failed"))
    assert "exit code 1: the shutter was closed" in line
    states = {p["star"]: p["state"] for p in processes(world) if p["star"]}
    assert states == {"HR 100": "done", "HR 1474": "done", "HD 95086": "failed"}
    shown = world.cobrex("batch", "show", "survey")
    assert "recipe-error" in shown
    batch = json.loads(world.cobrex("batch", "list", "--json"))[0]
    assert (batch["name"], batch["state"]) == ("survey", "failed")
    key = next(p["key"] for p in processes(world) if p["state"] == "failed")
    assert "the shutter was closed" in world.cobrex("process", "logs", key[:8])
    assert "bad.fits TOY_SCIENCE_RAW" in world.cobrex("process", "sof", key[:8])
    assert (world.home / "store/batches/survey/failures.html").is_file()
    # what failed is tried again when asked again; what is done is not
    world.cobrex(*SCIENCE, code=6)
    assert [a["number"] for a in attempts(world, key)] == [2, 1]


def test_a_missing_calibration_is_a_gap_with_its_cure(world):
    night(world)
    world.frame("other", "HD 95086", hour=6, FILTER="H")
    world.cobrex("import", str(world.data))
    said = world.cobrex(*SCIENCE, code=5)
    assert "no TOY_FLAT with filter = H" in said
    assert "cure: import TOY_FLAT_RAW with filter = H" in said
    assert "HR 1474" in said
    assert json.loads(world.cobrex("batch", "show", "--json"))["gaps"][0]["recipe"] == "toy_science"


def test_force_makes_a_new_attempt_and_invalidates_what_was_made_from_it(world):
    night(world)
    world.cobrex(*SCIENCE)
    flat = next(p["key"] for p in processes(world) if "flat" in p["recipe"])
    world.cobrex("reduce", "--frame", "TOY_FLAT_RAW", "--force")
    new, old = attempts(world, flat)
    assert (new["number"], new["invalidated_at"]) == (2, None)
    assert old["invalidated_at"]
    assert (world.home / "store" / old["folder"] / "out.fits").is_file()
    states = {p["recipe"]: p["state"] for p in processes(world)}
    assert states == {"main/toy_flat": "done", "main/toy_science": "planned"}
    assert json.loads(world.cobrex("find", "--frame", "TOY_SCIENCE", "--json")) == []
    said = world.cobrex(*SCIENCE)
    assert "2 to make, 1 done already" in said
    assert len(json.loads(world.cobrex("find", "--frame", "TOY_SCIENCE", "--json"))) == 2


def test_a_product_that_is_gone_is_made_anew(world):
    night(world)
    world.cobrex(*SCIENCE)
    (flat,) = (world.home / "store/processes/main/toy_flat").glob("*/*/*/0001/out.fits")
    flat.unlink()
    said = world.cobrex(*SCIENCE, "--set", "level=7")
    assert "3 to make, 0 done already" in said
    assert [a["outcome"] for a in attempts(world, flat.parts[-3])] == ["done", "done"]


def test_parameters_are_typed_bounded_and_never_seen_by_a_shell(world):
    night(world)
    hostile = "$(touch pwned) `touch pwned`; touch pwned 'x"
    world.cobrex(*SCIENCE, "--star", "51 Eri", "--set", f"label={hostile}", "--set", "level=7")
    key = next(p["key"] for p in processes(world) if p["star"] == "HR 1474")
    assert f"label {hostile}" in world.cobrex("process", "logs", key)
    assert not list(world.folder.rglob("pwned"))
    assert attempts(world, key)[0]["metrics"][0]["value"] == 7.0
    assert "from 0.0 to 100.0" in world.cobrex(*SCIENCE, "--set", "level=101", code=3)
    assert "level" in world.cobrex(*SCIENCE, "--set", "level=high", code=3)
    assert "did you mean level" in world.cobrex(*SCIENCE, "--set", "levl=3", code=3)
    assert "key=value" in world.cobrex(*SCIENCE, "--set", "level", code=2)


def test_a_product_that_fails_its_qc_is_not_used(world):
    night(world)
    world.frame("flat2", "FLAT", hour=13, LEVEL=99.0)
    world.frame("sci9", "HR 100", hour=14, day=8)
    world.cobrex("import", str(world.data))
    world.cobrex("reduce", "--frame", "TOY_FLAT_RAW", code=6)
    again = world.cobrex("reduce", "--frame", "TOY_FLAT_RAW", code=6)
    assert "nothing to do" in again
    assert "failed its QC" in again
    said = world.cobrex("reduce", "--frame", "TOY_SCIENCE_RAW", "--night", "2020-03-08")
    good = next(
        p for p in processes(world) if p["recipe"].endswith("flat") and p["verdict"] == "pass"
    )
    assert good["key"][:8] in said, "flat2 is nearer, but failed"


def test_questions_that_match_nothing(world):
    night(world)
    assert "HR 100" in world.cobrex(
        "reduce", "--star", "HR 1O0", "--frame", "TOY_SCIENCE_RAW", code=4
    )
    said = world.cobrex("reduce", "--star", "HR100", "--frame", "TOY_FLAT_RAW", code=5)
    assert "HR 100 has 2 TOY_SCIENCE_RAW" in said
    assert "TOY_SCIENCE_RAW" in world.cobrex("reduce", "--frame", "TOY_SCIENCE", code=2)
    assert "toy_science" in world.cobrex("reduce", "--recipe", "toy_scence", code=2)
    assert "1.0.0" in world.cobrex("reduce", "--recipe", "toy_science@2.0.0", code=3)
    assert "preset" in world.cobrex(*SCIENCE, "--preset", "nope", code=3)
    assert "--frame" in world.cobrex("reduce", "--star", "HR100", code=2)
    assert "profile" in world.cobrex(*SCIENCE, "--profile", "nowhere", code=2)
    assert "name of a batch" in world.cobrex(*SCIENCE, "--name", "../up", code=2)
    assert "2020-03-07" in world.cobrex(*SCIENCE, "--night", "yesterday", code=4)
    assert "there is no batch" in world.cobrex("process", "list", "--batch", "nope", code=4)
    assert "states:" in world.cobrex("process", "list", "--state", "bogus", code=2)


def test_a_snakemake_that_cannot_start_is_an_error_and_no_attempt(world):
    night(world)
    profile = world.folder / "odd"
    profile.mkdir()
    (profile / "config.yaml").write_text("no-such-option-of-snakemake: true\n")
    said = world.cobrex(*SCIENCE, "--profile", str(profile), "--name", "odd", code=2)
    assert "Snakemake made nothing" in said
    assert "snakemake.log" in said
    assert {p["state"] for p in processes(world)} == {"planned"}
    assert {p["attempts"] for p in processes(world)} == {0}
    world.cobrex(*SCIENCE)


def test_a_misspelt_column_of_a_rule_is_named(world):
    night(world)
    rules = world.home / "instruments" / "toycam.yaml"
    rules.write_text(rules.read_text().replace("match: [filter]", "match: [fliter]"))
    said = world.cobrex(*SCIENCE, code=5)
    assert "toycam.yaml:21: associations.toy_science.inputs.flat.match: no instrument has" in said
    assert "did you mean filter" in said


def test_a_file_that_is_away_is_a_gap(world):
    night(world)
    (world.data / "flat1.fits").unlink()
    said = world.cobrex(*SCIENCE, code=5)
    assert "cannot be read" in said
    assert "cobrex check" in said
    assert "there is no batch" in world.cobrex("batch", "show", code=4)


def wait_for(path: Path, seconds: float = 240) -> None:
    deadline = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not appear"
        time.sleep(0.05)


def halted(world: World) -> Path:
    """A night whose second star waits for a file."""
    gate = world.folder / "gate"
    night(world)
    world.frame("eri2", "51 Eri", hour=2, UNTIL=str(gate))
    world.cobrex("import", str(world.data))
    return gate


def wait_for_done(world: World, number: int) -> None:
    deadline = time.monotonic() + 240
    while sum(p["state"] == "done" for p in processes(world)) < number:
        assert time.monotonic() < deadline
        time.sleep(0.3)


@pytest.mark.slow
def test_a_killed_driver_is_taken_over_and_nothing_done_is_made_twice(world):
    gate = halted(world)
    first = world.start(*SCIENCE, "--name", "first")
    wait_for_done(world, 2)
    first.kill()
    first.communicate()
    gate.touch()
    left = world.home / "store" / "processes" / ".scratch" / f"{socket.gethostname()}.4194305.x"
    left.mkdir()
    said = world.cobrex(*SCIENCE, "--name", "second")
    states = {b["name"]: b["state"] for b in json.loads(world.cobrex("batch", "list", "--json"))}
    assert states["first"] == "interrupted"
    assert not left.exists()
    assert "1 to make, 2 done already" in said or "nothing to do" in said
    for process in processes(world):
        assert process["state"] == "done"
        assert sum(a["outcome"] == "done" for a in attempts(world, process["key"])) == 1


@pytest.mark.slow
def test_two_drivers_make_nothing_twice(world):
    gate = halted(world)
    drivers = [world.start(*SCIENCE, "--name", name) for name in ("one", "two")]
    for name in ("one", "two"):
        wait_for(world.home / "store" / "batches" / name / "driver.json")
    gate.touch()
    for driver in drivers:
        said, _ = driver.communicate(timeout=120)
        assert driver.returncode == 0, said
    for process in processes(world):
        assert [a["outcome"] for a in attempts(world, process["key"])] == ["done"]


@pytest.mark.service
def test_the_main_job_on_mariadb(tmp_path, mariadb_url):
    world = build(tmp_path / "w", mariadb_url)
    night(world)
    world.cobrex(*SCIENCE)
    assert {p["state"] for p in processes(world)} == {"done"}
    assert "nothing to do" in world.cobrex(*SCIENCE)
