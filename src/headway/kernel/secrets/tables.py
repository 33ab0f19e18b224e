"""The tables of secrets and variables."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from headway.kernel.database.tables import Identifier, Instant, metadata

secret_key = Table(
    "secret_key",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("created", Instant, nullable=False),
    Column("current", Boolean, nullable=False),
)
"""Which keys were ever in use, by their ids; the keys themselves are never in the database."""

secret = Table(
    "secret",
    metadata,
    Column("id", Identifier, primary_key=True, autoincrement=True),
    Column("place", String(300), nullable=False),
    Column("name", String(255), nullable=False),
    Column("project_id", Identifier, ForeignKey("project.id")),
    Column("environment", String(255), nullable=False),
    Column("key_id", String(16), ForeignKey("secret_key.id"), nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("changed", Instant, nullable=False),
    Column("changed_by", String(200), nullable=False),
    UniqueConstraint("place", "name"),
    Index("ix_secret_key", "key_id"),
    Index("ix_secret_project", "project_id"),
)
"""``data``: nonce and ciphertext, which only its key, place and name can read."""

variable = Table(
    "variable",
    metadata,
    Column("id", Identifier, primary_key=True, autoincrement=True),
    Column("place", String(300), nullable=False),
    Column("name", String(255), nullable=False),
    Column("project_id", Identifier, ForeignKey("project.id")),
    Column("environment", String(255), nullable=False),
    Column("value", Text, nullable=False),
    Column("changed", Instant, nullable=False),
    Column("changed_by", String(200), nullable=False),
    UniqueConstraint("place", "name"),
    Index("ix_variable_project", "project_id"),
)
"""Like secrets, but for everybody in the project to read."""
