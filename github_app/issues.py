"""Issues of one repository: found by what is hidden in them and by who wrote them, opened, changed, closed."""

import msgspec

from github_app import wire
from github_app.auth import request
from github_app.calls import Calls
from github_app.errors import NotFound
from github_app.model import Issue


class IssueWire(msgspec.Struct):
    """An issue, and the App that wrote it, if one did."""

    number: int
    state: str
    body: str | None = None
    performed_via_github_app: wire.AppWire | None = None

    def issue(self) -> Issue:
        """The issue as this project names it."""
        return Issue(self.number, self.state)


class Issues(Calls):
    """What an installation does with a repository's issues."""

    async def has_issues(self) -> bool:
        """Whether the repository has issues at all: its owner may have switched them off."""
        return wire.read(await self._get(""), wire.RepositoryFullWire).has_issues

    async def find_issue(self, marker: str) -> Issue | None:
        """The newest issue, open or closed, that this App wrote and that holds `marker`: anybody can write it."""
        async with self._host.as_app() as app:
            slug = wire.read(await request(self._host, app, "GET", "/app"), wire.AppWire).slug
        async for answer in self._pages("/issues", {"state": "all", "creator": f"{slug}[bot]"}):
            for found in wire.read(answer, list[IssueWire]):
                by = found.performed_via_github_app
                if by is not None and by.id == self._host.app_id and marker in (found.body or ""):
                    return found.issue()
        return None

    async def issue(self, number: int) -> Issue | None:
        """One issue as it is now, or None where it was deleted or moved away."""
        try:
            return wire.read(await self._get(f"/issues/{number}"), IssueWire).issue()
        except NotFound:
            return None

    async def create_issue(self, title: str, body: str) -> int:
        """A new issue's number. Raises NotFound (`gone`) where issues are switched off."""
        answer = await self._send("POST", "/issues", {"title": title, "body": body})
        return wire.read(answer, IssueWire).number

    async def update_issue(self, number: int, body: str, state: str) -> None:
        """Replace an issue's text, and open or close it; its title is left to people."""
        await self._send("PATCH", f"/issues/{number}", {"body": body, "state": state})
