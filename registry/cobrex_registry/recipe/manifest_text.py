"""A manifest as text: what an import writes, for people to read and change."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

_BARE = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?: [A-Za-z0-9_]+)*")
_RESERVED = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})


def text(value: Any) -> str:
    """Return a value as YAML in one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{text(key)}: {text(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(text(one) for one in value) + "]"
    if isinstance(value, str) and _BARE.fullmatch(value) and value.lower() not in _RESERVED:
        return value
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def listed(key: str, items: Sequence[tuple[Mapping[str, Any], str]]) -> str:
    """Return a list of mappings, one a line, each with its comment."""
    if not items:
        return ""
    lines = [f"  - {text(one)}{f'  # {said}' if said else ''}" for one, said in items]
    return "\n".join([f"{key}:", *lines, ""])
