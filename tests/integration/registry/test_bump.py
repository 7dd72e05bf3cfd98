"""The number is checked at publication, and raised when asked."""

from __future__ import annotations

from pathlib import Path

import pytest
from recipe_folder import write_recipe

from cobrex_registry.admission.lint import lint
from cobrex_registry.authoring.bump import next_number, publish_raised, write_number
from cobrex_registry.errors import RegistryError
from cobrex_registry.publication import publish
from cobrex_registry.repository import Registry
from cobrex_registry.semver import Semver

NEEDED = ("min: 0, max: null", "min: 1, max: null")
NEW_CHOICE = ("[mean, median]", "[mean, median, mode]")


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry.open(tmp_path / "registry.git")


def toy(tmp_path: Path, version: str, *changes: tuple[str, str], code: str = "") -> Path:
    return write_recipe(tmp_path / "toy", ('"1.0.0"', f'"{version}"'), *changes, code=code)


def there(registry: Registry) -> list[str]:
    return [one.version for one in registry.versions("recipe", "toy")]


def test_too_small_a_number_is_refused_with_all_that_changed(
    registry: Registry, tmp_path: Path
) -> None:
    publish(registry, toy(tmp_path, "1.0.0"))
    folder = toy(tmp_path, "1.1.0", NEEDED, NEW_CHOICE, ("title: A", "title: The"))
    with pytest.raises(RegistryError) as caught:
        publish(registry, folder)
    assert caught.value.kind == "bump-too-small"
    assert caught.value.message.splitlines() == [
        "1.1.0 after 1.0.0 says less than what changed:",
        "  major: input dark: now required",
        "  minor: parameter method: new choice 'mode'",
    ]
    assert "2.0.0" in caught.value.hint
    assert there(registry) == ["1.0.0"]
    publish(registry, toy(tmp_path, "2.0.0-rc.1", NEEDED, NEW_CHOICE))
    publish(registry, toy(tmp_path, "2.0.0", NEEDED, NEW_CHOICE))


def test_the_first_is_free_and_so_is_each_pre_release(registry: Registry, tmp_path: Path) -> None:
    publish(registry, toy(tmp_path, "0.3.7-rc.1"))
    publish(registry, toy(tmp_path, "0.3.7-rc.2", NEEDED))
    publish(registry, toy(tmp_path, "0.3.7"))
    with pytest.raises(RegistryError, match="says less"):
        publish(registry, toy(tmp_path, "0.3.8", NEEDED))
    publish(registry, toy(tmp_path, "0.3.8", NEW_CHOICE))
    publish(registry, toy(tmp_path, "0.4.0", NEEDED))


def test_an_older_line_is_compared_with_itself(registry: Registry, tmp_path: Path) -> None:
    publish(registry, toy(tmp_path, "1.0.0"))
    publish(registry, toy(tmp_path, "2.0.0", NEEDED))
    publish(registry, toy(tmp_path, "1.0.1", code="# mended\n"))
    with pytest.raises(RegistryError, match=r"1\.0\.2 after 1\.0\.1"):
        publish(registry, toy(tmp_path, "1.0.2", NEW_CHOICE))
    publish(registry, toy(tmp_path, "1.1.0", NEW_CHOICE))


def test_a_bump_keeps_the_file_but_for_the_number(registry: Registry, tmp_path: Path) -> None:
    publish(registry, toy(tmp_path, "1.0.0"))
    folder = toy(tmp_path, "1.0.0", NEW_CHOICE, ('version: "1.0.0"', "version:   '1.0.0'  # mine"))
    path = folder / "recipe.yaml"
    text = path.read_text().replace("\n", "\r\n") + "# end"
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    path.chmod(0o640)
    assert publish_raised(registry, folder).version == "1.1.0"
    expected = text.replace("'1.0.0'  # mine", "'1.1.0'  # mine")
    assert path.read_bytes() == b"\xef\xbb\xbf" + expected.encode()
    assert path.stat().st_mode & 0o777 == 0o640
    assert sorted(p.name for p in folder.iterdir()) == ["recipe.yaml", "toy.py"]
    before = path.stat().st_mtime_ns
    assert publish_raised(registry, folder).version == "1.1.0"
    assert path.stat().st_mtime_ns == before
    assert there(registry) == ["1.0.0", "1.1.0"]


