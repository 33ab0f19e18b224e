from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests import databases
from tests.mailbox import Mailbox, mail_server
from tests.postgres import Cluster, running
from tests.project import Project
from tests.serving import Served, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from headway.kernel.database import Database

# The same examples on every run, so that a change fails for what it changed; `--hypothesis-profile exploring` looks
# for examples that nobody has tried yet. Neither looks at the clock: a busy machine is not a bug.
_UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("repeatable", _UNTIMED, derandomize=True)
settings.register_profile("exploring", _UNTIMED, max_examples=3000, print_blob=True)
settings.load_profile("repeatable")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Return a repository with one commit."""
    return Project(tmp_path)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """Return a running PostgreSQL."""
    with running() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def postgres_template(postgres: Cluster) -> str:
    return databases.prepare_template(postgres)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return databases.prepare_file(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(params=databases.ENGINES)
def database(request: pytest.FixtureRequest, tmp_path: Path, sqlite_template: Path) -> Iterator[Database]:
    """Return an empty database with the present schema; each test runs on both engines."""
    if request.param == "sqlite":
        with databases.sqlite(tmp_path, sqlite_template) as opened:
            yield opened
        return
    cluster, template = request.getfixturevalue("postgres"), request.getfixturevalue("postgres_template")
    with databases.postgresql(cluster, template) as opened:
        yield opened


@pytest.fixture
def clock() -> databases.Times:
    return databases.Times()


@pytest.fixture
def served(tmp_path: Path, sqlite_template: Path) -> Iterator[Served]:
    """Return a server that runs."""
    with serving(tmp_path / "server", sqlite_template) as running_server:
        yield running_server


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """Return a mail server that runs."""
    with mail_server() as running_server:
        yield running_server


@pytest.fixture
def uncollected() -> Iterator[None]:
    """Nobody collects garbage, which would end what nobody ended sooner or later."""
    gc.disable()
    yield
    gc.enable()
