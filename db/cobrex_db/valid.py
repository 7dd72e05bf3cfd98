"""What counts: attempts done and still in use, processes that did not fail, short names."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, or_

from . import schema as s

VALID = and_(s.attempt.c.outcome == "done", s.attempt.c.invalidated_at.is_(None))
NOT_FAILED = or_(s.process.c.verdict.is_(None), s.process.c.verdict != "fail")


def is_recipe(name: str) -> Any:
    """Return the condition that a process is of a recipe, named with or without ``main/``."""
    return s.process.c.recipe.in_([name, f"main/{name}"])
