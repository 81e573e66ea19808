"""Remembering where an event came from, so that a task finds its repository and its run."""

from github_app.model import Run
from github_app.payload import RepositoryEvent
from storage import installations, repositories, runs
from storage.database import Connection
from storage.installations import InstallationRow
from storage.repositories import RepositoryRow
from storage.runs import RunRow


async def remember_repository(connection: Connection, event: RepositoryEvent) -> int:
    """Save the event's repository, and its installation where the event that made it was missed; gives the id."""
    where = event.where()
    if event.repository is None or await installations.installation(connection, where.installation_id) is None:
        owner = where.owner if event.repository is None else event.repository.owner.login
        kind = "User" if event.repository is None else event.repository.owner.type
        row = InstallationRow(where.installation_id, owner, kind, {}, None, None)
        await installations.save_installation(connection, row)
    await repositories.save_repository(
        connection,
        RepositoryRow(
            where.repository_id,
            where.installation_id,
            where.owner,
            where.name,
            where.default_branch,
            named_at=event.named_at,
            private=event.repository is None or event.repository.private,
        ),
    )
    return where.repository_id


async def remember_run(connection: Connection, run: Run) -> None:
    """Save an attempt; successes too: they are what others are judged by."""
    await runs.save_run(
        connection,
        RunRow(
            run.run_id,
            run.run_attempt,
            run.repository_id,
            run.workflow_id,
            run.workflow_name,
            run.event,
            run.status,
            run.conclusion,
            run.head_sha,
            run.head_branch,
            run.head_repository,
            run.html_url,
            run.run_started_at,
        ),
    )
