"""The tables of Git LFS."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table, Text, UniqueConstraint

from headway.kernel.database.tables import Identifier, Instant, metadata

lfs_object = Table(
    "lfs_object",
    metadata,
    Column("project_id", Identifier, ForeignKey("project.id"), primary_key=True, autoincrement=False),
    Column("oid", String(64), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("created", Instant, nullable=False),
)
"""The large files that were uploaded to a project. What another project has, this one does not."""

lfs_lock = Table(
    "lfs_lock",
    metadata,
    Column("id", Identifier, primary_key=True, autoincrement=True),
    Column("project_id", Identifier, ForeignKey("project.id"), nullable=False),
    Column("path", Text, nullable=False),
    Column("path_hash", String(64), nullable=False),
    Column("owner", String(200), nullable=False),
    Column("owner_name", String(100), nullable=False),
    Column("locked", Instant, nullable=False),
    UniqueConstraint("project_id", "path_hash"),
    Index("ix_lfs_lock_project", "project_id", "id"),
)
"""Files that somebody works on alone. ``owner``: a subject of the ledger."""
