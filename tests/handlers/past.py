"""A repository that has a past: a few runs of real tools by the sandbox's runner, repeated under other ids and dates.

The log bytes are real, each as often as its run is repeated; nothing is made up but ids and times.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agents.recipes_only import RecipesOnly
from github_app.allowance import Allowance
from github_app.auth import Host
from github_app.client import GitHub
from github_app.manifest import read_manifest
from github_app.model import InstallationId, Repository, RepositoryId
from handlers.services import Services
from handlers.tasks.backfill import Progress, backfill
from sandbox.ratelimit import RateLimiter
from sandbox.registry import SandboxApp, SandboxRepository, new_key
from sandbox.server import Sandbox, serve
from sandbox.state import Run
from storage.database import Database
from storage.repositories import RepositoryRow, save_repository
from tests.handlers.house import GREEN, RED, workflow
from tests.sandbox.conftest import Time

SECRET = "a secret of the tests"
DAYS = 80
RUNS, ATTEMPTS, RED_ATTEMPTS = 3, 4, 3
"""Of what is recorded and repeated: a green run, one that ruff failed twice, one of a branch that it failed."""
_MANIFEST = read_manifest()
_WORKFLOW = ".github/workflows/ci.yml"


@dataclass(frozen=True)
class Recorded:
    """A GitHub with the App on `octo/geo`, and the runs that its runner made there."""

    sandbox: Sandbox
    app: SandboxApp
    repository: SandboxRepository
    installation_id: int
    api_url: str
    runs: tuple[Run, ...]


@dataclass
class Past:
    """What a test holds: that GitHub, and a database of its own. `waits` are what was waited for, in words."""

    on: Recorded
    database: Database
    database_url: str
    time: Time = field(default_factory=Time)
    waits: list[tuple[timedelta, str]] = field(default_factory=list)

    @property
    def sandbox(self) -> Sandbox:
        return self.on.sandbox

    @property
    def known(self) -> Repository:
        ids = RepositoryId(self.on.repository.id), InstallationId(self.on.installation_id)
        return Repository(*ids, "octo", "geo", "main")

    async def begin(self) -> None:
        """Nothing asked of GitHub yet and nothing shown there, and one event heard."""
        checks = self.sandbox.find(self.on.repository).checks
        for run in self.sandbox.check_runs(self.on.repository, self.on.app):
            del checks[run.id]
        self.sandbox.world.limits = RateLimiter(self.time)
        self.sandbox.world.writes.clear()
        self.sandbox.faults.clear()
        row = RepositoryRow(self.on.repository.id, self.on.installation_id, "octo", "geo", "main")
        async with self.database.transaction() as connection:
            await save_repository(connection, row)

    async def give(self, count: int) -> tuple[Run, ...]:
        """Spread that many runs over the last eighty days."""
        repository = self.sandbox.find(self.on.repository)
        repository.runs.clear()
        repository.runs.update({run.id: run for run in self.on.runs})
        now, apart = datetime.now(UTC), timedelta(days=DAYS) / count
        return await self.sandbox.give_past(self.on.repository, [now - apart * (count - i) for i in range(count)])

    async def wait(self, amount: timedelta, why: str) -> None:
        """Let the time of the limits pass, and no other."""
        self.waits.append((amount, why))
        self.time.offset += amount

    async def read(self, *, days: int = 90) -> Progress:
        """Read the past in this process."""
        now = datetime.now(UTC)
        allowance = Allowance(self.wait, self.time)
        services = self.services(allowance)
        return await backfill(services, allowance, self.known, now - timedelta(days=days), now, _silent)

    def services(self, allowance: Allowance | None = None) -> Services:
        """What tasks act through."""
        host = Host(self.on.api_url, self.on.app.app_id, self.on.app.private_key_pem, allowance)
        return Services(self.database, GitHub(host), RecipesOnly(), log_grace=timedelta(0))

    def environment(self) -> dict[str, str]:
        """The settings of a command that reads it."""
        return {
            "ENVIRONMENT": "test",
            "GITHUB_WEBHOOK_SECRET": SECRET,
            "GITHUB_APP_ID": str(self.on.app.app_id),
            "GITHUB_PRIVATE_KEY": self.on.app.private_key_pem,
            "GITHUB_API_URL": self.on.api_url,
            "DATABASE_URL": self.database_url,
        }

    def posted(self) -> list[tuple[str, str]]:
        """What was asked of GitHub that may change something; a token is asked for before anything is read."""
        return [one for one in self.sandbox.writes() if not one[1].endswith("/access_tokens")]

    async def rows(self, sql: str) -> list[tuple[object, ...]]:
        async with self.database.connection() as connection:
            return list(await (await connection.execute(sql.encode())).fetchall())

    async def value(self, sql: str) -> object:
        ((found,),) = await self.rows(sql)
        return found


def _silent(_: Progress) -> None:
    pass


@asynccontextmanager
async def recorded(folder: Path, greens: int = 0) -> AsyncIterator[Recorded]:
    """Run them, for real, with so many green ones more; there is no worker and no webhook."""
    sandbox = Sandbox(folder / "sandbox")
    async with serve(sandbox) as url:
        for login in ("octo", "mona"):
            await sandbox.create_user(login)
        app = await sandbox.create_app(
            _MANIFEST.name, _MANIFEST.default_permissions, _MANIFEST.default_events, private_key_pem=new_key()
        )
        repository = await sandbox.create_repository("octo", "geo", {"area.py": GREEN, _WORKFLOW: workflow("push")})
        installation_id = await sandbox.install(app, "octo", [repository])
        for number in range(greens):
            await sandbox.push(repository, "main", {"notes.txt": f"{number}\n".encode()}, f"Note {number}", "octo")
        await sandbox.push(repository, "main", {"README.md": b"Areas.\n"}, "Say what it is", "octo")
        await sandbox.push(repository, "main", {"area.py": RED}, "Break main", "octo")
        await sandbox.push(repository, "swap", {"area.py": RED, "x.py": b"import sys\n"}, "Swap imports", "mona")
        await sandbox.idle()
        await sandbox.rerun(repository, sandbox.runs(repository)[greens + 1].id, "octo")
        await sandbox.idle()
        yield Recorded(sandbox, app, repository, installation_id, url, sandbox.runs(repository))
