"""recipe diff and recipe copy, on a real registry."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from recipe_folder import write_recipe

from cobrex_registry.admission.lint import lint
from cobrex_registry.authoring.copying import copy
from cobrex_registry.authoring.recipe_diff import RecipeDiff, diff
from cobrex_registry.authoring.recipe_side import folder_side, last_side, side
from cobrex_registry.errors import RegistryError
from cobrex_registry.publication import publish
from cobrex_registry.recipe.manifest import parse
from cobrex_registry.repository import Registry

HASH = "--hash=sha256:" + "a" * 64


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry.open(tmp_path / "registry.git")


def state(folder: Path, version: str, *changes: tuple[str, str], code: str, lock: str) -> Path:
    python = ("{kind: host}", "{kind: python, lock: requirements.lock}")
    write_recipe(folder, ('"1.0.0"', f'"{version}"'), python, *changes, code=code)
    (folder / "requirements.lock").write_text(lock)
    return folder


@pytest.fixture
def both(registry: Registry, tmp_path: Path) -> RecipeDiff:
    folder = tmp_path / "toy"
    state(folder, "1.0.0", code="a = 1\nb = 2\n",
          lock=f"numpy==1.26.0 {HASH}\nold[x]==1.0 {HASH}\n# via\nsame==1 {HASH}\n")  # fmt: skip
    (folder / "tests").mkdir()
    stored = {"qc": [{"name": "QC TOY MEAN", "value": 1.5}, {"name": "QC X", "value": 1}],
              "nested": {"data": [1, 2]}, "same": True}  # fmt: skip
    (folder / "tests/field.json").write_text(json.dumps(stored))
    (folder / "tests/odd.json").write_text("{")
    (folder / "picture.png").write_bytes(b"\x89PNG\0")
    (folder / "gone.txt").write_text("gone\n")
    (folder / "run.sh").write_text("x")
    publish(registry, folder)
    state(folder, "1.1.0", ("[mean, median]", "[mean, median, mode]"), ("A toy", "The toy"),
          code="a = 1\nb = 3\x1b[31m\n",
          lock=f"numpy==2.0.0 {HASH}\nnew==3 {HASH}\nsame==1 {HASH}\n")  # fmt: skip
    stored["qc"][0]["value"] = 1.75
    stored["nested"]["data"] = [1, 3]
    (folder / "tests/field.json").write_text(json.dumps(stored))
    (folder / "tests/odd.json").write_text("[")
    (folder / "picture.png").write_bytes(b"\x89PNG\0\0")
    (folder / "gone.txt").unlink()
    (folder / "run.sh").chmod(0o755)
    publish(registry, folder)
    return diff(side(registry, "toy@1.0.0"), side(registry, "toy@1.1.0"))


def test_all_that_is_different(both: RecipeDiff) -> None:
    assert [str(one) for one in both.changes] == [
        "minor: parameter method: new choice 'mode'", "patch: title: changed"]  # fmt: skip
    assert {one.path: one.what for one in both.files} == {
        "gone.txt": "removed", "picture.png": "changed", "requirements.lock": "changed",
        "run.sh": "mode", "tests/field.json": "changed", "tests/odd.json": "changed",
        "toy.py": "changed"}  # fmt: skip
    files = {one.path: one for one in both.files}
    assert files["toy.py"].lines == ("@@ -1,2 +1,2 @@", " a = 1", "-b = 2", "+b = 3\x1b[31m")
    assert files["picture.png"].lines == ()
    assert (files["picture.png"].old_bytes, files["picture.png"].new_bytes) == (5, 6)
    assert files["run.sh"].lines == ("plain -> executable",)
    assert [(one.name, one.old, one.new) for one in both.packages] == [
        ("new", None, "3"), ("numpy", "1.26.0", "2.0.0"), ("old", "1.0", None)]  # fmt: skip
    assert [(one.name, one.old, one.new) for one in both.results] == [
        ("qc.QC TOY MEAN.value", 1.5, 1.75), ("nested.data", [1, 2], [1, 3])]  # fmt: skip
    assert (both.level, str(both.wanted), both.enough) == ("minor", "1.1.0", True)


def test_a_new_expectation_is_a_new_file_not_a_list_of_values(
    registry: Registry, both: RecipeDiff, tmp_path: Path
) -> None:
    (tmp_path / "toy/tests/more.json").write_text('{"qc": {"QC TOY MEAN": {"value": 2.5}}}')
    found = diff(side(registry, "toy@1.1.0"), folder_side(tmp_path / "toy"))
    assert [(one.path, one.what) for one in found.files] == [("tests/more.json", "added")]
    assert found.results == []


def test_a_folder_against_the_newest(registry: Registry, both: RecipeDiff, tmp_path: Path) -> None:
    folder = tmp_path / "toy"
    same = diff(last_side(registry, folder_side(folder)), side(registry, str(folder)))
    assert same.is_empty
    text = (folder / "recipe.yaml").read_text().replace("max: 50.0", "max: 20.0")
    (folder / "recipe.yaml").write_text(text)
    found = diff(last_side(registry, folder_side(folder)), folder_side(folder))
    assert [one.text for one in found.changes] == ["parameter sigma: max 20.0 instead of 50.0"]
    assert (found.level, str(found.wanted), found.enough) == ("major", "2.0.0", False)
    assert last_side(registry, side(registry, "toy@1.1.0")).label == "main/toy@1.0.0"
    for wrong in ("toy@1.0.0",):
        with pytest.raises(RegistryError, match="no version goes before"):
            last_side(registry, side(registry, wrong))
    with pytest.raises(RegistryError, match="no recipe"):
        last_side(registry, folder_side(folder), "julia")
    for hostile in ("--upload-pack=x", "../../x", "./nowhere", "toy@$(x)", "", "ext::x"):
        with pytest.raises(RegistryError):
            side(registry, hostile)


def test_a_copy_is_the_same_but_for_who_it_is(registry: Registry, tmp_path: Path) -> None:
    original = write_recipe(tmp_path / "toy", ("title: A toy", "title: A toy  # mine"))
    (original / "bin").mkdir()
    (original / "bin/run.sh").write_bytes(b"#!/bin/sh\r\n")
    (original / "bin/run.sh").chmod(0o755)
    (original / "here.py").symlink_to("toy.py")
    version = publish(registry, original)
    folder = tmp_path / "mine"
    copy(registry, version, "mine", folder)
    assert lint(folder) == []
    expected = (original / "recipe.yaml").read_text().replace("name: toy\n", "name: mine\n")
    expected = expected.replace(
        'version: "1.0.0"\n', 'version: "0.1.0"\ncopied_from: "main/toy@1.0.0"\n'
    )
    assert (folder / "recipe.yaml").read_text() == expected
    for path in ("toy.py", "bin/run.sh"):
        assert (folder / path).read_bytes() == (original / path).read_bytes()
        assert (folder / path).stat().st_mode & 0o700 == (original / path).stat().st_mode & 0o700
    assert (folder / "here.py").readlink() == Path("toy.py")
    (folder / "toy.py").write_text("changed\n")
    made = publish(registry, folder)
    assert "Copied-From: main/toy@1.0.0" in registry.git.run("cat-file", "tag", made.tag_sha)
    assert registry.manifest(made).copied_from == "main/toy@1.0.0"
    copy(registry, made, "again", tmp_path / "again")
    again = parse((tmp_path / "again/recipe.yaml").read_text(), "recipe.yaml")
    assert (again.name, again.version, again.copied_from) == ("again", "0.1.0", "main/mine@0.1.0")


def test_where_it_came_from_is_no_code(registry: Registry, tmp_path: Path) -> None:
    from cobrex_registry.recipe.code_hash import code_hash

    version = publish(registry, write_recipe(tmp_path / "toy"))
    copy(registry, version, "mine", tmp_path / "mine")
    hashes = {
        code_hash(parse((folder / "recipe.yaml").read_text(), "x"), folder)
        for folder in (tmp_path / "toy", tmp_path / "mine")
    }
    assert len(hashes) == 1


@pytest.mark.parametrize("name", ["../x", "a/b", "", "X", "-x", "x\n", "x" * 61, "$(x)"])
def test_hostile_names_of_copies(registry: Registry, tmp_path: Path, name: str) -> None:
    version = publish(registry, write_recipe(tmp_path / "toy"))
    before = sorted(path for path in tmp_path.iterdir())
    with pytest.raises(RegistryError) as caught:
        copy(registry, version, name, tmp_path / "there")
    assert caught.value.kind == "name"
    with pytest.raises(RegistryError, match="not empty"):
        copy(registry, version, "mine", tmp_path / "toy")
    assert sorted(path for path in tmp_path.iterdir()) == before


@pytest.mark.parametrize("value", ["toy", "main/toy", "main/toy@^1", "../x@1.0.0", "main/toy@1.0"])
def test_copied_from_is_an_exact_version(tmp_path: Path, value: str) -> None:
    folder = write_recipe(tmp_path / "toy", ("title: A toy", f'title: A\ncopied_from: "{value}"'))
    assert "copied_from" in lint(folder)[0].message
