"""Levels of choices, pins, validations, stale series, members of workspaces."""

from __future__ import annotations

import sqlalchemy as sa

from cobrex_db.migrations.pieces import DIGEST, ID, TIME, column, index, name, table

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add tables and columns; nothing there is changed."""
    column("process", sa.Column("association", name(64), server_default="", nullable=False))
    column("process_input", sa.Column("level", sa.Integer()))
    column("process_input", sa.Column("delta_d", sa.Double()))
    column("process_input", sa.Column("source", name(190)))
    _choices()
    _verdicts()
    _people()


def _choices() -> None:
    table("pin",
        sa.Column("pin_id", ID, autoincrement=True, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("association", name(64), nullable=False),
        sa.Column("main", DIGEST, nullable=False),
        sa.Column("role", name(64), nullable=False),
        sa.Column("content_id", DIGEST, nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.Column("ended", TIME),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.workspace_id"], name="fk_pin_workspace_id"),
        sa.ForeignKeyConstraint(["user_id"], ["user.user_id"], name="fk_pin_user_id"),
        sa.PrimaryKeyConstraint("pin_id", name="pk_pin"))
    index("ix_pin_main", "pin", ["main"])
    table("series",
        sa.Column("series", DIGEST, nullable=False),
        sa.Column("stale_since", TIME),
        sa.Column("stale_why", sa.Text()),
        sa.PrimaryKeyConstraint("series", name="pk_series"))


def _verdicts() -> None:
    table("validation",
        sa.Column("validation_id", ID, autoincrement=True, nullable=False),
        sa.Column("attempt_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.attempt_id"], name="fk_validation_attempt_id"),
        sa.ForeignKeyConstraint(["user_id"], ["user.user_id"], name="fk_validation_user_id"),
        sa.PrimaryKeyConstraint("validation_id", name="pk_validation"))
    index("ix_validation_attempt_id", "validation", ["attempt_id"])
    table("batch_change",
        sa.Column("batch_change_id", ID, autoincrement=True, nullable=False),
        sa.Column("round_id", ID, nullable=False),
        sa.Column("process_id", ID),
        sa.Column("what", name(32), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.round_id"], name="fk_batch_change_round_id"),
        sa.ForeignKeyConstraint(["process_id"], ["process.process_id"], name="fk_batch_change_process_id"),
        sa.PrimaryKeyConstraint("batch_change_id", name="pk_batch_change"))
    index("ix_batch_change_round_id", "batch_change", ["round_id"])


def _people() -> None:
    table("workspace_process",
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("process_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.workspace_id"], name="fk_workspace_process_workspace_id"),
        sa.ForeignKeyConstraint(["process_id"], ["process.process_id"], name="fk_workspace_process_process_id"),
        sa.PrimaryKeyConstraint("workspace_id", "process_id", name="pk_workspace_process"))
    index("ix_workspace_process_process_id", "workspace_process", ["process_id"])
    table("workspace_member",
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("role", name(16), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.workspace_id"], name="fk_workspace_member_workspace_id"),
        sa.ForeignKeyConstraint(["user_id"], ["user.user_id"], name="fk_workspace_member_user_id"),
        sa.PrimaryKeyConstraint("workspace_id", "user_id", name="pk_workspace_member"))
    index("ix_workspace_member_user_id", "workspace_member", ["user_id"])
    table("user_group",
        sa.Column("user_group_id", ID, autoincrement=True, nullable=False),
        sa.Column("name", name(64), nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.PrimaryKeyConstraint("user_group_id", name="pk_user_group"),
        sa.UniqueConstraint("name", name="uq_user_group_name"))
    table("user_group_member",
        sa.Column("user_group_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["user_group_id"], ["user_group.user_group_id"], name="fk_user_group_member_user_group_id"),
        sa.ForeignKeyConstraint(["user_id"], ["user.user_id"], name="fk_user_group_member_user_id"),
        sa.PrimaryKeyConstraint("user_group_id", "user_id", name="pk_user_group_member"))
    index("ix_user_group_member_user_id", "user_group_member", ["user_id"])
    table("user_group_workspace",
        sa.Column("user_group_id", ID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("role", name(16), nullable=False),
        sa.ForeignKeyConstraint(["user_group_id"], ["user_group.user_group_id"], name="fk_user_group_workspace_user_group_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.workspace_id"], name="fk_user_group_workspace_workspace_id"),
        sa.PrimaryKeyConstraint("user_group_id", "workspace_id", name="pk_user_group_workspace"))
    index("ix_user_group_workspace_workspace_id", "user_group_workspace", ["workspace_id"])
    table("workspace_namespace",
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("namespace", name(64), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.workspace_id"], name="fk_workspace_namespace_workspace_id"),
        sa.PrimaryKeyConstraint("workspace_id", "namespace", name="pk_workspace_namespace"))
