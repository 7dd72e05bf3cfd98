"""Working copies: told from names, read once, and kept apart from what is published."""

from __future__ import annotations

import pytest
from recipe_folder import write_recipe

from cobrex_registry.admission.drafts import draft_namespace, is_draft, refuse_drafts
from cobrex_registry.authoring.working_copy import is_path, read
from cobrex_registry.errors import RegistryError
from cobrex_registry.recipe.code_hash import code_hash
from cobrex_registry.semver import Spec
from cobrex_registry.store.tree_files import read_tree
from cobrex_registry.store.tree_hash import root_id


def test_a_path_has_a_slash_and_a_recipe_behind_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_recipe(tmp_path / "recipes" / "toy")
    write_recipe(tmp_path / "toy")
    for path in ("./toy", "../x/toy", "/a/toy", "~/toy", "~ada/toy", ".", "..", "recipes/toy"):
        assert is_path(path), path
    for name in (
        "toy",
        "toy@1.0.0",
        "main/toy",
        "main/toy@^1",
        "toy#production",
        "toy@>=1,<2",
        "",
        "x/" * 5000,
    ):
        assert not is_path(name), name


def test_it_is_frozen_when_it_is_read(tmp_path):
    folder = write_recipe(tmp_path / "toy")
    copy = read(str(folder), tmp_path / "cache")
    before = read_tree(folder)[0]
    assert read_tree(copy.folder)[0] == before
    assert copy.tree == root_id(before, "toy")
    assert copy.code_hash == code_hash(copy.manifest, folder)
    (folder / "toy.py").write_text("print('edited')\n")
    assert read_tree(copy.folder)[0] == before
    other = read(str(folder), tmp_path / "cache")
    assert other.folder != copy.folder
    assert other.code_hash != copy.code_hash
    assert (copy.folder / "toy.py").stat().st_mode & 0o777 == 0o444


def test_a_folder_that_is_not_there_and_one_without_a_manifest(tmp_path):
    (tmp_path / "empty").mkdir()
    for name, said in (("empty", "no recipe.yaml in it"), ("gone", "no such folder")):
        with pytest.raises(RegistryError, match=said):
            read(str(tmp_path / name), tmp_path / "cache")
    with pytest.raises(RegistryError, match="no such folder"):
        read("x" * 5000, tmp_path / "cache")


def test_what_is_wrong_is_told_at_once_and_nothing_is_kept(tmp_path):
    folder = write_recipe(
        tmp_path / "toy", ("title: A toy\n", ""), ("python toy.py", "python no.py")
    )
    (folder / ".gitattributes").write_text("* text\n")
    with pytest.raises(RegistryError) as refused:
        read(str(folder), tmp_path / "cache")
    for word in ("'title' is missing", "no.py is not in the folder", ".gitattributes"):
        assert word in refused.value.message
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("path", ["./no/such", "~nobody-of-this-name/toy", "/dev/null", "./\0"])
def test_no_recipe_there(tmp_path, path):
    with pytest.raises(RegistryError) as refused:
        read(path, tmp_path / "cache")
    assert refused.value.kind == "unknown-recipe"


@pytest.mark.parametrize(
    ("user", "namespace"),
    [
        ("ada", "draft-ada"),
        ("Ada.Lovelace", "draft-ada-lovelace"),
        ("../../etc", "draft-etc"),
        ("$(rm -rf x)", "draft-rm-rf-x"),
        ("Ångström", "draft-ngstr-m"),
        ("", "draft-nobody"),
        ("x" * 300, f"draft-{'x' * 20}"),
    ],
)
def test_any_user_has_a_namespace_that_a_ref_could_hold(user, namespace):
    assert draft_namespace(user) == namespace
    assert Spec.parse(f"{namespace}/toy").namespace == namespace
    assert is_draft(namespace)


def test_nothing_is_published_in_it():
    for namespace in ("draft", "draft-ada"):
        with pytest.raises(RegistryError) as refused:
            refuse_drafts(namespace)
        assert refused.value.kind == "namespace"
    for namespace in ("main", "drafts", "ada"):
        refuse_drafts(namespace)
