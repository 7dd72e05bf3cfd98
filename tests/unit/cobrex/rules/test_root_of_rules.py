"""The rule whose catalogued frames a request is for: found, or refused when there is none."""

from __future__ import annotations

import pytest

from cobrex.batch.rules import root
from cobrex.errors import PlanError
from cobrex.rules.model import Association, MainRule


def rule(name: str, origin: str = "") -> Association:
    return Association(name, name, "", MainRule(("RAW",), origin=origin, output="out"))


def test_the_root_of_a_chain() -> None:
    rules = {"a": rule("a", "b"), "b": rule("b", "c"), "c": rule("c")}
    assert root(rules["a"], rules).name == "c"


@pytest.mark.parametrize("last", ["a", "b", "c"])
def test_a_circle_is_refused_by_its_names(last: str) -> None:
    rules = {"a": rule("a", "b"), "b": rule("b", "c"), "c": rule("c", last)}
    with pytest.raises(PlanError, match=f"a <- b <- c <- {last}"):
        root(rules["a"], rules)
