"""The code hash: what changes it and what does not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from recipe_folder import manifest_text, write_recipe

from cobrex_registry.errors import RegistryError
from cobrex_registry.recipe.code_hash import code_hash, hash_files
from cobrex_registry.recipe.manifest import parse
from cobrex_registry.store.tree_files import EXECUTABLE, PLAIN, TreeFile

BEFORE = hash_files(parse(manifest_text(), "x"), [TreeFile("toy.py", PLAIN, b"code")])


def changed(old: str, new: str) -> bool:
    manifest = parse(manifest_text((old, new)), "x")
    return hash_files(manifest, [TreeFile("toy.py", PLAIN, b"code")]) != BEFORE


def test_it_is_43_characters_of_base64url() -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", BEFORE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"1.0.0"', '"2.0.0"'), ("A toy", "Another toy"), ("[0, 10.5]", "[1, 2]"),
        ("action: fail", "action: warn"), ("cores: 2", "cores: 4"), ("Ada", "Grace"),
        ("BSD-3-Clause", "MIT"), ("[DATE]", "[DATE, MJD]"), ("default: 5.0", "default: 6.0"),
        ("license:", "description: long\nlicense:"), ("subtype: toy", "subtype: other"),
        ("[TOY_DARK, TOY_BACKGROUND]", "[TOY_BACKGROUND, TOY_DARK]"), ("python toy", "python  toy"),
        ("file: cube.fits", "file: cube.fits, intermediate: true"),
    ],
)  # fmt: skip
def test_what_leaves_it(old: str, new: str) -> None:
    assert not changed(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{sof} {options}", "--quiet {sof} {options}"), ("TOY_RAW", "OTHER_RAW"),
        ("max: 8", "max: 9"),
        ("role: dark", "role: flat"), ("cube.fits", "cubes.fits"), ("TOY_CUBE", "TOY_MAP"),
        ("kind: host", "kind: host, probe: uname"), ("kind: host", "kind: python, lock: r.lock"),
    ],
)  # fmt: skip
def test_what_changes_it(old: str, new: str) -> None:
    assert changed(old, new)


NAMES = st.sampled_from(
    ["toy.py", "lib/fit.py", "table.csv", "README.md", "docs/x.txt", "docs/deep/x.py",
     "tests/data/x.fits", "lib/notes.md", "presets/a.yaml", "recipe.yaml", "lib/tests/x.py"]
)  # fmt: skip
EXCLUDED = re.compile(r"(?:tests|docs|presets)/.*|.*\.md|recipe\.yaml")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(NAMES, st.binary(max_size=4), max_size=5), NAMES, st.binary(max_size=4),
       st.sampled_from([PLAIN, EXECUTABLE]))  # fmt: skip
def test_a_file_changes_it_exactly_when_it_is_covered(
    tree: dict[str, bytes], name: str, data: bytes, mode: str
) -> None:
    manifest = parse(manifest_text(), "x")
    files = [TreeFile(path, PLAIN, content) for path, content in tree.items()]
    others = [one for one in files if one.path != name]
    edited = [*others, TreeFile(name, mode, data)]
    same = (tree.get(name), PLAIN) == (data, mode) or EXCLUDED.fullmatch(name) is not None
    assert (hash_files(manifest, files) == hash_files(manifest, edited)) == same


def test_of_a_folder(tmp_path: Path) -> None:
    folder = write_recipe(tmp_path / "toy")
    manifest = parse(manifest_text(), "x")
    before = code_hash(manifest, folder)
    (folder / "tests").mkdir()
    (folder / "tests" / "test_toy.py").write_text("")
    (folder / "README.md").write_text("")
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "toy.pyc").write_text("")
    assert code_hash(manifest, folder) == before
    (folder / "toy.py").chmod(0o755)
    executable = code_hash(manifest, folder)
    (folder / "toy.py").write_text("print('other')\n")
    assert len({before, executable, code_hash(manifest, folder)}) == 3
    (folder / "out").symlink_to("/etc/passwd")
    with pytest.raises(RegistryError):
        code_hash(manifest, folder)
