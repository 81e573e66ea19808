"""Where the App is installed, and with which permissions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from storage.database import Connection


@dataclass(frozen=True, slots=True)
class InstallationRow:
    """One installation. `suspended_at` and `deleted_at` are None while it works."""

    installation_id: int
    account_login: str
    account_type: str
    permissions: Mapping[str, str]
    suspended_at: datetime | None
    deleted_at: datetime | None


async def save_installation(connection: Connection, row: InstallationRow) -> None:
    """Insert or replace, by id. One that was deleted stays so: its id is never given again, and events come late."""
    await connection.execute(
        """
        INSERT INTO installations
            (installation_id, account_login, account_type, permissions, suspended_at, deleted_at)
        VALUES (%s, %s, %s, %s, %s, %s)
        ON CONFLICT (installation_id) DO UPDATE SET
            account_login = excluded.account_login, account_type = excluded.account_type,
            permissions = excluded.permissions, suspended_at = excluded.suspended_at,
            deleted_at = coalesce(installations.deleted_at, excluded.deleted_at), updated_at = now()
        """,
        (
            row.installation_id,
            row.account_login,
            row.account_type,
            Jsonb(dict(row.permissions)),
            row.suspended_at,
            row.deleted_at,
        ),
    )


async def delete_installation(connection: Connection, installation_id: int) -> None:
    """Mark it and its repositories as gone, keeping what was learned there; twice is once."""
    await connection.execute(
        """
        WITH gone AS (
            UPDATE repositories SET removed_at = coalesce(removed_at, now()), withdrawn = true, updated_at = now()
            WHERE installation_id = %(id)s AND NOT withdrawn
        )
        UPDATE installations SET deleted_at = now(), updated_at = now()
        WHERE installation_id = %(id)s AND deleted_at IS NULL
        """,
        {"id": installation_id},
    )


async def installation(connection: Connection, installation_id: int) -> InstallationRow | None:
    """The installation of that id, deleted or not."""
    async with connection.cursor(row_factory=class_row(InstallationRow)) as cursor:
        await cursor.execute(
            "SELECT installation_id, account_login, account_type, permissions, suspended_at, deleted_at "
            "FROM installations WHERE installation_id = %s",
            (installation_id,),
        )
        return await cursor.fetchone()
