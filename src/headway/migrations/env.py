"""What Alembic runs: migrations on the connection that the server, a test or `script/migration` hands over."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from headway.kernel.database.tables import Instant
from headway.schema import metadata


def _render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our own column types by their short names."""
    return "Instant()" if kind == "type" and isinstance(item, Instant) else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    transaction_per_migration=False,
    render_item=_render,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
