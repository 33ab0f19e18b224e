"""The table of leases."""

from __future__ import annotations

from sqlalchemy import Column, String, Table

from headway.kernel.database.tables import Instant, metadata

lease = Table(
    "lease",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("holder", String(64), nullable=False),
    Column("until", Instant, nullable=False),
)
"""Which server does a controller's work until when."""
