"""An operation of the API as data: what it is called, takes and gives, who may ask it, and what it does."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar

from msgspec import Struct

from github_app.model import User, UserId
from web.people import Person
from web.site import Site

S = TypeVar("S", bound=Struct)
NOBODY = Person(User(UserId(0), "", is_bot=False), "api", "nobody", may_decide=False)
"""Who asks where nobody needs to be known: such an operation tells nothing of any repository."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as an operation sees it: read, checked, and from somebody who is known."""

    site: Site
    person: Person
    path: Struct | None = None
    given: Struct | None = None
    idempotency_key: str | None = None

    def path_as(self, kind: type[S]) -> S:
        """What the path names, as the operation's own model of it."""
        return _as(kind, self.path)

    def given_as(self, kind: type[S]) -> S:
        """The query or the body, as the operation's own model of it."""
        return _as(kind, self.given)


@dataclass(frozen=True, slots=True)
class Streamed:
    """An answer that is sent while it is made, so that its size is nobody's memory."""

    media_type: str
    chunks: AsyncIterator[bytes]
    filename: str | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """`path_model`, `query` and `body` are what it takes, `answer` with `status` what it gives as JSON.

    Where `streams` names media types, it gives text of one of those instead. `refusals` stand beside those that every
    operation may give. `location` says where an answer leads. `public` operations ask for nobody; `only_reads` says so
    of a POST. `about` says more than the summary, in sentences.
    """

    method: str
    path: str
    name: str
    summary: str
    run: Callable[[Asked], Awaitable[Struct | Streamed]]
    answer: type[Struct] | None
    path_model: type[Struct] | None = None
    query: type[Struct] | None = None
    body: type[Struct] | None = None
    status: HTTPStatus = HTTPStatus.OK
    refusals: tuple[HTTPStatus, ...] = ()
    location: Callable[[Any], str] | None = None
    public: bool = False
    only_reads: bool = False
    streams: tuple[str, ...] = ()
    about: str = ""

    @property
    def is_act(self) -> bool:
        """Whether it changes something: such a request is counted as a write, and may come with an Idempotency-Key."""
        return self.method == "POST" and not self.only_reads

    @property
    def scope(self) -> str:
        """What a token needs."""
        return "decide" if self.is_act else "read"

    @property
    def area(self) -> str:
        """What it is about, by the first word of its path."""
        return self.path.split("/")[1] or "about"


def _as(kind: type[S], value: Struct | None) -> S:
    if not isinstance(value, kind):
        raise TypeError(f"the operation is declared to take {kind.__name__}")
    return value
