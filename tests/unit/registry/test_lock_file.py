"""Lock files: read, written, told apart, and the hostile ones refused."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cobrex_registry.errors import RegistryError
from cobrex_registry.locks import suite
from cobrex_registry.locks.lock import Entry, Lock, find, parse, read, text_of, write
from cobrex_registry.locks.suite import Suite, changes

RECIPE = Entry(
    "recipe", "main/toy", "1.0.0", "a" * 40, "b" * 40, "c" * 43,
    (("kind", "python"), ("lock", "d" * 64)),
)  # fmt: skip
PRESET = Entry("preset", "main/toy--careful", "1.0.0", "e" * 40, "f" * 40)
LOCK = Lock((PRESET, RECIPE))


def entries(**changed: object) -> str:
    values = {**RECIPE.as_json(), **changed}
    said = {"schema": "lock/1", "entries": [{k: v for k, v in values.items() if v is not None}]}
    return json.dumps(said)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "cobrex.lock"
    write(path, Lock((RECIPE, PRESET), "main/pipeline@0.15.0"))
    found = read(path)
    assert (found.entries, found.suite, found.source) == (
        (PRESET, RECIPE), "main/pipeline@0.15.0", str(path))  # fmt: skip
    assert json.loads(path.read_text())["entries"][1] == RECIPE.as_json()
    assert path.stat().st_mode & 0o777 == 0o666 & ~umask()
    assert [p.name for p in tmp_path.iterdir()] == ["cobrex.lock"]


def umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_the_digest_is_that_of_what_is_held(tmp_path: Path) -> None:
    yaml = "schema: lock/1\nentries:\n" + "".join(
        f"  - {json.dumps(one.as_json())}\n" for one in (RECIPE, PRESET)
    )
    other = Lock((RECIPE, PRESET), "main/pipeline@0.15.0", "somewhere")
    assert parse(yaml, "x").digest == LOCK.digest == other.digest
    assert Lock((RECIPE,)).digest != LOCK.digest


names = st.text("ab09_-", max_size=10).map(lambda tail: f"a{tail}")
ids = st.integers(0, 16**40 - 1).map(lambda number: f"{number:040x}")
made = st.builds(
    Entry, st.just("preset"), st.builds("{}/{}".format, names, names),
    st.builds("{}.{}.{}".format, *[st.integers(0, 99)] * 3), ids, ids,
)  # fmt: skip


@settings(max_examples=30)
@given(st.lists(made, min_size=1, max_size=8, unique_by=lambda one: one.name))
def test_any_lock_survives_its_file(held: list[Entry]) -> None:
    lock = Lock(tuple(sorted(held)))
    assert parse(text_of(lock), "").entries == lock.entries
    members = Suite("pipeline", "1.0.0", 'a "title": with # all: {of} it', lock.entries)
    assert suite.parse(members.text(), "") == members


def test_a_changed_version_is_one_changed_line() -> None:
    newer = Entry("preset", "main/toy--careful", "1.0.1", "1" * 40, "2" * 40)
    before, after = text_of(LOCK).splitlines(), text_of(Lock((newer, RECIPE))).splitlines()
    assert len(before) == len(after)
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "just text", "schema: lock/1\n", "schema: lock/2\nentries: []\n",
        '{"schema": "lock/1", "entries": []}', '{"schema": "lock/1", "entries": {}}',
        '{"schema": "lock/1", "entries": ["toy@1.0.0"]}',
        entries(kind="suite"), entries(kind="../x"), entries(kind=3), entries(kind=None),
        entries(name="../../x"), entries(name="main/../x"), entries(name="toy"),
        entries(name="--upload-pack=x/y"), entries(name="main/$(id)"), entries(name=["main/toy"]),
        entries(version="^1"), entries(version="../1.0.0"), entries(version="1.0.0.lock"),
        entries(version=1), entries(version=None),
        entries(tag="HEAD"), entries(tag="--exec=x"), entries(tag="a" * 41), entries(tag=None),
        entries(tree="b" * 39 + "\n"), entries(tree={"b": 1}),
        entries(code_hash=None), entries(code_hash="x"), entries(more="x"),
        entries(environment="python"), entries(environment={"kind": "../x"}),
        entries(environment={"kind": "python", "lock": "../../etc/passwd"}),
        entries(environment={"kind": "container", "image": "--privileged"}),
        entries(environment={}), entries().replace("}]}", "}]}}"),
        entries()[:-2] + "," + json.dumps(RECIPE.as_json()) + "]}",  # twice
        entries().replace('"entries"', '"suite": "../x@1", "entries"'),
        "a: &a [1]\nb: [" + "*a, " * 10 + "]", "!!python/object/apply:os.system ['id']",
        "[" * 1000,
    ],
    ids=range(43),
)  # fmt: skip
def test_hostile_and_broken_locks_are_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "cobrex.lock"
    path.write_text(text)
    with pytest.raises(RegistryError) as caught:
        read(path)
    assert caught.value.kind in {"lock", "yaml"}
    assert caught.value.message.startswith(str(path))
    assert len(caught.value.message) < 2000


def test_too_many_or_too_much_is_refused(tmp_path: Path) -> None:
    line = json.dumps(RECIPE.as_json())
    path = tmp_path / "cobrex.lock"
    for text in ("#" * (5 << 20), '{"schema": "lock/1", "entries": [' + ",\n".join(
        ["{}"] * 10_001) + "]}", line * 20_000):  # fmt: skip
        path.write_text(text)
        with pytest.raises(RegistryError):
            read(path)


@pytest.mark.parametrize("make", ["folder", "fifo", "none", "binary"])
def test_what_is_no_file_is_refused(make: str, tmp_path: Path) -> None:
    path = tmp_path / "cobrex.lock"
    if make == "folder":
        path.mkdir()
    elif make == "fifo":
        os.mkfifo(path)
    elif make == "binary":
        path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RegistryError):
        read(path)


def test_what_is_no_lock_is_never_replaced(tmp_path: Path) -> None:
    for name, text in (("recipe.yaml", "schema: recipe/1\n"), ("empty", ""), ("x.py", "print()")):
        (tmp_path / name).write_text(text)
        with pytest.raises(RegistryError) as caught:
            write(tmp_path / name, LOCK)
        assert caught.value.kind == "lock"
        assert (tmp_path / name).read_text() == text
    (tmp_path / "folder").mkdir()
    with pytest.raises(RegistryError):
        write(tmp_path / "folder", LOCK)
    with pytest.raises(RegistryError):
        write(tmp_path / "none" / "x.lock", LOCK)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["empty", "folder", "recipe.yaml", "x.py"]


def test_a_lock_is_replaced_also_behind_a_link(tmp_path: Path) -> None:
    write(tmp_path / "real.lock", LOCK)
    (tmp_path / "link.lock").symlink_to("real.lock")
    write(tmp_path / "link.lock", Lock((RECIPE,)))
    assert (tmp_path / "link.lock").is_symlink()
    assert read(tmp_path / "real.lock").entries == (RECIPE,)


def test_finding() -> None:
    assert find(LOCK, "recipe", "main/toy") == RECIPE
    for kind, name in (("recipe", "main/tyo"), ("preset", "main/toy"), ("recipe", "julia/toy")):
        with pytest.raises(RegistryError) as caught:
            find(LOCK, kind, name)
        assert caught.value.kind == "not-locked"
        assert "cobrex recipe pin" in caught.value.hint
    with pytest.raises(RegistryError) as caught:
        find(Lock((RECIPE,), "main/pipeline@1.0.0"), "recipe", "main/tyo")
    assert "suite use --none" in caught.value.hint
    assert "suite pipeline@1.0.0" in caught.value.message


def member(version: str, name: str = "main/toy") -> Entry:
    return Entry("preset", name, version, "a" * 40, "b" * 40)


@pytest.mark.parametrize(
    ("old", "new", "levels"),
    [
        (["1.0.0"], ["1.0.0"], []),
        (["1.0.0"], ["1.0.1"], ["patch"]),
        (["1.0.0"], ["1.1.0"], ["minor"]),
        (["1.1.0"], ["2.0.0"], ["major"]),
        (["2.0.0"], ["1.9.0"], ["major"]),
        (["0.1.0"], ["0.2.0"], ["major"]),
        (["0.1.0"], ["0.1.1"], ["patch"]),
        (["1.0.0"], ["1.0.0", "2.0.0"], ["minor"]),
        (["1.0.0", "2.0.0"], ["2.0.0"], ["major", "major"]),
    ],
)
def test_what_changed_between_suites(old: list[str], new: list[str], levels: list[str]) -> None:
    before, after = (
        Suite("s", "1.0.0", "", tuple(member(v, f"main/t{n}") for n, v in enumerate(versions)))
        for versions in (old, new)
    )
    assert [one.level for one in changes(before, after)] == levels


@pytest.mark.parametrize(
    "text",
    [
        "", "schema: suite/1\n", Suite("S", "1.0.0", "", (RECIPE,)).text(),
        Suite("s", "1.0", "", (RECIPE,)).text(), Suite("s", "1.0.0", "", ()).text(),
        Suite("s", "1.0.0", "\x1b[31m", (RECIPE,)).text(),
        Suite("s", "1.0.0", "", (RECIPE,)).text() + "more: x\n",
        Suite("s", "1.0.0", "", (Entry("suite", "main/s", "1.0.0", "a" * 40, "b" * 40),)).text(),
    ],
    ids=range(8),
)  # fmt: skip
def test_hostile_and_broken_suites_are_refused(text: str) -> None:
    with pytest.raises(RegistryError):
        suite.parse(text, "suite.yaml")
