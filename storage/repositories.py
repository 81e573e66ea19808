"""The repositories that the App is installed on. Owner and name may change; the id does not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from storage.database import Connection

_COLUMNS = "repository_id, installation_id, owner, name, default_branch, removed_at"


@dataclass(frozen=True, slots=True)
class RepositoryRow:
    """One repository; `removed_at` is None while the App may reach it."""

    repository_id: int
    installation_id: int
    owner: str
    name: str
    default_branch: str
    removed_at: datetime | None = None


async def save_repository(connection: Connection, row: RepositoryRow) -> None:
    """Insert or replace, by id. Call it in a transaction.

    An event may be handled before the `installation` event that announces its installation: then a row stands in for
    it. Another repository that held this name must have lost it, since GitHub gives a name to one at a time.
    """
    await connection.execute(
        "INSERT INTO installations (installation_id, account_login, account_type) VALUES (%s, %s, 'Unknown') "
        "ON CONFLICT DO NOTHING",
        (row.installation_id, row.owner),
    )
    if row.removed_at is None:
        await connection.execute(
            "UPDATE repositories SET removed_at = now(), updated_at = now() WHERE lower(owner) = lower(%s) "
            "AND lower(name) = lower(%s) AND removed_at IS NULL AND repository_id <> %s",
            (row.owner, row.name, row.repository_id),
        )
    await connection.execute(
        f"""
        INSERT INTO repositories ({_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s)
        ON CONFLICT (repository_id) DO UPDATE SET
            installation_id = excluded.installation_id, owner = excluded.owner, name = excluded.name,
            default_branch = excluded.default_branch, removed_at = excluded.removed_at, updated_at = now()
        """,
        (row.repository_id, row.installation_id, row.owner, row.name, row.default_branch, row.removed_at),
    )


async def remove_repositories(connection: Connection, installation_id: int, repository_ids: Sequence[int]) -> None:
    """Mark those repositories of the installation as out of reach; others and unknown ids are left alone."""
    await connection.execute(
        "UPDATE repositories SET removed_at = now(), updated_at = now() "
        "WHERE repository_id = ANY(%s) AND installation_id = %s AND removed_at IS NULL",
        (list(repository_ids), installation_id),
    )


async def repository(connection: Connection, repository_id: int) -> RepositoryRow | None:
    """The repository of that id, removed or not."""
    async with connection.cursor(row_factory=class_row(RepositoryRow)) as cursor:
        await cursor.execute(f"SELECT {_COLUMNS} FROM repositories WHERE repository_id = %s", (repository_id,))
        return await cursor.fetchone()


async def repository_by_name(connection: Connection, owner: str, name: str) -> RepositoryRow | None:
    """The repository that has that name now, whatever the case of the letters."""
    async with connection.cursor(row_factory=class_row(RepositoryRow)) as cursor:
        await cursor.execute(
            f"SELECT {_COLUMNS} FROM repositories "
            "WHERE lower(owner) = lower(%s) AND lower(name) = lower(%s) AND removed_at IS NULL",
            (owner, name),
        )
        return await cursor.fetchone()
