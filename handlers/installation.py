"""`installation` and `installation_repositories`: where the App is, and where no longer."""

from datetime import UTC, datetime

from github_app.payload import InstallationEvent, Named, read
from github_app.queue import Job
from storage import installations, repositories
from storage.database import Connection
from storage.installations import InstallationRow
from storage.repositories import RepositoryRow


async def on_installation(connection: Connection, body: bytes) -> list[Job]:
    """Keep the installation and its repositories as GitHub says they are; there is nothing else to do."""
    event = read(body, InstallationEvent)
    found = event.installation
    if event.action == "deleted":
        await installations.delete_installation(connection, found.id)
        return []
    suspended = datetime.now(UTC) if event.action == "suspend" else None
    row = InstallationRow(found.id, found.account.login, found.account.type, found.permissions, suspended, None)
    await installations.save_installation(connection, row)
    for named in (*event.repositories, *event.repositories_added):
        await _save(connection, found.id, named)
    gone = [named.id for named in event.repositories_removed]
    await repositories.remove_repositories(connection, found.id, gone)
    return []


async def _save(connection: Connection, installation_id: int, named: Named) -> None:
    known = await repositories.repository(connection, named.id)
    owner, _, name = named.full_name.partition("/")
    # This event does not say the default branch; the first event of the repository itself does.
    branch = known.default_branch if known else "main"
    await repositories.save_repository(connection, RepositoryRow(named.id, installation_id, owner, name, branch))
