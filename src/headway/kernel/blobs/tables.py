"""The tables of blobs."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, String, Table, false

from headway.kernel.database.tables import Identifier, Instant, metadata

blob = Table(
    "blob",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("created", Instant, nullable=False),
    Column("unused", Instant),
    Column("doomed", Boolean, nullable=False, server_default=false()),
    Index("ix_blob_unused", "unused"),
    Index("ix_blob_doomed", "doomed"),
)
"""What may be in the store. A row comes before its content and goes after it, so that nothing is there unknown.

``unused``: since when nothing uses it; null while something does. ``doomed``: its content is being deleted.
"""

blob_use = Table(
    "blob_use",
    metadata,
    Column("kind", String(20), primary_key=True),
    Column("owner_id", Identifier, primary_key=True, autoincrement=False),
    Column("digest", String(64), ForeignKey("blob.digest"), primary_key=True),
    Index("ix_blob_use_digest", "digest"),
)
"""What uses a blob: a kind of owner, and which one."""
