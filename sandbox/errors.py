"""What a request is refused with, in GitHub's own words and shapes.

ApiError                one JSON answer with a status of 400 or more
GitError (sandbox.git)  the git program refused; the caller turns it into an ApiError
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

DOCUMENTATION = "https://docs.github.com/rest"


class ApiError(Exception):
    """An answer of GitHub's ``basic-error`` or ``validation-error`` shape; raised anywhere, written in one place."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        errors: Sequence[Mapping[str, str] | str] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {message}")
        self.status = status
        self.message = message
        self.errors = tuple(errors)
        self.headers = dict(headers or {})


def not_found() -> ApiError:
    """404: the thing does not exist, or the caller may not know that it does."""
    return ApiError(404, "Not Found")


def invalid_request(reason: str) -> ApiError:
    """422 of GitHub's schema checker: one sentence after ``Invalid request.``."""
    return ApiError(422, f"Invalid request.\n\n{reason}")


def validation_failed(resource: str, field: str, code: str, message: str | None = None) -> ApiError:
    """422 ``Validation Failed`` naming resource and field, as GitHub's models give it."""
    error = {"resource": resource, "code": code, "field": field}
    return ApiError(422, "Validation Failed", errors=[error if message is None else error | {"message": message}])
