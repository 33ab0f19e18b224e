"""The tables of identity."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, LargeBinary, String, Table, Text, UniqueConstraint, false

from headway.kernel.database.tables import Identifier, Instant, metadata

account = Table(
    "account",
    metadata,
    Column("id", Identifier, primary_key=True, autoincrement=True),
    Column("kind", String(10), nullable=False),
    Column("handle", String(40), nullable=False),
    Column("handle_key", String(40), nullable=False, unique=True),
    Column("name", String(100), nullable=False),
    Column("created", Instant, nullable=False),
    Column("suspended", Instant),
    Column("is_administrator", Boolean, nullable=False, server_default=false()),
    Column("deleted", Instant),
)
"""Whatever owns projects or acts: a person, a team, or a service account. All handles are of one namespace.

A deleted team has given its handle back; what refers to it stays.
"""

person = Table(
    "person",
    metadata,
    Column("account_id", Identifier, ForeignKey("account.id"), primary_key=True, autoincrement=False),
    Column("email", String(254)),
    Column("email_key", String(254), unique=True),
    Column("password_hash", String(200)),
    Column("email_verified", Instant),
)
"""``email_verified``: when it was last shown that the person reads what is sent there."""

service_account = Table(
    "service_account",
    metadata,
    Column("account_id", Identifier, ForeignKey("account.id"), primary_key=True, autoincrement=False),
    Column("team_id", Identifier, ForeignKey("account.id")),
    Index("ix_service_account_team", "team_id"),
)
"""Which team a service account belongs to; none: those who administer the installation look after it."""

membership = Table(
    "membership",
    metadata,
    Column("team_id", Identifier, ForeignKey("account.id"), primary_key=True, autoincrement=False),
    Column("account_id", Identifier, ForeignKey("account.id"), primary_key=True, autoincrement=False),
    Column("role", String(12), nullable=False),
    Index("ix_membership_account", "account_id"),
)
"""Who belongs to a team; the role is the one that a member has in the projects of the team."""

session = Table(
    "session",
    metadata,
    Column("id", Identifier, primary_key=True, autoincrement=True),
    Column("secret_hash", LargeBinary(32), nullable=False, unique=True),
    Column("account_id", Identifier, ForeignKey("account.id"), nullable=False),
    Column("created", Instant, nullable=False),
    Column("seen", Instant, nullable=False),
    Column("expires", Instant, nullable=False),
    Column("address", String(64), nullable=False),
    Column("agent", String(300), nullable=False),
    Index("ix_session_account", "account_id"),
)

token = Table(
    "token",
    metadata,
    Column("id", Identifier, primary_key=True, autoincrement=True),
    Column("kind", String(10), nullable=False),
    Column("name", String(100), nullable=False),
    Column("secret_hash", LargeBinary(32), nullable=False, unique=True),
    Column("account_id", Identifier, ForeignKey("account.id")),
    Column("project_id", Identifier, ForeignKey("project.id")),
    Column("scopes", Text, nullable=False),
    Column("created", Instant, nullable=False),
    Column("created_by", Identifier, ForeignKey("account.id")),
    Column("expires", Instant),
    Column("used", Instant),
    Column("revoked", Instant),
    Index("ix_token_account", "account_id"),
    Index("ix_token_project", "project_id"),
)
"""Personal tokens act as their account, deploy tokens within one project."""

one_time_link = Table(
    "one_time_link",
    metadata,
    Column("id", Identifier, primary_key=True, autoincrement=True),
    Column("purpose", String(20), nullable=False),
    Column("secret_hash", LargeBinary(32), nullable=False, unique=True),
    Column("account_id", Identifier, ForeignKey("account.id")),
    Column("created", Instant, nullable=False),
    Column("expires", Instant, nullable=False),
    Column("used", Instant),
    Column("detail", String(254)),
)
"""What a link in a message or on a terminal is good for; the one that sets up an installation belongs to nobody yet.

``detail``: the address that the link confirms.
"""

ssh_key = Table(
    "ssh_key",
    metadata,
    Column("id", Identifier, primary_key=True, autoincrement=True),
    Column("account_id", Identifier, ForeignKey("account.id")),
    Column("project_id", Identifier, ForeignKey("project.id")),
    Column("name", String(100), nullable=False),
    Column("fingerprint", String(80), nullable=False, unique=True),
    Column("public_key", Text, nullable=False),
    Column("may_write", Boolean, nullable=False),
    Column("created", Instant, nullable=False),
    Column("used", Instant),
    Index("ix_ssh_key_account", "account_id"),
    Index("ix_ssh_key_project", "project_id"),
)
"""Keys of people and service accounts, and deploy keys of projects."""

gpg_key = Table(
    "gpg_key",
    metadata,
    Column("id", Identifier, primary_key=True, autoincrement=True),
    Column("account_id", Identifier, ForeignKey("account.id"), nullable=False),
    Column("name", String(100), nullable=False),
    Column("fingerprint", String(64), nullable=False, unique=True),
    Column("public_key", Text, nullable=False),
    Column("created", Instant, nullable=False),
    Column("expires", Instant),
    Index("ix_gpg_key_account", "account_id"),
)
"""OpenPGP keys of people; ``fingerprint`` is the primary key's, in capitals."""

gpg_subkey = Table(
    "gpg_subkey",
    metadata,
    Column("gpg_key_id", Identifier, ForeignKey("gpg_key.id"), primary_key=True, autoincrement=False),
    Column("key_id", String(16), primary_key=True),
    Index("ix_gpg_subkey_key_id", "key_id"),
)
"""What the signatures of an OpenPGP key name: the key ids of its primary key and its subkeys, in capitals.

Not unique: anybody can put somebody else's subkey beside a primary key of their own, which then verifies nothing.
"""

external_identity = Table(
    "external_identity",
    metadata,
    Column("id", Identifier, primary_key=True, autoincrement=True),
    Column("provider", String(40), nullable=False),
    Column("subject", String(255), nullable=False),
    Column("account_id", Identifier, ForeignKey("account.id"), nullable=False),
    Column("created", Instant, nullable=False),
    UniqueConstraint("provider", "subject"),
    Index("ix_external_identity_account", "account_id"),
)
"""Who an account is at an OpenID Connect provider."""

openid_ticket = Table(
    "openid_ticket",
    metadata,
    Column("state_hash", LargeBinary(32), primary_key=True),
    Column("browser_hash", LargeBinary(32), nullable=False),
    Column("provider", String(40), nullable=False),
    Column("nonce", String(80), nullable=False),
    Column("verifier", String(128), nullable=False),
    Column("next_path", String(1000), nullable=False),
    Column("account_id", Identifier, ForeignKey("account.id")),
    Column("expires", Instant, nullable=False),
)
"""Somebody on the way to a provider and back; ``account_id``: who wants to link the identity to their account."""

throttle = Table(
    "throttle",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("failures", Identifier, nullable=False),
    Column("until", Instant, nullable=False),
)
"""Failed attempts to sign in, by who is tried and by where from."""
