"""The tables of webhooks."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, Uuid

from headway.kernel.database.tables import Identifier, Instant, metadata

webhook = Table(
    "webhook",
    metadata,
    Column("id", Identifier, primary_key=True, autoincrement=True),
    Column("project_id", Identifier, ForeignKey("project.id")),
    Column("url", Text, nullable=False),
    Column("events", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("created", Instant, nullable=False),
    Column("created_by", String(200), nullable=False),
    Column("problem", Text, nullable=False),
    Index("ix_webhook_project", "project_id"),
)
"""``events``: JSON, patterns of types. ``problem``: why it was switched off by itself; empty otherwise."""

delivery = Table(
    "webhook_delivery",
    metadata,
    Column("id", Identifier, primary_key=True, autoincrement=True),
    Column("webhook_id", Identifier, ForeignKey("webhook.id"), nullable=False),
    Column("event", Uuid, nullable=False),
    Column("state", String(10), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt", Instant, nullable=False),
    Column("status", Integer),
    Column("answer", Text, nullable=False),
    Column("milliseconds", Integer),
    Column("created", Instant, nullable=False),
    Column("ended", Instant),
    Index("ix_webhook_delivery_webhook", "webhook_id", "id"),
    Index("ix_webhook_delivery_due", "state", "next_attempt"),
)
"""One event on its way to one webhook. ``answer``: the beginning of what the receiver said, or what went wrong."""
