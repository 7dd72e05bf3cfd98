"""Times as plain text and back: UTC without a zone, as the catalogue stores them."""

from __future__ import annotations

from datetime import datetime


def as_text(moment: datetime | None) -> str | None:
    """Return a time as ISO 8601; None stays None."""
    return moment.isoformat() if moment else None


def as_moment(text: str | None) -> datetime | None:
    """Return a time that `as_text` wrote; None stays None."""
    return datetime.fromisoformat(text) if text else None
