"""What counts: attempts that were done and not taken out of use since, recipes by short name."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_

from . import schema as s

VALID = and_(s.attempt.c.outcome == "done", s.attempt.c.invalidated_at.is_(None))


def is_recipe(name: str) -> Any:
    """Return the condition that a process is of a recipe, named with or without ``main/``."""
    return s.process.c.recipe.in_([name, f"main/{name}"])
