"""Long lists of values in pieces: a statement holds only so many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Value = TypeVar("Value")
SIZE = 500


def chunks(values: Iterable[Value], size: int = SIZE) -> Iterator[list[Value]]:
    """Yield values in lists of at most 500, or another number."""
    left = iter(values)
    while chunk := list(islice(left, size)):
        yield chunk
