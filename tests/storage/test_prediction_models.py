"""Models are kept as they were made, each once, and not without end."""

import asyncio

import psycopg
import pytest

from storage.database import Database
from storage.prediction_models import KEPT, grown, models_of, newest_model, newest_of_repositories, save_model
from tests.storage.decided import ELSEWHERE, HERE, history, installed


async def test_the_newest_model_of_an_installation_is_in_use(database: Database) -> None:
    async with database.connection() as connection:
        await installed(connection)
        assert await newest_model(connection, HERE) is None
        await save_model(connection, HERE, 10, 100, '{"regression": null}', "{}")
        await save_model(connection, HERE, 20, 200, '{"regression": 1}', '{"n_later": 3}')
        await save_model(connection, ELSEWHERE, 30, 300, "{}", "{}")
        row = await newest_model(connection, HERE)
        assert row is not None
        assert (row.outcomes, row.through_event, row.model_json) == (20, 200, '{"regression": 1}')
        newest = await newest_of_repositories(connection, [11, 12, 21])
        assert [(one.installation_id, one.outcomes) for one in newest] == [(HERE, 20), (ELSEWHERE, 30)]
        assert [one.installation_id for one in await newest_of_repositories(connection, [12])] == [HERE]


async def test_a_model_of_the_same_outcomes_is_kept_once(database: Database) -> None:
    async def save() -> None:
        async with database.transaction() as connection:
            await save_model(connection, HERE, 10, 100, "{}", "{}")

    async with database.connection() as connection:
        await installed(connection)
    await asyncio.gather(*(save() for _ in range(5)))
    async with database.connection() as connection:
        assert len(await models_of(connection, HERE)) == 1


async def test_the_oldest_models_go_and_another_installations_stay(database: Database) -> None:
    async with database.connection() as connection:
        await installed(connection)
        await save_model(connection, ELSEWHERE, 1, 1, "{}", "{}")
        for number in range(KEPT + 3):
            await save_model(connection, HERE, number, number, "{}", "{}")
        kept = await models_of(connection, HERE, 2 * KEPT)
        assert [one.outcomes for one in kept] == list(range(KEPT + 2, 2, -1))
        assert len(await models_of(connection, ELSEWHERE)) == 1


async def test_a_model_is_never_changed(database: Database) -> None:
    async with database.connection() as connection:
        await installed(connection)
        await save_model(connection, HERE, 10, 100, "{}", "{}")
        with pytest.raises(psycopg.errors.RestrictViolation, match="append-only"):
            await connection.execute("UPDATE prediction_models SET outcomes = 11")


async def test_the_decisions_that_a_model_has_not_seen_are_counted(database: Database) -> None:
    async with database.connection() as connection:
        await installed(connection)
        await history(connection, 3, 1)
        (found,) = await grown(connection, 100)
        assert (found.installation_id, found.outcomes, found.new) == (HERE, 0, 4)
        assert (await grown(connection, 2))[0].new == 2
        cursor = await connection.execute("SELECT max(fix_event_id) FROM fix_events")
        (newest,) = await cursor.fetchone() or (0,)
        await save_model(connection, HERE, 4, newest, "{}", "{}")
        assert await grown(connection, 100) == ()
        await history(connection, 1, 0, 10)
        assert [(one.outcomes, one.new) for one in await grown(connection, 100)] == [(4, 1)]
