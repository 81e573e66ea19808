"""A stored fix on the sandbox's GitHub, without CI and without a worker: what a task does is asked for by its name.

Real HTTP, real git and a real database; quick enough to be made for each case.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from itertools import count
from pathlib import Path

import msgspec

from agents.recipes_only import RecipesOnly
from analysis.diagnosis import Category, Diagnosis, Evidence, Fingerprint
from analysis.edits import Edit
from github_app.auth import Host
from github_app.client import REPORT, GitHub
from github_app.manifest import read_manifest
from github_app.model import InstallationId, Repository, RepositoryId, RunId, Sha, User, UserId
from github_app.publish import comment_body
from handlers.services import Services
from handlers.tasks.apply import apply
from handlers.tasks.proposing import store_fix
from handlers.tasks.publishing import publish
from handlers.tasks.reporting import report_of
from handlers.tasks.review import Answer, Decision, review
from handlers.tasks.undo import undo
from handlers.tasks.verify import supersede, verify
from sandbox.registry import SandboxApp, SandboxRepository, new_key
from sandbox.server import Sandbox, serve
from storage import analyses, fixes, installations, ledger, repositories
from storage.database import Database, open_database
from storage.failures import FailedJob, NewFailure, save_failures
from storage.fixes import FixRow
from storage.ids import FixId
from storage.installations import InstallationRow
from storage.repositories import RepositoryRow
from storage.runs import RunRow, save_run

GREEN = b"import math\n\n\ndef area(radius):\n    return math.pi * radius**2\n"
RED = GREEN.replace(b"math\n", b"os\n", 1)
SCRIPT = b"#!/bin/sh\necho one\n"
MEND = Edit("area.py", "import os\n", "import math\n")
_MANIFEST = read_manifest()
_DIAGNOSIS = Diagnosis(
    1, 1, Category.LINT, 0.9, "ruff", None, 1, "F401", None, Fingerprint("ruff:F401"), "F401", Evidence(1, 0, ())
)
"""What a diagnosis of no log at all would be: the report needs one, and nothing here reads it."""


@cache
def _key() -> str:
    return new_key()


@dataclass
class Desk:
    """What a test holds. `ids` numbers the runs."""

    sandbox: Sandbox
    app: SandboxApp
    installation: int
    repository: SandboxRepository
    database: Database
    services: Services
    api_url: str
    ids: "count[int]" = field(default_factory=lambda: count(1000))

    def known(self) -> Repository:
        return Repository(RepositoryId(self.repository.id), InstallationId(self.installation), "octo", "geo", "main")

    async def head(self, branch: str, where: SandboxRepository | None = None) -> str:
        return await self.sandbox.git(where or self.repository).ref(f"refs/heads/{branch}") or ""

    async def failed_run(self, head_sha: str, branch: str, number: int | None, **more: str) -> RunRow:
        """A failed attempt of the one workflow, as its event leaves it, with its analysis and its one failure."""
        run_id = next(self.ids)
        run = await self.ran(head_sha, branch, "failure", run_id=run_id, **more)
        async with self.database.transaction() as connection:
            await analyses.begin(connection, run_id, 1, self.repository.id, head_sha, number)
            await analyses.update(connection, run_id, 1, state="published", note="No fix.")
            await save_failures(connection, [_failure(run, more.get("fingerprint", "ruff:F401"))])
        return run

    async def ran(self, head_sha: str, branch: str, conclusion: str | None, **more: str | int) -> RunRow:
        """An attempt on a commit; `conclusion` None: it still runs."""
        run = RunRow(
            run_id=int(more.get("run_id", 0)) or next(self.ids),
            run_attempt=int(more.get("attempt", 1)),
            repository_id=self.repository.id,
            workflow_id=5,
            workflow_name="CI",
            event=str(more.get("event", "push")),
            status="completed" if conclusion else "in_progress",
            conclusion=conclusion,
            head_sha=head_sha,
            head_branch=branch,
            head_repository=str(more.get("head_repository", "octo/geo")),
            html_url="https://github.test/octo/geo/actions/runs/1",
            run_started_at=None,
        )
        async with self.database.connection() as connection:
            return await save_run(connection, run)

    async def proposed(self, run: RunRow, *edits: Edit) -> FixRow:
        """A fix for a run's failure, stored as recipes and engines store theirs."""
        async with self.database.connection() as connection:
            (failure,) = await save_failures(connection, [_failure(run, "ruff:F401")])
        wanted = edits or (MEND,)
        async with self.services.github.installation(self.known(), REPORT) as installation:
            files = await installation.files({edit.path for edit in wanted}, Sha(run.head_sha))
            note = await store_fix(
                self.services, installation, "recipe:test", "Import `math`", "It is used.", wanted, files, [failure]
            )
        assert note == ""
        async with self.database.connection() as connection:
            return (await fixes.fixes_of(connection, run.run_id, run.run_attempt))[-1]

    async def red_pull(self, *edits: Edit, files: Mapping[str, bytes] | None = None) -> tuple[FixRow, int]:
        """A pull request by mona from `swap` with a failed run on it, and the fix of that."""
        sha = await self.sandbox.push(self.repository, "swap", {"area.py": RED, **(files or {})}, "Swap", "mona")
        number = await self.sandbox.open_pull_request(self.repository, "mona", "swap", "main", "Swap")
        return await self.proposed(await self.failed_run(sha, "swap", number), *edits), number

    async def red_fork(self, *edits: Edit) -> tuple[FixRow, int, SandboxRepository]:
        """The same from a fork of a stranger's."""
        fork = await self.sandbox.fork(self.repository, "stranger")
        sha = await self.sandbox.push(fork, "swap", {"area.py": RED}, "Swap", "stranger")
        number = await self.sandbox.open_pull_request(self.repository, "stranger", "stranger:swap", "main", "Swap")
        run = await self.failed_run(sha, "swap", number, event="pull_request", head_repository="stranger/geo")
        return await self.proposed(run, *edits), number, fork

    def person(self, login: str) -> User:
        """Somebody of the sandbox, as events name him."""
        found = self.sandbox.world.state.user(login)
        assert found is not None
        return User(UserId(found.id), found.login, is_bot=False)

    async def decide(
        self,
        fix_id: FixId,
        ref: str = "1/0",
        *,
        approve: bool = True,
        channel: str = "comment",
        login: str = "mona",
        words: str = "",
    ) -> Answer:
        decision = Decision(approve, fix_id, self.person(login), words, channel, ref)
        async with self.services.github.installation(self.known(), REPORT) as installation:
            return await review(self.services, installation, self.known(), decision)

    async def approved(self, fix: FixRow) -> FixRow:
        """The fix after an approval and all that its task does."""
        answer = await self.decide(fix.fix_id)
        assert answer.refusal is None
        return await self.applied(fix)

    async def applied(self, fix: FixRow) -> FixRow:
        await apply(self.services, self.repository.id, fix.fix_id)
        return await self.now(fix)

    async def now(self, fix: FixRow) -> FixRow:
        async with self.database.connection() as connection:
            row = await fixes.fix(connection, self.repository.id, fix.fix_id)
        assert row is not None
        return row

    async def of_run(self, fix: FixRow) -> tuple[FixRow, ...]:
        async with self.database.connection() as connection:
            return await fixes.fixes_of(connection, fix.run_id, fix.run_attempt)

    async def reason(self, fix: FixRow) -> str:
        async with self.database.connection() as connection:
            last = ledger.last_change(await ledger.events_of(connection, fix.fix_id))
        assert last is not None
        return last.reason

    async def ci(self, fix: FixRow, conclusion: str, **more: str | int) -> FixRow:
        """CI's word on the fix's commit, and the fix after it."""
        row = await self.now(fix)
        await self.ran(row.commit_sha or "", fix.head_branch or "", conclusion, **more)
        await verify(self.services, self.repository.id, row.commit_sha or "")
        return await self.now(fix)

    async def verified(self, commit_sha: str) -> None:
        """The event that a run on a commit ended."""
        await verify(self.services, self.repository.id, commit_sha)

    async def moved(self, number: int) -> None:
        """The event that a pull request's branch moved, or that it was closed."""
        pull = self.sandbox.pull_request(self.repository, number)
        name = pull.head_repository.full_name
        await supersede(self.services, self.repository.id, number, name, pull.head_branch)

    async def undo(
        self, number: int, fix_id: int | None = None, *, login: str = "mona", ref: str = "9/0"
    ) -> str | None:
        who = self.person(login)
        async with self.services.github.installation(self.known(), REPORT) as installation:
            return await undo(self.services, installation, self.known(), number, fix_id, who, ref)

    async def shown(self, run_id: int) -> str:
        """What the report on a run says."""
        async with self.database.connection() as connection:
            row = await analyses.analysis(connection, run_id, 1)
            assert row is not None
            return comment_body([await report_of(connection, self.known(), row)])

    async def published(self, fix: FixRow) -> None:
        """The report on a fix's run, shown on GitHub."""
        async with self.services.github.installation(self.known(), REPORT) as installation:
            await publish(self.services, installation, self.known(), RunId(fix.run_id), fix.run_attempt)

    async def file(self, branch: str, path: str = "area.py") -> bytes | None:
        return await self.sandbox.read_file(self.repository, branch, path)

    async def commits(self, since: str, branch: str) -> int:
        """How many commits a branch has since a commit."""
        return await self.sandbox.git(self.repository).count(f"{since}..refs/heads/{branch}")

    def comment(self, number: int) -> str:
        """The App's last word on a pull request."""
        written = [one for one in self.sandbox.comments(self.repository, number) if one.user.type == "Bot"]
        return written[-1].body if written else ""


