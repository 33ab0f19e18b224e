"""The tables of the central repository."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint, Uuid

from headway.kernel.database.tables import Identifier, Instant, metadata

push = Table(
    "push",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("project_id", Identifier, ForeignKey("project.id"), nullable=False),
    Column("actor", String(200), nullable=False),
    Column("transport", String(10), nullable=False),
    Column("state", String(10), nullable=False),
    Column("received", Instant, nullable=False),
    Column("updates", Text, nullable=False),
    Column("recorded", Integer, nullable=False, server_default="0"),
    Column("server", String(32), nullable=False, server_default=""),
    Index("ix_push_project", "project_id", "id"),
    Index("ix_push_state", "state", "id"),
)
"""Pushes: ``pending`` before Git changes its refs, ``received`` when they changed and the ledger says so,
``recorded`` when all commits are linked, ``indexed`` when the index knows them. ``updates``: JSON, [[ref, old, new],
…]; ``recorded``: how many commits are linked so far; ``server``: which of several takes it (see ``presence.py``)."""

branch_rule = Table(
    "branch_rule",
    metadata,
    Column("id", Identifier, primary_key=True, autoincrement=True),
    Column("project_id", Identifier, ForeignKey("project.id"), nullable=False),
    Column("pattern", String(255), nullable=False),
    Column("push_role", String(12)),
    Column("force_role", String(12)),
    Column("delete_role", String(12)),
    Column("required_checks", Text, nullable=False),
    Column("signed", Boolean, nullable=False),
    UniqueConstraint("project_id", "pattern"),
)
"""Who may push to, force or delete branches of a name; a role that is null: nobody.

``required_checks``: JSON, names.
"""

commit_status = Table(
    "commit_status",
    metadata,
    Column("id", Identifier, primary_key=True, autoincrement=True),
    Column("project_id", Identifier, ForeignKey("project.id"), nullable=False),
    Column("sha", String(64), nullable=False),
    Column("context", String(255), nullable=False),
    Column("state", String(10), nullable=False),
    Column("description", String(300), nullable=False),
    Column("target_url", Text, nullable=False),
    Column("creator", String(200), nullable=False),
    Column("created", Instant, nullable=False),
    Index("ix_commit_status_commit", "project_id", "sha", "context", "id"),
)
"""What checks say of a commit, in GitHub's words; of each context the newest counts."""
