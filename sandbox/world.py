"""What every part of the sandbox works on: state, git, time, webhooks, and the tasks in the background."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Coroutine
from pathlib import Path

from sandbox.clock import Clock
from sandbox.data import JsonObject
from sandbox.faults import Faults
from sandbox.git import Git
from sandbox.ratelimit import RateLimiter
from sandbox.recorder import Recorder
from sandbox.running import Runner
from sandbox.shapes.accounts import simple_user
from sandbox.shapes.repositories import repository as repository_shape
from sandbox.state import App, Repository, State, User
from sandbox.urls import Urls, node_id
from sandbox.webhooks import Hooks

# Sent whatever the App subscribed to: https://docs.github.com/en/webhooks/webhook-events-and-payloads#installation
ALWAYS_SENT = frozenset({"installation", "installation_repositories"})

# Real processes on one machine: more at once would only make each slower.
MOST_RUNS = 4


class World:
    """One GitHub; nothing in it is shared with another one in the same process."""

    def __init__(self, root: Path, clock: Clock, record: Path | None, runner: Runner) -> None:
        self.root = root
        self.clock = clock
        self.urls = Urls("http://sandbox.invalid")
        self.state = State()
        self.faults = Faults()
        self.recorder = Recorder(record)
        self.hooks = Hooks(clock, self.spawn, self.state.next_id, self.recorder)
        self.limits = RateLimiter(clock)
        self.link_secret = secrets.token_bytes(32)
        self.runner = runner
        self.open_git: Callable[[Path], Git] = Git
        self.runners = asyncio.Semaphore(MOST_RUNS)
        self.writes: list[tuple[str, str]] = []
        self._actions: App | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def git(self, repository: Repository) -> Git:
        """The repository's git folder."""
        return self.open_git(repository.path)

    def actions_app(self) -> App:
        """The App "GitHub Actions", whose check runs are the jobs; it has neither key nor webhook."""
        if self._actions is None:
            now, owner = self.clock(), self.add_user("github", "Organization")
            bot = self.add_user("github-actions[bot]", "Bot")
            self._actions = App(
                id=15368, slug="github-actions", name="GitHub Actions", client_id="Iv1.actions", client_secret="",
                callback_urls=(), owner=owner, bot=bot,
                permissions={"checks": "write", "contents": "read", "metadata": "read"}, events=(), webhook_url=None,
                webhook_secret="", public_key_pem="", created_at=now,
            )  # fmt: skip
        return self._actions

    def add_user(self, login: str, kind: str = "User") -> User:
        """An account; ValueError when the name is taken."""
        if self.state.user(login) is not None:
            raise ValueError(f"there is an account {login!r} already")
        made = User(self.state.next_id(), login, kind, self.clock())
        self.state.users[login.lower()] = made
        return made

    def spawn(self, work: Coroutine[None, None, None]) -> None:
        """Run something in the background; ``idle`` waits for it and raises what it raised."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[None]) -> None:
        """A task that ended well is nobody's business; one that failed is kept for idle() to raise."""
        if not task.cancelled() and task.exception() is None:
            self._tasks.discard(task)

    async def idle(self) -> None:
        """Wait until every workflow run and every delivery started so far, or by these, has ended."""
        while self._tasks:
            done, _ = await asyncio.wait(self._tasks)
            self._tasks -= done
            for failed in [task for task in done if task.exception() is not None]:
                failed.result()

    async def close(self) -> None:
        """Stop what runs in the background."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        await self.hooks.close()

    def event(self, payload: JsonObject, repository: Repository, sender: User) -> JsonObject:
        """An event with what all events of a repository carry; also what its workflows see as ``github.event``."""
        owner = repository.owner
        organization: JsonObject = (
            {"organization": _organization(self.urls, owner)} if owner.type == "Organization" else {}
        )
        return {
            **payload,
            "repository": repository_shape(self.urls, repository),
            **organization,
            "sender": simple_user(self.urls, sender),
        }

    def emit(
        self, event: str, payload: JsonObject, *, repository: Repository, sender: User, only: App | None = None
    ) -> None:
        """Send an event of a repository to the Apps installed there and subscribed (or to ``only`` one App)."""
        shown = self.event(payload, repository, sender)
        for installed in list(self.state.installations.values()):
            app = installed.app
            if only is not None and app is not only:
                continue
            if repository.id not in installed.repository_ids or installed.suspended_at is not None:
                continue
            if event not in ALWAYS_SENT and event not in installed.events:
                continue
            body: JsonObject = {
                **shown,
                "installation": {
                    "id": installed.id,
                    "node_id": node_id("IntegrationInstallation", installed.id),
                },
            }
            self.hooks.send(app, event, body, installation_id=installed.id, repository_id=repository.id)


def _organization(urls: Urls, owner: User) -> JsonObject:
    api = f"{urls.base}/orgs/{owner.login}"
    return {
        "login": owner.login,
        "id": owner.id,
        "node_id": node_id("Organization", owner.id),
        "url": api,
        "repos_url": f"{api}/repos",
        "events_url": f"{api}/events",
        "hooks_url": f"{api}/hooks",
        "issues_url": f"{api}/issues",
        "members_url": f"{api}/members{{/member}}",
        "public_members_url": f"{api}/public_members{{/member}}",
        "avatar_url": f"{urls.base}/avatars/u/{owner.id}?v=4",
        "description": None,
    }
