"""How the database's schema came to be: one step per change, carried out by Alembic when the server starts."""

from __future__ import annotations

from pathlib import Path

SCRIPTS = "headway:migrations"
NEWEST = max((path.name[:4] for path in (Path(__file__).parent / "versions").glob("[0-9]*.py")), default="")
"""The revision of this version of Headway."""
