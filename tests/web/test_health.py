"""How it stands, told to anybody, and nothing more than that."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from psycopg_pool import PoolTimeout

from sandbox.faults import Fault
from storage import plan_runs
from storage.database import Database, open_database
from storage.migrate import shipped
from tests.web.desk import Desk
from web.engine import EngineName
from web.health import Doctor


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Looked:
    """A doctor with a clock that the test turns."""

    opened: Desk
    engine: EngineName = field(default_factory=lambda: EngineName("gemini", "gemini-2.5-pro"))
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.doctor = Doctor(self.opened.database, self.opened.site.services.github, self.engine, self.clock)

    async def again(self, seconds: float = 100.0) -> Mapping[str, str]:
        self.clock.now += seconds
        found = await self.doctor.health()
        return {name: getattr(found, name).status for name in ("database", "queue", "github", "model")} | {
            "all": found.status
        }


async def _sql(opened: Desk, sql: str) -> None:
    async with opened.database.connection() as connection:
        await connection.execute(sql.encode())


_WORKER = "INSERT INTO procrastinate_workers DEFAULT VALUES"


async def test_all_is_well_where_everything_answers(opened: Desk) -> None:
    await _sql(opened, _WORKER)
    looked = Looked(opened)
    assert set((await looked.again()).values()) == {"ok"}
    found = await looked.doctor.health()
    assert found.queue.said == "1 worker; 0 jobs wait."
    assert (found.model.engine, found.model.model) == ("gemini", "gemini-2.5-pro")


async def test_what_is_missing_is_said_and_the_rest_goes_on(opened: Desk) -> None:
    answer = await opened.call("GET", "/health")
    assert answer.status_code == 200
    shown = answer.json()
    assert (shown["status"], shown["database"]["status"], shown["github"]["status"]) == ("degraded", "ok", "ok")
    assert shown["queue"]["said"] == "No worker shows a heartbeat; 0 jobs wait."
    assert shown["model"]["said"] == "No model is set up: recipes alone propose."
    assert "geo" not in answer.text


async def test_jobs_that_wait_too_long_and_dead_ones_are_counted(opened: Desk) -> None:
    await _sql(opened, _WORKER)
    await _sql(
        opened,
        "INSERT INTO procrastinate_jobs (task_name, queue_name, status, scheduled_at) VALUES "
        "('a', 'default', 'todo', now() - interval '20 minutes'), ('b', 'default', 'todo', now() + interval '1 hour'), "
        "('c', 'default', 'failed', NULL)",
    )
    looked = Looked(opened)
    assert (await looked.again())["queue"] == "degraded"
    found = (await looked.doctor.health()).queue
    assert (found.waiting, found.dead, found.workers) == (1, 1, 1)
    assert 1190 < found.oldest_seconds < 1300
    assert found.said == "1 worker; 1 jobs wait, the oldest for 20 minutes."


async def test_a_worker_without_a_heartbeat_is_none(opened: Desk) -> None:
    await _sql(opened, "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 minute')")
    assert (await Looked(opened).again())["queue"] == "degraded"


async def test_github_is_asked_once_a_minute_and_its_silence_is_told(opened: Desk) -> None:
    await _sql(opened, _WORKER)
    looked = Looked(opened)
    opened.sandbox.faults.add(Fault("GET", "/app$", status=401, times=1))
    assert (await looked.again())["github"] == "degraded"
    assert (await looked.again(30.0))["github"] == "degraded"
    assert (await looked.again(31.0)) == dict.fromkeys(("database", "queue", "github", "model", "all"), "ok")


async def test_a_model_that_answers_nothing_is_told_from_what_is_recorded(opened: Desk) -> None:
    await _sql(opened, _WORKER)
    await opened.question("Why?")
    plan = "prun-00000000-0000-0000-0000-000000000001"
    async with opened.database.connection() as connection:
        await plan_runs.remember(connection, plan, "[]", 1, 1, 1, 1)
        await plan_runs.complete(connection, plan, '{"outcome": "unavailable"}')
    looked = Looked(opened)
    assert (await looked.again())["model"] == "degraded"
    assert (await looked.doctor.health()).model.said == "Of its last 1 requests none was answered."
    await _sql(opened, """UPDATE plan_runs SET answer = '{"outcome": "no_fix"}'""")
    assert (await looked.again())["model"] == "ok"


@pytest.mark.parametrize(("chosen", "status"), [(True, "ok"), (False, "degraded")])
async def test_no_model_is_a_lack_unless_the_operator_chose_none(opened: Desk, chosen: bool, status: str) -> None:
    looked = Looked(opened, EngineName("recipes_only", None, chosen))
    assert (await looked.again())["model"] == status


async def test_without_a_database_it_is_down(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_database(database_url) as database:

        async def none(_: object) -> None:
            raise PoolTimeout

        monkeypatch.setattr("psycopg_pool.AsyncConnectionPool.getconn", none)
        doctor = Doctor(database, None, EngineName())
        found = await doctor.health()
        assert (found.status, found.database.said) == ("down", "The database does not answer.")
        assert (await doctor.ready()).status == "not ready"
        monkeypatch.undo()


async def test_many_who_ask_at_once_look_once(opened: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = Looked(opened)
    asked = 0
    real = Database.connection

    def counted(self: Database) -> object:
        nonlocal asked
        asked += 1
        return real(self)

    monkeypatch.setattr(Database, "connection", counted)
    await asyncio.gather(*(looked.doctor.health() for _ in range(100)))
    assert asked == 1
    await looked.again(4.0)
    assert asked == 1
    await looked.again(1.5)
    assert asked == 2


async def test_a_process_is_ready_once_every_migration_is_there(opened: Desk) -> None:
    assert (await opened.call("GET", "/ready")).json()["status"] == "ready"
    async with opened.database.connection() as connection:
        await connection.execute("DELETE FROM schema_migrations WHERE name = %s", (max(shipped()),))
    found = await Looked(opened).doctor.ready()
    assert (found.status, found.said) == ("not ready", "The database lacks 1 migrations; run: ci-fixer migrate")


async def test_it_is_told_without_the_apps_key_too(database: Database) -> None:
    found = await Doctor(database, None, EngineName()).health()
    assert (found.status, found.github.status) == ("degraded", "degraded")
    assert "takes webhooks" in found.github.said
