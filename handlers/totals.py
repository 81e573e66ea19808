"""What a worker counts of its tasks, and adds to the totals of all workers: one small write for many jobs."""

from collections import defaultdict
from datetime import timedelta

from github_app.worker import Periodic
from storage import task_totals
from storage.database import Database
from storage.errors import StorageError
from storage.task_totals import TaskTotal

_EVERY = timedelta(seconds=10)
"""What a killed worker loses of its counts at most."""


class Totals:
    """Counts in memory until they are added."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counted: defaultdict[tuple[str, str], tuple[int, float]] = defaultdict(lambda: (0, 0.0))

    def count(self, task: str, outcome: str, seconds: float) -> None:
        """Count one end of a task."""
        jobs, before = self._counted[task, outcome]
        self._counted[task, outcome] = (jobs + 1, before + seconds)

    async def add(self) -> None:
        """Add what was counted since, or keep it for the next time. Raises StorageError."""
        counted, self._counted = self._counted, defaultdict(lambda: (0, 0.0))
        rows = [TaskTotal(task, outcome, *sums) for (task, outcome), sums in counted.items()]
        if not rows:
            return
        try:
            async with self._database.connection() as connection:
                await task_totals.add(connection, rows)
        except StorageError:
            for one in rows:
                jobs, seconds = self._counted[one.task, one.outcome]
                self._counted[one.task, one.outcome] = (jobs + one.jobs, seconds + one.seconds)
            raise

    def periodic(self) -> Periodic:
        """The adding, as a worker repeats it."""
        return Periodic("totals of tasks", _EVERY, self.add)
