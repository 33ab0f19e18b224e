"""The ledger: events, links, seals; rows are added and never changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from headway.kernel.database.tables import Instant

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(length=100), nullable=False),
        sa.Column("subject", sa.String(length=500), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("project", sa.String(length=200), nullable=False),
        sa.Column("time", Instant(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index("ix_event_actor", ["actor", "id"], unique=False)
        batch_op.create_index("ix_event_project", ["project", "id"], unique=False)
        batch_op.create_index("ix_event_project_type", ["project", "type", "id"], unique=False)
        batch_op.create_index("ix_event_subject", ["subject", "id"], unique=False)
        batch_op.create_index("ix_event_type", ["type", "id"], unique=False)

    op.create_table(
        "ledger_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_head"),
    )
    op.create_table(
        "link",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("source", sa.String(length=500), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("target", sa.String(length=500), nullable=False),
        sa.Column("event", sa.Uuid(), nullable=False),
        sa.Column("project", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_link"),
    )
    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.create_index("ix_link_event", ["event"], unique=False)
        batch_op.create_index("ix_link_source", ["source", "kind"], unique=False)
        batch_op.create_index("ix_link_target", ["target", "kind"], unique=False)

    op.create_table(
        "subscription",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_subscription"),
    )
    op.create_table(
        "seal",
        sa.Column(
            "position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("event", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(["event"], ["event.id"], name="fk_seal_event"),
        sa.PrimaryKeyConstraint("position", name="pk_seal"),
        sa.UniqueConstraint("event", name="uq_seal_event"),
    )
    op.create_table(
        "unsealed",
        sa.Column("event", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["event"], ["event.id"], name="fk_unsealed_event"),
        sa.PrimaryKeyConstraint("event", name="pk_unsealed"),
    )
    op.execute("INSERT INTO ledger_head (id, position, hash) VALUES (1, 0, " + _zeros() + ")")
    for table in ("event", "link", "seal"):
        _only_append(table)


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _zeros() -> str:
    return "zeroblob(32)" if _is_sqlite() else "decode(repeat('00', 32), 'hex')"


def _only_append(table: str) -> None:
    if _is_sqlite():
        for action in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
            )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only()"
    )


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was made before the upgrade")
