"""The table of e-mail."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, Text

from headway.kernel.database.tables import Identifier, Instant, metadata

outgoing_mail = Table(
    "outgoing_mail",
    metadata,
    Column("id", Identifier, primary_key=True, autoincrement=True),
    Column("recipient", String(254), nullable=False),
    Column("subject", String(300), nullable=False),
    Column("body", Text, nullable=False),
    Column("created", Instant, nullable=False),
    Column("due", Instant),
    Column("attempts", Integer, nullable=False),
    Column("problem", Text, nullable=False),
    Index("ix_outgoing_mail_due", "due", "id"),
)
"""Messages that wait to be sent at ``due``; a sent one is deleted.

One that was given up has no ``due`` and no body any more, since links in it may still be good.
"""
