"""An association in words, on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cobrex.rules.model import Association


def tell(one: Association) -> None:
    """Print an association in words."""
    from cobrex.cli.output import say
    from cobrex.rules.words import describe

    rows = describe(one)
    width = max(len(head) for head, _ in rows)
    say(f"{one.name}  ({one.rules})", *(f"  {head:<{width}}  {text}" for head, text in rows), "")
