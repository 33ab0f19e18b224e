"""The tables of the inbox."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Table, UniqueConstraint, Uuid

from headway.kernel.database.tables import Identifier, Instant, metadata

notification = Table(
    "notification",
    metadata,
    Column("id", Identifier, primary_key=True, autoincrement=True),
    Column("account_id", Identifier, ForeignKey("account.id"), nullable=False),
    Column("event", Uuid, ForeignKey("event.id"), nullable=False),
    Column("what", String(100), nullable=False),
    Column("subject", String(500), nullable=False),
    Column("project", String(200), nullable=False),
    Column("actor", String(200), nullable=False),
    Column("reason", String(20), nullable=False),
    Column("summary", String(300), nullable=False),
    Column("created", Instant, nullable=False),
    Column("read", Instant),
    UniqueConstraint("account_id", "event"),
    Index("ix_notification_account", "account_id", "id"),
    Index("ix_notification_unread", "account_id", "read", "id"),
    Index("ix_notification_created", "created"),
)
"""What a person was told; of one event at most once."""

watch = Table(
    "watch",
    metadata,
    Column("account_id", Identifier, ForeignKey("account.id"), primary_key=True, autoincrement=False),
    Column("subject", String(500), primary_key=True),
    Column("level", String(10), nullable=False),
    Index("ix_watch_subject", "subject"),
)
"""Whether a person watches or ignores a project or another subject. Who says nothing watches what is their own."""

inbox_preference = Table(
    "inbox_preference",
    metadata,
    Column("account_id", Identifier, ForeignKey("account.id"), primary_key=True, autoincrement=False),
    Column("by_mail", Boolean, nullable=False),
)
"""Who wants by e-mail too what their inbox says."""
