from datetime import UTC, datetime, timedelta

from storage.api_tokens import every, revoke, save, valid
from storage.database import Connection, Database

SOON = datetime.now(UTC) + timedelta(days=1)


async def hash_of(connection: Connection) -> bytes:
    cursor = await connection.execute("SELECT token_hash FROM api_tokens")
    row = await cursor.fetchone()
    assert row is not None
    return bytes(row[0])


async def test_a_token_is_known_by_itself_and_kept_as_a_hash(database: Database) -> None:
    async with database.connection() as connection:
        made = await save(connection, "cifx_one", 7, "mona", "decide", SOON)
        found = await valid(connection, "cifx_one")
        assert found is not None
        assert (found.api_token_id, found.login, found.scope) == (made.api_token_id, "mona", "decide")
        assert found.last_used_at is not None
        assert b"cifx_one" not in await hash_of(connection)


async def test_another_token_a_revoked_one_and_one_that_ended_open_nothing(database: Database) -> None:
    async with database.connection() as connection:
        made = await save(connection, "cifx_one", 7, "mona", "read", SOON)
        await save(connection, "cifx_old", 7, "mona", "read", datetime.now(UTC) - timedelta(seconds=1))
        assert await valid(connection, "cifx_two") is None
        assert await valid(connection, "cifx_old") is None
        assert await valid(connection, "cifx_\0\ud800") is None
        assert [await revoke(connection, made.api_token_id) for _ in range(2)] == [True, False]
        assert await valid(connection, "cifx_one") is None
        assert [row.revoked_at is not None for row in await every(connection)] == [True, False]


async def test_the_use_of_a_token_is_noted_once_a_minute(database: Database) -> None:
    async with database.connection() as connection:
        await save(connection, "cifx_one", 7, "mona", "read", SOON)
        first = await valid(connection, "cifx_one")
        again = await valid(connection, "cifx_one")
    assert first is not None
    assert again is not None
    assert first.last_used_at == again.last_used_at
