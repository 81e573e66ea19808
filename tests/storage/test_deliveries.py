import asyncio
import uuid
import zlib
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.database import Database
from storage.deliveries import Incoming, delivery_writer, finish, load, purge
from storage.errors import DatabaseUnavailable
from tests.storage.test_database import cut_others


def incoming(body: bytes = b"{}") -> Incoming:
    return Incoming(str(uuid.uuid4()), "workflow_run", body)


async def counts(database: Database) -> tuple[int, int]:
    async with database.connection() as connection:
        cursor = await connection.execute(
            "SELECT (SELECT count(*) FROM deliveries), (SELECT count(*) FROM procrastinate_jobs)"
        )
        row = await cursor.fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(picks=st.lists(st.integers(0, 9), min_size=1, max_size=60))
async def test_of_each_guid_one_is_new_and_has_one_job_however_they_come(database_url: str, picks: list[int]) -> None:
    guids = [str(uuid.uuid4()) for _ in range(10)]
    async with delivery_writer(database_url) as one, delivery_writer(database_url) as two:
        answers = await asyncio.gather(
            *((one if turn % 2 else two).write(Incoming(guids[pick], "push", b"")) for turn, pick in enumerate(picks))
        )
    for pick in set(picks):
        assert sum(new for new, picked in zip(answers, picks, strict=True) if picked == pick) == 1
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        cursor = await connection.execute(
            "SELECT args->>'guid', count(*) FROM procrastinate_jobs WHERE args->>'guid' = ANY(%s) GROUP BY 1", (guids,)
        )
        assert dict(await cursor.fetchall()) == {guids[pick]: 1 for pick in picks}


async def test_a_body_comes_back_byte_by_byte_and_is_kept_compressed_once(
    database: Database, database_url: str
) -> None:
    sent = incoming(bytes(range(256)) * 4000)
    async with delivery_writer(database_url) as writer:
        assert await writer.write(sent)
    async with database.connection() as connection:
        assert await load(connection, sent.guid) == sent
        assert await load(connection, str(uuid.uuid4())) is None
        cursor = await connection.execute("SELECT body, pg_column_compression(body) FROM deliveries")
        row = await cursor.fetchone()
    assert row is not None
    assert zlib.decompress(row[0]) == sent.body
    assert row[1] is None


async def test_a_worker_hears_of_the_job_when_the_delivery_is_committed(database: Database, database_url: str) -> None:
    async with database.connection() as connection:
        await connection.execute("LISTEN procrastinate_any_queue_v1")
        async with delivery_writer(database_url) as writer:
            await writer.write(incoming())
        heard = [notify async for notify in connection.notifies(timeout=5, stop_after=1)]
    assert len(heard) == 1


@pytest.mark.parametrize("guid", ["", "12", "x\0y", "'; DROP TABLE deliveries"])
async def test_a_guid_that_cannot_be_githubs_is_refused(database_url: str, guid: str) -> None:
    async with delivery_writer(database_url) as writer:
        with pytest.raises(ValueError, match="UUID"):
            await writer.write(Incoming(guid, "push", b""))


@pytest.mark.parametrize("event", ["", "a\0b", "Push", "x" * 65])
async def test_an_event_that_cannot_be_githubs_is_refused(database_url: str, event: str) -> None:
    async with delivery_writer(database_url) as writer:
        with pytest.raises(ValueError, match="is no event's name"):
            await writer.write(Incoming(str(uuid.uuid4()), event, b""))


async def test_a_guid_in_capitals_is_the_same_guid(database_url: str) -> None:
    first = incoming()
    async with delivery_writer(database_url) as writer:
        assert await writer.write(first)
        assert not await writer.write(Incoming(first.guid.upper(), "push", b""))


async def test_a_restart_of_the_server_between_two_deliveries_is_not_noticed(
    database: Database, database_url: str
) -> None:
    async with delivery_writer(database_url) as writer:
        assert await writer.write(incoming())
        await cut_others(database_url)
        assert await writer.write(incoming())
    assert await counts(database) == (2, 2)


async def test_a_database_that_is_down_is_said_quickly_to_all_who_wait() -> None:
    async with delivery_writer("postgresql://someone:hunter2@127.0.0.1:1/x") as writer, asyncio.timeout(5):
        answers = await asyncio.gather(*(writer.write(incoming()) for _ in range(50)), return_exceptions=True)
    assert {type(answer) for answer in answers} == {DatabaseUnavailable}
    assert not any("hunter2" in str(answer) for answer in answers)


async def test_a_database_that_hangs_is_given_up_in_time(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.deliveries._WRITE_SECONDS", 0.2)
    async with delivery_writer(database_url) as writer:
        async with database.transaction() as connection:
            await connection.execute("LOCK TABLE deliveries")
            # The writer's own clock and the server's statement limit race; either is in time.
            with pytest.raises(DatabaseUnavailable, match="does not answer"):
                await writer.write(incoming())
        monkeypatch.setattr("storage.deliveries._WRITE_SECONDS", 20)
        assert await writer.write(incoming())


async def test_a_heap_of_deliveries_that_wait_is_refused_before_memory_ends(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.deliveries._MOST_BYTES", 5 * len(zlib.compress(b"{}", 1)))
    async with delivery_writer(database_url) as writer:
        async with database.transaction() as connection:
            await connection.execute("LOCK TABLE deliveries")
            waiting = [asyncio.create_task(writer.write(incoming())) for _ in range(5)]
            await asyncio.sleep(0)  # each task has begun
            with pytest.raises(DatabaseUnavailable, match="too many deliveries wait"):
                await writer.write(incoming())
        assert all(await asyncio.gather(*waiting))
        assert await writer.write(incoming())


async def test_whoever_waits_when_the_server_stops_is_told(database: Database, database_url: str) -> None:
    async with database.transaction() as connection:
        await connection.execute("LOCK TABLE deliveries")
        async with delivery_writer(database_url) as writer:
            waiting = asyncio.create_task(writer.write(incoming()))
            cursor = await connection.execute("SELECT 1")
            while await cursor.fetchone():
                cursor = await connection.execute("SELECT 1 WHERE NOT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
    with pytest.raises(DatabaseUnavailable, match="the server is stopping"):
        await waiting


async def test_the_first_outcome_of_a_delivery_stands(database: Database, database_url: str) -> None:
    sent = incoming()
    async with delivery_writer(database_url) as writer:
        await writer.write(sent)
    async with database.connection() as connection:
        await finish(connection, sent.guid, "1 job")
        await finish(connection, sent.guid, "2 jobs")
        cursor = await connection.execute("SELECT outcome, handled_at IS NOT NULL FROM deliveries")
        assert await cursor.fetchone() == ("1 job", True)


async def test_old_deliveries_are_purged_and_newer_ones_kept(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.deliveries._PURGED_AT_ONCE", 2)
    async with delivery_writer(database_url) as writer:
        await asyncio.gather(*(writer.write(incoming()) for _ in range(5)))
    async with database.connection() as connection:
        await connection.execute("UPDATE deliveries SET received_at = now() - interval '10 days'")
        async with delivery_writer(database_url) as writer:
            await writer.write(incoming())
        assert await purge(connection, datetime.now(UTC) - timedelta(days=7)) == 5
    assert (await counts(database))[0] == 1
