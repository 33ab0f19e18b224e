"""The tables of mirrors."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text

from headway.kernel.database.tables import Identifier, Instant, metadata

mirror = Table(
    "mirror",
    metadata,
    Column("project_id", Identifier, ForeignKey("project.id"), primary_key=True, autoincrement=False),
    Column("url", Text, nullable=False),
    Column("username", String(200), nullable=False),
    Column("forge", String(10), nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("posts_statuses", Boolean, nullable=False),
    Column("attempted", Instant),
    Column("succeeded", Instant),
    Column("failures", Integer, nullable=False),
    Column("problem", Text, nullable=False),
    Column("due", Instant, nullable=False),
    Index("ix_mirror_due", "due"),
)
"""What a project follows.

The password is among the secrets of Headway's own parts, and so is what webhooks are signed with.
"""

posting = Table(
    "mirror_status",
    metadata,
    Column("id", Identifier, primary_key=True, autoincrement=True),
    Column("project_id", Identifier, ForeignKey("project.id"), nullable=False),
    Column("sha", String(64), nullable=False),
    Column("status", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due", Instant, nullable=False),
    Column("problem", Text, nullable=False),
    Index("ix_mirror_status_due", "due"),
    Index("ix_mirror_status_project", "project_id"),
)
"""Statuses on their way to the origin; a row goes when it has arrived, or was tried often enough. ``status``: JSON."""
