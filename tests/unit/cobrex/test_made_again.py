"""Which processes of a plan are made: forced, lost, cleaned away, and what follows from each."""

from __future__ import annotations

from pathlib import Path

import pytest
from toy_plan import made, process, raw, recipe

from cobrex.batch.prepare import _wanted
from cobrex.plan.model import Plan


@pytest.fixture
def chain(tmp_path: Path) -> tuple[Plan, dict[str, str]]:
    """A dark, a flat made with it, a cube made with the flat, and a second cube."""
    use = recipe(tmp_path)
    dark = process(use, [raw(tmp_path / "d.fits", "d" * 43)])
    flat = process(use, [made(dark)], 1)
    cube = process(use, [made(flat)], 2)
    other = process(use, [raw(tmp_path / "o.fits", "o" * 43), made(flat)], 2)
    found = {"dark": dark, "flat": flat, "cube": cube, "other": other}
    return Plan(list(found.values())), {name: one.key for name, one in found.items()}


@pytest.mark.parametrize(
    ("asked", "made_there", "valid", "wanted"),
    [
        # all is there
        ("cube", "dark flat cube", "dark flat cube", ""),
        # the flat was cleaned away: the cube stands without it
        ("cube", "dark cube", "dark cube", ""),
        # another cube needs it again: the first one stays as it is
        ("cube other", "dark cube", "dark cube", "flat other"),
        # its files were lost: a new attempt takes the place of a valid one
        ("cube other", "dark cube", "dark flat cube", "flat other cube"),
        # the dark is forced: what was made from it by way of the cleaned flat is made anew
        ("dark cube", "cube", "dark cube", "dark flat cube"),
        # both were cleaned away
        ("cube other", "cube", "cube", "dark flat other"),
    ],
)
def test_what_is_made(
    chain: tuple[Plan, dict[str, str]], asked: str, made_there: str, valid: str, wanted: str
) -> None:
    plan, keys = chain
    given = [{keys[name] for name in words.split()} for words in (asked, made_there, valid, wanted)]
    assert _wanted(plan, *given[:3]) == given[3]
