"""What left the store for people: exported attempts."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Text

from .columns import Identity64, Timestamp, key, table

export = table(
    "export",
    key("export"),
    Column("attempt_id", Identity64, ForeignKey("attempt.attempt_id"), nullable=False, index=True),
    Column("user_id", Identity64, ForeignKey("user.user_id"), nullable=False),
    Column("path", Text, nullable=False, comment="folder it was copied to"),
    Column("created", Timestamp, nullable=False),
    comment="An attempt whose products were handed out: its files are kept",
)
