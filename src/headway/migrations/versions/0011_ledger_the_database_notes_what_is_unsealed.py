"""ledger: the database itself notes which events wait for their seal, which saves a statement for each."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER event_is_unsealed AFTER INSERT ON event "
            "BEGIN INSERT INTO unsealed (event) VALUES (NEW.id); END"
        )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION ledger_note_unsealed() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN INSERT INTO unsealed (event) SELECT id FROM told; RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER event_is_unsealed AFTER INSERT ON event REFERENCING NEW TABLE AS told "
        "FOR EACH STATEMENT EXECUTE FUNCTION ledger_note_unsealed()"
    )


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was made before the upgrade")
