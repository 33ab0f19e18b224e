"""Blobs and what uses them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from headway.kernel.database.tables import Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "blob",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("created", Instant(), nullable=False),
        sa.Column("unused", Instant(), nullable=True),
        sa.Column("doomed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_blob"),
    )
    with op.batch_alter_table("blob", schema=None) as batch_op:
        batch_op.create_index("ix_blob_doomed", ["doomed"], unique=False)
        batch_op.create_index("ix_blob_unused", ["unused"], unique=False)

    op.create_table(
        "blob_use",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column(
            "owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["digest"], ["blob.digest"], name="fk_blob_use_digest"),
        sa.PrimaryKeyConstraint("kind", "owner_id", "digest", name="pk_blob_use"),
    )
    with op.batch_alter_table("blob_use", schema=None) as batch_op:
        batch_op.create_index("ix_blob_use_digest", ["digest"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was made before the upgrade")
