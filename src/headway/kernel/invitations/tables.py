"""The table of invitations."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, String, Table

from headway.kernel.database.tables import Identifier, Instant, metadata

invitation = Table(
    "invitation",
    metadata,
    Column("id", Identifier, primary_key=True, autoincrement=True),
    Column("secret_hash", LargeBinary(32), nullable=False, unique=True),
    Column("email", String(254), nullable=False),
    Column("project_id", Identifier, ForeignKey("project.id")),
    Column("team_id", Identifier, ForeignKey("account.id")),
    Column("role", String(12), nullable=False),
    Column("invited_by", Identifier, ForeignKey("account.id")),
    Column("created", Instant, nullable=False),
    Column("expires", Instant, nullable=False),
    Column("mailed", Instant),
    Column("accepted", Instant),
    Column("accepted_by", Identifier, ForeignKey("account.id")),
    Column("revoked", Instant),
    Index("ix_invitation_project", "project_id"),
    Index("ix_invitation_team", "team_id"),
)
"""Who was invited to a project or team with a role, or to the installation (neither).

``mailed``: the link went to ``email`` and nowhere else, so that whoever has it reads what is sent there.
"""
