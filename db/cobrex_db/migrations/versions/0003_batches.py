"""How batches are driven, what their processes wait for, quotas, exports."""

from __future__ import annotations

import sqlalchemy as sa

from cobrex_db.migrations.pieces import DIGEST, ID, TIME, column, index, name, table

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add tables and columns; nothing there is changed."""
    column("batch", sa.Column("profile", name(190)))
    column("batch", sa.Column("host", name(190)))
    column("batch", sa.Column("heartbeat", TIME))
    column("batch", sa.Column("forecast", sa.JSON()))
    column("batch_process", sa.Column("cause", name(32)))
    column("batch_process", sa.Column("blocked_by", DIGEST))
    column("batch_process", sa.Column("since", TIME))
    column("batch_process", sa.Column("host", name(190)))
    column("batch_process", sa.Column("job", name(64)))
    column("attempt", sa.Column("size_bytes", sa.BigInteger()))
    column("attempt", sa.Column("removed_at", TIME))
    column("workspace", sa.Column("quota_bytes", sa.BigInteger()))
    table(
        "export",
        sa.Column("export_id", ID, autoincrement=True, nullable=False),
        sa.Column("attempt_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.attempt_id"], name="fk_export_attempt_id"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.user_id"], name="fk_export_user_id"),
        sa.PrimaryKeyConstraint("export_id", name="pk_export"),
    )
    index("ix_export_attempt_id", "export", ["attempt_id"])
