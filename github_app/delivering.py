"""What hands a fix over: commits, branches, pull requests and reviews of one repository."""

import base64
from collections.abc import Sequence
from urllib.parse import quote

import msgspec

from github_app import wire
from github_app.auth import request
from github_app.calls import Calls
from github_app.errors import Forbidden, HeadMoved, NotFound, Refused, RetryLater
from github_app.model import Branch, FileAddition, LineComment, PullRequest, Sha
from github_app.wire import OwnerWire

_COMMIT = """
mutation ($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid } }
}
"""


class ReviewWire(msgspec.Struct):
    """A review of a pull request."""

    user: OwnerWire | None = None
    body: str | None = None


class GraphQLProblem(msgspec.Struct):
    """One error of a GraphQL answer, which comes with status 200."""

    message: str
    type: str = ""


class NewCommit(msgspec.Struct):
    """The commit that was made."""

    oid: str


class CreatedCommit(msgspec.Struct):
    """The answer of the mutation."""

    commit: NewCommit


class CommitData(msgspec.Struct):
    """The data of `createCommitOnBranch`."""

    createCommitOnBranch: CreatedCommit | None = None  # noqa: N815 - GraphQL's own name


class CommitAnswer(msgspec.Struct):
    """The whole answer to `createCommitOnBranch`."""

    data: CommitData | None = None
    errors: list[GraphQLProblem] = []


class Delivering(Calls):
    """The verbs that change branches and pull requests, and what they are found again by."""

    async def branch(self, name: str) -> Branch | None:
        """A branch as it is now, or None where it is gone."""
        try:
            found = wire.read(await self._get(f"/branches/{quote(name, safe='')}"), wire.BranchWire)
        except NotFound:
            return None
        return Branch(Sha(found.commit.sha), found.protected)

    async def branch_head(self, name: str) -> Sha | None:
        """The commit a branch points to now, or None where it is gone."""
        found = await self.branch(name)
        return None if found is None else found.head

    async def create_branch(self, name: str, sha: Sha) -> None:
        """A new branch at a commit. Raises Refused where there is one of that name."""
        await self._send("POST", "/git/refs", {"ref": f"refs/heads/{name}", "sha": sha})

    async def delete_branch(self, name: str) -> None:
        """Delete a branch. Raises Refused where it is gone already."""
        await request(self._host, self._client, "DELETE", f"{self._root}/git/refs/heads/{quote(name)}")

    async def create_commit(
        self, branch: str, expected_head: Sha, message: str, additions: Sequence[FileAddition], deletions: Sequence[str]
    ) -> Sha:
        """Commit on a branch if it still points to `expected_head`; signed by GitHub, written as the App.

        A file that is there keeps its mode, a new one is 100644. Raises HeadMoved where somebody was faster: GitHub
        compares and swaps (github-facts 26).
        """
        headline, _, body = message.partition("\n")
        changes = {
            "additions": [{"path": one.path, "contents": base64.b64encode(one.content).decode()} for one in additions],
            "deletions": [{"path": path} for path in deletions],
        }
        given = {
            "branch": {"repositoryNameWithOwner": self._repository.full_name, "branchName": branch},
            "expectedHeadOid": expected_head,
            "message": {"headline": headline, "body": body.strip()},
            "fileChanges": changes,
        }
        body_sent = {"query": _COMMIT, "variables": {"input": given}}
        answer = await request(self._host, self._client, "POST", self._host.graphql_url, body=body_sent)
        said = wire.read(answer, CommitAnswer)
        if said.errors:
            problem = said.errors[0]
            raise _refusal(problem)
        if said.data is None or said.data.createCommitOnBranch is None:
            raise RetryLater("GitHub answered neither a commit nor an error")
        return Sha(said.data.createCommitOnBranch.commit.oid)

    async def pull_requests_from(self, branch: str) -> tuple[PullRequest, ...]:
        """Every pull request from a branch of this repository, open or closed, the newest first."""
        params = {"head": f"{self._repository.owner}:{branch}", "state": "all"}
        pages = [wire.read(answer, list[wire.PullRequestWire]) async for answer in self._pages("/pulls", params)]
        found = [pull.pull_request() for page in pages for pull in page]
        # A head that GitHub cannot read filters nothing.
        return tuple(pull for pull in found if pull.head_branch == branch and not pull.from_fork)

    async def open_pull_request(self, head: str, base: str, title: str, body: str) -> int:
        """A new pull request between two branches of this repository. Raises Refused where there is an open one."""
        given = {"head": head, "base": base, "title": title, "body": body}
        return wire.read(await self._send("POST", "/pulls", given), wire.PullRequestWire).number

    async def close_pull_request(self, number: int) -> None:
        """Close without merging; a second time changes nothing."""
        await self._send("PATCH", f"/pulls/{number}", {"state": "closed"})

    async def changes_of(self, number: int) -> dict[str, str]:
        """The patch of each file that a pull request changes; "" for a binary or a very large one."""
        pages = [wire.read(answer, list[wire.FileWire]) async for answer in self._pages(f"/pulls/{number}/files")]
        return {file.filename: file.patch or "" for page in pages for file in page}

    async def has_review(self, number: int, author: str, marker: str) -> bool:
        """Whether `author` wrote a review that holds `marker`: anybody can write the marker."""
        async for answer in self._pages(f"/pulls/{number}/reviews"):
            for found in wire.read(answer, list[ReviewWire]):
                if found.user is not None and found.user.login == author and marker in (found.body or ""):
                    return True
        return False

    async def create_review(self, number: int, head: Sha, body: str, comments: Sequence[LineComment]) -> None:
        """One review with comments on lines of the diff; Raises Refused where a line is not in it (github-facts 20)."""
        placed = [
            {"path": one.path, "line": one.line, "side": "RIGHT", "body": one.body}
            | ({"start_line": one.start_line, "start_side": "RIGHT"} if one.start_line < one.line else {})
            for one in comments
        ]
        given = {"commit_id": head, "event": "COMMENT", "body": body, "comments": placed}
        await self._send("POST", f"/pulls/{number}/reviews", given)


def _refusal(problem: GraphQLProblem) -> Forbidden | HeadMoved | Refused:
    said = f"GitHub made no commit: {problem.message}"
    if problem.type == "STALE_DATA":
        return HeadMoved(said)
    if problem.type == "FORBIDDEN":
        return Forbidden(f"{said}.", "workflows=write" if "workflow" in problem.message else "contents=write")
    return Refused(said)
