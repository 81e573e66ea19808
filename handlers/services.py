"""What a task acts through; made once a process by the command line."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from agents.budget import DailyBudget
from agents.engine import Engine
from github_app.client import GitHub
from github_app.errors import Permanent
from github_app.model import InstallationId, Repository, RepositoryId
from github_app.repo_config import RepoConfig
from jail.bubblewrap import Jail
from storage import repositories
from storage.database import Connection, Database


@dataclass(frozen=True, slots=True)
class Services:
    """The database, GitHub, the engine that is asked where no recipe helps, and the jail that an operator has set up.

    `daily` is what that may cost a day. `log_grace` is how long a job's log may come after the job itself (GitHub
    shows things late). `patience` is how long reading may take before the check run says that it goes on: what is
    faster is shown at once, in one write less. `models` are engines by the name of the model that a repository may
    choose beside the operator's. `config` is what the repository of the task says: `configuration.configured` puts it
    in.
    """

    database: Database
    github: GitHub
    engine: Engine
    daily: DailyBudget = field(default_factory=DailyBudget)
    log_grace: timedelta = timedelta(seconds=60)
    jail: Jail | None = None
    patience: timedelta = timedelta(seconds=5)
    models: Mapping[str, Engine] = field(default_factory=dict)
    config: RepoConfig = field(default_factory=RepoConfig)


async def repository_of(connection: Connection, repository_id: int) -> Repository:
    """The repository as the last event named it. Raises Permanent where the App is no longer installed on it."""
    row = await repositories.repository(connection, repository_id)
    if row is None or row.removed_at is not None:
        raise Permanent(f"the App is not installed on repository {repository_id}")
    return Repository(
        RepositoryId(row.repository_id), InstallationId(row.installation_id), row.owner, row.name, row.default_branch
    )
