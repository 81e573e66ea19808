"""API and pages over real HTTP against the sandbox, with fixes in the database and no worker: quick, and enough for
whatever is asked before a decision is carried out."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import httpx
import msgspec

from agents.recipes_only import RecipesOnly
from analysis.analyze import analyze
from github_app.auth import Host
from github_app.client import GitHub
from github_app.oauth import CALLBACK_PATH, OAuth
from github_app.server import build_server, listen, serve
from github_app.webhook import Delivery
from handlers.services import Services
from learning.likeness import likeness_row
from sandbox.registry import SandboxApp, SandboxRepository
from sandbox.server import Sandbox
from sandbox.server import serve as serve_sandbox
from storage import analyses, analytics, plan_runs
from storage.database import Database
from storage.failures import NewFailure, save_failures
from storage.fixes import FixState, move, propose
from storage.ids import FailureId
from storage.plan_runs import NewPlanRun
from storage.repositories import RepositoryRow, save_repository
from storage.runs import save_run
from tests.analysis.recorded_cases import FOLDER
from tests.storage.rows import FAILURE, RUN, another_fix
from web.api.operation import Operation
from web.application import build_web
from web.health import Doctor
from web.limits import Allowances, Limits
from web.listening import Rhythm
from web.probes import build_probes
from web.site import Site, site
from web.tokens import new_token

SECRET = "a secret of the tests"
PERMISSIONS = {"actions": "read", "checks": "write", "contents": "write", "issues": "write", "pull_requests": "write"}
_TLS = ssl.create_default_context()
"""One for all clients: each would else load the machine's certificates anew."""
_OF_A_BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
QUESTION = "clar-00000000-0000-0000-0000-000000000001"


@dataclass(frozen=True)
class Seeded:
    """How to ask for what `Desk.seeded` made: path parameters by an operation's area, bodies by its name."""

    parameters: dict[str, dict[str, str]]
    bodies: dict[str, object]

    def path_of(self, operation: Operation) -> str:
        """The operation's path to those rows."""
        return operation.path.format(**self.parameters.get(operation.area, {}))


@cache
def _recorded() -> NewFailure:
    """The failure of a recorded log."""
    diagnosis = analyze([(FOLDER / "bats.log").read_bytes()])
    return replace(
        FAILURE,
        fingerprint=diagnosis.fingerprint,
        category=diagnosis.category.value,
        confidence=diagnosis.confidence,
        tool=diagnosis.tool,
        headline=diagnosis.headline,
        message=diagnosis.message,
        symptoms=diagnosis.symptoms,
        diagnosis_json=msgspec.json.encode(diagnosis).decode(),
        likeness=likeness_row(diagnosis),
    )


