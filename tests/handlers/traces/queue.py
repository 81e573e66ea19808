"""The queue worked off in the test's own loop: one job at a time, of those that no lock holds back."""

import random
from collections.abc import Awaitable, Callable, Mapping

from github_app.errors import Permanent, RetryLater
from handlers.registry import tasks
from handlers.services import Services
from storage.database import Database

_MOST_TRIES = 5
"""Of one job: nothing here takes longer than its first answer, so what is put off again and again is a fault."""


class Queue:
    """Procrastinate's table, read as its workers read it. A process of workers for each example would cost a second."""

    def __init__(self, services: Services) -> None:
        self._database: Database = services.database
        self.given_up: list[tuple[str, Mapping[str, object]]] = []
        self._tasks: Mapping[str, Callable[..., Awaitable[None]]] = {one.name: one.run for one in tasks(services)}

    async def work(self, choice: random.Random | None = None, most: int | None = None) -> int:
        """Run `most` jobs, or all there are; `choice` says which of those that could run is next, else the oldest."""
        done = 0
        while most is None or done < most:
            ready = await self._ready()
            if not ready:
                break
            job_id, name, args = ready[0] if choice is None else choice.choice(ready)
            await self._run(name, args)
            async with self._database.connection() as connection:
                await connection.execute("DELETE FROM procrastinate_jobs WHERE id = %s", (job_id,))
            done += 1
        return done

    async def _ready(self) -> list[tuple[int, str, Mapping[str, object]]]:
        """The oldest job of each lock, and those without one."""
        async with self._database.connection() as connection:
            cursor = await connection.execute(
                "SELECT DISTINCT ON (coalesce(lock, id::text)) id, task_name, args FROM procrastinate_jobs "
                "WHERE status = 'todo' ORDER BY coalesce(lock, id::text), id"
            )
            found = await cursor.fetchall()
        return sorted((row[0], row[1], row[2]) for row in found)

    async def _run(self, name: str, args: Mapping[str, object]) -> None:
        for _ in range(_MOST_TRIES):
            try:
                await self._tasks[name](**args)
            except RetryLater:
                continue
            except Permanent:
                pass
            return
        self.given_up.append((name, args))
