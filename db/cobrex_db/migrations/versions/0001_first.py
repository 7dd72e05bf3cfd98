"""The first tables."""

from __future__ import annotations

from datetime import UTC, datetime
import sqlalchemy as sa
from alembic import op

from cobrex_db.migrations.pieces import DIGEST, ID, TIME, index, name, table

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


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
    table("frame_type",
        sa.Column("frame_type_id", ID, autoincrement=True, nullable=False),
        sa.Column("name", name(64), nullable=False),
        sa.Column("description", name(400), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("frame_type_id", name="pk_frame_type"),
        sa.UniqueConstraint("name", name="uq_frame_type_name"))
    table("name_lookup",
        sa.Column("service", name(32), nullable=False),
        sa.Column("name_key", name(190), nullable=False),
        sa.Column("answer", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("asked", TIME, nullable=False),
        sa.PrimaryKeyConstraint("service", "name_key", name="pk_name_lookup"))
    table("observation",
        sa.Column("observation_id", ID, autoincrement=True, nullable=False),
        sa.Column("identity", DIGEST, nullable=False),
        sa.Column("instrument", name(32)),
        sa.Column("arm", name(32)),
        sa.Column("programme", name(64)),
        sa.Column("ob_id", sa.BigInteger()),
        sa.Column("ob_name", name(190)),
        sa.Column("template_id", name(64)),
        sa.Column("template_start", TIME),
        sa.Column("night", sa.Date()),
        sa.PrimaryKeyConstraint("observation_id", name="pk_observation"),
        sa.UniqueConstraint("identity", name="uq_observation_identity"))
    index("ix_observation_night", "observation", ["night"])
    index("ix_observation_ob_id", "observation", ["ob_id"])
    index("ix_observation_programme", "observation", ["programme"])
    table("root",
        sa.Column("root_id", ID, autoincrement=True, nullable=False),
        sa.Column("name", name(190), nullable=False),
        sa.PrimaryKeyConstraint("root_id", name="pk_root"),
        sa.UniqueConstraint("name", name="uq_root_name"))
    table("star",
        sa.Column("star_id", ID, autoincrement=True, nullable=False),
        sa.Column("identifier", name(190), nullable=False),
        sa.Column("ra_deg", sa.Double()),
        sa.Column("dec_deg", sa.Double()),
        sa.Column("pm_ra_masyr", sa.Double()),
        sa.Column("pm_dec_masyr", sa.Double()),
        sa.Column("parallax_mas", sa.Double()),
        sa.Column("magnitude_v", sa.Double()),
        sa.Column("source", name(64), nullable=False),
        sa.PrimaryKeyConstraint("star_id", name="pk_star"),
        sa.UniqueConstraint("identifier", name="uq_star_identifier"))
    index("ix_star_dec_deg", "star", ["dec_deg"])
    table("user",
        sa.Column("user_id", ID, autoincrement=True, nullable=False),
        sa.Column("name", name(64), nullable=False),
        sa.Column("full_name", name(190), server_default="", nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_user"),
        sa.UniqueConstraint("name", name="uq_user_name"))
    table("workspace",
        sa.Column("workspace_id", ID, autoincrement=True, nullable=False),
        sa.Column("name", name(64), nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", name="pk_workspace"),
        sa.UniqueConstraint("name", name="uq_workspace_name"))
    table("alias",
        sa.Column("alias_id", ID, autoincrement=True, nullable=False),
        sa.Column("star_id", ID, nullable=False),
        sa.Column("name", name(190), nullable=False),
        sa.Column("name_key", name(190), nullable=False),
        sa.Column("source", name(64), nullable=False),
        sa.ForeignKeyConstraint(["star_id"], ["star.star_id"], name="fk_alias_star_id"),
        sa.PrimaryKeyConstraint("alias_id", name="pk_alias"),
        sa.UniqueConstraint("name_key", "star_id", name="uq_alias_name_key_star_id"))
    index("ix_alias_name_key", "alias", ["name_key"])
    index("ix_alias_star_id", "alias", ["star_id"])
    table("batch",
        sa.Column("batch_id", ID, autoincrement=True, nullable=False),
        sa.Column("name", name(190), nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("request", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("folder", name(760), nullable=False),
        sa.Column("state", name(16), nullable=False),
        sa.Column("started", TIME, nullable=False),
        sa.Column("ended", TIME),
        sa.ForeignKeyConstraint(["user_id"], ["user.user_id"], name="fk_batch_user_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.workspace_id"], name="fk_batch_workspace_id"),
        sa.PrimaryKeyConstraint("batch_id", name="pk_batch"),
        sa.UniqueConstraint("name", name="uq_batch_name"))
    table("import",
        sa.Column("import_id", ID, autoincrement=True, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("started", TIME, nullable=False),
        sa.Column("ended", TIME),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.user_id"], name="fk_import_user_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.workspace_id"], name="fk_import_workspace_id"),
        sa.PrimaryKeyConstraint("import_id", name="pk_import"))
    table("process",
        sa.Column("process_id", ID, autoincrement=True, nullable=False),
        sa.Column("key", DIGEST, nullable=False),
        sa.Column("recipe", name(190), nullable=False),
        sa.Column("version", name(64), nullable=False),
        sa.Column("code_hash", DIGEST, nullable=False),
        sa.Column("environment_digest", DIGEST, nullable=False),
        sa.Column("parameters", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("series", DIGEST, nullable=False),
        sa.Column("star_id", ID),
        sa.Column("night", sa.Date()),
        sa.Column("preset", name(190), server_default="", nullable=False),
        sa.Column("state", name(16), nullable=False),
        sa.Column("verdict", name(8)),
        sa.Column("claimed_by", name(64)),
        sa.Column("heartbeat", TIME),
        sa.Column("created", TIME, nullable=False),
        sa.ForeignKeyConstraint(["star_id"], ["star.star_id"], name="fk_process_star_id"),
        sa.PrimaryKeyConstraint("process_id", name="pk_process"),
        sa.UniqueConstraint("key", name="uq_process_key"))
    index("ix_process_night", "process", ["night"])
    index("ix_process_recipe_state", "process", ["recipe", "state"])
    index("ix_process_series", "process", ["series"])
    index("ix_process_star_id", "process", ["star_id"])
    table("root_path",
        sa.Column("root_id", ID, nullable=False),
        sa.Column("host", name(64), nullable=False),
        sa.Column("path", name(760), nullable=False),
        sa.ForeignKeyConstraint(["root_id"], ["root.root_id"], name="fk_root_path_root_id"),
        sa.PrimaryKeyConstraint("root_id", "host", name="pk_root_path"))
    table("attempt",
        sa.Column("attempt_id", ID, autoincrement=True, nullable=False),
        sa.Column("uuid", name(36), nullable=False),
        sa.Column("process_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("batch_id", ID),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("folder", name(760), nullable=False),
        sa.Column("outcome", name(16), nullable=False),
        sa.Column("reason", name(64), server_default="", nullable=False),
        sa.Column("message", sa.Text()),
        sa.Column("exit_code", sa.Integer()),
        sa.Column("host", name(190)),
        sa.Column("started", TIME),
        sa.Column("ended", TIME),
        sa.Column("cpu_s", sa.Double()),
        sa.Column("memory_bytes", sa.BigInteger()),
        sa.Column("ranges_hash", DIGEST),
        sa.Column("invalidated_at", TIME),
        sa.Column("record", sa.JSON(none_as_null=True), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name="fk_attempt_batch_id"),
        sa.ForeignKeyConstraint(["process_id"], ["process.process_id"], name="fk_attempt_process_id"),
        sa.ForeignKeyConstraint(["user_id"], ["user.user_id"], name="fk_attempt_user_id"),
        sa.PrimaryKeyConstraint("attempt_id", name="pk_attempt"),
        sa.UniqueConstraint("process_id", "number", name="uq_attempt_process_id_number"),
        sa.UniqueConstraint("uuid", name="uq_attempt_uuid"))
    index("ix_attempt_batch_id", "attempt", ["batch_id"])
    table("process_input",
        sa.Column("process_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("role", name(64), nullable=False),
        sa.Column("frame_type", name(64), nullable=False),
        sa.Column("content_id", DIGEST, nullable=False),
        sa.Column("why", sa.Text()),
        sa.ForeignKeyConstraint(["process_id"], ["process.process_id"], name="fk_process_input_process_id"),
        sa.PrimaryKeyConstraint("process_id", "position", name="pk_process_input"))
    index("ix_process_input_content_id", "process_input", ["content_id"])
    table("reject",
        sa.Column("reject_id", ID, autoincrement=True, nullable=False),
        sa.Column("import_id", ID, nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("kind", name(64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("seen", TIME, nullable=False),
        sa.Column("resolved", sa.Boolean(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["import.import_id"], name="fk_reject_import_id"),
        sa.PrimaryKeyConstraint("reject_id", name="pk_reject"))
    index("ix_reject_import_id", "reject", ["import_id"])
    table("round",
        sa.Column("round_id", ID, autoincrement=True, nullable=False),
        sa.Column("batch_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("plan", name(760), nullable=False),
        sa.Column("started", TIME, nullable=False),
        sa.Column("ended", TIME),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name="fk_round_batch_id"),
        sa.PrimaryKeyConstraint("round_id", name="pk_round"),
        sa.UniqueConstraint("batch_id", "number", name="uq_round_batch_id_number"))
    table("batch_process",
        sa.Column("round_id", ID, nullable=False),
        sa.Column("process_id", ID, nullable=False),
        sa.Column("state", name(16), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["process_id"], ["process.process_id"], name="fk_batch_process_process_id"),
        sa.ForeignKeyConstraint(["round_id"], ["round.round_id"], name="fk_batch_process_round_id"),
        sa.PrimaryKeyConstraint("round_id", "process_id", name="pk_batch_process"))
    index("ix_batch_process_process_id", "batch_process", ["process_id"])
    table("frame",
        sa.Column("frame_id", ID, autoincrement=True, nullable=False),
        sa.Column("kind", name(8), nullable=False),
        sa.Column("frame_type_id", ID, nullable=False),
        sa.Column("classification", name(80), nullable=False),
        sa.Column("content_id", DIGEST),
        sa.Column("header_id", DIGEST),
        sa.Column("state", name(16), server_default="present", nullable=False),
        sa.Column("replaced_by_id", ID),
        sa.Column("invalidated_at", TIME),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("observation_id", ID),
        sa.Column("instrument", name(32)),
        sa.Column("arm", name(32)),
        sa.Column("object", name(190)),
        sa.Column("target", name(190)),
        sa.Column("archive_name", name(190)),
        sa.Column("date_obs", TIME),
        sa.Column("mjd_obs", sa.Double()),
        sa.Column("night", sa.Date()),
        sa.Column("ra_deg", sa.Double()),
        sa.Column("dec_deg", sa.Double()),
        sa.Column("filter", name(64)),
        sa.Column("coronagraph", name(64)),
        sa.Column("neutral_density", name(64)),
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
        sa.Column("process_id", ID),
        sa.Column("attempt_id", ID),
        sa.Column("product_role", name(64)),
        sa.Column("product_n", sa.Integer()),
        sa.Column("created", TIME, nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.attempt_id"], name="fk_frame_attempt_id"),
        sa.ForeignKeyConstraint(["frame_type_id"], ["frame_type.frame_type_id"], name="fk_frame_frame_type_id"),
        sa.ForeignKeyConstraint(["observation_id"], ["observation.observation_id"], name="fk_frame_observation_id"),
        sa.ForeignKeyConstraint(["process_id"], ["process.process_id"], name="fk_frame_process_id"),
        sa.ForeignKeyConstraint(["replaced_by_id"], ["frame.frame_id"], name="fk_frame_replaced_by_id"),
        sa.ForeignKeyConstraint(["user_id"], ["user.user_id"], name="fk_frame_user_id"),
        sa.PrimaryKeyConstraint("frame_id", name="pk_frame"))
    index("ix_frame_archive_name", "frame", ["archive_name"])
    index("ix_frame_attempt_id", "frame", ["attempt_id"])
    index("ix_frame_content_id", "frame", ["content_id"])
    index("ix_frame_header_id", "frame", ["header_id"])
    index("ix_frame_night", "frame", ["night"])
    index("ix_frame_observation_id", "frame", ["observation_id"])
    index("ix_frame_process_id", "frame", ["process_id"])
    index("ix_frame_type_night", "frame", ["frame_type_id", "night"])
    index("ix_frame_user_id", "frame", ["user_id"])
    table("metric",
        sa.Column("metric_id", ID, autoincrement=True, nullable=False),
        sa.Column("attempt_id", ID, nullable=False),
        sa.Column("product_role", name(64)),
        sa.Column("name", name(64), nullable=False),
        sa.Column("value", sa.Double()),
        sa.Column("unit", name(32), server_default="", nullable=False),
        sa.Column("low", sa.Double()),
        sa.Column("high", sa.Double()),
        sa.Column("verdict", name(8), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.attempt_id"], name="fk_metric_attempt_id"),
        sa.PrimaryKeyConstraint("metric_id", name="pk_metric"))
    index("ix_metric_attempt_id", "metric", ["attempt_id"])
    index("ix_metric_name_value", "metric", ["name", "value"])
    table("plan_gap",
        sa.Column("plan_gap_id", ID, autoincrement=True, nullable=False),
        sa.Column("round_id", ID, nullable=False),
        sa.Column("recipe", name(190), nullable=False),
        sa.Column("main", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.round_id"], name="fk_plan_gap_round_id"),
        sa.PrimaryKeyConstraint("plan_gap_id", name="pk_plan_gap"))
    index("ix_plan_gap_round_id", "plan_gap", ["round_id"])
    table("file",
        sa.Column("file_id", ID, autoincrement=True, nullable=False),
        sa.Column("root_id", ID, nullable=False),
        sa.Column("path", name(760), nullable=False),
        sa.Column("frame_id", ID, nullable=False),
        sa.Column("compression", name(4), server_default="", nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("mtime_ns", sa.BigInteger(), nullable=False),
        sa.Column("ctime_ns", sa.BigInteger(), nullable=False),
        sa.Column("device", sa.BigInteger(), nullable=False),
        sa.Column("inode", sa.BigInteger(), nullable=False),
        sa.Column("seen_ns", sa.BigInteger(), nullable=False),
        sa.Column("state", name(16), server_default="present", nullable=False),
        sa.ForeignKeyConstraint(["frame_id"], ["frame.frame_id"], name="fk_file_frame_id"),
        sa.ForeignKeyConstraint(["root_id"], ["root.root_id"], name="fk_file_root_id"),
        sa.PrimaryKeyConstraint("file_id", name="pk_file"),
        sa.UniqueConstraint("root_id", "path", name="uq_file_root_id_path"))
    index("ix_file_frame_id", "file", ["frame_id"])
    table("frame_star",
        sa.Column("frame_id", ID, nullable=False),
        sa.Column("star_id", ID, nullable=False),
        sa.Column("method", name(16), nullable=False),
        sa.Column("separation_arcsec", sa.Double()),
        sa.Column("chosen", sa.Boolean(), nullable=False),
        sa.Column("frame_type_id", ID, server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["frame_id"], ["frame.frame_id"], name="fk_frame_star_frame_id"),
        sa.ForeignKeyConstraint(["star_id"], ["star.star_id"], name="fk_frame_star_star_id"),
        sa.PrimaryKeyConstraint("frame_id", "star_id", "method", name="pk_frame_star"))
    index("ix_frame_star_star_id", "frame_star", ["star_id", "frame_type_id", "chosen", "frame_id"])
    table("import_frame",
        sa.Column("import_id", ID, nullable=False),
        sa.Column("frame_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["frame_id"], ["frame.frame_id"], name="fk_import_frame_frame_id"),
        sa.ForeignKeyConstraint(["import_id"], ["import.import_id"], name="fk_import_frame_import_id"),
        sa.PrimaryKeyConstraint("import_id", "frame_id", name="pk_import_frame"))
    index("ix_import_frame_frame_id", "import_frame", ["frame_id"])
    table("workspace_frame",
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("frame_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["frame_id"], ["frame.frame_id"], name="fk_workspace_frame_frame_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.workspace_id"], name="fk_workspace_frame_workspace_id"),
        sa.PrimaryKeyConstraint("workspace_id", "frame_id", name="pk_workspace_frame"))
    index("ix_workspace_frame_frame_id", "workspace_frame", ["frame_id"])
    _first_rows()
