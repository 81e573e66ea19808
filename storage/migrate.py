"""Numbered SQL files, applied once each, in order, by one process at a time; and the queue's own schema.

Procrastinate ships its schema, and for each later version the files that lead to it: a new installation gets the first,
an older one the rest, as https://procrastinate.readthedocs.io/en/stable/howto/production/migrations.html says.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import psycopg
from procrastinate.schema import SchemaManager, migrations_path

from storage.database import Connection, connect
from storage.errors import MigrationError

_LOCK = 0x43_49_46_49  # "CIFI": any number will do that no other program locks on this database
_QUEUE = "procrastinate "


@dataclass(frozen=True, slots=True)
class Migrated:
    """The names of the migrations that this call applied; empty where there was nothing to do."""

    applied: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QueueSchema:
    """A version of Procrastinate: its whole schema, and its migrations by name, which begins with their version."""

    version: str
    schema: str
    migrations: Mapping[str, str]


async def migrate(url: str, migrations: Mapping[str, str] | None = None, queue: QueueSchema | None = None) -> Migrated:
    """Bring the database at `url` to this version. Processes that call it at once wait for the first.

    `migrations` (name to SQL) and `queue` are the shipped ones where not given. Raises MigrationError where an applied
    file was changed since, the database is newer than this program, or a file fails (leaving nothing of itself);
    DatabaseUnavailable where the server does not answer.
    """
    wanted = shipped() if migrations is None else dict(sorted(migrations.items()))
    async with await connect(url) as connection:
        await connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_migrations "
            "(name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
        )
        cursor = await connection.execute("SELECT name, sha256 FROM schema_migrations")
        done = {str(name): str(digest) for name, digest in await cursor.fetchall()}
        ours = {name: digest for name, digest in done.items() if not name.startswith(_QUEUE)}
        _check(ours, wanted)
        applied = await _bring_queue(connection, done.keys() - ours.keys(), queue or installed_queue())
        missing = [name for name in wanted if name not in done]
        for name in missing:
            await _apply(connection, name, [wanted[name]])
        return Migrated((*applied, *missing))


async def missing(connection: Connection) -> tuple[str, ...]:
    """The shipped migrations that the database lacks; all of them where it has none yet."""
    cursor = await connection.execute("SELECT to_regclass('schema_migrations') IS NOT NULL")
    found = await cursor.fetchone()
    if found is None or not found[0]:
        return tuple(shipped())
    cursor = await connection.execute("SELECT name FROM schema_migrations")
    done = {str(row[0]) for row in await cursor.fetchall()}
    return tuple(name for name in shipped() if name not in done)


def shipped() -> dict[str, str]:
    """The files of `migrations/`, by name, in order."""
    folder = files("storage") / "migrations"
    found = {item.name: item.read_text(encoding="utf-8") for item in folder.iterdir() if item.name.endswith(".sql")}
    return dict(sorted(found.items()))


def installed_queue() -> QueueSchema:
    """The installed Procrastinate's."""
    found = {path.name: path.read_text(encoding="utf-8") for path in Path(migrations_path).glob("*.sql")}
    return QueueSchema(version("procrastinate"), SchemaManager.get_schema(), found)


async def _bring_queue(connection: Connection, done: Iterable[str], queue: QueueSchema) -> tuple[str, ...]:
    name = f"{_QUEUE}{queue.version}"
    reached = max((_numbers(recorded.removeprefix(_QUEUE)) for recorded in done), default=None)
    if reached == _numbers(queue.version):
        return ()
    if reached is None:
        await _apply(connection, name, [queue.schema])
        return (name,)
    if reached > _numbers(queue.version):
        raise MigrationError(
            f"the database's queue is of Procrastinate {'.'.join(map(str, reached))}, newer than the installed "
            f"{queue.version}. Install that version again."
        )
    steps = [sql for step, sql in sorted(queue.migrations.items()) if _numbers(step) > reached]
    await _apply(connection, name, steps)
    return (name,)


async def _apply(connection: Connection, name: str, steps: Iterable[str]) -> None:
    """Run `steps` and record `name`, both or neither."""
    steps = list(steps)
    try:
        async with connection.transaction():
            for sql in steps:
                await connection.execute(sql.encode())
            await connection.execute(
                "INSERT INTO schema_migrations (name, sha256) VALUES (%s, %s)", (name, _digest("".join(steps)))
            )
    except psycopg.Error as error:
        if connection.broken:
            raise MigrationError(f"{name} was cut off, and nothing of it stayed: run the migration again.") from error
        raise MigrationError(f"{name} failed, and nothing of it stayed: {error.diag.message_primary}") from error


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


def _numbers(text: str) -> tuple[int, ...]:
    """The three numbers that `3.10.0` and `03.04.00_01_name.sql` begin with."""
    return tuple(int(number) for number in re.findall(r"\d+", text)[:3])


def _digest(sql: str) -> str:
    # A checkout may write line ends as its system does.
    return hashlib.sha256(sql.replace("\r\n", "\n").encode()).hexdigest()
