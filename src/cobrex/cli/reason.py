"""Reasons of inputs, for tables that have columns for level and days."""

from __future__ import annotations

import re

_IN_COLUMNS = re.compile(r"(?:, level \d+)?(?:, [+-]\d+\.\d+ d)?(?=$|, no )")


def bare(why: str) -> str:
    """Return why an input was chosen without its level and days."""
    return _IN_COLUMNS.sub("", why, count=1)
