"""Stars, the names they go by, and the frames they are on."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    UniqueConstraint,
)

from .columns import Identity64, Json, Number, Timestamp, key, name, table

star = table(
    "star",
    key("star"),
    Column("identifier", name(), nullable=False, unique=True, comment="HR 100"),
    Column("ra_deg", Number, comment="ICRS at epoch 2000.0"),
    Column("dec_deg", Number, index=True, comment="ICRS at epoch 2000.0"),
    Column("pm_ra_masyr", Number, comment="with cos(dec)"),
    Column("pm_dec_masyr", Number),
    Column("parallax_mas", Number),
    Column("magnitude_v", Number),
    Column("source", name(64), nullable=False),
    comment="One object on the sky",
)

alias = table(
    "alias",
    key("alias"),
    Column("star_id", Identity64, ForeignKey("star.star_id"), nullable=False, index=True),
    Column("name", name(), nullable=False, comment="as a person writes it: kap Phe"),
    Column("name_key", name(), nullable=False, index=True, comment="the normal form"),
    Column("source", name(64), nullable=False),
    UniqueConstraint("name_key", "star_id"),
    comment="A name a star goes by",
)

frame_star = table(
    "frame_star",
    Column("frame_id", Identity64, ForeignKey("frame.frame_id"), nullable=False),
    Column("star_id", Identity64, ForeignKey("star.star_id"), nullable=False),
    Column("method", name(16), nullable=False, comment="name or position"),
    Column("separation_arcsec", Number, comment="at the epoch of the observation"),
    Column("chosen", Boolean, nullable=False),
    Column(
        "frame_type_id",
        Identity64,
        nullable=False,
        server_default="0",
        comment="the frame's own, so that star and type are one index; 0: look at the frame",
    ),
    PrimaryKeyConstraint("frame_id", "star_id", "method"),
    Index("ix_frame_star_star_id", "star_id", "frame_type_id", "chosen", "frame_id"),
    comment="Candidates for the star of a frame; every one is kept, one star is chosen",
)

name_lookup = table(
    "name_lookup",
    Column("service", name(32), nullable=False),
    Column("name_key", name(), nullable=False),
    Column("answer", Json, nullable=False, comment="empty when the service knows no such name"),
    Column("asked", Timestamp, nullable=False),
    PrimaryKeyConstraint("service", "name_key"),
    comment="What a name service answered (cache)",
)
