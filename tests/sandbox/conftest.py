"""A served sandbox with one App installed on one repository, whose workflows end as a test says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import jwt
import pytest

from sandbox.registry import SandboxApp, SandboxRepository
from sandbox.running import BrokenWorkflow, JobOutcome, JobUpdate, ParsedWorkflow, RunOrder, RunOutcome, StepOutcome
from sandbox.server import Sandbox, serve

PERMISSIONS = {
    "actions": "write",
    "checks": "write",
    "contents": "write",
    "issues": "write",
    "pull_requests": "write",
}
EVENTS = ("push", "pull_request", "issue_comment", "check_run", "workflow_run")


@dataclass
class Time:
    """A clock that a test moves."""

    offset: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.offset


@dataclass(frozen=True)
class Scripted:
    """A workflow whose file's text says what triggers it."""

    name: str
    events: tuple[str, ...]

    def triggered_by(
        self, event: str, *, ref: str, branch: str | None, changed: Sequence[str], activity: str | None = None
    ) -> bool:
        return event in self.events


@dataclass
class ScriptedRunner:
    """Runs nothing: each job ends as ``conclusions`` says, with ``log`` as its log."""

    conclusions: dict[str, str] = field(default_factory=lambda: {"test": "success"})
    log: bytes | None = b"2026-01-01T00:00:00.0000000Z hello\n"

    def parse(self, path: str, text: str) -> ParsedWorkflow | BrokenWorkflow:
        if text.startswith("broken"):
            return BrokenWorkflow("did not find expected key", 1, 1)
        return Scripted("CI", tuple(text.split()))

    async def run(
        self, workflow: ParsedWorkflow, order: RunOrder, on_update: Callable[[JobUpdate], Awaitable[None]]
    ) -> RunOutcome:
        now = datetime.now(UTC)
        jobs: list[JobOutcome] = []
        for name, conclusion in self.conclusions.items():
            await on_update(JobUpdate(name, "in_progress"))
            log = None
            if self.log is not None:
                order.workdir.mkdir(parents=True, exist_ok=True)
                log = order.workdir / f"{name}.txt"
                log.write_bytes(self.log)
            jobs.append(JobOutcome(name, conclusion, now, now, (StepOutcome(1, "Run", conclusion, now, now),), log))
        worst = "failure" if "failure" in self.conclusions.values() else "success"
        return RunOutcome(worst, tuple(jobs))


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

    def jwt(self, **claims: object) -> str:
        now = int(self.time().timestamp())
        body = {"iat": now - 60, "exp": now + 540, "iss": str(self.app.app_id)} | claims
        return jwt.encode(body, self.app.private_key_pem, algorithm="RS256")

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
        token = token or await self.token()
        headers = {"Authorization": f"Bearer {token}"}
        return await self.http.request(method, path.replace("{r}", "/repos/octo/repo"), headers=headers, **options)  # type: ignore[arg-type]  # passed through to httpx


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def runner() -> ScriptedRunner:
    return ScriptedRunner()


@pytest.fixture
async def github(tmp_path: Path, time: Time, runner: ScriptedRunner) -> AsyncIterator[GitHub]:
    sandbox = Sandbox(tmp_path / "sandbox", clock=time, runner=runner)
    for login in ("octo", "mona", "stranger"):
        await sandbox.create_user(login)
    repo = await sandbox.create_repository("octo", "repo", {"README.md": b"one\ntwo\nthree\n", "src/a.py": b"x = 1\n"})
    await sandbox.set_role(repo, "mona", "write")
    app = await sandbox.create_app("CI Fixer", PERMISSIONS, EVENTS, None, "s3cret")
    installation = await sandbox.install(app, "octo", [repo])
    async with serve(sandbox) as url, httpx.AsyncClient(base_url=url, trust_env=False) as http:
        yield GitHub(sandbox, url, app, repo, installation, http, time, runner)
