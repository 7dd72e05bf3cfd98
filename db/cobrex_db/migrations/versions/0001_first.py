"""The first tables."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
_DIGEST = sa.String(43).with_variant(
    mysql.CHAR(43, charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
)


def _name(length: int) -> Any:
    return sa.String(length).with_variant(
        mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin"), "mysql", "mariadb"
    )


def _table(name: str, *columns: Any) -> None:
    # on MariaDB a migration that was killed leaves some tables
    if not sa.inspect(op.get_bind()).has_table(name):
        op.create_table(name, *columns, mysql_charset="utf8mb4", mysql_collate="utf8mb4_bin",
                        mysql_engine="InnoDB")


def _index(name: str, table: str, columns: list[str]) -> None:
    if name not in {i["name"] for i in sa.inspect(op.get_bind()).get_indexes(table)}:
        op.create_index(name, table, columns)


def _first_rows() -> None:
    bind = op.get_bind()
    workspace = sa.table("workspace", sa.column("name"), sa.column("created", sa.DateTime()))
    frame_type = sa.table("frame_type", sa.column("name"), sa.column("description"))
    if bind.execute(sa.select(workspace.c.name)).first() is None:
        now = datetime.now(UTC).replace(tzinfo=None)
        bind.execute(sa.insert(workspace).values(name="public", created=now))
    if bind.execute(sa.select(frame_type.c.name)).first() is None:
        bind.execute(sa.insert(frame_type).values(
            name="UNCLASSIFIED", description="a frame that fits no frame type"))


def upgrade() -> None:
    """Make the tables and their first rows."""
    _table("frame_type",
        sa.Column("frame_type_id", _ID, autoincrement=True, nullable=False),
        sa.Column("name", _name(64), nullable=False),
        sa.Column("description", _name(400), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("frame_type_id", name="pk_frame_type"),
        sa.UniqueConstraint("name", name="uq_frame_type_name"),

    )
    _table("name_lookup",
        sa.Column("service", _name(32), nullable=False),
        sa.Column("name_key", _name(190), nullable=False),
        sa.Column("answer", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("asked", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("service", "name_key", name="pk_name_lookup"),

    )
    _table("observation",
        sa.Column("observation_id", _ID, autoincrement=True, nullable=False),
        sa.Column("identity", _DIGEST, nullable=False),
        sa.Column("instrument", _name(32)),
        sa.Column("arm", _name(32)),
        sa.Column("programme", _name(64)),
        sa.Column("ob_id", sa.BigInteger()),
        sa.Column("ob_name", _name(190)),
        sa.Column("template_id", _name(64)),
        sa.Column("template_start", _TIME),
        sa.Column("night", sa.Date()),
        sa.PrimaryKeyConstraint("observation_id", name="pk_observation"),
        sa.UniqueConstraint("identity", name="uq_observation_identity"),

    )
    _index("ix_observation_night", "observation", ["night"])
    _index("ix_observation_ob_id", "observation", ["ob_id"])
    _index("ix_observation_programme", "observation", ["programme"])
    _table("root",
        sa.Column("root_id", _ID, autoincrement=True, nullable=False),
        sa.Column("name", _name(190), nullable=False),
        sa.PrimaryKeyConstraint("root_id", name="pk_root"),
        sa.UniqueConstraint("name", name="uq_root_name"),

    )
    _table("star",
        sa.Column("star_id", _ID, autoincrement=True, nullable=False),
        sa.Column("identifier", _name(190), nullable=False),
        sa.Column("ra_deg", sa.Double()),
        sa.Column("dec_deg", sa.Double()),
        sa.Column("pm_ra_masyr", sa.Double()),
        sa.Column("pm_dec_masyr", sa.Double()),
        sa.Column("parallax_mas", sa.Double()),
        sa.Column("magnitude_v", sa.Double()),
        sa.Column("source", _name(64), nullable=False),
        sa.PrimaryKeyConstraint("star_id", name="pk_star"),
        sa.UniqueConstraint("identifier", name="uq_star_identifier"),

    )
    _index("ix_star_dec_deg", "star", ["dec_deg"])
    _table("user",
        sa.Column("user_id", _ID, autoincrement=True, nullable=False),
        sa.Column("name", _name(64), nullable=False),
        sa.Column("full_name", _name(190), server_default="", nullable=False),
        sa.Column("created", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_user"),
        sa.UniqueConstraint("name", name="uq_user_name"),

    )
    _table("workspace",
        sa.Column("workspace_id", _ID, autoincrement=True, nullable=False),
        sa.Column("name", _name(64), nullable=False),
        sa.Column("created", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", name="pk_workspace"),
        sa.UniqueConstraint("name", name="uq_workspace_name"),

    )
    _table("alias",
        sa.Column("alias_id", _ID, autoincrement=True, nullable=False),
        sa.Column("star_id", _ID, nullable=False),
        sa.Column("name", _name(190), nullable=False),
        sa.Column("name_key", _name(190), nullable=False),
        sa.Column("source", _name(64), nullable=False),
        sa.ForeignKeyConstraint(["star_id"], ["star.star_id"], name="fk_alias_star_id"),
        sa.PrimaryKeyConstraint("alias_id", name="pk_alias"),
        sa.UniqueConstraint("name_key", "star_id", name="uq_alias_name_key_star_id"),

    )
    _index("ix_alias_name_key", "alias", ["name_key"])
    _index("ix_alias_star_id", "alias", ["star_id"])
    _table("batch",
        sa.Column("batch_id", _ID, autoincrement=True, nullable=False),
        sa.Column("name", _name(190), nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("workspace_id", _ID, nullable=False),
        sa.Column("request", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("folder", _name(760), nullable=False),
        sa.Column("state", _name(16), nullable=False),
        sa.Column("started", _TIME, nullable=False),
        sa.Column("ended", _TIME),
        sa.ForeignKeyConstraint(["user_id"], ["user.user_id"], name="fk_batch_user_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.workspace_id"], name="fk_batch_workspace_id"),
        sa.PrimaryKeyConstraint("batch_id", name="pk_batch"),
        sa.UniqueConstraint("name", name="uq_batch_name"),

    )
    _table("import",
        sa.Column("import_id", _ID, autoincrement=True, nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("workspace_id", _ID, nullable=False),
        sa.Column("started", _TIME, nullable=False),
        sa.Column("ended", _TIME),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.user_id"], name="fk_import_user_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.workspace_id"], name="fk_import_workspace_id"),
        sa.PrimaryKeyConstraint("import_id", name="pk_import"),

    )
    _table("process",
        sa.Column("process_id", _ID, autoincrement=True, nullable=False),
        sa.Column("key", _DIGEST, nullable=False),
        sa.Column("recipe", _name(190), nullable=False),
        sa.Column("version", _name(64), nullable=False),
        sa.Column("code_hash", _DIGEST, nullable=False),
        sa.Column("environment_digest", _DIGEST, nullable=False),
        sa.Column("parameters", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("series", _DIGEST, nullable=False),
        sa.Column("star_id", _ID),
        sa.Column("night", sa.Date()),
        sa.Column("preset", _name(190), server_default="", nullable=False),
        sa.Column("state", _name(16), nullable=False),
        sa.Column("verdict", _name(8)),
        sa.Column("claimed_by", _name(64)),
        sa.Column("heartbeat", _TIME),
        sa.Column("created", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["star_id"], ["star.star_id"], name="fk_process_star_id"),
        sa.PrimaryKeyConstraint("process_id", name="pk_process"),
        sa.UniqueConstraint("key", name="uq_process_key"),

    )
    _index("ix_process_night", "process", ["night"])
    _index("ix_process_recipe_state", "process", ["recipe", "state"])
    _index("ix_process_series", "process", ["series"])
    _index("ix_process_star_id", "process", ["star_id"])
    _table("root_path",
        sa.Column("root_id", _ID, nullable=False),
        sa.Column("host", _name(64), nullable=False),
        sa.Column("path", _name(760), nullable=False),
        sa.ForeignKeyConstraint(["root_id"], ["root.root_id"], name="fk_root_path_root_id"),
        sa.PrimaryKeyConstraint("root_id", "host", name="pk_root_path"),

    )
    _table("attempt",
        sa.Column("attempt_id", _ID, autoincrement=True, nullable=False),
        sa.Column("uuid", _name(36), nullable=False),
        sa.Column("process_id", _ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("batch_id", _ID),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("folder", _name(760), nullable=False),
        sa.Column("outcome", _name(16), nullable=False),
        sa.Column("reason", _name(64), server_default="", nullable=False),
        sa.Column("message", sa.Text()),
        sa.Column("exit_code", sa.Integer()),
        sa.Column("host", _name(190)),
        sa.Column("started", _TIME),
        sa.Column("ended", _TIME),
        sa.Column("cpu_s", sa.Double()),
        sa.Column("memory_bytes", sa.BigInteger()),
        sa.Column("ranges_hash", _DIGEST),
        sa.Column("invalidated_at", _TIME),
        sa.Column("record", sa.JSON(none_as_null=True), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name="fk_attempt_batch_id"),
        sa.ForeignKeyConstraint(["process_id"], ["process.process_id"], name="fk_attempt_process_id"),
        sa.ForeignKeyConstraint(["user_id"], ["user.user_id"], name="fk_attempt_user_id"),
        sa.PrimaryKeyConstraint("attempt_id", name="pk_attempt"),
        sa.UniqueConstraint("process_id", "number", name="uq_attempt_process_id_number"),
        sa.UniqueConstraint("uuid", name="uq_attempt_uuid"),

    )
    _index("ix_attempt_batch_id", "attempt", ["batch_id"])
    _table("process_input",
        sa.Column("process_id", _ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("role", _name(64), nullable=False),
        sa.Column("frame_type", _name(64), nullable=False),
        sa.Column("content_id", _DIGEST, nullable=False),
        sa.Column("why", sa.Text()),
        sa.ForeignKeyConstraint(["process_id"], ["process.process_id"], name="fk_process_input_process_id"),
        sa.PrimaryKeyConstraint("process_id", "position", name="pk_process_input"),

    )
    _index("ix_process_input_content_id", "process_input", ["content_id"])
    _table("reject",
        sa.Column("reject_id", _ID, autoincrement=True, nullable=False),
        sa.Column("import_id", _ID, nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("kind", _name(64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("seen", _TIME, nullable=False),
        sa.Column("resolved", sa.Boolean(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["import.import_id"], name="fk_reject_import_id"),
        sa.PrimaryKeyConstraint("reject_id", name="pk_reject"),

    )
    _index("ix_reject_import_id", "reject", ["import_id"])
    _table("round",
        sa.Column("round_id", _ID, autoincrement=True, nullable=False),
        sa.Column("batch_id", _ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("plan", _name(760), nullable=False),
        sa.Column("started", _TIME, nullable=False),
        sa.Column("ended", _TIME),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name="fk_round_batch_id"),
        sa.PrimaryKeyConstraint("round_id", name="pk_round"),
        sa.UniqueConstraint("batch_id", "number", name="uq_round_batch_id_number"),

    )
    _table("batch_process",
        sa.Column("round_id", _ID, nullable=False),
        sa.Column("process_id", _ID, nullable=False),
        sa.Column("state", _name(16), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["process_id"], ["process.process_id"], name="fk_batch_process_process_id"),
        sa.ForeignKeyConstraint(["round_id"], ["round.round_id"], name="fk_batch_process_round_id"),
        sa.PrimaryKeyConstraint("round_id", "process_id", name="pk_batch_process"),

    )
    _index("ix_batch_process_process_id", "batch_process", ["process_id"])
    _table("frame",
        sa.Column("frame_id", _ID, autoincrement=True, nullable=False),
        sa.Column("kind", _name(8), nullable=False),
        sa.Column("frame_type_id", _ID, nullable=False),
        sa.Column("classification", _name(80), nullable=False),
        sa.Column("content_id", _DIGEST),
        sa.Column("header_id", _DIGEST),
        sa.Column("state", _name(16), server_default="present", nullable=False),
        sa.Column("replaced_by_id", _ID),
        sa.Column("invalidated_at", _TIME),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("observation_id", _ID),
        sa.Column("instrument", _name(32)),
        sa.Column("arm", _name(32)),
        sa.Column("object", _name(190)),
        sa.Column("target", _name(190)),
        sa.Column("archive_name", _name(190)),
        sa.Column("date_obs", _TIME),
        sa.Column("mjd_obs", sa.Double()),
        sa.Column("night", sa.Date()),
        sa.Column("ra_deg", sa.Double()),
        sa.Column("dec_deg", sa.Double()),
        sa.Column("filter", _name(64)),
        sa.Column("coronagraph", _name(64)),
        sa.Column("neutral_density", _name(64)),
        sa.Column("dit_s", sa.Double()),
        sa.Column("ndit", sa.Integer()),
        sa.Column("exposure_s", sa.Double()),
        sa.Column("seeing_arcsec", sa.Double()),
        sa.Column("coherence_time_s", sa.Double()),
        sa.Column("airmass_start", sa.Double()),
        sa.Column("airmass_end", sa.Double()),
        sa.Column("parallactic_start_deg", sa.Double()),
        sa.Column("parallactic_end_deg", sa.Double()),
        sa.Column("release_date", sa.Date()),
        sa.Column("instrument_columns", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("supplied", sa.JSON(none_as_null=True)),
        sa.Column("process_id", _ID),
        sa.Column("attempt_id", _ID),
        sa.Column("product_role", _name(64)),
        sa.Column("product_n", sa.Integer()),
        sa.Column("created", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.attempt_id"], name="fk_frame_attempt_id"),
        sa.ForeignKeyConstraint(["frame_type_id"], ["frame_type.frame_type_id"], name="fk_frame_frame_type_id"),
        sa.ForeignKeyConstraint(["observation_id"], ["observation.observation_id"], name="fk_frame_observation_id"),
        sa.ForeignKeyConstraint(["process_id"], ["process.process_id"], name="fk_frame_process_id"),
        sa.ForeignKeyConstraint(["replaced_by_id"], ["frame.frame_id"], name="fk_frame_replaced_by_id"),
        sa.ForeignKeyConstraint(["user_id"], ["user.user_id"], name="fk_frame_user_id"),
        sa.PrimaryKeyConstraint("frame_id", name="pk_frame"),

    )
    _index("ix_frame_archive_name", "frame", ["archive_name"])
    _index("ix_frame_attempt_id", "frame", ["attempt_id"])
    _index("ix_frame_content_id", "frame", ["content_id"])
    _index("ix_frame_header_id", "frame", ["header_id"])
    _index("ix_frame_night", "frame", ["night"])
    _index("ix_frame_observation_id", "frame", ["observation_id"])
    _index("ix_frame_process_id", "frame", ["process_id"])
    _index("ix_frame_type_night", "frame", ["frame_type_id", "night"])
    _index("ix_frame_user_id", "frame", ["user_id"])
    _table("metric",
        sa.Column("metric_id", _ID, autoincrement=True, nullable=False),
        sa.Column("attempt_id", _ID, nullable=False),
        sa.Column("product_role", _name(64)),
        sa.Column("name", _name(64), nullable=False),
        sa.Column("value", sa.Double()),
        sa.Column("unit", _name(32), server_default="", nullable=False),
        sa.Column("low", sa.Double()),
        sa.Column("high", sa.Double()),
        sa.Column("verdict", _name(8), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.attempt_id"], name="fk_metric_attempt_id"),
        sa.PrimaryKeyConstraint("metric_id", name="pk_metric"),

    )
    _index("ix_metric_attempt_id", "metric", ["attempt_id"])
    _index("ix_metric_name_value", "metric", ["name", "value"])
    _table("plan_gap",
        sa.Column("plan_gap_id", _ID, autoincrement=True, nullable=False),
        sa.Column("round_id", _ID, nullable=False),
        sa.Column("recipe", _name(190), nullable=False),
        sa.Column("main", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.round_id"], name="fk_plan_gap_round_id"),
        sa.PrimaryKeyConstraint("plan_gap_id", name="pk_plan_gap"),

    )
    _index("ix_plan_gap_round_id", "plan_gap", ["round_id"])
    _table("file",
        sa.Column("file_id", _ID, autoincrement=True, nullable=False),
        sa.Column("root_id", _ID, nullable=False),
        sa.Column("path", _name(760), nullable=False),
        sa.Column("frame_id", _ID, nullable=False),
        sa.Column("compression", _name(4), server_default="", nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("mtime_ns", sa.BigInteger(), nullable=False),
        sa.Column("ctime_ns", sa.BigInteger(), nullable=False),
        sa.Column("device", sa.BigInteger(), nullable=False),
        sa.Column("inode", sa.BigInteger(), nullable=False),
        sa.Column("seen_ns", sa.BigInteger(), nullable=False),
        sa.Column("state", _name(16), server_default="present", nullable=False),
        sa.ForeignKeyConstraint(["frame_id"], ["frame.frame_id"], name="fk_file_frame_id"),
        sa.ForeignKeyConstraint(["root_id"], ["root.root_id"], name="fk_file_root_id"),
        sa.PrimaryKeyConstraint("file_id", name="pk_file"),
        sa.UniqueConstraint("root_id", "path", name="uq_file_root_id_path"),

    )
    _index("ix_file_frame_id", "file", ["frame_id"])
    _table("frame_star",
        sa.Column("frame_id", _ID, nullable=False),
        sa.Column("star_id", _ID, nullable=False),
        sa.Column("method", _name(16), nullable=False),
        sa.Column("separation_arcsec", sa.Double()),
        sa.Column("chosen", sa.Boolean(), nullable=False),
        sa.Column("frame_type_id", _ID, server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["frame_id"], ["frame.frame_id"], name="fk_frame_star_frame_id"),
        sa.ForeignKeyConstraint(["star_id"], ["star.star_id"], name="fk_frame_star_star_id"),
        sa.PrimaryKeyConstraint("frame_id", "star_id", "method", name="pk_frame_star"),

    )
    _index("ix_frame_star_star_id", "frame_star", ["star_id", "frame_type_id", "chosen", "frame_id"])
    _table("import_frame",
        sa.Column("import_id", _ID, nullable=False),
        sa.Column("frame_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(["frame_id"], ["frame.frame_id"], name="fk_import_frame_frame_id"),
        sa.ForeignKeyConstraint(["import_id"], ["import.import_id"], name="fk_import_frame_import_id"),
        sa.PrimaryKeyConstraint("import_id", "frame_id", name="pk_import_frame"),

    )
    _index("ix_import_frame_frame_id", "import_frame", ["frame_id"])
    _table("workspace_frame",
        sa.Column("workspace_id", _ID, nullable=False),
        sa.Column("frame_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(["frame_id"], ["frame.frame_id"], name="fk_workspace_frame_frame_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.workspace_id"], name="fk_workspace_frame_workspace_id"),
        sa.PrimaryKeyConstraint("workspace_id", "frame_id", name="pk_workspace_frame"),

    )
    _index("ix_workspace_frame_frame_id", "workspace_frame", ["frame_id"])
    _first_rows()
