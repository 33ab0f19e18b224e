"""OpenPGP keys of people."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from headway.kernel.database.tables import Instant

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "gpg_key",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("created", Instant(), nullable=False),
        sa.Column("expires", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_gpg_key_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_gpg_key"),
        sa.UniqueConstraint("fingerprint", name="uq_gpg_key_fingerprint"),
    )
    with op.batch_alter_table("gpg_key", schema=None) as batch_op:
        batch_op.create_index("ix_gpg_key_account", ["account_id"], unique=False)

    op.create_table(
        "gpg_subkey",
        sa.Column(
            "gpg_key_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["gpg_key_id"], ["gpg_key.id"], name="fk_gpg_subkey_gpg_key_id"),
        sa.PrimaryKeyConstraint("gpg_key_id", "key_id", name="pk_gpg_subkey"),
    )
    with op.batch_alter_table("gpg_subkey", schema=None) as batch_op:
        batch_op.create_index("ix_gpg_subkey_key_id", ["key_id"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was made before the upgrade")
