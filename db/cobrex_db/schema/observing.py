"""Frames, files, observations, users, workspaces, imports."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
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

user = table(
    "user",
    key("user"),
    Column("name", name(64), nullable=False, unique=True),
    Column("full_name", name(), nullable=False, server_default=""),
    Column("created", Timestamp, nullable=False),
    comment="A person or service that imports, reduces, validates",
)

workspace = table(
    "workspace",
    key("workspace"),
    Column("name", name(64), nullable=False, unique=True),
    Column("created", Timestamp, nullable=False),
    Column(
        "quota_bytes", BigInteger, comment="what its products may take; null: as much as there is"
    ),
    comment="A named set of frames, processes and batches with its members",
)

root = table(
    "root",
    key("root"),
    Column("name", name(), nullable=False, unique=True),
    comment="A place that file paths are relative to",
)

root_path = table(
    "root_path",
    Column("root_id", Identity64, ForeignKey("root.root_id"), nullable=False),
    Column("host", name(64), nullable=False, comment="* for every host without a row of its own"),
    Column("path", name(760), nullable=False),
    PrimaryKeyConstraint("root_id", "host"),
    comment="Where a root lies on a host",
)

frame_type = table(
    "frame_type",
    key("frame_type"),
    Column("name", name(64), nullable=False, unique=True),
    Column("description", name(400), nullable=False, server_default=""),
    comment="What a frame is: IFS_ASTROMETRY_RAW, IRD_SCIENCE_REDUCED_MASTER_CUBE",
)

observation = table(
    "observation",
    key("observation"),
    Column(
        "identity",
        digest(),
        nullable=False,
        unique=True,
        comment="hash of instrument, arm, programme, OB, template start, night",
    ),
    Column("instrument", name(32)),
    Column("arm", name(32)),
    Column("programme", name(64), index=True),
    Column("ob_id", BigInteger, index=True),
    Column("ob_name", name()),
    Column("template_id", name(64)),
    Column("template_start", Timestamp),
    Column("night", Date, index=True),
    comment="Programme, OB, template start, night, arm: what frames were taken together for",
)

frame = table(
    "frame",
    key("frame"),
    Column("kind", name(8), nullable=False, comment="raw or product"),
    Column("frame_type_id", Identity64, ForeignKey("frame_type.frame_type_id"), nullable=False),
    Column(
        "classification",
        name(80),
        nullable=False,
        comment="instrument/version@digest of the rules that named the type",
    ),
    Column(
        "content_id",
        digest(),
        index=True,
        comment="sha256 of the uncompressed FITS stream; of a product made here: of (key, role, n)",
    ),
    Column(
        "header_id",
        digest(),
        index=True,
        comment="blake2b of the primary header's blocks and the next four",
    ),
    Column(
        "state",
        name(16),
        nullable=False,
        server_default="present",
        comment="present, replaced, invalid, removed",
    ),
    Column("replaced_by_id", Identity64, ForeignKey("frame.frame_id")),
    Column("invalidated_at", Timestamp),
    Column(
        "user_id",
        Identity64,
        ForeignKey("user.user_id"),
        nullable=False,
        index=True,
        comment="who imported it first",
    ),
    Column("observation_id", Identity64, ForeignKey("observation.observation_id"), index=True),
    Column("instrument", name(32)),
    Column("arm", name(32)),
    Column("object", name(), comment="OBJECT"),
    Column("target", name(), comment="OBS TARG NAME, or OBJECT when that is empty"),
    Column("archive_name", name(), index=True, comment="ARCFILE"),
    Column("date_obs", Timestamp),
    Column("mjd_obs", Number),
    Column("night", Date),
    Column("ra_deg", Number),
    Column("dec_deg", Number),
    Column("filter", name(64)),
    Column("coronagraph", name(64)),
    Column("neutral_density", name(64)),
    Column("dit_s", Number),
    Column("ndit", Integer),
    Column("exposure_s", Number),
    Column("seeing_arcsec", Number),
    Column("coherence_time_s", Number),
    Column("airmass_start", Number),
    Column("airmass_end", Number),
    Column("parallactic_start_deg", Number),
    Column("parallactic_end_deg", Number),
    Column("release_date", Date),
    Column(
        "instrument_columns",
        Json,
        nullable=False,
        comment="columns that only this instrument has, from instruments/*.yaml",
    ),
    Column("supplied", Json, comment="values given by side-car or --set: {key: {value, source}}"),
    Column("process_id", Identity64, ForeignKey("process.process_id"), index=True),
    Column("attempt_id", Identity64, ForeignKey("attempt.attempt_id"), index=True),
    Column("product_role", name(64)),
    Column("product_n", Integer),
    Column("created", Timestamp, nullable=False),
    Index("ix_frame_type_night", "frame_type_id", "night"),
    Index("ix_frame_night", "night"),
    comment="One content, catalogued once; a raw frame was observed, a product was made",
)

file = table(
    "file",
    key("file"),
    Column("root_id", Identity64, ForeignKey("root.root_id"), nullable=False),
    Column("path", name(760), nullable=False, comment="relative to the root, UTF-8, as on disk"),
    Column("frame_id", Identity64, ForeignKey("frame.frame_id"), nullable=False, index=True),
    Column("compression", name(4), nullable=False, server_default="", comment="empty, gz or Z"),
    Column("size_bytes", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("ctime_ns", BigInteger, nullable=False),
    Column("device", BigInteger, nullable=False),
    Column("inode", BigInteger, nullable=False),
    Column(
        "seen_ns", BigInteger, nullable=False, comment="when the file was last read by an import"
    ),
    Column(
        "state",
        name(16),
        nullable=False,
        server_default="present",
        comment="present, missing or changed",
    ),
    UniqueConstraint("root_id", "path"),
    comment="One place where a frame's bytes lie",
)

import_ = table(
    "import",
    key("import"),
    Column("user_id", Identity64, ForeignKey("user.user_id"), nullable=False),
    Column("workspace_id", Identity64, ForeignKey("workspace.workspace_id"), nullable=False),
    Column("started", Timestamp, nullable=False),
    Column("ended", Timestamp),
    Column("source", Text, nullable=False, comment="the paths asked for, one a line"),
    comment="One call of cobrex import",
)

import_frame = table(
    "import_frame",
    Column("import_id", Identity64, ForeignKey("import.import_id"), nullable=False),
    Column("frame_id", Identity64, ForeignKey("frame.frame_id"), nullable=False, index=True),
    PrimaryKeyConstraint("import_id", "frame_id"),
    comment="Frame by user by time",
)

workspace_frame = table(
    "workspace_frame",
    Column("workspace_id", Identity64, ForeignKey("workspace.workspace_id"), nullable=False),
    Column("frame_id", Identity64, ForeignKey("frame.frame_id"), nullable=False, index=True),
    PrimaryKeyConstraint("workspace_id", "frame_id"),
    comment="The frames of a workspace",
)

reject = table(
    "reject",
    key("reject"),
    Column("import_id", Identity64, ForeignKey("import.import_id"), nullable=False, index=True),
    Column("path", Text, nullable=False),
    Column(
        "kind", name(64), nullable=False, comment="stable word: truncated, not-fits, unreadable ..."
    ),
    Column("reason", Text, nullable=False),
    Column("seen", Timestamp, nullable=False),
    Column(
        "resolved",
        Boolean,
        nullable=False,
        server_default="0",
        comment="a later import took the file",
    ),
    comment="Files an import could not take, and why",
)
