"""What events add up to, and where a channel goes back to."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cobrex_registry.errors import RegistryError
from cobrex_registry.semver import Spec
from cobrex_registry.standing.channels import Promotion, Step, channel_ref
from cobrex_registry.standing.channels import parse as parse_promotion
from cobrex_registry.standing.status import ACTIONS, Event, Standing, fold, parse, standing_of

SAID = {
    "schema": "status/1", "action": "yank", "version": "1.0.0", "reason": "wrong sign",
    "replacement": "toy@^2", "by": "ada", "at": "2026-01-01T00:00:00Z",
}  # fmt: skip


def message(**changes: object) -> str:
    return "title\n\n" + json.dumps({**SAID, **changes})


def test_an_event_is_read_back() -> None:
    event = parse(message())
    assert event == Event("yank", "1.0.0", "wrong sign", "toy@^2", "ada", "2026-01-01T00:00:00Z")


@pytest.mark.parametrize(
    "text",
    [
        "", "no blank line", "title\n\nnot json", "title\n\n[]", "title\n\n" + "[" * 100_000,
        message(schema="status/2"), message(action="delete"), message(more="x"),
        message(version="../x"), message(version=1), message(reason="x" * 2001),
        message(replacement="--upload-pack=x"), message(by=None),
    ],
    ids=range(13),
)  # fmt: skip
def test_what_is_no_event_is_refused(text: str) -> None:
    with pytest.raises(RegistryError):
        parse(text)


def test_the_last_word_holds_and_the_two_scales_do_not_mix() -> None:
    yank, deprecate = Event("yank", "1.0.0", "a"), Event("deprecate", "1.0.0", "b")
    held = fold([yank, deprecate])
    assert held == {"1.0.0": Standing(yank, deprecate)}
    assert fold([yank, deprecate, Event("unyank", "1.0.0")])["1.0.0"] == Standing(None, deprecate)
    assert fold([yank, Event("undeprecate", "1.0.0")])["1.0.0"] == Standing(yank, None)
    again = Event("yank", "1.0.0", "c")
    assert fold([yank, Event("unyank", "1.0.0"), again])["1.0.0"].yanked == again


@given(st.lists(st.builds(Event, st.sampled_from(ACTIONS), st.sampled_from(["", "1.0.0"]))))
def test_each_scale_of_each_version_is_its_last_event(events: list[Event]) -> None:
    held = fold(events)
    for version in ("", "1.0.0"):
        for done, undone, of in (
            ("yank", "unyank", "yanked"), ("deprecate", "undeprecate", "deprecated"),
        ):  # fmt: skip
            last = [e for e in events if e.version == version and e.action in {done, undone}][-1:]
            expected = last[0] if last and last[0].action == done else None
            assert getattr(held.get(version, Standing()), of) == expected


def test_what_is_said_of_every_version_holds_for_each() -> None:
    whole, one = Event("deprecate", "", "all"), Event("deprecate", "1.0.0", "one")
    held = fold([whole, one])
    assert standing_of(held, "1.0.0").deprecated == one
    assert standing_of(held, "1.1.0").deprecated == whole
    assert standing_of({}, "1.1.0") == Standing()


def stood(*steps: str) -> Promotion:
    """A channel that moved so; ``<`` marks a way back."""
    history = tuple(Step(s.strip("<"), "t", "ada", s.startswith("<")) for s in steps)
    return Promotion("production", "recipe", "main", "toy", "", "", len(steps), history, "")


@pytest.mark.parametrize(
    ("steps", "before"),
    [
        (["1.0.0"], None),
        (["1.0.0", "1.1.0"], "1.0.0"),
        (["1.0.0", "1.1.0", "<1.0.0"], None),
        (["1.0.0", "1.1.0", "1.2.0", "<1.1.0"], "1.0.0"),
        (["1.0.0", "1.1.0", "1.2.0", "<1.1.0", "<1.0.0"], None),
        (["1.0.0", "1.1.0", "<1.0.0", "1.2.0"], "1.0.0"),
        (["1.0.0", "1.1.0", "1.0.0", "1.2.0", "<1.0.0"], "1.1.0"),
        (["<1.0.0"], None),  # the steps before it are forgotten
        (["<1.0.0", "1.1.0"], "1.0.0"),
    ],
)
def test_where_a_rollback_goes(steps: list[str], before: str | None) -> None:
    assert stood(*steps).before == before


@pytest.mark.parametrize(
    "name", ["", "Production", "../x", "a/b", "--x", "a b", "$(id)", "1", "a" * 65, "ä", "a\n"]
)
def test_names_that_no_channel_has(name: str) -> None:
    with pytest.raises(RegistryError) as caught:
        channel_ref(name, "recipe", Spec("main", "toy"))
    assert caught.value.kind == "channel"


HEAD = "object {0}\ntype tag\ntag channels/production/recipe/main/toy\ntagger a <b> 1 +0000\n\n"
PROMOTION = {
    "schema": "promotion/1", "why": "", "length": 1,
    "history": [{"version": "1.0.0", "at": "t", "who": "ada", "rollback": False}],
}  # fmt: skip


def tag(head: str = HEAD, **changes: object) -> bytes:
    return (head.format("a" * 40) + json.dumps({**PROMOTION, **changes}) + "\n").encode()


def test_a_promotion_is_read_with_and_without_signature() -> None:
    ref = "refs/channels/production/recipe/main/toy"
    for signature in (b"", b"-----BEGIN SSH SIGNATURE-----\nxx\n"):
        read = parse_promotion(tag() + signature, ref, "b" * 40)
        assert (read.full_name, read.version, read.target) == ("main/toy", "1.0.0", "a" * 40)


@pytest.mark.parametrize(
    "data",
    [
        b"", tag(schema="promotion/2"), tag(length=0), tag(length=True), tag(history=[]),
        tag(history={}), tag(history=[{"version": "../x", "at": "", "who": "", "rollback": False}]),
        tag(history=[{**PROMOTION["history"][0], "more": 1}]), tag(why=3),
        tag(history=PROMOTION["history"] * 2),  # longer than its length
        tag(HEAD.replace("type tag", "type commit")), tag(HEAD.replace("object {0}\n", "")),
        tag(HEAD.replace("main/toy", "main/Toy")), tag(HEAD.replace("recipe/", "thing/")),
        tag(HEAD.replace("production", "--x")), tag(HEAD.replace("{0}", "--exec=x")),
        (HEAD.format("a" * 40) + "[" * 100_000).encode(), b"\xff\xfe" * 40,
    ],
    ids=range(18),
)  # fmt: skip
def test_what_is_no_promotion_is_refused(data: bytes) -> None:
    with pytest.raises(RegistryError):
        parse_promotion(data, "", "b" * 40)


def test_a_promotion_under_the_ref_of_another_is_refused() -> None:
    with pytest.raises(RegistryError):
        parse_promotion(tag(), "refs/channels/test/recipe/main/toy", "b" * 40)
