"""What is kept of what happens, and of answers: for a day, and unchanged."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from storage import idempotency, live_events
from storage.database import Database
from storage.live_events import Place
from tests.storage.rows import seed

KEY = "00000000-0000-0000-0000-000000000001"


async def test_events_are_read_after_a_place_and_in_pages(database: Database) -> None:
    async with database.connection() as connection:
        await seed(connection)
        place = await live_events.now(connection)
        for state in ("one", "two", "three"):
            await live_events.add(connection, 11, "delivery", state)
        first = await live_events.after(connection, place, 2)
        assert ([row.state for row in first.rows], first.more) == (["one", "two"], True)
        assert first.place == first.rows[-1].place
        second = await live_events.after(connection, first.place, 2)
        assert ([row.state for row in second.rows], second.more) == (["three"], False)
        assert second.place > second.rows[-1].place
        nothing = await live_events.after(connection, second.place, 2)
        assert (nothing.rows, nothing.more, nothing.held) == ((), False, False)


async def test_events_of_a_repository_that_is_gone_or_unknown_are_passed_over(database: Database) -> None:
    async with database.connection() as connection:
        await seed(connection)
        place = await live_events.now(connection)
        for repository_id in (999_999, 11):
            await live_events.add(connection, repository_id, "delivery", "push")
        found = await live_events.after(connection, place, 10)
        assert [row.repository.repository_id for row in found.rows] == [11]
        await connection.execute("UPDATE repositories SET removed_at = now() WHERE repository_id = 11")
        gone = await live_events.after(connection, place, 10)
        assert (gone.rows, gone.place) == ((), max(gone.place, found.place))


async def test_what_happened_is_not_changed_and_is_deleted_after_its_day(database: Database) -> None:
    async with database.connection() as connection:
        await seed(connection)
        await live_events.purge(connection, datetime.now(UTC) + timedelta(days=1))
        for state in ("old", "new"):
            await live_events.add(connection, 11, "delivery", state)
        with pytest.raises(psycopg.errors.RestrictViolation, match="append-only"):
            await connection.execute("UPDATE live_events SET state = 'other'")
        await connection.execute("ALTER TABLE live_events DISABLE TRIGGER live_events_append_only")
        await connection.execute("UPDATE live_events SET at = now() - interval '25 hours' WHERE state = 'old'")
        assert await live_events.purge(connection, datetime.now(UTC) - live_events.KEPT) == 1
        assert [row.state for row in (await live_events.after(connection, Place(0, 0), 10)).rows] == ["new"]


async def test_an_answer_is_kept_for_its_day_and_by_whoever_has_the_turn(database: Database) -> None:
    name = ("token:1", "POST /x", "k")
    async with database.connection() as connection:
        taken = await idempotency.claim(connection, *name, bytes(32), KEY)
        assert taken is not None
        assert (taken.claim, taken.status) == (KEY, None)
        other = KEY.replace("1", "2")
        await idempotency.finish(connection, *name, other, 200, None, b"{}")
        again = await idempotency.claim(connection, *name, bytes(32), other)
        assert again == taken
        await idempotency.finish(connection, *name, KEY, 202, "/x/1", b"{}")
        kept = await idempotency.claim(connection, *name, bytes(32), other)
        assert kept is not None
        assert (kept.status, kept.location, kept.body) == (202, "/x/1", b"{}")
        assert await idempotency.purge(connection, datetime.now(UTC) - idempotency.KEPT) == 0
        assert await idempotency.purge(connection, datetime.now(UTC) + timedelta(seconds=5)) == 1
