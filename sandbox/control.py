"""The control API: what people, and GitHub itself, do in the sandbox, as methods for tests and the demo.

Everything that acts is awaited; what only looks is not. A repository is named by its object or its full name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from sandbox import attempts, checks, conversation, issues, past, pull_requests
from sandbox.application import build
from sandbox.auth import mint_person
from sandbox.clock import Clock, system_clock
from sandbox.connections import Connections
from sandbox.faults import Faults
from sandbox.git import ZERO, Git, clone_bare, create_bare
from sandbox.git_write import commit_files, move_ref
from sandbox.oauth import query_of
from sandbox.pushes import Push, pushed
from sandbox.recorder import place_from_environment
from sandbox.registry import Registry, RepositoryName, SandboxApp, SandboxRepository
from sandbox.running import Runner
from sandbox.state import ROLES, CheckRun, Comment, Issue, Job, Pull, Repository, ReviewComment, Run, Team, User
from sandbox.transport import Front
from sandbox.webhooks import Delivery
from sandbox.workflows.runner import LocalRunner
from sandbox.world import World
from sandbox.writing import author_of


class Sandbox(Registry):
    """A GitHub of one's own. ``root`` holds the git repositories and the logs; ``record`` gets every exchange."""

    def __init__(
        self, root: Path, *, clock: Clock = system_clock, record: Path | None = None, runner: Runner | None = None
    ) -> None:
        super().__init__(World(root, clock, record or place_from_environment(), runner or LocalRunner(clock)))
        self.connections = Connections()
        applications = build(self.world)
        self._grants = applications.grants
        self.app = Front(self.world, applications, self.connections)

    @property
    def faults(self) -> Faults:
        """Armed faults: ``sandbox.faults.add(Fault(...))``."""
        return self.world.faults

    def writes(self) -> tuple[tuple[str, str], ...]:
        """Method and path of every call that may change something, as they came in, refused ones too."""
        return tuple(self.world.writes)

    async def idle(self) -> None:
        """Wait until every workflow run and delivery so far, and those they set off here, have ended."""
        await self.world.idle()

    async def close(self) -> None:
        """Stop runs and deliveries under way."""
        await self.world.close()

    # People and repositories

    async def create_user(self, login: str, kind: str = "User") -> User:
        """A person (``User``), an organisation (``Organization``) or a bot (``Bot``)."""
        return self.world.add_user(login, kind)

    def user_token(self, login: str) -> str:
        """A token with which a person uses REST and GraphQL."""
        return mint_person(self.world.state, self._user(login)).value

    def sign_in(self, authorize_url: str, login: str) -> str:
        """Agree, as a person, to what an App asks at GitHub's authorize address; gives where the browser is sent.

        Raises ValueError for what GitHub would answer with a page.
        """
        return self._grants.approve(query_of(authorize_url), login)

    async def create_repository(
        self,
        owner: str,
        name: str,
        files: Mapping[str, bytes],
        default_branch: str = "main",
        *,
        private: bool = False,
    ) -> SandboxRepository:
        """A repository whose first commit holds ``files``; neither event nor workflow comes of it."""
        holder = self.world.state.user(owner) or self.world.add_user(owner)
        made = self._add(holder, name, default_branch, private=private)
        git = await create_bare(made.path, default_branch)
        who = author_of(self.world, holder)
        sha = await commit_files(git, None, files, "Initial commit", author=who.author, committer=who.author)
        await move_ref(git, f"refs/heads/{default_branch}", sha, ZERO)
        return SandboxRepository(made.full_name, made.path, made.id)

    async def fork(self, repo: RepositoryName, owner: str) -> SandboxRepository:
        """A fork under the same name."""
        parent = self.find(repo)
        holder = self.world.state.user(owner) or self.world.add_user(owner)
        made = self._add(holder, parent.name, parent.default_branch, private=parent.private)
        made.parent = parent
        await clone_bare(parent.path, made.path)
        return SandboxRepository(made.full_name, made.path, made.id)

    def _add(self, owner: User, name: str, default_branch: str, *, private: bool) -> Repository:
        state, now = self.world.state, self.world.clock()
        if state.repository(owner.login, name) is not None:
            raise ValueError(f"there is a repository {owner.login}/{name} already")
        path = self.world.root / "repositories" / owner.login / f"{name}.git"
        made = Repository(state.next_id(), owner, name, path, default_branch, private, now, now)
        state.repositories[made.id] = made
        return made

    async def set_team(self, organization: str, slug: str, members: Mapping[str, str]) -> None:
        """Make or change an organisation's team: logins, each ``active`` or ``pending``."""
        team = Team(self.world.state.next_id(), slug, {login.lower(): state for login, state in members.items()})
        self.world.state.teams[self._user(organization).login.lower(), slug] = team

    async def set_role(self, repo: RepositoryName, login: str, role: str) -> None:
        """Give a person a role: none, read, triage, write, maintain or admin."""
        if role not in ROLES:
            raise ValueError(f"{role!r} is none of {', '.join(ROLES)}")
        self.find(repo).roles[self._user(login).login.lower()] = role

    async def switch_issues(self, repo: RepositoryName, *, on: bool) -> None:
        """Switch a repository's issues on or off, as its settings do."""
        self.find(repo).has_issues = on

    async def protect(self, repo: RepositoryName, branch: str, *, protected: bool = True) -> None:
        """Protect a branch, or no longer: changes of it go by pull requests. ``push`` here passes it, as admins do."""
        found = self.find(repo).protected
        (found.add if protected else found.discard)(branch)

    # What people do

    async def push(
        self,
        repo: RepositoryName,
        branch: str,
        files: Mapping[str, bytes | None],
        message: str,
        author: str,
        *,
        onto: str | None = None,
    ) -> str:
        """Commit files (None removes one) and push; returns the sha.

        A branch that does not exist starts at the default branch. ``onto`` (a branch or sha) builds there instead of
        on the branch's tip: a force push.
        """
        found, user = self.find(repo), self._user(author)
        git = self.world.git(found)
        before = await git.ref(f"refs/heads/{branch}")
        parent = await git.resolve(onto) if onto else before or await git.resolve(found.default_branch)
        who = author_of(self.world, user)
        sha = await commit_files(git, parent, files, message, author=who.author, committer=who.author)
        await move_ref(git, f"refs/heads/{branch}", sha, before or ZERO)
        await pushed(self.world, found, Push(f"refs/heads/{branch}", before or ZERO, sha, user))
        return sha

    async def delete_branch(self, repo: RepositoryName, branch: str, login: str) -> None:
        """Delete a branch; its open pull requests close."""
        found = self.find(repo)
        git = self.world.git(found)
        before = await git.ref(f"refs/heads/{branch}")
        if before is None:
            raise ValueError(f"{found.full_name} has no branch {branch!r}")
        await git.run("update-ref", "-d", f"refs/heads/{branch}", before)
        await pushed(self.world, found, Push(f"refs/heads/{branch}", before, ZERO, self._user(login)))

    async def open_pull_request(
        self, repo: RepositoryName, author: str, head: str, base: str, title: str, body: str | None = None
    ) -> int:
        """Open a pull request from ``branch`` or ``fork_owner:branch``; returns its number."""
        found, user = self.find(repo), self._user(author)
        pull = await pull_requests.open_pull(self.world, found, user, head=head, base=base, title=title, body=body)
        return pull.number

    async def close_pull_request(self, repo: RepositoryName, number: int, login: str) -> None:
        """Close without merging."""
        found = self.find(repo)
        await pull_requests.set_state(self.world, found, found.pulls[number], "closed", self._user(login))

    async def reopen_pull_request(self, repo: RepositoryName, number: int, login: str) -> None:
        """Open again; its workflows run again."""
        found, user = self.find(repo), self._user(login)
        await pull_requests.set_state(self.world, found, found.pulls[number], "open", user)

    async def open_issue(self, repo: RepositoryName, login: str, title: str, body: str | None = None) -> int:
        """Open an issue; returns its number."""
        return issues.open_issue(self.world, self.find(repo), self._user(login), title, body).number

    async def close_issue(self, repo: RepositoryName, number: int, login: str) -> None:
        """Close an issue by hand."""
        found = self.find(repo)
        issues.set_issue_state(
            self.world, found, issues.find_issue(found, number), self._user(login), "closed", "not_planned"
        )

    async def comment(self, repo: RepositoryName, number: int, login: str, body: str) -> int:
        """Comment on an issue or pull request; returns the comment's id."""
        return conversation.add_comment(self.world, self.find(repo), number, self._user(login), body).id

    async def edit_comment(self, repo: RepositoryName, comment_id: int, login: str, body: str) -> None:
        """Change a comment."""
        found = self.find(repo)
        edited = conversation.find_comment(found, comment_id)
        conversation.edit_comment(self.world, found, edited, self._user(login), body)

    async def delete_comment(self, repo: RepositoryName, comment_id: int, login: str) -> None:
        """Delete a comment."""
        found = self.find(repo)
        conversation.delete_comment(self.world, found, conversation.find_comment(found, comment_id), self._user(login))

    async def react(self, repo: RepositoryName, comment_id: int, login: str, content: str) -> None:
        """React to a comment, as with its smiley; nobody is told."""
        conversation.react(
            self.world, conversation.find_comment(self.find(repo), comment_id), self._user(login), content
        )

    async def click(self, repo: RepositoryName, check_run_id: int, identifier: str, login: str) -> None:
        """Press a button of a completed check run; ValueError when no such button is shown."""
        found = self.find(repo)
        run = found.checks[check_run_id]
        shown = {action.identifier for action in run.actions} if run.status == "completed" else set()
        if identifier not in shown:
            raise ValueError(f"check run {check_run_id} shows no button {identifier!r}, only {sorted(shown)}")
        checks.announce(self.world, found, run, "requested_action", self._user(login), identifier)

    async def rerequest(self, repo: RepositoryName, check_run_id: int, login: str) -> None:
        """Ask for a check run again: its App is told, the run itself stays as it is."""
        found = self.find(repo)
        checks.announce(self.world, found, found.checks[check_run_id], "rerequested", self._user(login))

    async def rerun(self, repo: RepositoryName, run_id: int, login: str) -> None:
        """Start a new attempt of a workflow run; ApiError 403 while it still runs."""
        found = self.find(repo)
        await attempts.rerun_all(self.world, found, found.runs[run_id], self._user(login))

    async def cancel(self, repo: RepositoryName, run_id: int) -> None:
        """Stop a workflow run, as its page's button does; ApiError 409 when it has ended."""
        attempts.cancel(self.find(repo).runs[run_id])

    # What GitHub does

    async def give_past(self, repo: RepositoryName, times: Sequence[datetime]) -> tuple[Run, ...]:
        """In place of the runs so far, which must have ended, the same ones repeated, one created at each time."""
        return past.repeat(self.world, self.find(repo), times)

    async def expire_logs(self, repo: RepositoryName, run_id: int) -> None:
        """From now on the run's logs are 410 Gone, as after 90 days."""
        for job in self._jobs(repo, run_id):
            job.log_expired = True

    async def withhold_logs(self, repo: RepositoryName, run_id: int) -> None:
        """From now on the run's jobs have no log: 404 BlobNotFound, as when a runner died."""
        for job in self._jobs(repo, run_id):
            job.log = None

    def _jobs(self, repo: RepositoryName, run_id: int) -> list[Job]:
        return [job for attempt in self.find(repo).runs[run_id].attempts for job in attempt.jobs]

    async def redeliver(self, delivery_id: int) -> None:
        """Send a delivery again under the same GUID."""
        for delivery in self.world.hooks.deliveries:
            if delivery.id == delivery_id:
                self.world.hooks.redeliver(delivery)
                return
        raise ValueError(f"there is no delivery {delivery_id}")

    # What there is to see

    def git(self, repo: RepositoryName) -> Git:
        """A repository's git."""
        return self.world.git(self.find(repo))

    def runs(self, repo: RepositoryName, head_sha: str | None = None) -> tuple[Run, ...]:
        """Workflow runs, oldest first."""
        return tuple(run for run in self.find(repo).runs.values() if head_sha in {None, run.head_sha})

    def check_runs(self, repo: RepositoryName, app: SandboxApp | None = None) -> tuple[CheckRun, ...]:
        """Check runs, oldest first; without ``app`` those of GitHub Actions (its jobs) too."""
        found = self.find(repo).checks.values()
        return tuple(run for run in found if app is None or run.suite.app.id == app.app_id)

    def issues(self, repo: RepositoryName) -> tuple[Issue, ...]:
        """Issues, oldest first, pull requests left out."""
        return tuple(one for one in self.find(repo).issues.values() if not one.is_pull)

    def comments(self, repo: RepositoryName, number: int) -> tuple[Comment, ...]:
        """The conversation of an issue or pull request."""
        return tuple(one for one in self.find(repo).comments.values() if one.number == number)

    def review_comments(self, repo: RepositoryName, number: int) -> tuple[ReviewComment, ...]:
        """The comments on a pull request's diff."""
        return tuple(one for one in self.find(repo).review_comments.values() if one.number == number)

    def pull_request(self, repo: RepositoryName, number: int) -> Pull:
        """A pull request."""
        return self.find(repo).pulls[number]

    def deliveries(self, event: str | None = None) -> tuple[Delivery, ...]:
        """Webhook deliveries of all Apps, oldest first."""
        return tuple(one for one in self.world.hooks.deliveries if event in {None, one.event})

    async def read_file(self, repo: RepositoryName, branch: str, path: str) -> bytes | None:
        """A file's bytes at a branch or sha; None when it is not there."""
        git = self.git(repo)
        sha = await git.resolve(branch)
        found = await git.tree(sha, path=path) if sha else ()
        return await git.blob(found[0].sha) if found else None

    def read_log(self, repo: RepositoryName, run_id: int) -> str:
        """The newest attempt's logs, one job after the other."""
        jobs = self.find(repo).runs[run_id].attempt.jobs
        return "".join(job.log.read_text(errors="replace") for job in jobs if job.log is not None)
