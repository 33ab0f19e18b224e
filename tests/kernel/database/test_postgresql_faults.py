from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from headway.kernel.database import DatabaseUnavailableError, open_database

if TYPE_CHECKING:
    from tests.postgres import Cluster


def test_a_server_that_was_restarted_is_found_again(postgres: Cluster) -> None:
    database = open_database(postgres.create())
    pid = "SELECT pg_backend_pid()"
    before = database.read(lambda connection: connection.execute(text(pid)).scalar_one())
    other = open_database(postgres.address())
    other.read(lambda connection: connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": before}))
    other.close()
    assert database.read(lambda connection: connection.execute(text(pid)).scalar_one()) != before
    database.close()


def test_a_server_that_is_gone_is_told_so(postgres: Cluster) -> None:
    database = open_database(f"{postgres.address()}nowhere")
    with pytest.raises(DatabaseUnavailableError, match="does not answer"):
        database.read(lambda connection: connection.execute(text("SELECT 1")))
    with pytest.raises(DatabaseUnavailableError, match="does not answer"):
        database.write(lambda connection: connection.execute(text("SELECT 1")))
    database.close()
