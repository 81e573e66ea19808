"""One embedded PostgreSQL a test process, and a fresh, migrated database for each test that asks."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from storage.database import Database, open_database
from storage.embedded import embedded
from storage.migrate import migrate

_NUMBERS = count()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    # Its own folder under /tmp: the server may run as another user, who cannot enter pytest's private folders.
    folder = Path(tempfile.mkdtemp(prefix="ci-fixer-tests-"))
    folder.chmod(0o755)
    with embedded(folder / "pg") as url:
        with psycopg.connect(url, autocommit=True) as connection:
            # Durability is not what tests ask of a database that is thrown away.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        yield url
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def empty_database_url(postgres_server: str) -> str:
    name = f"empty_{next(_NUMBERS)}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return make_conninfo(postgres_server, dbname=name)


@pytest.fixture(scope="session")
def _template(postgres_server: str) -> str:
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE template_ci_fixer")
    asyncio.run(migrate(make_conninfo(postgres_server, dbname="template_ci_fixer")))
    return "template_ci_fixer"


@pytest.fixture
def database_url(postgres_server: str, _template: str) -> str:
    name = f"test_{next(_NUMBERS)}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {_template}")
    return make_conninfo(postgres_server, dbname=name)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url) as opened:
        yield opened
