"""A real PostgreSQL for tests and benchmarks: a cluster in a folder of its own, reached by its socket."""

from __future__ import annotations

import glob
import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator


class Cluster:
    """A running PostgreSQL; databases are made as they are asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def address(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def create(self, template: str = "template0") -> str:
        """Return the address of a new database."""
        name = f"d{uuid4().hex}"
        self._administer(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.address(name)

    def drop(self, address: str) -> None:
        name = address.split("/@/")[-1].split("@/")[-1].split("?")[0]
        self._administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def control(self, *arguments: str) -> None:
        _as_postgres("pg_ctl", "-D", str(self.folder / "data"), "-w", *arguments)

    def _administer(self, statement: str) -> None:
        with psycopg.connect(self.address(), autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def running(*, durable: bool = False) -> Iterator[Cluster]:
    """Start a cluster, and end and delete it afterwards. ``durable``: flush to the disk as production does."""
    folder = Path(tempfile.mkdtemp(prefix="headway-postgres-"))
    if os.getuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    cluster = Cluster(folder)
    try:
        _as_postgres("initdb", "-D", str(folder / "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        settings = f"-c listen_addresses='' -c unix_socket_directories={folder} -c max_connections=200"
        if not durable:
            settings += " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        cluster.control("start", "-l", str(folder / "log"), "-o", settings)
        yield cluster
        cluster.control("stop", "-m", "immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_postgres(program: str, *arguments: str) -> None:
    command = [_binary(program), *arguments]
    account = pwd.getpwnam("postgres") if os.getuid() == 0 else None
    done = subprocess.run(
        command,
        check=False,
        # pg_ctl's server keeps what it inherits: a pipe would never end.
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        timeout=60,
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
        extra_groups=[] if account else None,
    )
    if done.returncode:
        raise AssertionError(f"{program} ended with {done.returncode}")


def _binary(program: str) -> str:
    found = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{program}"))
    return found[-1] if found else program
