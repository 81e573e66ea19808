"""The whole App against the sandbox: real HTTP both ways, a real database, a worker, and CI that really runs ruff."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx

from agents.budget import DailyBudget
from agents.engine import Engine
from agents.recipes_only import RecipesOnly
from github_app.auth import Host
from github_app.client import GitHub
from github_app.manifest import read_manifest
from github_app.oauth import CALLBACK_PATH, OAuth
from github_app.server import build_server, listen, serve
from github_app.webhook import Delivery
from github_app.worker import Pace, run_worker
from handlers.registry import tasks
from handlers.services import Services
from jail.bubblewrap import Jail
from sandbox.registry import SandboxApp, SandboxRepository
from sandbox.server import Sandbox
from sandbox.server import serve as serve_sandbox
from storage.database import Database, open_database
from storage.deliveries import Incoming, delivery_writer
from web.application import build_web
from web.engine import EngineName
from web.health import Doctor
from web.limits import Allowances, Limits
from web.probes import build_probes
from web.site import site
from web.tokens import new_token

SECRET = "a secret of the tests"
WORKFLOW = ".github/workflows/ci.yml"
CI = """\
name: CI
on: {event}
jobs:
  lint:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
      - name: Lint
        run: ruff check --isolated --no-cache .
"""
GREEN = b"import math\n\n\ndef area(radius):\n    return math.pi * radius**2\n"
RED = b"import os\n\n\ndef area(radius):\n    return math.pi * radius**2\n"
_STEADY = Pace(poll=0.05, grace=5.0)
"""On a busy machine a heartbeat may come a second late, and that is no death."""
MANIFEST = read_manifest()


def workflow(event: str) -> bytes:
    """A workflow that really runs ruff on the commit when `event` happens."""
    return CI.format(event=event).encode()


def pytest_workflow(tests: str) -> bytes:
    """A workflow that really runs pytest on one file, at each push."""
    said = {
        "  lint:": "  test:",
        "name: Lint": "name: Test",
        "ruff check --isolated --no-cache .": f"python -m pytest -q -p no:cacheprovider {tests}",
    }
    text = CI.format(event="push")
    for ruffs, pytests in said.items():
        text = text.replace(ruffs, pytests)
    return text.encode()


@dataclass
class House:
    """What a test holds."""

    sandbox: Sandbox
    app: SandboxApp
    repository: SandboxRepository
    database: Database
    services: Services
    webhook: str
    api_url: str
    installation_id: int
    api: str
    """Where API and pages are served: no slash at its end."""

    async def settle(self) -> None:
        """Wait until CI, deliveries and jobs have nothing left to do."""
        async with asyncio.timeout(60):
            quiet = 0
            while quiet < 2:
                await self.sandbox.idle()
                quiet = quiet + 1 if await self._idle() else 0
                await asyncio.sleep(0.02)

    async def _idle(self) -> bool:
        async with self.database.connection() as connection:
            cursor = await connection.execute(
                "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"
            )
            row = await cursor.fetchone()
        return row is not None and row[0] == 0

    async def value(self, sql: str) -> object:
        """The single value of a query."""
        async with self.database.connection() as connection:
            cursor = await connection.execute(sql.encode())
            row = await cursor.fetchone()
        return None if row is None else row[0]

    async def red_pull_request(self, branch: str = "swap", content: bytes = RED, *, settled: bool = True) -> int:
        """A pull request by mona whose CI fails; with `settled` off, its jobs are left to be done."""
        # Two branches of one moment must not be one commit: its name holds what is said of it.
        await self.sandbox.push(self.repository, branch, {"area.py": content}, f"Swap imports on {branch}", "mona")
        number = await self.sandbox.open_pull_request(self.repository, "mona", branch, "main", "Swap imports")
        await (self.settle() if settled else self.sandbox.idle())
        return number

    async def api_token(self, login: str, scope: str = "decide", *, days: int = 1) -> str:
        """A token of the JSON API that acts as a person of the sandbox."""
        user = await self.services.github.user(login)
        async with self.database.connection() as connection:
            return (await new_token(connection, user, scope, timedelta(days=days))).token

    @asynccontextmanager
    async def browser(self, login: str | None = None) -> AsyncIterator[httpx.AsyncClient]:
        """A browser on our pages, signed in as a person by way of the sandbox's sign-in, or as nobody."""
        # As browsers do: to others `/` says in JSON where everything is.
        page = {"Accept": "text/html"}
        async with httpx.AsyncClient(base_url=self.api, trust_env=False, headers=page) as client:
            if login is not None:
                sent = await client.get("/login")
                back = await client.get(self.sandbox.sign_in(sent.headers["location"], login))
                assert back.status_code == 303, back.text
            yield client

    def our_comments(self, number: int) -> list[str]:
        """What the App wrote on a pull request."""
        return [
            one.body
            for one in self.sandbox.comments(self.repository, number)
            if one.user.login.startswith(self.app.slug)
        ]