@dataclass
class Desk:
    """What a test holds. `geo` is private: octo owns it, mona writes, reader reads, stranger sees nothing of it."""

    sandbox: Sandbox
    app: SandboxApp
    geo: SandboxRepository
    installation_id: int
    head: str
    """Of the branch `topic` in `geo`, for which the fixes are."""
    database: Database
    site: Site
    url: str

    async def fix(self, number: int = 0, repository: SandboxRepository | None = None, **changed: str) -> int:
        """A fix that waits for a decision, in `geo` or elsewhere; gives its id."""
        at = (repository or self.geo).id
        async with self.database.transaction() as connection:
            run = replace(RUN, run_id=100 + at, repository_id=at, head_repository="octo/geo", head_sha=self.head)
            await save_run(connection, run)
            await analyses.begin(connection, run.run_id, 1, at, self.head, 1)
            new = replace(another_fix(number), repository_id=at, run_id=run.run_id, head_sha=self.head, **changed)  # type: ignore[arg-type]  # the fields are texts
            return int((await propose(connection, new)).fix_id)

    async def question(self, text: str) -> str:
        """A question that waits in `geo`; gives its id."""
        await self.fix()
        plan = "prun-00000000-0000-0000-0000-000000000001"
        async with self.database.transaction() as connection:
            new = NewPlanRun(plan, plan.replace("prun", "plan"), self.geo.id, 100 + self.geo.id, 1, "{}")
            await plan_runs.begin(connection, new)
            await plan_runs.save_step(connection, plan, 0, "ask_maintainer", "{}", "waiting")
            await plan_runs.ask(connection, QUESTION, plan, 0, text)
            await plan_runs.move(connection, plan, "NEED_CLARIFICATION")
        return QUESTION

    async def failure(
        self,
        number: int = 0,
        repository: SandboxRepository | None = None,
        started: datetime | None = None,
        **changed: str,
    ) -> int:
        """A failure that a recorded log tells of, in a run of its own, in `geo` or elsewhere; gives its id."""
        at = (repository or self.geo).id
        run_id = 1_000 * at + number
        async with self.database.transaction() as connection:
            run = replace(
                RUN, run_id=run_id, repository_id=at, head_repository="octo/geo", head_sha=self.head,
                run_started_at=started or datetime.now(UTC), head_branch=changed.get("head_branch", "topic"),
            )  # fmt: skip
            await save_run(connection, run)
            await analyses.begin(connection, run_id, 1, at, self.head, 1)
            await analyses.update(connection, run_id, 1, state="diagnosed")
            new = replace(_recorded(), repository_id=at, run_id=run_id, head_sha=self.head, **changed)  # type: ignore[arg-type]  # the fields are texts
            return int((await save_failures(connection, [new]))[0].failure_id)

    async def green(self, number: int, started: datetime, branch: str = "topic") -> None:
        """A run of `geo` that passed."""
        async with self.database.transaction() as connection:
            run = replace(
                RUN, run_id=1_000 * self.geo.id + number, repository_id=self.geo.id, head_repository="octo/geo",
                head_sha=self.head, run_started_at=started, conclusion="success", head_branch=branch,
            )  # fmt: skip
            await save_run(connection, run)

    async def seeded(self) -> "Seeded":
        """One row of everything in `geo`, which is private, and how to ask for each of them."""
        failure_id = await self.failure()
        question = await self.question("Is numpy allowed?")
        async with self.database.transaction() as connection:
            mends = replace(
                another_fix(7), repository_id=self.geo.id, run_id=1_000 * self.geo.id, head_sha=self.head,
                failure_ids=(FailureId(failure_id),),
            )  # fmt: skip
            done = await propose(connection, mends)
            for state in (FixState.APPROVED, FixState.APPLYING, FixState.APPLIED, FixState.VERIFIED):
                sha = self.head if state is FixState.APPLIED else None
                await move(connection, done.fix_id, to=state, actor="mona", commit_sha=sha)
            waiting = await propose(
                connection, replace(mends, diff=mends.diff + "+\n", patch_hash="0" * 64, run_attempt=1)
            )
            await analytics.fold(connection)
        owner, _, repo = self.geo.full_name.partition("/")
        named = {"owner": owner, "repo": repo}
        run_id = 1_000 * self.geo.id
        return Seeded(
            parameters={
                "fixes": {"id": str(waiting.fix_id)},
                "failures": {"id": str(failure_id)},
                "repositories": named,
                "analytics": named,
                "analyze": {**named, "run_id": str(run_id), "run_attempt": "1"},
            },
            bodies={
                "respond_to_clarification": {"clarification_id": question, "answer": "So."},
                "find_similar_fixes": {"failure_id": failure_id},
                "predict_success": {"fix_id": int(waiting.fix_id)},
                "analyze": {**named, "run_id": run_id},
                "analyze_by_plan": {**named, "run_id": run_id},
            },
        )

    async def reach(self, repository: SandboxRepository, installation_id: int) -> None:
        """Have the App know a repository, as an event of it would."""
        owner, _, name = repository.full_name.partition("/")
        async with self.database.transaction() as connection:
            await save_repository(connection, RepositoryRow(repository.id, installation_id, owner, name, "main"))

    async def token(self, login: str, scope: str = "decide", days: float = 1) -> str:
        """An API token that acts as a person."""
        user = await self.site.services.github.user(login)
        async with self.database.connection() as connection:
            return (await new_token(connection, user, scope, timedelta(days=days))).token

    async def call(self, method: str, path: str, token: str | None = None, **options: object) -> httpx.Response:
        """One request to the API."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        headers |= options.pop("headers", {})  # type: ignore[call-overload]  # a mapping of texts
        async with httpx.AsyncClient(base_url=self.url, verify=_TLS, headers=headers) as client:
            return await client.request(method, path, **options)  # type: ignore[arg-type]  # passed through to httpx

    @asynccontextmanager
    async def browser(self, login: str | None = None) -> AsyncIterator[httpx.AsyncClient]:
        """A browser, signed in or not."""
        async with httpx.AsyncClient(base_url=self.url, verify=_TLS, headers=_OF_A_BROWSER) as client:
            if login is not None:
                sent = await client.get("/login")
                back = await client.get(self.sandbox.sign_in(sent.headers["location"], login))
                assert back.status_code == 303, back.text
            yield client

    async def value(self, sql: str) -> object:
        """The single value of a query."""
        async with self.database.connection() as connection:
            row = await (await connection.execute(sql.encode())).fetchone()
        return None if row is None else row[0]


@asynccontextmanager
async def desk(
    database: Database,
    folder: Path,
    key: str,
    *,
    sign_in: bool = True,
    limits: Limits | None = None,
    frontend_url: str | None = None,
    rhythm: Rhythm | None = None,
) -> AsyncIterator[Desk]:
    """All of it, running; without `limits` one may ask as often as a test does."""
    stop = asyncio.Event()
    sandbox = Sandbox(folder / "sandbox")
    for login in ("octo", "mona", "reader", "stranger"):
        await sandbox.create_user(login)
    geo = await sandbox.create_repository("octo", "geo", {"x.py": b"import os\n"}, private=True)
    for login, role in (("mona", "write"), ("reader", "read")):
        await sandbox.set_role(geo, login, role)
    with listen("127.0.0.1", 0) as listening:
        own = f"http://127.0.0.1:{listening.getsockname()[1]}"
        async with serve_sandbox(sandbox) as url:
            app = await sandbox.create_app(
                "CI Fixer", PERMISSIONS, (), None, SECRET, private_key_pem=key, callback_urls=[own + CALLBACK_PATH]
            )
            installation_id = await sandbox.install(app, "octo", [geo])
            services = Services(database, GitHub(Host(url, app.app_id, app.private_key_pem)), RecipesOnly())
            oauth = OAuth(url, url, app.client_id, app.client_secret) if sign_in else None
            limits = limits or Limits(Allowances(*[1_000_000] * 4))
            served = site(services, (SECRET.encode(),), oauth, limits=limits, frontend_url=frontend_url, rhythm=rhythm)
            probes = build_probes(Doctor(database, services.github, served.engine))
            server = build_server(
                _write, (SECRET.encode(),), probes, build_web(served), counted=served.metrics.delivered
            )
            running = asyncio.create_task(serve(server, listening, stop, ending=served.live.close))
            head = await sandbox.push(geo, "topic", {"y.py": b"y = 1\n"}, "More", "mona")
            opened = Desk(sandbox, app, geo, installation_id, head, database, served, own)
            await opened.reach(geo, installation_id)
            try:
                yield opened
            finally:
                stop.set()
                await running


def csrf_of(page: str) -> str:
    """The word that a page's forms bring back."""
    return page.partition('name="csrf" value="')[2].partition('"')[0]


async def _write(_: Delivery) -> bool:
    return True
