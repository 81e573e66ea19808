"""What a task can ask of GitHub and tell it: verbs of one installation on one repository, in our own types.

With `auth` the only importer of githubkit. Every verb may raise what `auth.request` raises.
"""

import base64
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from analysis.edits import SourceFile
from github_app import wire
from github_app.auth import Host, request
from github_app.calls import MOST_PAGES, PAGE
from github_app.check_body import check_body
from github_app.delivering import Delivering
from github_app.elsewhere import LOG, open_elsewhere, tarball_of
from github_app.errors import LogMissing, NotFound, Permanent, RetryLater
from github_app.issues import Issues
from github_app.model import (
    Annotation,
    CheckOutput,
    CheckRunId,
    Comment,
    CommentId,
    Comparison,
    FolderEntry,
    HookDelivery,
    Job,
    JobId,
    PullRequest,
    Reaction,
    Repository,
    Role,
    Run,
    RunId,
    Sha,
    ShownCheckRun,
    TreeEntry,
    User,
    UserId,
)
from github_app.past_runs import PastRuns
from github_app.publish import CHECK_NAME
from github_app.reactions import Reactions

LOOK = {"metadata": "read"}
READ = {"metadata": "read", "actions": "read", "contents": "read", "pull_requests": "read"}
HISTORY = {**READ, "checks": "read"}
"""For reading the past, where nothing may be written: a token with these cannot."""
REPORT = {**READ, "checks": "write", "issues": "write", "pull_requests": "write"}
APPLY = {**REPORT, "contents": "write"}
RERUN = {"metadata": "read", "actions": "write"}
"""The permissions of a task's token: no task gets more than it uses."""

_FILE_LIMIT = 1024 * 1024
"""Bytes of a file that a fix may touch: what is larger is data or generated."""

_ROLES = frozenset(role.value for role in Role)


@dataclass(frozen=True, slots=True)
class AppInfo:
    """The App itself; its comments are written as `{slug}[bot]`."""

    app_id: int
    slug: str


class GitHub:
    """The host; `installation` gives the verbs."""

    def __init__(self, host: Host) -> None:
        self._host = host

    async def app(self) -> AppInfo:
        """Who GitHub takes us for; the cheapest test of app id and key."""
        async with self._host.as_app() as client:
            found = wire.read(await request(self._host, client, "GET", "/app"), wire.AppWire)
        return AppInfo(found.id, found.slug)

    async def user(self, login: str) -> User:
        """Any account by its present name. Raises NotFound."""
        async with self._host.as_nobody() as client:
            answer = await request(self._host, client, "GET", f"/users/{quote(login, safe='')}")
        return wire.read(answer, wire.OwnerWire).user()

    async def deliveries(self, since: datetime) -> tuple[HookDelivery, ...]:
        """The App's delivery log back to `since`, newest first; at most 3,000 tries of it."""
        found: list[HookDelivery] = []
        path = "/app/hook/deliveries"
        params: dict[str, str | int] | None = {"per_page": PAGE}
        async with self._host.as_app() as client:
            for _ in range(MOST_PAGES):
                answer = await request(self._host, client, "GET", path, params=params)
                page = [one.delivery() for one in wire.read(answer, list[wire.HookDeliveryWire])]
                fresh = [one for one in page if one.delivered_at >= since]
                found += fresh
                older = answer.links.get("next", {}).get("url")
                if older is None or len(fresh) < len(page):
                    break
                path, params = older, None
        return tuple(found)

    async def redeliver(self, delivery_id: int) -> None:
        """Have GitHub send an event again, under its guid."""
        async with self._host.as_app() as client:
            await request(self._host, client, "POST", f"/app/hook/deliveries/{delivery_id}/attempts")

    async def installation_of(self, owner: str, name: str) -> int | None:
        """The installation through which the App reaches a repository at this moment."""
        async with self._host.as_app() as client:
            try:
                answer = await request(self._host, client, "GET", f"/repos/{owner}/{name}/installation")
            except NotFound:
                return None
        return wire.read(answer, wire.InstallationWire).id

    @asynccontextmanager
    async def installation(
        self, repository: Repository, permissions: Mapping[str, str]
    ) -> "AsyncIterator[Installation]":
        """The verbs on one repository, with a token narrowed to it and to `permissions`; for one task."""
        ids = repository.installation_id, repository.repository_id
        async with (
            self._host.as_installation(*ids, permissions) as client,
            self._host.as_installation(*ids, permissions, redirects=False) as unfollowed,
        ):
            yield Installation(self._host, client, unfollowed, repository)