@asynccontextmanager
async def house(
    database_url: str,
    folder: Path,
    engine: Engine | None = None,
    *,
    working: bool = True,
    daily: DailyBudget | None = None,
    jail: Jail | None = None,
    patience: timedelta = timedelta(seconds=60),
    owner: str = "User",
) -> AsyncIterator[House]:
    """The App and its GitHub, running; `working` off leaves the jobs undone. `owner` is octo's kind of account."""
    stop = asyncio.Event()
    with listen("127.0.0.1", 0) as listening:
        api = f"http://127.0.0.1:{listening.getsockname()[1]}"
        webhook = f"{api}/webhook/github"
        sandbox = Sandbox(folder / "sandbox")
        async with (
            open_database(database_url) as database,
            delivery_writer(database_url) as writer,
            serve_sandbox(sandbox) as url,
        ):

            async def write(delivery: Delivery) -> bool:
                return await writer.write(Incoming(delivery.guid, delivery.event, delivery.body))

            await sandbox.create_user("octo", owner)
            for login in ("mona", "stranger"):
                await sandbox.create_user(login)
            files = {"area.py": GREEN, WORKFLOW: workflow("push")}
            app = await sandbox.create_app(
                MANIFEST.name,
                MANIFEST.default_permissions,
                MANIFEST.default_events,
                webhook,
                SECRET,
                callback_urls=[api + CALLBACK_PATH],
            )
            repository = await sandbox.create_repository("octo", "geo", files)
            await sandbox.set_role(repository, "mona", "write")
            installation_id = await sandbox.install(app, "octo", [repository])
            github = GitHub(Host(url, app.app_id, app.private_key_pem))
            services = Services(
                database, github, engine or RecipesOnly(), daily or DailyBudget(), timedelta(0), jail, patience
            )
            oauth = OAuth(url, url, app.client_id, app.client_secret)
            named = services.engine.describe()
            # People here do an hour's work in a second.
            unlimited = Limits(Allowances(*[1_000_000] * 4))
            name = EngineName(named.name, named.model or None)
            made = site(services, (SECRET.encode(),), oauth, limits=unlimited, engine=name)
            probes = build_probes(Doctor(database, github, made.engine))
            server = build_server(write, (SECRET.encode(),), probes, build_web(made))
            served = asyncio.create_task(serve(server, listening, stop, ending=made.live.close))
            # A push after the installation, so that the App knows a green run of the base branch.
            await sandbox.push(repository, "main", {"README.md": b"Areas.\n"}, "Say what it is", "octo")
            work = run_worker(database_url, tasks(services), stop, pace=_STEADY) if working else stop.wait()
            worker = asyncio.ensure_future(work)
            try:
                yield House(sandbox, app, repository, database, services, webhook, url, installation_id, api)
            finally:
                stop.set()
                await asyncio.gather(served, worker)
                await sandbox.close()
