"""Recipes in containers, with a real podman."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from astropy.io import fits
from podman_image import podman_image
from recipe_folder import manifest_text, write_recipe
from toy_world import World

from cobrex_registry.environments.container import Surroundings, called
from cobrex_registry.environments.environment import Environment, prepare, release, wrap
from cobrex_registry.errors import RegistryError
from cobrex_registry.recipe.manifest import parse

pytestmark = pytest.mark.service


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        yield podman_image(tmp_path_factory.mktemp("podman"), patch)


@pytest.fixture
def around(tmp_path: Path) -> Surroundings:
    frames, scratch = tmp_path / "fra mes", tmp_path / "scratch"
    frames.mkdir()
    (frames / "a.fits").write_text("SIMPLE")
    (scratch / "tmp").mkdir(parents=True)
    (scratch / "link.fits").symlink_to(frames / "a.fits")
    return Surroundings(scratch, (frames / "a.fits",), 60.0)


def run(environment: Environment, around: Surroundings, script: str) -> str:
    argv, environ = wrap(environment, ["sh", "-c", script], around)
    done = subprocess.run(argv, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def prepared(image: str, tmp_path: Path) -> Environment:
    change = ("kind: host", f"kind: container, image: {image}")
    folder = write_recipe(tmp_path / "toy", change)
    manifest = parse(manifest_text(change), "recipe.yaml")
    return prepare(manifest, folder, tmp_path / "environments")


def test_a_command_sees_its_scratch_and_inputs_alone(
    tmp_path: Path, image: str, around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "of the house")
    environment = prepared(image, tmp_path)
    assert environment.path is None
    assert run(environment, around, "cat link.fits") == "SIMPLE"
    run(environment, around, "echo made > out.fits; echo x > $TMPDIR/y")
    assert (around.scratch / "out.fits").read_text() == "made\n"
    assert (around.scratch / "out.fits").owner() == around.scratch.owner()
    house = Path(__file__).parents[2]
    seen = run(environment, around, f"env; ls -d {house} 2>/dev/null; ls /sys/class/net")
    assert "of the house" not in seen
    assert f"\n{house}\n" not in seen
    assert "eth" not in seen
    for forbidden in (f"echo x > '{around.readable[0]}'", "echo x > /bin/new"):
        with pytest.raises(AssertionError, match=r"Read-only|not permitted|denied"):
            run(environment, around, forbidden)
    assert around.readable[0].read_text() == "SIMPLE"


def test_an_image_that_is_not_to_be_had(tmp_path: Path, image: str) -> None:
    missing = "127.0.0.1:9/no/such@sha256:" + "0" * 64
    with pytest.raises(RegistryError, match="container image cannot be built") as caught:
        prepared(missing, tmp_path)
    assert caught.value.kind == "environment"
    assert image


def test_a_container_does_not_outlive_its_process(
    tmp_path: Path, image: str, around: Surroundings
) -> None:
    environment = prepared(image, tmp_path)
    argv, environ = wrap(environment, ["sh", "-c", "echo up > up; sleep 300"], around)
    starter = subprocess.Popen(argv, env=environ)
    while not (around.scratch / "up").exists():
        assert starter.poll() is None
        time.sleep(0.05)
    starter.kill()
    starter.wait()
    release(environment, around)
    left = subprocess.run(
        ["podman", "ps", "--all", "--format", "json"], capture_output=True, check=True
    )
    assert called(around.scratch) not in str(json.loads(left.stdout or b"[]"))


INSTRUMENT = """\
schema: instrument/1
name: TOYCAM
version: "1.0.0"
match: {INSTRUME: TOYCAM}
columns: {arm: {key: INSTRUME, map: {"*": TOY}}, filter: FILTER}
types:
  TOY_RAW: {description: "toy", when: {filter: {glob: "*"}}}
associations:
  toy:
    main: {frame_type: TOY_RAW, group_by: [frame]}
"""
COPY = """\
read -r path kind < "$1"
cp "$path" cube.fits
echo "copied $kind with $2"
[ ! -e /etc/debian_version ] && ! (echo x >> "$path") 2>/dev/null
"""


@pytest.mark.slow
def test_reduced_in_a_container(tmp_path: Path, image: str) -> None:
    world = World(tmp_path / "world")
    (world.home / "instruments").mkdir(parents=True)
    (world.home / "instruments" / "toycam.yaml").write_text(INSTRUMENT)
    folder = write_recipe(
        world.folder / "toy",
        ("kind: host", f"kind: container, image: {image}"),
        ("python toy.py {sof}", "sh toy.sh {sof}"),
        ("range: [0, 10.5], action: fail", "action: warn"),
    )
    (folder / "toy.py").unlink()
    (folder / "toy.sh").write_text(COPY)
    world.cobrex("recipe", "publish", str(folder))
    frame = world.frame("a", "HR 100")
    world.cobrex("import", str(world.data))
    world.cobrex("reduce", "--frame", "TOY_RAW")
    (place,) = (world.home / "store/processes/main/toy/1.0.0").glob("*/*/0001")
    record = json.loads((place / "record.json").read_text())
    assert record["outcome"] == "done"
    assert record["environment"]["kind"] == "container"
    assert "copied TOY_RAW with --sigma=5.0" in (place / "recipe.log").read_text()
    assert (fits.getdata(place / "cube.fits") == fits.getdata(frame)).all()
    assert fits.getheader(place / "cube.fits")["COBREX ENV"] == record["environment"]["digest"]
