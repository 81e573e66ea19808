"""Six places of a fix, each a real failure with the fix that the App proposed for it; decisions are not carried out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from github_app.queue import TaskSpec
from github_app.worker import Pace, run_worker
from handlers.registry import tasks
from sandbox.registry import SandboxRepository
from sandbox.state import CheckRun
from tests.handlers.house import RED, WORKFLOW, House, house, workflow

ROLES = ("none", "read", "triage", "write", "maintain", "admin", "owner", "bot", "app")
PRIVILEGED = frozenset({"write", "maintain", "admin", "owner"})
FORK_WORKFLOW = ".github/workflows/fork.yml"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person acts, and the fix that he names there; in the last two places it is somewhere else's."""

    name: str
    number: int
    check: CheckRun
    fix_id: int


@dataclass(frozen=True, slots=True)
class Stage:
    """The App and its GitHub with the six places."""

    home: House
    places: tuple[Place, ...]
    opened: AsyncExitStack
    _tokens: dict[str, str] = field(default_factory=dict)
    _browsers: dict[str, httpx.AsyncClient] = field(default_factory=dict)

    def login(self, role: str) -> str:
        """The account that holds a role in the repository where people act."""
        return {"owner": "octo", "bot": "robot[bot]", "app": f"{self.home.app.slug}[bot]"}.get(role, f"has-{role}")

    async def token(self, role: str) -> str:
        """The role's token of the JSON API."""
        if role not in self._tokens:
            self._tokens[role] = await self.home.api_token(self.login(role))
        return self._tokens[role]

    async def browser(self, role: str) -> httpx.AsyncClient:
        """The role's browser, signed in where GitHub signs such an account in."""
        if role not in self._browsers:
            login = None if role in ("bot", "app") else self.login(role)
            self._browsers[role] = await self.opened.enter_async_context(self.home.browser(login))
        return self._browsers[role]

    async def put(self, state: str) -> None:
        """Every place's fix in a state, with no decision on it, whatever came before."""
        committed = state in ("applied", "verified", "ineffective", "undone")
        async with self.home.database.transaction() as connection:
            # No way leads back from most states: the guards are away while the stage is set.
            await connection.execute("SET LOCAL session_replication_role = replica")
            await connection.execute("DELETE FROM human_approvals")
            await connection.execute("DELETE FROM fix_events WHERE kind = 'decision'")
            await connection.execute(
                "UPDATE suggested_fixes SET state = %s, commit_sha = %s WHERE fix_id = ANY(%s)",
                (state, "c" * 40 if committed else None, [place.fix_id for place in self.places]),
            )

    async def states(self) -> dict[int, str]:
        """How far each place's fix is."""
        async with self.home.database.connection() as connection:
            cursor = await connection.execute("SELECT fix_id, state FROM suggested_fixes")
            return {int(row[0]): str(row[1]) for row in await cursor.fetchall()}


@asynccontextmanager
async def stage(database_url: str, folder: Path) -> AsyncIterator[Stage]:
    """The stage, with a worker that does everything but commit."""
    stop = asyncio.Event()
    async with house(database_url, folder, working=False) as home, AsyncExitStack() as opened:
        deciding = [TaskSpec("apply", _nothing) if task.name == "apply" else task for task in tasks(home.services)]
        work = asyncio.create_task(run_worker(database_url, deciding, stop, pace=Pace(poll=0.05, grace=5.0)))
        try:
            await _people(home)
            yield Stage(home, await _places(home), opened)
        finally:
            stop.set()
            await work


async def _nothing(repository_id: int, fix_id: int) -> None:
    """What is decided is asked here; how it is committed is told elsewhere."""


async def _people(home: House) -> None:
    # All cells are a day's work of many people, done within an hour of GitHub's.
    home.sandbox.world.limits.limit = 10**6
    home.sandbox.find(home.repository).private = True
    await home.sandbox.create_user("robot[bot]", "Bot")
    for role in ("none", "read", "triage", "write", "maintain", "admin"):
        await home.sandbox.create_user(f"has-{role}")
        await home.sandbox.set_role(home.repository, f"has-{role}", role)


async def _places(home: House) -> tuple[Place, ...]:
    own = home.repository
    same = await _red(home, own, "swap", "mona")
    await home.sandbox.protect(own, "release")
    protected = await _red(home, own, "release", "octo")
    fork = await _forked(home)
    other = await _elsewhere(home, "octo", "other")
    foreign = await _elsewhere(home, "acme", "own")
    await home.sandbox.push(own, "main", {"sphere.py": RED}, "Add spheres", "octo")
    await home.settle()
    issue = await home.value("SELECT number FROM failure_issues")
    assert isinstance(issue, int)
    return (
        await _place(home, "same repository", same, own, "swap"),
        await _place(home, "fork", fork, own, "side"),
        await _place(home, "default branch", issue, own, "main"),
        await _place(home, "protected branch", protected, own, "release"),
        await _place(home, "other repository", same, other, "swap"),
        await _place(home, "other installation", same, foreign, "swap"),
    )


async def _red(home: House, repository: SandboxRepository, branch: str, author: str) -> int:
    await home.sandbox.push(repository, branch, {f"{branch}.py": RED}, "Add areas", author)
    number = await home.sandbox.open_pull_request(repository, author, branch, "main", "Add areas")
    await home.settle()
    return number


async def _forked(home: House) -> int:
    fork = await home.sandbox.fork(home.repository, "stranger")
    files = {"side.py": RED, FORK_WORKFLOW: workflow("pull_request"), WORKFLOW: workflow("push")}
    await home.sandbox.push(fork, "side", files, "Add sides", "stranger")
    number = await home.sandbox.open_pull_request(home.repository, "stranger", "stranger:side", "main", "Add sides")
    await home.settle()
    return number


async def _elsewhere(home: House, owner: str, name: str) -> SandboxRepository:
    repository = await home.sandbox.create_repository(owner, name, {WORKFLOW: workflow("push")}, private=True)
    installed = {one.account.login: one.id for one in home.sandbox.world.state.installations.values()}
    if owner in installed:
        await home.sandbox.add_repositories(installed[owner], [repository])
    else:
        await home.sandbox.install(home.app, owner, [repository])
    await _red(home, repository, "swap", owner)
    return repository


async def _place(home: House, name: str, number: int, repository: SandboxRepository, branch: str) -> Place:
    async with home.database.connection() as connection:
        cursor = await connection.execute(
            "SELECT fix_id, head_sha FROM suggested_fixes WHERE repository_id = %s AND head_branch = %s",
            (repository.id, branch),
        )
        ((fix_id, head_sha),) = await cursor.fetchall()
    (check,) = [one for one in home.sandbox.check_runs(repository, home.app) if one.suite.head_sha == head_sha]
    return Place(name, number, check, int(fix_id))