def _failure(run: RunRow, fingerprint: str) -> NewFailure:
    return NewFailure(
        repository_id=run.repository_id,
        run_id=run.run_id,
        run_attempt=run.run_attempt,
        head_sha=run.head_sha,
        head_branch=run.head_branch,
        fingerprint=fingerprint,
        category="lint",
        confidence=0.9,
        tool="ruff",
        headline=f"{fingerprint} in `area.py`",
        message="F401 imported but unused",
        jobs=(FailedJob(1, "lint", "Run ruff", "https://github.test/1"),),
        verdict="yours",
        verdict_reason="the base passes",
        witnesses_json="[]",
        diagnosis_json=msgspec.json.encode(_DIAGNOSIS).decode(),
    )


@asynccontextmanager
async def desk(database_url: str, folder: Path, permissions: Mapping[str, str] | None = None) -> AsyncIterator[Desk]:
    """The App installed on `octo/geo`, whose `main` is green; `permissions` are those that its owner has accepted."""
    sandbox = Sandbox(folder / "sandbox")
    async with open_database(database_url) as database, serve(sandbox) as url:
        for login in ("octo", "mona", "stranger"):
            await sandbox.create_user(login)
        app = await sandbox.create_app(
            _MANIFEST.name, _MANIFEST.default_permissions, _MANIFEST.default_events, private_key_pem=_key()
        )
        repository = await sandbox.create_repository("octo", "geo", {"area.py": GREEN, "README.md": b"Areas.\n"})
        await sandbox.set_role(repository, "mona", "write")
        installed = await sandbox.install(app, "octo", [repository], permissions=permissions)
        services = Services(
            database, GitHub(Host(url, app.app_id, app.private_key_pem)), RecipesOnly(), log_grace=timedelta(0)
        )
        async with database.transaction() as connection:
            row = InstallationRow(installed, "octo", "User", {}, None, None)
            await installations.save_installation(connection, row)
            await repositories.save_repository(
                connection, RepositoryRow(repository.id, installed, "octo", "geo", "main")
            )
        try:
            yield Desk(sandbox, app, installed, repository, database, services, url)
        finally:
            await sandbox.close()
