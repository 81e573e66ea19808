"""`installation` and `installation_repositories`: where the App is, and where no longer."""

from collections.abc import Sequence
from datetime import UTC, datetime

from github_app.payload import InstallationEvent, Named, read
from github_app.queue import Job
from handlers import jobs
from storage import installations, repositories
from storage.database import Connection
from storage.installations import InstallationRow
from storage.repositories import RepositoryRow

_MOST_ASKED = 50
"""Repositories of one event that GitHub is asked about: of an owner who chose hundreds anew the rest is believed."""


async def on_installation(connection: Connection, body: bytes) -> list[Job]:
    """Keep the installation and its repositories as GitHub says they are.

    That a repository was added or removed is told without a time, and in any order: GitHub is asked which is true.
    """
    event = read(body, InstallationEvent)
    found = event.installation
    suspended = datetime.now(UTC) if event.action == "suspend" else None
    deleted = datetime.now(UTC) if event.action == "deleted" else None
    row = InstallationRow(found.id, found.account.login, found.account.type, found.permissions, suspended, deleted)
    await installations.save_installation(connection, row)
    await _save(connection, found.id, (*event.repositories, *event.repositories_added, *event.repositories_removed))
    if deleted is not None:
        await installations.delete_installation(connection, found.id)
        return []
    added = [named.id for named in event.repositories_added]
    removed = [named.id for named in event.repositories_removed]
    await repositories.give_back(connection, found.id, added[_MOST_ASKED:])
    await repositories.remove_repositories(connection, found.id, removed[_MOST_ASKED:])
    asked = [(one, True) for one in added[:_MOST_ASKED]] + [(one, False) for one in removed[:_MOST_ASKED]]
    return [jobs.reach(found.id, repository_id, heard=heard) for repository_id, heard in asked]


async def _save(connection: Connection, installation_id: int, found: Sequence[Named]) -> None:
    for named in found:
        known = await repositories.repository(connection, named.id)
        owner, _, name = named.full_name.partition("/")
        # This event does not say the default branch; the first event of the repository itself does.
        branch = known.default_branch if known else "main"
        row = RepositoryRow(named.id, installation_id, owner, name, branch, private=named.private)
        await repositories.save_repository(connection, row)
