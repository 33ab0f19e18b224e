"""Git LFS: objects and locks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from headway.kernel.database.tables import Instant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lfs_lock",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("project_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("path_hash", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("owner_name", sa.String(length=100), nullable=False),
        sa.Column("locked", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_lfs_lock_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_lfs_lock"),
        sa.UniqueConstraint("project_id", "path_hash", name="uq_lfs_lock_project_id_path_hash"),
    )
    with op.batch_alter_table("lfs_lock", schema=None) as batch_op:
        batch_op.create_index("ix_lfs_lock_project", ["project_id", "id"], unique=False)

    op.create_table(
        "lfs_object",
        sa.Column(
            "project_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("oid", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("created", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_lfs_object_project_id"),
        sa.PrimaryKeyConstraint("project_id", "oid", name="pk_lfs_object"),
    )


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was made before the upgrade")
