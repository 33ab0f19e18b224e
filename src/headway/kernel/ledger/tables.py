"""The tables of the ledger.

Rows of ``event``, ``link`` and ``seal`` are inserted and never changed: triggers see to it.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, Uuid

from headway.kernel.database.tables import Identifier, Instant, metadata

event = Table(
    "event",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("type", String(100), nullable=False),
    Column("subject", String(500), nullable=False),
    Column("actor", String(200), nullable=False),
    Column("project", String(200), nullable=False),
    Column("time", Instant, nullable=False),
    Column("data", Text, nullable=False),
    Index("ix_event_subject", "subject", "id"),
    Index("ix_event_project", "project", "id"),
    Index("ix_event_type", "type", "id"),
    Index("ix_event_project_type", "project", "type", "id"),
    Index("ix_event_project_actor", "project", "actor", "id"),
    Index("ix_event_actor", "actor", "id"),
)

link = Table(
    "link",
    metadata,
    Column("id", Identifier, primary_key=True, autoincrement=True),
    Column("source", String(500), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("target", String(500), nullable=False),
    Column("event", Uuid, nullable=False),
    Column("project", String(200), nullable=False),
    Index("ix_link_source", "source", "kind"),
    Index("ix_link_target", "target", "kind"),
    Index("ix_link_event", "event"),
)

unsealed = Table(
    "unsealed",
    metadata,
    Column("event", Uuid, ForeignKey("event.id"), primary_key=True),
)
"""Events that the sealer has not come to yet; a trigger adds a row with its event, and it goes with its seal."""

seal = Table(
    "seal",
    metadata,
    Column("position", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False),
    Column("event", Uuid, ForeignKey("event.id"), nullable=False, unique=True),
    Column("hash", LargeBinary(32), nullable=False),
)

head = Table(
    "ledger_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
)
"""One row: how far the ledger is sealed. Whoever seals holds its lock, so that the chain cannot fork."""

subscription = Table(
    "subscription",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("position", BigInteger, nullable=False),
)
"""How far each subscriber has come."""
