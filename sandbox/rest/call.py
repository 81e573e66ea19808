"""One request as a handler sees it, and the answer it gives."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import parse_qsl, urlencode

from sandbox.auth import AppCaller, Caller, InstallationCaller, PersonCaller
from sandbox.data import Json, JsonObject
from sandbox.errors import ApiError, not_found
from sandbox.git import Git
from sandbox.input import Input, Query, parse_object
from sandbox.state import App, Repository, User
from sandbox.urls import Urls
from sandbox.world import World

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: JSON, or no body at all for 204 and redirects."""

    body: Json = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def created(body: JsonObject) -> Reply:
    """201 with a ``Location`` that leads to what was made."""
    return Reply(body, 201, {"location": str(body["url"])})


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a list, with the ``Link`` header that leads to the other parts."""

    items: Sequence[T]
    total: int
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Call:
    """A request after authentication and permission checks."""

    world: World
    caller: Caller
    method: str
    url: str
    query: Query
    params: Mapping[str, str]
    body: bytes
    found: Repository | None = None
    _given: list[Input] = field(default_factory=list)

    @property
    def urls(self) -> Urls:
        """Addresses for the answer."""
        return self.world.urls

    @property
    def repository(self) -> Repository:
        """The repository of the path; the router has checked that the caller may see it."""
        if self.found is None:
            raise not_found()
        return self.found

    @property
    def git(self) -> Git:
        """The repository's git."""
        return self.world.git(self.repository)

    @property
    def app(self) -> App | None:
        """The App that is asking, as itself or as an installation."""
        if isinstance(self.caller, AppCaller):
            return self.caller.app
        return self.caller.installation.app if isinstance(self.caller, InstallationCaller) else None

    @property
    def account(self) -> User | None:
        """The account on which the asking installation is."""
        return self.caller.installation.account if isinstance(self.caller, InstallationCaller) else None

    @property
    def asking_app(self) -> App:
        """The App that is asking; 403 for anybody else."""
        if self.app is None:
            raise ApiError(403, "You must authenticate via a GitHub App.")
        return self.app

    @property
    def user(self) -> User:
        """In whose name things are done: a person, or the App's bot."""
        if isinstance(self.caller, PersonCaller):
            return self.caller.user
        return self.asking_app.bot

    def input(self) -> Input:
        """The body as a JSON object."""
        if not self._given:
            self._given.append(parse_object(self.body))
        return self._given[0]

    def unread(self) -> list[str]:
        """What was given and no handler has looked at: the sandbox would silently do without it."""
        return [*self.query.unread(), *(self.input().unread() if self.body.strip() else ())]

    def number(self, name: str) -> int:
        """A whole number of the path; 404 when it is none."""
        text = self.params[name]
        # No id has more digits; int() of a stranger's million digits is slow.
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            raise not_found()
        return int(text)

    def page(self, items: Sequence[T], *, default: int = 30) -> Page[T]:
        """Cut a list by ``per_page`` (at most 100) and ``page``."""
        size = min(max(_whole(self.query.get("per_page"), default), 1), 100)
        page = max(_whole(self.query.get("page"), 1), 1)
        last = max((len(items) + size - 1) // size, 1)
        links: list[str] = []
        if page > 1:
            links += [self._link(page - 1, "prev")]
        if page < last:
            links += [self._link(page + 1, "next"), self._link(last, "last")]
        if page > 1:
            links += [self._link(1, "first")]
        headers = {"link": ", ".join(links)} if links else {}
        return Page(items[(page - 1) * size : page * size], len(items), headers)

    def _link(self, page: int, relation: str) -> str:
        base, _, query = self.url.partition("?")
        kept = [(key, value) for key, value in parse_qsl(query) if key != "page"]
        return f'<{base}?{urlencode([*kept, ("page", str(page))])}>; rel="{relation}"'


def _whole(text: str | None, default: int) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 9 else default


Handler = Callable[[Call], Awaitable[Reply]]
