"""Issues as they are opened, changed and closed, with their events."""

from __future__ import annotations

from sandbox.data import JsonObject
from sandbox.errors import ApiError, not_found
from sandbox.shapes.issues import webhook_issue
from sandbox.state import App, Issue, Repository, User
from sandbox.world import World

STATE_REASONS = ("completed", "not_planned", "duplicate", "reopened")


def find_issue(repository: Repository, number: int) -> Issue:
    """An issue or pull request by number; 404."""
    found = repository.issues.get(number)
    if found is None:
        raise not_found()
    if not found.is_pull:
        require_issues(repository)
    return found


def require_issues(repository: Repository) -> None:
    """Refuse where the owner has switched issues off: https://docs.github.com/en/rest/issues/issues (410 Gone)."""
    if not repository.has_issues:
        raise ApiError(410, "Issues are disabled for this repo")


def _announce(
    world: World, repository: Repository, issue: Issue, sender: User, action: str, extra: JsonObject | None = None
) -> None:
    payload: JsonObject = {"action": action, "issue": webhook_issue(world.urls, repository, issue), **(extra or {})}
    world.emit("issues", payload, repository=repository, sender=sender)


def open_issue(
    world: World,
    repository: Repository,
    user: User,
    title: str,
    body: str | None,
    labels: tuple[str, ...] = (),
    app: App | None = None,
) -> Issue:
    """Open an issue; fires ``issues.opened``."""
    now = world.clock()
    issue = Issue(world.state.next_id(), next(repository.numbers), title, body, user, now, now, app, labels=labels)
    repository.issues[issue.number] = issue
    _announce(world, repository, issue, user, "opened")
    return issue


def edit_issue(
    world: World, repository: Repository, issue: Issue, sender: User, *, title: str, body: str | None
) -> None:
    """Change title and body; fires ``issues.edited`` with what was before, of a pull request nothing."""
    before: dict[str, JsonObject] = {}
    if title != issue.title:
        before["title"] = {"from": issue.title}
    if body != issue.body:
        before["body"] = {"from": issue.body or ""}
    issue.title, issue.body, issue.updated_at = title, body, world.clock()
    if before and not issue.is_pull:
        _announce(world, repository, issue, sender, "edited", {"changes": before})


def set_issue_state(
    world: World, repository: Repository, issue: Issue, sender: User, state: str, reason: str | None
) -> None:
    """Close or reopen; fires an event unless it is so already."""
    if issue.state == state:
        return
    now = world.clock()
    issue.state, issue.updated_at = state, now
    issue.closed_at = now if state == "closed" else None
    issue.state_reason = reason or ("completed" if state == "closed" else "reopened")
    _announce(world, repository, issue, sender, "closed" if state == "closed" else "reopened")