@pytest.mark.parametrize(
    ("published", "says", "change", "level", "number"),
    [
        ((), "0.1.0", (), "patch", "0.1.0"),
        (("1.0.0",), "1.0.0", (), "patch", "1.0.1"),
        (("1.0.0",), "1.0.0", (), "minor", "1.1.0"),
        (("1.0.0",), "1.0.0", (NEEDED,), "patch", "2.0.0"),
        (("1.0.0",), "1.0.1", (NEW_CHOICE,), "patch", "1.1.0"),
        (("1.0.0",), "3.0.0", (NEW_CHOICE,), "patch", "3.0.0"),
        (("1.0.0", "1.1.0", "2.0.0"), "1.0.0", (NEW_CHOICE,), "patch", "1.2.0"),
        (("1.0.0", "1.1.0", "2.0.0"), "1.1.0", (NEEDED,), "patch", "3.0.0"),
        (("1.0.0", "1.0.1", "1.0.2"), "1.0.0", (), "patch", "1.0.3"),
        (("1.0.0-rc.1",), "1.0.0-rc.1", (NEEDED,), "patch", "1.0.0-rc.2"),
        (("1.0.0", "1.1.0-beta"), "1.1.0-beta", (NEW_CHOICE,), "patch", "1.1.0-beta.1"),
        (("1.0.0", "1.1.0-rc.1"), "1.1.0-rc.1", (NEEDED,), "patch", "2.0.0-rc.1"),
    ],
)
def test_the_lowest_number_that_does(
    registry: Registry,
    tmp_path: Path,
    published: tuple[str, ...],
    says: str,
    change: tuple[tuple[str, str], ...],
    level: str,
    number: str,
) -> None:
    for one in published:
        publish(registry, toy(tmp_path, one, code=f"# {one}\n"))
    folder = toy(tmp_path, says, *change, code="# new\n")
    assert str(next_number(registry, folder, level=level)) == number
    assert publish_raised(registry, folder, level=level).version == number


def test_a_bad_recipe_is_not_touched(registry: Registry, tmp_path: Path) -> None:
    publish(registry, toy(tmp_path, "1.0.0"))
    folder = toy(tmp_path, "1.0.0", ("title: A toy", "titel: A toy"))
    before = (folder / "recipe.yaml").read_bytes()
    with pytest.raises(RegistryError, match="titel"):
        publish_raised(registry, folder)
    assert (folder / "recipe.yaml").read_bytes() == before


@pytest.mark.parametrize("style", ['{0}, version: "1.0.0", {1}', "{0}, version: 1.0.0, {1}"])
def test_a_manifest_in_braces(tmp_path: Path, style: str) -> None:
    folder = toy(tmp_path, "1.0.0")
    text = "{" + style.format(
        "schema: recipe/1, name: toy, title: A, instrument: X, type: {kind: A}",
        "command: 'python toy.py {sof}', inputs: [{role: raw, frame_type: A, main: true}],"
        "outputs: [{role: out, frame_type: B, file: b.fits}]",
    )
    (folder / "recipe.yaml").write_text(text + "}")
    assert lint(folder) == []
    write_number(folder, Semver(1, 2, 3))
    assert '"1.2.3"' in (folder / "recipe.yaml").read_text()
    assert lint(folder) == []


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    folder = toy(tmp_path, "1.0.0")
    (folder / "recipe.yaml").rename(tmp_path / "elsewhere.yaml")
    (folder / "recipe.yaml").symlink_to(tmp_path / "elsewhere.yaml")
    before = (tmp_path / "elsewhere.yaml").read_bytes()
    with pytest.raises(RegistryError, match="plain"):
        write_number(folder, Semver(2, 0, 0))
    assert (tmp_path / "elsewhere.yaml").read_bytes() == before
