"""cobrex server, recipe sync, registry: what a person sees, and the exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from recipe_folder import numbered, write_recipe
from toy_world import World


@pytest.fixture
def here(tmp_path: Path) -> World:
    return World(tmp_path / "here")


@pytest.fixture
def there(tmp_path: Path) -> World:
    return World(tmp_path / "there")


def registry(world: World) -> str:
    return str(world.home / "store" / "registry.git")


def test_two_servers_share_what_is_published(here, there, tmp_path):
    assert "no server to sync with" in here.cobrex("recipe", "sync", code=2)
    assert "no servers yet" in here.cobrex("server", "list")
    there.cobrex("recipe", "publish", str(numbered(tmp_path / "a", "1.0.0")))
    here.cobrex("recipe", "publish", str(numbered(tmp_path / "b", "1.1.0")))
    said = there.cobrex("registry", "serve-init")
    assert "is served as" in said
    assert "is added" in here.cobrex("server", "add", "chile", registry(there), "--push")
    assert json.loads(here.cobrex("server", "list", "--json")) == [
        {"name": "chile", "url": registry(there), "push": True, "channels": True}
    ]
    said = here.cobrex("recipe", "sync")
    assert "chile: came in: 1 version; sent: 1 version" in said
    assert here.cobrex("recipe", "sync", "chile") == "chile: nothing new\n"
    assert "1.1.0" in there.cobrex("recipe", "show", "toy")
    assert "is forgotten" in here.cobrex("server", "remove", "chile")
    assert "no server 'chile'" in here.cobrex("recipe", "sync", "chile", code=3)


def test_a_conflict_is_an_error_that_names_both_and_the_cure(here, there, tmp_path):
    there.cobrex("recipe", "publish", str(numbered(tmp_path / "a", "1.0.0")))
    mine = write_recipe(tmp_path / "b", code="print('mine')\n")
    here.cobrex("recipe", "publish", str(mine))
    here.cobrex("server", "add", "chile", registry(there))
    said = here.cobrex("recipe", "sync", code=3)
    assert "CONFLICT" in said
    assert "recipe main/toy@1.0.0 has other files at chile" in said
    assert "hint: a published version never changes: yank it on both servers" in said
    assert "has other files at chile" in here.cobrex("recipe", "fsck", code=3)
    here.cobrex("recipe", "yank", "toy@1.0.0", "--reason", "two of them")
    assert "settled, yanked" in here.cobrex("recipe", "sync")


def test_a_file_takes_versions_along(here, there, tmp_path):
    here.cobrex("recipe", "publish", str(numbered(tmp_path / "a", "1.0.0")))
    file = tmp_path / "some.bundle"
    assert "KiB" in here.cobrex("recipe", "sync", "--bundle", str(file))
    said = json.loads(there.cobrex("recipe", "sync", "--bundle", str(file), "--json"))
    assert said[0]["came"] == ["refs/tags/recipe/main/toy/1.0.0"]
    (tmp_path / "text").write_text("text")
    assert "is no bundle" in there.cobrex(
        "recipe", "sync", "--bundle", str(tmp_path / "text"), code=3
    )
    assert "at once" in there.cobrex("recipe", "sync", "x", "--bundle", str(file), code=2)


def test_roles_are_shown_and_a_bad_address_is_refused(here):
    assert "whoever may write" in here.cobrex("registry", "roles")
    here.cobrex("registry", "serve-init")
    roles = Path(registry(here)) / "roles.toml"
    assert "[namespaces]" in roles.read_text()
    roles.write_text('[namespaces]\nmain = ["ada"]\n[channels]\nproduction = ["grace"]\n')
    said = here.cobrex("registry", "roles")
    assert "production" in said
    assert "grace" in said
    said = here.cobrex("server", "add", "x", "ext::sh -c 'touch owned'", code=3)
    assert "is no URL of a server" in said


def test_one_command_publishes_here_and_there_and_the_second_is_told(here, there, tmp_path):
    third = World(tmp_path / "third")
    there.cobrex("registry", "serve-init")
    for world in (here, third):
        world.cobrex("server", "add", "central", registry(there))
    mine = numbered(tmp_path / "a", "1.2.0")
    said = here.cobrex("recipe", "publish", str(mine), "--to", "central")
    assert "main/toy@1.2.0 is published, here and on central" in said
    assert "1.2.0" in there.cobrex("recipe", "show", "toy")
    other = write_recipe(tmp_path / "b", ('"1.0.0"', '"1.2.0"'), code="print('other')\n")
    said = third.cobrex("recipe", "publish", str(other), "--to", "central", code=3)
    assert "already published with other files" in said
    said = third.cobrex("recipe", "publish", str(other), "--to", "central", "--bump")
    assert "main/toy@1.2.1 is published, here and on central" in said
    assert third.cobrex("recipe", "sync") == "central: nothing new\n"
    assert "no server 'elsewhere'" in here.cobrex(
        "recipe", "publish", str(mine), "--to", "elsewhere", code=3
    )
