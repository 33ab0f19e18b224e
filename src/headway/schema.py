"""All tables of all rooms, for migrations: importing this registers them."""

from headway.kernel.controllers import tables as controllers
from headway.kernel.database.tables import metadata
from headway.kernel.identity import tables as identity
from headway.kernel.ledger import tables as ledger
from headway.kernel.projects import tables as projects
from headway.repository import tables as repository

__all__ = ["controllers", "identity", "ledger", "metadata", "projects", "repository"]
