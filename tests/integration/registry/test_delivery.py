"""Publishing on a server first: one number, one winner, whatever happens in between."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from threading import Barrier, Thread

import pytest
from push_bench import TOY
from recipe_folder import numbered, write_recipe

from cobrex_registry.authoring.bump import publish_raised
from cobrex_registry.errors import RegistryError
from cobrex_registry.publication import publish
from cobrex_registry.repository import Registry
from cobrex_registry.servers.delivery import Delivery
from cobrex_registry.servers.peers import Peer
from cobrex_registry.servers.serve import serve_init
from cobrex_registry.store.refs import read


@pytest.fixture
def central(tmp_path: Path) -> Registry:
    made = serve_init(tmp_path / "central.git", server="central")
    publish(made, numbered(tmp_path / "first", "1.0.0"))
    return made


def laptop(tmp_path: Path, name: str, central: Registry) -> tuple[Registry, Delivery]:
    mine = Registry.open(tmp_path / f"{name}.git")
    delivery = Delivery(mine, Peer("central", str(central.path)), "recipe/main/toy", name)
    delivery.learn()
    return mine, delivery


def test_a_version_is_there_and_here_with_what_it_follows(central, tmp_path):
    mine, delivery = laptop(tmp_path, "ada", central)
    folder = numbered(tmp_path / "a", "1.1.0")
    made = publish(mine, folder, deliver=delivery)
    assert read(central.git, made.ref)[made.ref] == made.tag_sha
    assert read(mine.git, "refs/tags/") == read(central.git, "refs/tags/")
    assert publish(mine, folder, deliver=delivery) == made


def test_of_two_laptops_that_race_for_a_number_one_wins_and_no_conflict_is_left(central, tmp_path):
    sides = {who: laptop(tmp_path, who, central) for who in ("ada", "grace")}
    told: dict[str, str] = {}
    start = Barrier(2)

    def race(who: str) -> None:
        mine, delivery = sides[who]
        folder = write_recipe(
            tmp_path / f"f{who}", ('"1.0.0"', '"1.2.0"'), code=f"print('{who}')\n"
        )
        start.wait()
        try:
            publish(mine, folder, deliver=delivery)
            told[who] = "won"
        except RegistryError as error:
            told[who] = error.kind

    racing = [Thread(target=race, args=(who,)) for who in sides]
    for one in racing:
        one.start()
    for one in racing:
        one.join()
    assert sorted(told.values()) == ["version-taken", "won"]
    there = read(central.git, "refs/tags/")
    for mine, _ in sides.values():
        assert read(mine.git, "refs/tags/") == there
        assert read(mine.git, "refs/conflicts/") == {}


def test_with_bump_the_loser_takes_the_next_number(central, tmp_path):
    mine, delivery = laptop(tmp_path, "ada", central)
    publish(central, write_recipe(tmp_path / "o", ('"1.0.0"', '"1.0.1"'), code="print('o')\n"))
    folder = write_recipe(tmp_path / "m", code="print('m')\n")
    made = publish_raised(mine, folder, deliver=delivery)
    assert made.version == "1.0.2"
    assert f"{TOY}1.0.1" in read(mine.git, "refs/tags/")
    assert read(central.git, made.ref)[made.ref] == made.tag_sha


def test_what_the_server_refuses_is_not_published_here_either(central, tmp_path):
    (central.path / "roles.toml").write_text('[namespaces]\nmain = ["nobody-here"]\n')
    mine, delivery = laptop(tmp_path, "ada", central)
    before = read(mine.git, "refs/")
    with pytest.raises(RegistryError, match="may not publish in the namespace main") as caught:
        publish(mine, numbered(tmp_path / "a", "1.1.0"), deliver=delivery)
    assert caught.value.kind == "declined"
    assert read(mine.git, "refs/") == before


def test_a_server_that_is_gone_leaves_nothing_published(central, tmp_path):
    mine, delivery = laptop(tmp_path, "ada", central)
    central.path.rename(tmp_path / "elsewhere.git")
    with pytest.raises(RegistryError) as caught:
        publish(mine, numbered(tmp_path / "a", "1.1.0"), deliver=delivery)
    assert caught.value.kind == "unreachable"
    assert f"{TOY}1.1.0" not in read(mine.git, "refs/tags/")


def test_killed_after_the_server_took_it_the_same_once_more_completes(central, tmp_path):
    mine, delivery = laptop(tmp_path, "ada", central)
    folder = numbered(tmp_path / "a", "1.1.0")

    def killed(ref: str, tag: str) -> None:
        delivery(ref, tag)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        publish(mine, folder, deliver=killed)
    ref = f"{TOY}1.1.0"
    there = read(central.git, ref)
    assert there
    assert ref not in read(mine.git, "refs/tags/")
    publish(mine, folder, deliver=delivery)  # with another tag, perhaps: the server's counts
    assert read(mine.git, ref) == there == read(central.git, ref)


def test_a_version_that_is_here_already_is_taken_there_or_is_a_conflict(central, tmp_path):
    mine, delivery = laptop(tmp_path, "ada", central)
    folder = numbered(tmp_path / "a", "1.1.0")
    made = publish(mine, folder)
    again = partial(publish, mine, folder, deliver=delivery)
    assert again() == made
    assert read(central.git, made.ref)[made.ref] == made.tag_sha
    other = write_recipe(tmp_path / "b", ('"1.0.0"', '"1.2.0"'), code="print('b')\n")
    publish(central, other)
    folder = write_recipe(tmp_path / "c", ('"1.0.0"', '"1.2.0"'), code="print('c')\n")
    publish(mine, folder)
    with pytest.raises(RegistryError, match="has other files at central") as caught:
        again.func(mine, folder, deliver=delivery)
    assert caught.value.kind == "conflict"
