"""lint --fix: what is mended, what is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from recipe_folder import manifest_text, write_recipe

from cobrex_registry.admission.lint import lint
from cobrex_registry.authoring.mend import mend, mended
from cobrex_registry.errors import RegistryError


def toy(folder: Path, *changes: tuple[str, str]) -> Path:
    return write_recipe(folder / "toy", *changes)


def text(folder: Path) -> str:
    return (folder / "recipe.yaml").read_bytes().decode()


@pytest.mark.parametrize(
    ("change", "becomes", "said"),
    [
        (('"1.0.0"', "1.0  # first"), '"1.0.0"  # first', 'version: "1.0.0" quoted'),
        (('"1.0.0"', "2"), '"2.0.0"', "quoted"),
        (('"1.0.0"', "1.2.3"), '"1.2.3"', "quoted"),
        (
            ("schema: recipe/1\n", "# mine\n"),
            "# mine\nschema: recipe/1\n",
            "schema: recipe/1 added",
        ),
        (
            ("title: A toy", "titel: A toy  # t"),
            "title: A toy  # t",
            "line 4: titel is spelt title",
        ),
        (("{role: raw, frame_type", "{role: raw, frametype"), "{role: raw, frame_type", "is spelt"),
        (("type: int,", "type: integer,"), "type: int,", "the type integer is spelt int"),
        (("type: str,", "type: string,"), "type: str,", "spelt str"),
        (("type: float,", "type: Double,"), "type: float,", "spelt float"),
        (('"list[int]"', '"list[Integer]"'), '"list[int]"', "spelt list[int]"),
        (("title: A toy\n", "title: A toy  \t\n"), "title: A toy\n", "blanks"),
    ],
)
def test_each_mend(tmp_path: Path, change: tuple[str, str], becomes: str, said: str) -> None:
    folder = toy(tmp_path, change)
    expected = manifest_text((change[0], becomes))
    assert said in " ".join(map(str, mend(folder)))
    assert text(folder) == expected
    assert lint(folder) == []
    assert mend(folder) == []


def test_all_at_once(tmp_path: Path) -> None:
    folder = toy(
        tmp_path,
        ("schema: recipe/1\n", "# a comment\n"),
        ('"1.0.0"', "1.0 # v"),
        ("title: A toy", "titel: A toy"),
        ("qc:", "# judged\nqc:"),
        ("python toy.py", "toy.py"),
    )
    path = folder / "recipe.yaml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    (folder / "toy.py").chmod(0o640)
    assert [str(one) for one in mend(folder)] == [
        "recipe.yaml: line ends of Windows replaced",
        "recipe.yaml: schema: recipe/1 added",
        "recipe.yaml: line 5: titel is spelt title",
        'recipe.yaml: version: "1.0.0" quoted',
        "toy.py: made executable",
    ]
    assert lint(folder) == []
    assert (folder / "toy.py").stat().st_mode & 0o777 == 0o750
    for comment in ("# a comment\n", "# v\n", "# judged\n"):
        assert comment in text(folder)


@pytest.mark.parametrize(
    "change",
    [
        ("title: A toy", "title: A toy\ntitel: Another"),  # the right one is there too
        ("title: A toy", "zzz: A toy"),  # no neighbour
        ('"1.0.0"', "1.0.0.0"),
        ('"1.0.0"', "v1.0.0"),
        ('"1.0.0"', "01.0"),
        ('"1.0.0"', "1e3"),
        ("title: A toy", "title: |\n  kept  \n  blanks"),
        ("type: int,", "type: complex,"),
        ("title: A toy", "title: [A toy"),  # no YAML
    ],
)
def test_what_is_in_doubt_is_left_alone(tmp_path: Path, change: tuple[str, str]) -> None:
    folder = toy(tmp_path, change)
    before, status = text(folder), (folder / "recipe.yaml").stat()
    assert mend(folder) == []
    assert text(folder) == before
    assert (folder / "recipe.yaml").stat().st_mtime_ns == status.st_mtime_ns


def test_what_cannot_be_mended_is_told_as_before(tmp_path: Path) -> None:
    folder = toy(tmp_path, ('"1.0.0"', "1.0"), ("title: A toy", "title: 5"))
    (folder / ".gitattributes").write_text("* text")
    assert len(mend(folder)) == 1
    assert [one.message for one in lint(folder)] == [
        ".gitattributes may not be published",
        "title: must be text, not an integer (5)",
    ]
    assert (folder / ".gitattributes").exists()


def test_nothing_outside_is_touched(tmp_path: Path) -> None:
    outside = tmp_path / "outside.py"
    outside.write_text("")
    outside.chmod(0o600)
    folder = toy(tmp_path, ("python toy.py", "link.py"))
    (folder / "link.py").symlink_to(outside)
    assert mend(folder) == []
    assert outside.stat().st_mode & 0o777 == 0o600
    (folder / "recipe.yaml").unlink()
    (folder / "recipe.yaml").symlink_to(tmp_path / "other.yaml")
    (tmp_path / "other.yaml").write_text(manifest_text(('"1.0.0"', "1.0")))
    with pytest.raises(RegistryError, match="plain"):
        mend(folder)
    assert "version: 1.0\n" in (tmp_path / "other.yaml").read_text()
    with pytest.raises(RegistryError):
        mend(tmp_path / "nowhere")


def test_braces_and_document_marks() -> None:
    changed, done = mended("---\n{name: a, version: 1.0}\n")
    assert changed == '---\n{schema: recipe/1, name: a, version: "1.0.0"}\n'
    assert len(done) == 2
    assert mended("---\nname: a\n")[0] == "---\nschema: recipe/1\nname: a\n"
    assert mended("  name: a\n  version: '1.0.0'\n")[0] == "  name: a\n  version: '1.0.0'\n"
