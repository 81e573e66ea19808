"""One embedded PostgreSQL a test process, and a fresh, migrated database for each test that asks."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from storage.database import Database, open_database
from storage.embedded import embedded
from storage.migrate import migrate

_NUMBERS = count()
_MEMORY = Path("/dev/shm")
_ENOUGH = 2**30  # the cluster, its log and a dozen databases; containers often grant 64 MiB


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    # A database is a thousand small files: in memory it is made ten times faster.
    roomy = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ENOUGH
    folder = Path(tempfile.mkdtemp(prefix="ci-fixer-tests-", dir=_MEMORY if roomy else None))
    try:
        with embedded(folder, durable=False) as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def created(server: str, name: str, template: str) -> Iterator[str]:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY".encode())
    try:
        yield make_conninfo(server, dbname=name)
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def empty_database_url(postgres_server: str) -> Iterator[str]:
    with created(postgres_server, f"empty_{next(_NUMBERS)}", "template0") as url:
        yield url


@pytest.fixture(scope="session")
def migrated_template(postgres_server: str) -> Iterator[str]:
    with created(postgres_server, "migrated", "template0") as url:
        asyncio.run(migrate(url))
        yield "migrated"


@pytest.fixture
def database_url(postgres_server: str, migrated_template: str) -> Iterator[str]:
    with created(postgres_server, f"test_{next(_NUMBERS)}", migrated_template) as url:
        yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url) as opened:
        yield opened
