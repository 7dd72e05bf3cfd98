"""Batches, rounds, processes, attempts, their inputs and metrics."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
)

from .columns import Identity64, Json, Number, Timestamp, digest, key, name, table

batch = table(
    "batch",
    key("batch"),
    Column("name", name(), nullable=False, unique=True),
    Column("user_id", Identity64, ForeignKey("user.user_id"), nullable=False),
    Column("workspace_id", Identity64, ForeignKey("workspace.workspace_id"), nullable=False),
    Column("request", Json, nullable=False, comment="what was asked for"),
    Column("folder", name(760), nullable=False, comment="relative to the store"),
    Column(
        "state",
        name(16),
        nullable=False,
        comment="running, done, failed, interrupted, cancelled",
    ),
    Column("started", Timestamp, nullable=False),
    Column("ended", Timestamp),
    Column("profile", name(190), comment="Snakemake profile it was last driven with"),
    Column("host", name(190), comment="where its driver runs, or ran"),
    Column("heartbeat", Timestamp, comment="when its driver was last seen alive"),
    Column("forecast", Json, comment="what it was estimated to cost before it began"),
    comment="One request as a stored thing",
)

round_ = table(
    "round",
    key("round"),
    Column("batch_id", Identity64, ForeignKey("batch.batch_id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("plan", name(760), nullable=False, comment="relative to the batch folder"),
    Column("started", Timestamp, nullable=False),
    Column("ended", Timestamp),
    UniqueConstraint("batch_id", "number"),
    comment="One plan and one Snakemake run of a batch",
)

process = table(
    "process",
    key("process"),
    Column("key", digest(), nullable=False, unique=True),
    Column("recipe", name(), nullable=False, comment="namespace/name"),
    Column("version", name(64), nullable=False),
    Column("code_hash", digest(), nullable=False),
    Column("environment_digest", digest(), nullable=False),
    Column("parameters", Json, nullable=False),
    Column(
        "series",
        digest(),
        nullable=False,
        index=True,
        comment="hash of workspace, recipe, main group, preset: the same question over time",
    ),
    Column("star_id", Identity64, ForeignKey("star.star_id"), index=True),
    Column("night", Date, index=True),
    Column("preset", name(), nullable=False, server_default=""),
    Column(
        "association",
        name(64),
        nullable=False,
        server_default="",
        comment="rule that planned it first",
    ),
    Column(
        "state", name(16), nullable=False, comment="planned, claimed, done, failed, blocked, lost"
    ),
    Column("verdict", name(8), comment="pass, warn, fail"),
    Column("claimed_by", name(64), comment="name of the batch that makes it now"),
    Column("heartbeat", Timestamp),
    Column("created", Timestamp, nullable=False),
    Index("ix_process_recipe_state", "recipe", "state"),
    comment="One recipe version for one set of inputs and parameters, named by its key",
)

attempt = table(
    "attempt",
    key("attempt"),
    Column("uuid", name(36), nullable=False, unique=True),
    Column("process_id", Identity64, ForeignKey("process.process_id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("batch_id", Identity64, ForeignKey("batch.batch_id"), index=True),
    Column("user_id", Identity64, ForeignKey("user.user_id"), nullable=False),
    Column("folder", name(760), nullable=False, comment="relative to the store"),
    Column("outcome", name(16), nullable=False, comment="done, failed, blocked, lost"),
    Column(
        "reason", name(64), nullable=False, server_default="", comment="stable word for a failure"
    ),
    Column("message", Text),
    Column("exit_code", Integer),
    Column("host", name()),
    Column("started", Timestamp),
    Column("ended", Timestamp),
    Column("cpu_s", Number),
    Column("memory_bytes", BigInteger),
    Column("size_bytes", BigInteger, comment="of its products"),
    Column("ranges_hash", digest(), comment="of the QC ranges the verdict was made with"),
    Column("invalidated_at", Timestamp),
    Column("removed_at", Timestamp, comment="when its files were cleaned away"),
    Column("record", Json, nullable=False),
    UniqueConstraint("process_id", "number"),
    comment="Each time a process was really tried (the PROV activity)",
)

process_input = table(
    "process_input",
    Column("process_id", Identity64, ForeignKey("process.process_id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("role", name(64), nullable=False),
    Column("frame_type", name(64), nullable=False),
    Column("content_id", digest(), nullable=False, index=True),
    Column("why", Text, comment="why this one was chosen"),
    Column("level", Integer, comment="quality level of the choice; 0 is best"),
    Column("delta_d", Number, comment="its time minus the main frames'"),
    Column("source", name(), comment="which alternative of the rule it came from"),
    PrimaryKeyConstraint("process_id", "position"),
    comment="Inputs of a process in the order the recipe asks for",
)

metric = table(
    "metric",
    key("metric"),
    Column("attempt_id", Identity64, ForeignKey("attempt.attempt_id"), nullable=False, index=True),
    Column("product_role", name(64)),
    Column("name", name(64), nullable=False),
    Column("value", Number),
    Column("unit", name(32), nullable=False, server_default=""),
    Column("low", Number),
    Column("high", Number),
    Column("verdict", name(8), nullable=False),
    Index("ix_metric_name_value", "name", "value"),
    comment="A number a recipe measured about its product, and how it was judged",
)

batch_process = table(
    "batch_process",
    Column("round_id", Identity64, ForeignKey("round.round_id"), nullable=False),
    Column("process_id", Identity64, ForeignKey("process.process_id"), nullable=False, index=True),
    Column(
        "state",
        name(16),
        nullable=False,
        comment="waiting, running, done, reused, failed, blocked, lost, cancelled",
    ),
    Column("level", Integer, nullable=False, comment="how many steps of the plan lie below"),
    Column("cause", name(32), comment="stable word: out-of-memory, walltime, node-lost ..."),
    Column("blocked_by", digest(), comment="key of the process whose failure keeps it unmade"),
    Column("since", Timestamp, comment="when it began to run"),
    Column("host", name(190), comment="the node it runs or ran on"),
    Column("job", name(64), comment="SLURM job it runs or ran in"),
    PrimaryKeyConstraint("round_id", "process_id"),
    comment="How each process of a round fared",
)

plan_gap = table(
    "plan_gap",
    key("plan_gap"),
    Column("round_id", Identity64, ForeignKey("round.round_id"), nullable=False, index=True),
    Column("recipe", name(), nullable=False),
    Column("main", Text, nullable=False, comment="the main frames that cannot be reduced"),
    Column("message", Text, nullable=False),
    Column("hint", Text, nullable=False),
    comment="What a round could not plan, why, and the cure",
)
