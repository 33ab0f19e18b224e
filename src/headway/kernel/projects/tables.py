"""The tables of projects."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text, UniqueConstraint

from headway.kernel.database.tables import Identifier, Instant, metadata

project = Table(
    "project",
    metadata,
    Column("id", Identifier, primary_key=True, autoincrement=True),
    Column("owner_id", Identifier, ForeignKey("account.id"), nullable=False),
    Column("name", String(100), nullable=False),
    Column("name_key", String(100), nullable=False),
    Column("ledger_name", String(200), nullable=False, unique=True),
    Column("description", Text, nullable=False),
    Column("visibility", String(10), nullable=False),
    Column("created", Instant, nullable=False),
    Column("active", Instant, nullable=False),
    Column("archived", Instant),
    Column("deleted", Instant),
    Column("purged", Instant),
    UniqueConstraint("owner_id", "name_key"),
    Index("ix_project_active", "active"),
)
"""``ledger_name`` is its name in the ledger's subjects: that of its creation, for ever.

A deleted one has given its name back.
"""

former_name = Table(
    "former_project_name",
    metadata,
    Column("owner_key", String(40), primary_key=True),
    Column("name_key", String(100), primary_key=True),
    Column("project_id", Identifier, ForeignKey("project.id"), nullable=False),
)
"""Where a renamed or transferred project used to be; its old address leads to the new one until another takes it."""

grant = Table(
    "project_grant",
    metadata,
    Column("project_id", Identifier, ForeignKey("project.id"), primary_key=True, autoincrement=False),
    Column("account_id", Identifier, ForeignKey("account.id"), primary_key=True, autoincrement=False),
    Column("role", String(12), nullable=False),
    Index("ix_project_grant_account", "account_id"),
)
"""The role that a person, a service account or a team has in a project."""
