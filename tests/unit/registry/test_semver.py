"""Versions, ranges, spellings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cobrex_registry.errors import RegistryError
from cobrex_registry.semver import Range, Semver, Spec

SMALL = st.integers(0, 4)
PRE = st.sampled_from(["", "", "alpha", "alpha.1", "alpha.beta", "beta.2", "beta.11", "rc.1", "7"])
VERSIONS = st.builds(Semver, SMALL, SMALL, SMALL, PRE)


def test_precedence_is_that_of_the_specification() -> None:
    written = ("1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 "
               "1.0.0-rc.1 1.0.0 1.2.0 1.10.0 2.0.0")  # fmt: skip
    parsed = [Semver.parse(text) for text in written.split()]
    parsed.reverse()
    assert sorted(parsed) == parsed[::-1]
    assert " ".join(map(str, parsed[::-1])) == written


@pytest.mark.parametrize(
    "text",
    ["1.2", "v1.2.3", "01.2.3", "1.2.3-01", "1.2.3+build", "1.2.3-", "1.2.3-a..b", "", "1.2.3\n",
     "1.2.3-x.lock", "1.2.3-a/b", "-1.2.3", "1.2.3 ", "９.0.0", "1.2.9999999999",
     "1.0.0-" + "a" * 99,
     "../1.0.0", "1.0.0-$(id)"],
)  # fmt: skip
def test_what_is_no_version(text: str) -> None:
    with pytest.raises(RegistryError) as caught:
        Semver.parse(text)
    assert caught.value.kind == "version"


@pytest.mark.parametrize(
    ("wanted", "inside", "outside"),
    [
        ("", "0.0.1 1.0.0", "1.0.0-rc.1"),
        ("*", "9.9.9", "9.9.9-a"),
        ("1.2.0", "1.2.0", "1.2.1 1.2.0-rc"),
        ("1.2", "1.2.0 1.2.9", "1.3.0 1.1.9"),
        ("1", "1.0.0 1.9.9", "2.0.0 2.0.0-rc"),
        ("^1.2", "1.2.0 1.9.0", "1.1.9 2.0.0 1.3.0-rc.1"),
        ("^0.2.3", "0.2.3 0.2.9", "0.3.0 0.2.2"),
        ("^0.0.3", "0.0.3", "0.0.4"),
        ("^0", "0.0.0 0.9.9", "1.0.0"),
        ("~1.2.3", "1.2.3 1.2.9", "1.3.0 1.2.2"),
        ("~1", "1.9.0", "2.0.0"),
        (">=1,<2", "1.0.0 1.9.9", "0.9.9 2.0.0 2.0.0-rc"),
        (">1.2", "1.3.0", "1.2.9"),
        ("<=1.2", "1.2.9", "1.3.0"),
        (">1.2.0", "1.2.1", "1.2.0"),
        ("<=1.2.0", "1.2.0", "1.2.1"),
        ("=1.0.0-rc", "1.0.0-rc", "1.0.0-rc.1 1.0.0"),
        (">=1.0.0-rc", "1.0.0-rc 1.0.0-rc.2 1.0.0 1.0.1", "1.0.1-rc 1.0.0-beta"),
    ],
)
def test_ranges(wanted: str, inside: str, outside: str) -> None:
    versions = Range.parse(wanted)
    assert [v for v in inside.split() if Semver.parse(v) not in versions] == []
    assert [v for v in outside.split() if Semver.parse(v) in versions] == []


@given(VERSIONS, VERSIONS)
def test_bounds_agree_with_the_order(one: Semver, other: Semver) -> None:
    assert one in Range.parse(str(one))
    if not one.pre:
        assert (one in Range.parse(f">={other}")) == (one >= other)
        assert (one in Range.parse(f"<{other}")) == (one < other)
        assert (one in Range.parse(f">{other}")) == (one > other)
        assert (one in Range.parse(f"<={other}")) == (one <= other)
        caret = Range.parse(f"^{other}")
        assert not (one in caret and one < other)
        assert not (one in caret and one.major != other.major)


@given(VERSIONS)
def test_versions_survive_writing(version: Semver) -> None:
    assert Semver.parse(str(version)) == version


@given(VERSIONS, VERSIONS)
def test_equal_precedence_means_equal(one: Semver, other: Semver) -> None:
    assert (one == other) == (not one < other and not other < one)


def test_spellings() -> None:
    assert str(Spec.parse("ifs")) == "ifs"
    assert Spec.parse("ifs").full_name == "main/ifs"
    assert str(Spec.parse("julia/ifs@^1.2")) == "julia/ifs@^1.2"
    assert Semver.parse("1.5.0") in Spec.parse("ifs@>=1,<2").range


@pytest.mark.parametrize(
    "text",
    ["", "@1", "ifs@", "a/b/c", "/ifs", "ifs/", "../x", "Ifs", "1fs", "--upload-pack=touch x",
     "ext::sh -c id", "$(id)", "ifs;id", "ifs@$(id)", "ifs@1.2.3.4", "ifs@1||2", "ifs\n",
     "ifs#", "ifs#X", "ifs#a#b", "ifs@1#x", "#x", "ifs#../x",
     "ifs@latest", "i" * 500, "ifs@" + "1" * 5000],
)  # fmt: skip
def test_hostile_spellings_are_refused(text: str) -> None:
    with pytest.raises(RegistryError) as caught:
        Spec.parse(text)
    assert caught.value.kind in {"name", "version"}
    assert caught.value.hint
