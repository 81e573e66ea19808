"""The runs of a repository by the time they were created, as GitHub lists them: the newest first, at most 1,000."""

from dataclasses import dataclass
from datetime import datetime

from github_app import wire
from github_app.calls import Calls
from github_app.model import Run

MOST_LISTED = 1000
"""Runs that one narrowed list shows, however many there are.
https://docs.github.com/en/rest/actions/workflow-runs#list-workflow-runs-for-a-repository
"""


@dataclass(frozen=True, slots=True)
class RunPage:
    """A page of a list of runs, each as of its newest attempt; `total` are all that the list was asked for."""

    total: int
    runs: tuple[Run, ...]


class PastRuns(Calls):
    """The verb for the past."""

    async def runs_created(self, first: datetime, last: datetime, page: int, size: int) -> RunPage:
        """A page (from 1, of at most 100 runs) of those created from `first` to `last`, both within; UTC."""
        created = f"{first:%Y-%m-%dT%H:%M:%SZ}..{last:%Y-%m-%dT%H:%M:%SZ}"
        params: dict[str, str | int] = {"created": created, "page": page, "per_page": size}
        found = wire.read(await self._get("/actions/runs", params), wire.RunsWire)
        return RunPage(found.total_count, tuple(run.run() for run in found.workflow_runs))
