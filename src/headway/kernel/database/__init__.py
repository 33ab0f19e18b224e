"""The relational database: SQLite by default, PostgreSQL by address; one way to read and one way to write."""

from headway.kernel.database.database import Database, open_database
from headway.kernel.database.errors import DatabaseBusyError, DatabaseError, DatabaseUnavailableError

__all__ = ["Database", "DatabaseBusyError", "DatabaseError", "DatabaseUnavailableError", "open_database"]
