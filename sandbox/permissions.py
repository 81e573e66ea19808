"""Which permission each endpoint needs: one table, read by the router for every request.

For an installation it is the App's permission and level; for a person it is a role in the repository.
https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.auth import AppCaller, Caller, InstallationCaller, Nobody, PersonCaller, allowed
from sandbox.errors import ApiError, not_found
from sandbox.state import ROLES, Repository

R = "/repos/{owner}/{repo}"


@dataclass(frozen=True, slots=True)
class Access:
    """Who may call an endpoint: ``app`` (JWT only), ``installation``, ``organization`` (an installation with the
    permission there), ``person``, ``repository`` or ``anybody``."""

    who: str
    permission: str = "metadata"
    level: str = "read"
    role: str = "read"
    apps_only: bool = False

    @property
    def accepted(self) -> str:
        """The value of ``x-accepted-github-permissions``."""
        return f"{self.permission}={self.level}"


def _read(permission: str) -> Access:
    return Access("repository", permission, "read", "read")


def _write(permission: str, role: str = "write", *, apps_only: bool = False) -> Access:
    return Access("repository", permission, "write", role, apps_only)


_APP = Access("app")

# A pull request's timeline comments need issues:write too: https://github.com/handarbeit/fabrik/issues/1709
TABLE: dict[str, Access] = {
    "GET /app": _APP,
    "GET /app/installations": _APP,
    "GET /app/installations/{installation_id}": _APP,
    "POST /app/installations/{installation_id}/access_tokens": _APP,
    "GET /app/hook/deliveries": _APP,
    "GET /app/hook/deliveries/{delivery_id}": _APP,
    "POST /app/hook/deliveries/{delivery_id}/attempts": _APP,
    "GET " + R + "/installation": _APP,
    "GET /installation/repositories": Access("installation"),
    "GET /rate_limit": Access("anybody"),
    "GET /user": Access("person"),
    "GET /users/{username}": Access("anybody"),
    "GET /orgs/{org}/teams/{team_slug}/memberships/{username}": Access("organization", "members"),
    "GET " + R: _read("metadata"),
    "GET " + R + "/contents": _read("contents"),
    "GET " + R + "/contents/{path:path}": _read("contents"),
    "PUT " + R + "/contents/{path:path}": _write("contents"),
    "DELETE " + R + "/contents/{path:path}": _write("contents"),
    "GET " + R + "/tarball/{ref:path}": _read("contents"),
    "GET " + R + "/git/blobs/{sha}": _read("contents"),
    "POST " + R + "/git/blobs": _write("contents"),
    "GET " + R + "/git/trees/{sha:path}": _read("contents"),
    "POST " + R + "/git/trees": _write("contents"),
    "GET " + R + "/git/commits/{sha}": _read("contents"),
    "POST " + R + "/git/commits": _write("contents"),
    "GET " + R + "/git/ref/{ref:path}": _read("contents"),
    "GET " + R + "/git/matching-refs/{ref:path}": _read("contents"),
    "POST " + R + "/git/refs": _write("contents"),
    "PATCH " + R + "/git/refs/{ref:path}": _write("contents"),
    "DELETE " + R + "/git/refs/{ref:path}": _write("contents"),
    "GET " + R + "/branches": _read("contents"),
    "GET " + R + "/branches/{branch:path}": _read("contents"),
    "GET " + R + "/commits": _read("contents"),
    "GET " + R + "/commits/{ref:path}/pulls": _read("pull_requests"),
    "GET " + R + "/commits/{ref:path}/check-runs": _read("checks"),
    "GET " + R + "/commits/{ref:path}/check-suites": _read("checks"),
    "GET " + R + "/commits/{ref:path}": _read("contents"),
    "GET " + R + "/compare/{basehead:path}": _read("contents"),
    "GET " + R + "/pulls": _read("pull_requests"),
    "POST " + R + "/pulls": _write("pull_requests", "read"),
    "GET " + R + "/pulls/comments/{comment_id}": _read("pull_requests"),
    "GET " + R + "/pulls/{number}": _read("pull_requests"),
    "PATCH " + R + "/pulls/{number}": _write("pull_requests", "read"),
    "GET " + R + "/pulls/{number}/files": _read("pull_requests"),
    "GET " + R + "/pulls/{number}/commits": _read("pull_requests"),
    "GET " + R + "/pulls/{number}/comments": _read("pull_requests"),
    "POST " + R + "/pulls/{number}/comments": _write("pull_requests", "read"),
    "GET " + R + "/pulls/{number}/reviews": _read("pull_requests"),
    "POST " + R + "/pulls/{number}/reviews": _write("pull_requests", "read"),
    "PUT " + R + "/pulls/{number}/merge": _write("contents"),
    "GET " + R + "/issues": _read("issues"),
    "POST " + R + "/issues": _write("issues", "read"),
    "GET " + R + "/issues/comments/{comment_id}": _read("issues"),
    "PATCH " + R + "/issues/comments/{comment_id}": _write("issues", "read"),
    "DELETE " + R + "/issues/comments/{comment_id}": _write("issues", "read"),
    "GET " + R + "/issues/comments/{comment_id}/reactions": _read("issues"),
    "POST " + R + "/issues/comments/{comment_id}/reactions": _write("issues", "read"),
    "DELETE " + R + "/issues/comments/{comment_id}/reactions/{reaction_id}": _write("issues", "read"),
    "GET " + R + "/issues/{number}": _read("issues"),
    "PATCH " + R + "/issues/{number}": _write("issues", "read"),
    "GET " + R + "/issues/{number}/comments": _read("issues"),
    "POST " + R + "/issues/{number}/comments": _write("issues", "read"),
    "GET " + R + "/collaborators/{username}/permission": _read("metadata"),
    "POST " + R + "/check-runs": _write("checks", apps_only=True),
    "GET " + R + "/check-runs/{check_run_id}": _read("checks"),
    "PATCH " + R + "/check-runs/{check_run_id}": _write("checks", apps_only=True),
    "GET " + R + "/check-runs/{check_run_id}/annotations": _read("checks"),
    "GET " + R + "/check-suites/{check_suite_id}": _read("checks"),
    "GET " + R + "/check-suites/{check_suite_id}/check-runs": _read("checks"),
    "GET " + R + "/actions/workflows": _read("actions"),
    "GET " + R + "/actions/runs": _read("actions"),
    "GET " + R + "/actions/workflows/{workflow_id}/runs": _read("actions"),
    "GET " + R + "/actions/runs/{run_id}": _read("actions"),
    "GET " + R + "/actions/runs/{run_id}/attempts/{attempt}": _read("actions"),
    "GET " + R + "/actions/runs/{run_id}/attempts/{attempt}/jobs": _read("actions"),
    "GET " + R + "/actions/runs/{run_id}/attempts/{attempt}/logs": _read("actions"),
    "GET " + R + "/actions/runs/{run_id}/jobs": _read("actions"),
    "GET " + R + "/actions/runs/{run_id}/logs": _read("actions"),
    "GET " + R + "/actions/jobs/{job_id}": _read("actions"),
    "GET " + R + "/actions/jobs/{job_id}/logs": _read("actions"),
    "POST " + R + "/actions/runs/{run_id}/cancel": _write("actions"),
    "POST " + R + "/actions/runs/{run_id}/rerun": _write("actions"),
    "POST " + R + "/actions/runs/{run_id}/rerun-failed-jobs": _write("actions"),
    "POST " + R + "/actions/jobs/{job_id}/rerun": _write("actions"),
}


def require(access: Access, caller: Caller, repository: Repository | None) -> None:
    """Let a call through or raise: 401 for nobody, 404 for what the caller may not see, 403 for what it may not do."""
    if access.who == "app":
        if not isinstance(caller, AppCaller):
            raise ApiError(401, "A JSON web token could not be decoded")
    elif access.who == "organization":
        _require_organization(access, caller)
    elif access.who == "installation":
        if not isinstance(caller, InstallationCaller):
            raise ApiError(403, "Resource not accessible by integration")
    elif access.who == "person":
        if isinstance(caller, Nobody):
            raise ApiError(401, "Requires authentication")
        if not isinstance(caller, PersonCaller):
            raise ApiError(403, "Resource not accessible by integration")
    elif access.who == "repository":
        _require_repository(access, caller, repository)


def _require_organization(access: Access, caller: Caller) -> None:
    """Let an installation through that has the permission; people's own view of teams is not acted here."""
    if not isinstance(caller, InstallationCaller) or not allowed(
        caller.token.permissions, access.permission, access.level
    ):
        raise _lacking(access)