class Installation(Issues, Delivering, PastRuns, Reactions):
    """One repository, as the App's installation there. Made by `GitHub.installation`."""

    # What ran

    async def run(self, run_id: RunId, run_attempt: int) -> Run:
        """One attempt of a run."""
        answer = await self._get(f"/actions/runs/{run_id}/attempts/{run_attempt}")
        return wire.read(answer, wire.RunWire).run()

    async def latest_attempt(self, run_id: RunId) -> Run:
        """The newest attempt of a run, as it is now."""
        return wire.read(await self._get(f"/actions/runs/{run_id}"), wire.RunWire).run()

    async def runs_of(self, head_sha: Sha) -> tuple[Run, ...]:
        """The newest attempt of every run on a commit."""
        pages = [
            wire.read(answer, wire.RunsWire).workflow_runs
            async for answer in self._pages("/actions/runs", {"head_sha": head_sha})
        ]
        return tuple(run.run() for page in pages for run in page)

    async def rerun_failed_jobs(self, run_id: RunId) -> None:
        """Begin the next attempt, with the jobs that failed and those that need them; takes `RERUN`.

        Raises Forbidden while the run is under way, and for one that did not fail.
        """
        await self._send("POST", f"/actions/runs/{run_id}/rerun-failed-jobs", {})

    async def jobs(self, run_id: RunId, run_attempt: int) -> tuple[Job, ...]:
        """Every job of one attempt."""
        path = f"/actions/runs/{run_id}/attempts/{run_attempt}/jobs"
        pages = [wire.read(answer, wire.JobsWire).jobs async for answer in self._pages(path)]
        return tuple(job.job() for page in pages for job in page)

    async def job(self, job_id: JobId) -> Job:
        """One job as it is now."""
        return wire.read(await self._get(f"/actions/jobs/{job_id}"), wire.JobWire).job()

    async def remarks(self, job_id: JobId) -> tuple[str, ...]:
        """What GitHub itself remarked on a job: why it was stopped stands nowhere else. A job is a check run too."""
        path = f"/check-runs/{job_id}/annotations"
        pages = [wire.read(answer, list[wire.RemarkWire]) async for answer in self._pages(path)]
        return tuple(remark.message for page in pages for remark in page if remark.message)

    @asynccontextmanager
    async def job_log(self, job_id: JobId) -> AsyncIterator[AsyncIterator[bytes]]:
        """A job's log in chunks, however long it is: the caller says when it has enough.

        Raises LogMissing where GitHub keeps it no longer or it was never written, RetryLater while the job still runs
        (404 means each of them, github-facts 18 and 19) and where the network breaks in the middle.
        """
        try:
            answer = await request(self._host, self._unfollowed, "GET", f"{self._root}/actions/jobs/{job_id}/logs")
            async with open_elsewhere(self._host, LOG, answer.headers.get("location", "")) as chunks:
                yield chunks
        except NotFound as missing:
            raise await self._missing(job_id, missing) from missing

    async def _missing(self, job_id: JobId, missing: NotFound) -> LogMissing | RetryLater:
        if missing.gone:
            return LogMissing("expired")
        if (await self.job(job_id)).status != "completed":
            return RetryLater(f"the log of job {job_id} is not written yet: the job still runs")
        return LogMissing("never")

    async def pull_requests(self, run: Run) -> tuple[PullRequest, ...]:
        """The open pull requests of this repository whose head is the run's commit.

        Asked by branch, not read from the run: there a fork's pull request is absent and another repository's may be
        named (github-facts 13 to 15).
        """
        if run.head_branch is None or run.head_repository is None:
            return ()
        owner = run.head_repository.split("/", 1)[0]
        params = {"head": f"{owner}:{run.head_branch}", "state": "open"}
        pages = [wire.read(answer, list[wire.PullRequestWire]) async for answer in self._pages("/pulls", params)]
        found = (pull.pull_request() for page in pages for pull in page)
        return tuple(
            pull
            for pull in found
            if pull.head_sha == run.head_sha
            and pull.head_repository == run.head_repository
            and pull.base_repository.lower() == self._repository.full_name.lower()
        )

    async def pull_request(self, number: int) -> PullRequest:
        """One pull request as it is now."""
        return wire.read(await self._get(f"/pulls/{number}"), wire.PullRequestWire).pull_request()

    # What is shown

    async def find_check_run(self, head_sha: Sha, external_id: str) -> ShownCheckRun | None:
        """Our check run of that external id on a commit: where a job runs twice, the first one's is found again."""
        params: dict[str, str | int] = {"check_name": CHECK_NAME, "app_id": self._host.app_id, "filter": "all"}
        async for answer in self._pages(f"/commits/{head_sha}/check-runs", params):
            for check in wire.read(answer, wire.CheckRunsWire).check_runs:
                if check.external_id == external_id:
                    return check.shown()
        return None

    async def check_run(self, check_run_id: CheckRunId) -> ShownCheckRun:
        """A check run as it stands."""
        return wire.read(await self._get(f"/check-runs/{check_run_id}"), wire.CheckRunWire).shown()

    async def annotations(self, check_run_id: CheckRunId) -> frozenset[Annotation]:
        """The annotations of a check run: GitHub adds to them, so what was sent must not be sent again."""
        pages = [
            wire.read(answer, list[wire.AnnotationWire])
            async for answer in self._pages(f"/check-runs/{check_run_id}/annotations")
        ]
        return frozenset(one.annotation() for page in pages for one in page)

    async def create_check_run(self, head_sha: Sha, external_id: str, output: CheckOutput) -> CheckRunId:
        """A new check run on a commit."""
        body = {"name": CHECK_NAME, "head_sha": head_sha, "external_id": external_id, **check_body(output)}
        answer = await self._send("POST", "/check-runs", body)
        return CheckRunId(wire.read(answer, wire.CheckRunWire).id)

    async def update_check_run(self, check_run_id: CheckRunId, output: CheckOutput) -> None:
        """Show `output` instead; its annotations are added to those already there."""
        await self._send("PATCH", f"/check-runs/{check_run_id}", check_body(output))

    async def find_comment(self, number: int, marker: str) -> Comment | None:
        """The first comment that this App wrote and that holds `marker`: anybody can write the marker."""
        async for answer in self._pages(f"/issues/{number}/comments"):
            for found in wire.read(answer, list[wire.CommentWire]):
                app = found.performed_via_github_app
                if app is not None and app.id == self._host.app_id and marker in (found.body or ""):
                    return found.comment()
        return None

    async def create_comment(self, number: int, body: str) -> CommentId:
        """A new comment on a pull request or issue."""
        answer = await self._send("POST", f"/issues/{number}/comments", {"body": body})
        return CommentId(wire.read(answer, wire.CommentWire).id)

    async def update_comment(self, comment_id: CommentId, body: str) -> None:
        """Replace a comment's text."""
        await self._send("PATCH", f"/issues/comments/{comment_id}", {"body": body})

    async def react(self, comment_id: CommentId, reaction: Reaction) -> None:
        """Leave a receipt on a comment; a second time changes nothing."""
        await self._send("POST", f"/issues/comments/{comment_id}/reactions", {"content": reaction.value})

    # Who

    async def role(self, login: str, user_id: UserId) -> Role:
        """What a person may do here at this moment; a custom role counts as the basic one it rests on.

        None where the login is not that account's any more: it was renamed, and registered anew by somebody else.
        """
        try:
            answer = await self._get(f"/collaborators/{quote(login, safe='')}/permission")
        except NotFound:
            return Role.NONE
        found = wire.read(answer, wire.PermissionWire)
        if found.user is None or found.user.id != user_id:
            return Role.NONE
        named = found.role_name or ""
        return Role(named) if named in _ROLES else Role(found.permission)

    async def is_in_team(self, organization: str, team: str, login: str) -> bool:
        """Whether a person is in a team or in one below it; an invitation that was not taken does not count.

        Takes a token with `members: read`. https://docs.github.com/en/rest/teams/members
        """
        of, named, who = (quote(part, safe="") for part in (organization, team, login))
        path = f"/orgs/{of}/teams/{named}/memberships/{who}"
        try:
            answer = await request(self._host, self._client, "GET", path)
        except NotFound:
            return False
        return wire.read(answer, wire.TeamMembershipWire).state == "active"

    # What the repository holds

    async def repository(self) -> Repository:
        """The repository under its present name."""
        found = wire.read(await self._get(""), wire.RepositoryFullWire)
        ids = self._repository.repository_id, self._repository.installation_id
        return Repository(*ids, found.owner.login, found.name, found.default_branch)

    async def tree(self, sha: Sha) -> tuple[TreeEntry, ...]:
        """Every blob of a commit. Raises Permanent where GitHub cuts the list (100,000 entries or 7 MB)."""
        found = wire.read(await self._get(f"/git/trees/{sha}", {"recursive": 1}), wire.TreeWire)
        if found.truncated:
            raise Permanent(f"the tree of {self._repository.full_name} is too large for GitHub to list")
        return tuple(
            TreeEntry(item.path, item.mode, Sha(item.sha), item.size) for item in found.tree if item.type == "blob"
        )

    async def files(self, paths: Iterable[str], sha: Sha) -> dict[str, SourceFile]:
        """The regular files among `paths` at a commit; what is absent, a link or over 1 MiB is left out.

        Read by tree and blob: a contents path that ends in `/installation` would go out as the App (github-facts).
        """
        wanted = set(paths)
        if not wanted:
            return {}
        entries = [entry for entry in await self.tree(sha) if entry.path in wanted and entry.mode.startswith("100")]
        files: dict[str, SourceFile] = {}
        for entry in entries:
            content = await self.blob(entry.sha)
            if len(content) <= _FILE_LIMIT:
                files[entry.path] = SourceFile(entry.path, content, entry.sha, entry.mode)
        return files

    async def blob(self, sha: Sha) -> bytes:
        """What a blob holds."""
        return base64.b64decode(wire.read(await self._get(f"/git/blobs/{sha}"), wire.BlobWire).content)

    @asynccontextmanager
    async def tarball(self, sha: Sha) -> AsyncIterator[AsyncIterator[bytes]]:
        """A commit's files as a gzipped tar below one folder, in chunks, however long it is.

        It lacks what `.gitattributes` marks `export-ignore`, and the content of submodules and of LFS files.
        """
        answer = await request(self._host, self._unfollowed, "GET", f"{self._root}/tarball/{sha}")
        place = answer.headers.get("location", "")
        async with open_elsewhere(self._host, tarball_of(self._host), place) as chunks:
            yield chunks

    async def folder(self, path: str, ref: str | None = None) -> tuple[FolderEntry, ...]:
        """The files of one folder at a branch or commit (without `ref` the branch that is the default one now).

        Links are left out; there are none where there is no such folder.
        """
        try:
            answer = await self._get(f"/contents/{quote(path)}", None if ref is None else {"ref": ref})
        except NotFound:
            return ()
        if not answer.content.startswith(b"["):
            return ()  # a file of that name
        entries = wire.read(answer, list[wire.ContentWire])
        return tuple(FolderEntry(one.path, Sha(one.sha), one.size) for one in entries if one.type == "file")

    async def compare(self, base: str, head: Sha) -> Comparison:
        """What `head` has beyond `base`, a branch or a commit. Raises NotFound where they share no history."""
        path = f"/compare/{quote(base, safe='')}...{head}"
        return wire.read(await self._get(path), wire.ComparisonWire).comparison()

    async def diff(self, base: str, head: Sha) -> str:
        """What `head` changes since it left `base`, as patches by file. Raises NotFound where they share no history."""
        path = f"/compare/{quote(base, safe='')}...{head}"
        return wire.diff_of(wire.read(await self._get(path), wire.ComparisonWire).files)
