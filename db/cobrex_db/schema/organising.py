"""Pins, series, validations, changes of a batch; who belongs to a workspace."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, PrimaryKeyConstraint, Text, UniqueConstraint

from .columns import Identity64, Timestamp, digest, key, name, table

pin = table(
    "pin",
    key("pin"),
    Column("workspace_id", Identity64, ForeignKey("workspace.workspace_id"), nullable=False),
    Column("user_id", Identity64, ForeignKey("user.user_id"), nullable=False),
    Column("association", name(64), nullable=False),
    Column("main", digest(), nullable=False, index=True, comment="hash of the main contents"),
    Column("role", name(64), nullable=False),
    Column("content_id", digest(), nullable=False, comment="what is to be used"),
    Column("why", Text, nullable=False),
    Column("created", Timestamp, nullable=False),
    Column("ended", Timestamp, comment="since when it holds no more"),
    comment="An input a person chose, and why",
)

series = table(
    "series",
    Column("series", digest(), nullable=False),
    Column("stale_since", Timestamp, comment="since when a better input is known"),
    Column("stale_why", Text),
    PrimaryKeyConstraint("series"),
    comment="Processes that answer the same question: whether there is something better to make",
)

validation = table(
    "validation",
    key("validation"),
    Column("attempt_id", Identity64, ForeignKey("attempt.attempt_id"), nullable=False, index=True),
    Column("user_id", Identity64, ForeignKey("user.user_id"), nullable=False),
    Column("accepted", Boolean, nullable=False),
    Column("why", Text, nullable=False),
    Column("created", Timestamp, nullable=False),
    comment="What a person said of the products of an attempt; the latest word holds",
)

batch_change = table(
    "batch_change",
    key("batch_change"),
    Column("round_id", Identity64, ForeignKey("round.round_id"), nullable=False, index=True),
    Column("process_id", Identity64, ForeignKey("process.process_id")),
    Column("what", name(32), nullable=False, comment="stable word: next-best, invalid, held ..."),
    Column("message", Text, nullable=False),
    comment="What a round planned otherwise than the one before, and why",
)

workspace_process = table(
    "workspace_process",
    Column("workspace_id", Identity64, ForeignKey("workspace.workspace_id"), nullable=False),
    Column("process_id", Identity64, ForeignKey("process.process_id"), nullable=False, index=True),
    PrimaryKeyConstraint("workspace_id", "process_id"),
    comment="The processes of a workspace",
)

workspace_member = table(
    "workspace_member",
    Column("workspace_id", Identity64, ForeignKey("workspace.workspace_id"), nullable=False),
    Column("user_id", Identity64, ForeignKey("user.user_id"), nullable=False, index=True),
    Column("role", name(16), nullable=False, comment="reader, member, owner"),
    PrimaryKeyConstraint("workspace_id", "user_id"),
    comment="Who may see a workspace, and who may change it",
)

user_group = table(
    "user_group",
    key("user_group"),
    Column("name", name(64), nullable=False),
    Column("created", Timestamp, nullable=False),
    UniqueConstraint("name"),
    comment="People who share workspaces",
)

user_group_member = table(
    "user_group_member",
    Column("user_group_id", Identity64, ForeignKey("user_group.user_group_id"), nullable=False),
    Column("user_id", Identity64, ForeignKey("user.user_id"), nullable=False, index=True),
    PrimaryKeyConstraint("user_group_id", "user_id"),
    comment="The people of a group",
)

user_group_workspace = table(
    "user_group_workspace",
    Column("user_group_id", Identity64, ForeignKey("user_group.user_group_id"), nullable=False),
    Column(
        "workspace_id",
        Identity64,
        ForeignKey("workspace.workspace_id"),
        nullable=False,
        index=True,
    ),
    Column("role", name(16), nullable=False, comment="reader, member, owner"),
    PrimaryKeyConstraint("user_group_id", "workspace_id"),
    comment="The workspaces of a group",
)

workspace_namespace = table(
    "workspace_namespace",
    Column("workspace_id", Identity64, ForeignKey("workspace.workspace_id"), nullable=False),
    Column("namespace", name(64), nullable=False),
    PrimaryKeyConstraint("workspace_id", "namespace"),
    comment="The registry namespaces a workspace uses; none: all of them",
)
