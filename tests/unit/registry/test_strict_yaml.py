"""Strict YAML: types, lines, refusals."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cobrex_registry.errors import RegistryError
from cobrex_registry.reading.strict_yaml import load, load_file


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"), ("yes", "yes"), ("on", "on"), ("12:30:00", "12:30:00"),
        ("2020-03-07", "2020-03-07"), ("1_000", "1_000"), ("'1'", "1"), ("1.10", 1.1),
        ("true", True), ("False", False), ("~", None), ("null", None), ("", None),
        ("-3", -3), ("0x1F", 31), ("0o17", 15), ("017", 17), ("1e5", 1e5), ("-.5", -0.5),
        ("-.INF", -math.inf), ("=", "="), ("0b1", "0b1"), ("nan", "nan"),
    ],
)  # fmt: skip
def test_only_core_types_are_recognised(text: str, value: object) -> None:
    read = load(f"key: {text}", "x.yaml")["key"]
    assert read == value
    assert type(read) is type(value)


def test_mappings_know_the_lines_of_their_keys() -> None:
    document = load("a: 1\nb:\n  - x: 1\n    y: 2\n", "x.yaml")
    assert document.line_of("b") == 2
    assert document["b"][0].line_of("y") == 4
    assert document["b"][0].line_of("absent") == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb:\n  c: 1\n  c: 2\n", "x.yaml:4:3: duplicate key 'c', first on line 3"),
        ("true: 1\nTrue: 2\n", "x.yaml:2:1: duplicate key True"),
        ("a: b: c", "x.yaml:1:5: mapping values are not allowed"),
        ("a: 'open", "x.yaml:1:9: "),
        ("!!python/object/apply:os.system ['touch x']", "x.yaml:1:1: tag "),
        ("a: !!binary aGk=", "x.yaml:1:4: tag "),
        ("a: !!int seven", "x.yaml:1:4: 'seven'"),
        ("? [1, 2]\n: 3", "x.yaml:1:3: a key must be a plain word"),
        ("<<: {a: 1}", "merge keys are not supported"),
        ("a: *nowhere", "x.yaml:1:4: found undefined alias"),
        ("--- 1\n--- 2\n", "x.yaml:2:1: expected a single document"),
        ("a: &x\n  b: *x\n", "aliases expand without end"),
        ("[" * 5000, "nested deeper than 64"),
        ("{a: " * 5000, "nested deeper than 64"),
        ("- " * 5000 + "a", "nested deeper than 64"),
        ("a: " + "9" * 5000, "x.yaml:1:4: "),
        ("a: \x00", "x.yaml: not YAML"),
        ("a: \ud800", "x.yaml: not YAML"),
    ],
)
def test_refusals_name_the_place(text: str, message: str) -> None:
    with pytest.raises(RegistryError) as caught:
        load(text, "x.yaml")
    assert message in caught.value.message
    assert caught.value.kind == "yaml"
    assert caught.value.hint


def test_alias_bomb_is_refused() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [f"{n}: &{n} [{', '.join(['*' + p] * 9)}]" for p, n in zip("abcdefgh", "bcdefghi",
                                                                        strict=True)]  # fmt: skip
    with pytest.raises(RegistryError, match="aliases expand"):
        load("\n".join(lines), "x.yaml")


def test_modest_aliases_are_read() -> None:
    assert load("a: &x [1, 2]\nb: *x\n", "x.yaml") == {"a": [1, 2], "b": [1, 2]}


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for path, data in ((tmp_path / "none.yaml", None), (tmp_path / "latin.yaml", b"a: \xe9")):
        if data is not None:
            path.write_bytes(data)
        with pytest.raises(RegistryError) as caught:
            load_file(path)
        assert str(path) in caught.value.message
        assert caught.value.kind == "yaml"
    with pytest.raises(RegistryError):
        load_file(tmp_path)
    (tmp_path / "bom.yaml").write_bytes(b"\xef\xbb\xbfa: 1")
    assert load_file(tmp_path / "bom.yaml") == {"a": 1}


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        load(text, "x.yaml")
    except RegistryError as error:
        assert error.message.startswith("x.yaml")
