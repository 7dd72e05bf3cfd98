"""The branch of the command tree that is built."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from cobrex.cli.app import app
from cobrex.cli.branch import branch


def leaves(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if not hasattr(command, "commands"):
        yield words
    for word, one in getattr(command, "commands", {}).items():
        yield from leaves(one, (*words, word))


def tree(*words: str) -> Any:
    return typer.main.get_command(branch(app, words))


def test_every_command_is_in_its_branch():
    whole = set(leaves(typer.main.get_command(app)))
    for top in {words[0] for words in whole}:
        of_top = {words for words in whole if words[0] == top}
        assert {words for words in leaves(tree(top, "x")) if words[0] == top} == of_top


def test_other_groups_are_named_with_their_help_and_not_built():
    whole, find = typer.main.get_command(app), tree("find", "--star", "HR100")
    assert list(find.commands) == list(whole.commands)
    assert find.commands["recipe"].commands == {}
    assert find.commands["recipe"].get_short_help_str() == (
        whole.commands["recipe"].get_short_help_str()
    )
    assert len(whole.commands["recipe"].commands) > 20  # the whole tree stays
