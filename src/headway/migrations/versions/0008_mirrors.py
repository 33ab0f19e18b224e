"""Mirrors of repositories on other forges."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from headway.kernel.database.tables import Instant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mirror",
        sa.Column(
            "project_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("username", sa.String(length=200), nullable=False),
        sa.Column("forge", sa.String(length=10), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("posts_statuses", sa.Boolean(), nullable=False),
        sa.Column("attempted", Instant(), nullable=True),
        sa.Column("succeeded", Instant(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("due", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_mirror_project_id"),
        sa.PrimaryKeyConstraint("project_id", name="pk_mirror"),
    )
    with op.batch_alter_table("mirror", schema=None) as batch_op:
        batch_op.create_index("ix_mirror_due", ["due"], unique=False)

    op.create_table(
        "mirror_status",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("project_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sha", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due", Instant(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_mirror_status_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_mirror_status"),
    )
    with op.batch_alter_table("mirror_status", schema=None) as batch_op:
        batch_op.create_index("ix_mirror_status_due", ["due"], unique=False)
        batch_op.create_index("ix_mirror_status_project", ["project_id"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was made before the upgrade")