def _require_repository(access: Access, caller: Caller, repository: Repository | None) -> None:
    if isinstance(caller, AppCaller):
        raise _lacking(access)
    if repository is None or not visible(caller, repository):
        raise not_found()
    if isinstance(caller, InstallationCaller):
        if not allowed(caller.token.permissions, access.permission, access.level):
            raise _lacking(access)
    elif isinstance(caller, Nobody):
        if access.level != "read":
            raise ApiError(401, "Requires authentication")
    elif access.apps_only:
        raise ApiError(403, "You must authenticate via a GitHub App.")
    elif ROLES.index(repository.role(caller.user.login)) < ROLES.index(access.role):
        raise ApiError(403, f"Must have {access.role} rights to Repository.")


def visible(caller: Caller, repository: Repository) -> bool:
    """Whether the caller may know that the repository exists; an installation knows those of its token only."""
    if isinstance(caller, InstallationCaller):
        return repository.id in caller.token.repository_ids
    if isinstance(caller, PersonCaller):
        return repository.role(caller.user.login) != "none"
    return isinstance(caller, Nobody) and not repository.private


def _lacking(access: Access) -> ApiError:
    return ApiError(
        403,
        "Resource not accessible by integration",
        headers={"x-accepted-github-permissions": access.accepted},
    )
