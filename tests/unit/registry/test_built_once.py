"""What is built is there whole, or not at all."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from cobrex_registry.discard import discard
from cobrex_registry.environments.built_once import Site, build_once
from cobrex_registry.environments.container import Surroundings, called, command, reference
from cobrex_registry.errors import RegistryError


def make(site: Site) -> None:
    (site.folder / "bin").mkdir()
    (site.folder / "bin" / "where").write_text(str(site.folder))


def test_what_holds_its_own_path_stays_where_it_was_built(tmp_path: Path) -> None:
    place = tmp_path / "one"
    dead = tmp_path / ".one.dead"
    (dead / "bin").mkdir(parents=True)
    (tmp_path / ".one.dead.link").symlink_to(".one.dead")
    build_once(place, "toy", make, movable=False)
    assert not dead.exists()
    assert place.is_symlink()
    assert (place / "bin" / "where").read_text() == str(place.resolve())
    assert len(list(tmp_path.iterdir())) == 3  # folder, link, lock
    before = place.resolve()
    build_once(place, "toy", make, movable=False)
    assert place.resolve() == before
    discard(before)  # by hand
    build_once(place, "toy", make, movable=False)
    assert (place / "bin" / "where").read_text() == str(place.resolve()) != str(before)


def test_a_command_that_fails_leaves_nothing_and_is_told(tmp_path: Path) -> None:
    def fail(site: Site) -> None:
        make(site)
        site.run(["sh", "-c", "echo no such star >&2; exit 3"], os.environ, hint="look up")

    with pytest.raises(RegistryError, match=r"the toy cannot be built:\n  no such star") as caught:
        build_once(tmp_path / "one", "toy", fail)
    assert caught.value.hint.startswith("look up")
    assert [path.name for path in tmp_path.iterdir()] == ["one.lock"]


def test_the_lock_is_held_until_what_was_started_has_ended(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)

    def leave(site: Site) -> None:
        make(site)
        # a builder's child that outlives it, until the FIFO is opened
        site.run(["sh", "-c", f"(cat {fifo} >/dev/null) >/dev/null 2>&1 &"], os.environ)

    build_once(tmp_path / "one", "toy", leave)
    with (tmp_path / "one.lock").open() as lock:
        with pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fifo.write_text("end")
        fcntl.flock(lock, fcntl.LOCK_EX)


IMAGE = "example.org:5000/astro/toy:1.2@sha256:" + "a" * 64


def test_an_image_without_its_tag() -> None:
    assert reference(IMAGE) == "example.org:5000/astro/toy@sha256:" + "a" * 64
    assert reference("toy@sha256:b") == "toy@sha256:b"


@pytest.fixture(params=["apptainer", "podman", "docker"])
def engine(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A PATH with a program of that name; it is never started."""
    program = tmp_path / "bin" / request.param
    program.parent.mkdir()
    program.write_text("")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    monkeypatch.delenv("COBREX_CONTAINER_ENGINE", raising=False)
    return str(request.param)


def test_the_words_of_each_program(tmp_path: Path, engine: str) -> None:
    frame = tmp_path / "night" / "a.fits"
    frame.parent.mkdir()
    around = Surroundings(tmp_path / "s", (frame, frame.parent / "b.fits"), 60.0)
    words = command(tmp_path / "e", IMAGE, ["sh", "-c", "$(id)"], around, called(around.scratch))
    assert words[0] == str(tmp_path / "bin" / engine)
    assert words[-3:] == ["sh", "-c", "$(id)"]
    image = str(tmp_path / "e" / "image.sif") if engine == "apptainer" else reference(IMAGE)
    assert words[-4] == image
    night = frame.parent
    assert words.count(f"type=bind,source={night},destination={night},ro") == 1
    assert f"type=bind,source={around.scratch},destination={around.scratch}" in words
    assert words[words.index("--network") + 1] == "none"
    assert ("--containall" in words) == (engine == "apptainer")


def test_paths_that_cannot_be_told(tmp_path: Path, engine: str) -> None:
    for name in ("a,ro", 'a"b', "a:b"):
        with pytest.raises(RegistryError, match="cannot be shown"):
            command(None, IMAGE, ["sh"], Surroundings(tmp_path / name), "x")


def test_no_program_for_containers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RegistryError, match="is not installed"):
        command(None, IMAGE, ["sh"], Surroundings(tmp_path), "x")
    monkeypatch.setenv("COBREX_CONTAINER_ENGINE", "qemu")
    with pytest.raises(RegistryError, match="COBREX_CONTAINER_ENGINE is 'qemu'"):
        command(None, IMAGE, ["sh"], Surroundings(tmp_path), "x")
