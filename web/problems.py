"""What a request is refused with: one exception, told as a problem document (RFC 9457) or on a page.

Problem           a status and a sentence that is safe to tell
├── not_found     it is not there, or the caller may not know that it is
└── unavailable   GitHub or the database does not answer; with `Retry-After`
"""

from collections.abc import Mapping
from http import HTTPStatus

import msgspec


class ProblemDocument(msgspec.Struct, frozen=True):
    """A refusal as RFC 9457 has it; `detail` is for people and never an internal message."""

    title: str
    status: int
    detail: str
    type: str = "about:blank"


class Problem(Exception):
    """A request that ends here."""

    def __init__(self, status: HTTPStatus, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})

    def document(self) -> ProblemDocument:
        """What the API sends."""
        return ProblemDocument(self.status.phrase, int(self.status), self.detail)


def not_found(what: str) -> Problem:
    """404, in the same words whether the thing does not exist or is not for the caller."""
    return Problem(HTTPStatus.NOT_FOUND, f"There is no such {what}, or you may not see it.")


def unavailable(who: str, seconds: int = 5) -> Problem:
    """503: what is needed to answer does not answer itself."""
    return Problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        f"{who} does not answer now; try again in a moment.",
        {"Retry-After": str(max(1, seconds))},
    )


def uncounted(filters: str) -> Problem:
    """400: a total that would take looking at every row."""
    return Problem(HTTPStatus.BAD_REQUEST, f"A list filtered by {filters} has no total; ask without `total`.")
