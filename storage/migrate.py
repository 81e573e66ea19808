"""Numbered SQL files, applied once each, in order, by one process at a time."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files

import psycopg
from procrastinate.schema import SchemaManager
from psycopg import AsyncConnection

from storage.database import CONNECT_SECONDS, Connection, place, unavailable
from storage.errors import MigrationError

_LOCK = 0x43_49_46_49  # "CIFI": any number will do that no other program locks on this database


@dataclass(frozen=True, slots=True)
class Migrated:
    """The names of the migrations that this call applied; empty where there was nothing to do."""

    applied: tuple[str, ...]


async def migrate(url: str, migrations: Mapping[str, str] | None = None) -> Migrated:
    """Bring the database at `url` to this version. Processes that call it at once wait for the first.

    `migrations` (name to SQL) are the shipped ones where not given. Raises MigrationError where an applied file was
    changed since or the database is newer than this program, DatabaseUnavailable where it does not answer.
    """
    wanted = shipped() if migrations is None else dict(sorted(migrations.items()))
    try:
        connection = await AsyncConnection.connect(url, autocommit=True, connect_timeout=int(CONNECT_SECONDS))
    except psycopg.OperationalError as error:
        raise unavailable(place(url), str(error).strip()) from error
    async with connection:
        await connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        return await _apply(connection, wanted)


def shipped() -> dict[str, str]:
    """Procrastinate's own schema, then every file of `migrations/`, by name."""
    folder = files("storage") / "migrations"
    ours = {item.name: item.read_text(encoding="utf-8") for item in folder.iterdir() if item.name.endswith(".sql")}
    return {
        f"0000_procrastinate_{version('procrastinate')}.sql": SchemaManager.get_schema(),
        **dict(sorted(ours.items())),
    }


async def _apply(connection: Connection, wanted: Mapping[str, str]) -> Migrated:
    await connection.execute(
        "CREATE TABLE IF NOT EXISTS schema_migrations "
        "(name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
    )
    cursor = await connection.execute("SELECT name, sha256 FROM schema_migrations")
    done = {str(name): str(digest) for name, digest in await cursor.fetchall()}
    _check(done, wanted)
    missing = [name for name in wanted if name not in done]
    for name in missing:
        async with connection.transaction():
            await connection.execute(wanted[name].encode())
            await connection.execute(
                "INSERT INTO schema_migrations (name, sha256) VALUES (%s, %s)", (name, _digest(wanted[name]))
            )
    return Migrated(tuple(missing))


def _check(done: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    unknown = sorted(set(done) - set(wanted))
    if unknown:
        raise MigrationError(
            f"the database has {', '.join(unknown)}, which this program does not know: it was migrated by another "
            "version. Run that version, or restore the backup made before it."
        )
    changed = sorted(name for name, digest in done.items() if digest != _digest(wanted[name]))
    if changed:
        raise MigrationError(
            f"{', '.join(changed)} was changed after it was applied. Restore the file, and write a new one instead."
        )


def _digest(sql: str) -> str:
    return hashlib.sha256(sql.encode()).hexdigest()
