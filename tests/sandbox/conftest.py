"""A served sandbox with one App installed on one repository, whose workflows end as a test says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import jwt
import pytest

from sandbox.registry import SandboxApp, SandboxRepository, new_key
from sandbox.running import BrokenWorkflow, Event, JobOutcome, ParsedWorkflow, RunOrder, StepOutcome, Watcher
from sandbox.server import Sandbox, serve

PERMISSIONS = {
    "actions": "write",
    "checks": "write",
    "contents": "write",
    "issues": "write",
    "pull_requests": "write",
}
EVENTS = ("push", "pull_request", "issue_comment", "check_run", "workflow_run")
CI = ".github/workflows/ci.yml"


@dataclass
class Time:
    """A clock that a test moves."""

    offset: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def passes(self, **amount: float) -> None:
        self.offset += timedelta(**amount)


@dataclass(frozen=True)
class Scripted:
    """A workflow whose file's text says what triggers it."""

    name: str
    events: tuple[str, ...]

    def triggered_by(self, event: Event) -> bool:
        return event.name in self.events


@dataclass
class ScriptedRunner:
    """Runs nothing: each job ends as ``conclusions`` says, with ``log`` as its log. What it was asked is ``orders``."""

    conclusions: dict[str, str] = field(default_factory=lambda: {"test": "success"})
    log: bytes | None = b"2026-01-01T00:00:00.0000000Z hello\n"
    orders: list[RunOrder] = field(default_factory=list)

    def parse(self, path: str, text: str) -> ParsedWorkflow | BrokenWorkflow:
        if text.startswith("broken"):
            return BrokenWorkflow("did not find expected key", 1, 1)
        return Scripted("CI", tuple(text.split()))

    async def run(self, workflow: ParsedWorkflow, order: RunOrder, watcher: Watcher) -> str:
        self.orders.append(order)
        now = datetime.now(UTC)
        order.workdir.mkdir(parents=True, exist_ok=True)
        for name, conclusion in self.conclusions.items():
            if name in order.kept:
                continue
            watcher.queued(name, name)
            watcher.started(name, name)
            log = None
            if self.log is not None:
                log = order.workdir / f"{name.replace('/', '_')}.txt"
                log.write_bytes(self.log)
            steps = (StepOutcome(1, "Run", conclusion, now, now),)
            watcher.ended(JobOutcome(name, name, conclusion, now, now, steps, log))
        return "failure" if "failure" in self.conclusions.values() else "success"


@dataclass
class GitHub:
    """What a test holds: the sandbox, its address, an App on ``octo/repo``, and people."""

    sandbox: Sandbox
    url: str
    app: SandboxApp
    repo: SandboxRepository
    installation_id: int
    http: httpx.AsyncClient
    time: Time
    runner: ScriptedRunner
    _token: str | None = None

    def jwt(self, **claims: object) -> str:
        """The App's own word for who it is; a claim that is None is left out."""
        return self.signed(self.app.private_key_pem, "RS256", **claims)

    def signed(self, key: str, algorithm: str, **claims: object) -> str:
        """Such a word signed in some way."""
        now = int(self.time().timestamp())
        body = {"iat": now - 60, "exp": now + 540, "iss": str(self.app.app_id)} | claims
        kept = {name: value for name, value in body.items() if value is not None}
        return jwt.encode(kept, key, algorithm=algorithm)

    async def token(self, **narrowed: object) -> str:
        answer = await self.http.post(
            f"/app/installations/{self.installation_id}/access_tokens",
            json=narrowed,
            headers={"Authorization": f"Bearer {self.jwt()}"},
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])

    async def call(self, method: str, path: str, token: str | None = None, **options: object) -> httpx.Response:
        """One request as the installation (or with ``token``); ``{r}`` in the path is the repository."""
        if token is None:
            self._token = self._token or await self.token()
        headers = {"Authorization": f"Bearer {token or self._token}"}
        return await self.http.request(method, path.replace("{r}", "/repos/octo/repo"), headers=headers, **options)  # type: ignore[arg-type]  # passed through to httpx

    async def get(self, path: str, **options: object) -> httpx.Response:
        return await self.call("GET", path, **options)  # type: ignore[arg-type]  # passed through

    async def post(self, path: str, **body: object) -> httpx.Response:
        return await self.call("POST", path, json=body)

    async def patch(self, path: str, **body: object) -> httpx.Response:
        return await self.call("PATCH", path, json=body)

    async def head(self, branch: str = "main") -> str:
        sha = await self.sandbox.git(self.repo).ref(f"refs/heads/{branch}")
        assert sha is not None
        return sha

    async def branch(self, branch: str = "fix", **files: bytes) -> str:
        """A branch by mona with a change; gives the sha. Names of files may have ``__`` for a slash."""
        named = {name.replace("__", "/"): content for name, content in files.items()} or {"README.md": b"changed\n"}
        return await self.sandbox.push(self.repo, branch, named, "A change", "mona")

    async def pull(self, head: str = "fix") -> int:
        """A pull request by mona from a branch that there is."""
        return await self.sandbox.open_pull_request(self.repo, "mona", head, "main", "A change")

    async def failed_run(self) -> int:
        """A workflow run of a push to ``fix`` whose only job failed; gives its id."""
        self.runner.conclusions = {"test": "failure"}
        sha = await self.sandbox.push(self.repo, "fix", {CI: b"push"}, "Add CI", "mona")
        await self.sandbox.idle()
        return self.sandbox.runs(self.repo, sha)[-1].id


@pytest.fixture(scope="session")
def app_key() -> str:
    """One key for all tests: a key takes longer to make than most tests."""
    return new_key()


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def runner() -> ScriptedRunner:
    return ScriptedRunner()


@pytest.fixture
async def github(tmp_path: Path, time: Time, runner: ScriptedRunner, app_key: str) -> AsyncIterator[GitHub]:
    sandbox = Sandbox(tmp_path / "sandbox", clock=time, runner=runner)
    for login in ("octo", "mona", "stranger"):
        await sandbox.create_user(login)
    repo = await sandbox.create_repository("octo", "repo", {"README.md": b"one\ntwo\nthree\n", "src/a.py": b"x = 1\n"})
    await sandbox.set_role(repo, "mona", "write")
    app = await sandbox.create_app("CI Fixer", PERMISSIONS, EVENTS, None, "s3cret", private_key_pem=app_key)
    installation = await sandbox.install(app, "octo", [repo])
    async with serve(sandbox) as url, httpx.AsyncClient(base_url=url, trust_env=False) as http:
        yield GitHub(sandbox, url, app, repo, installation, http, time, runner)
