"""Bodies of requests: capped in bytes and in time, since whoever sends them is a stranger until they are read."""

import asyncio
from http import HTTPStatus
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request

from web.problems import Problem

MOST_BYTES = 64 * 1024
"""A comment of 10,000 characters fits in four times over."""
BODY_SECONDS = 8.0
_MOST_FIELDS = 10


async def read_body(request: Request) -> bytes:
    """The whole body. Raises Problem 413, 408, or 400 for one that was cut short."""
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > MOST_BYTES:
        raise _too_large()
    chunks: list[bytes] = []
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                chunks.append(chunk)
                if sum(map(len, chunks)) > MOST_BYTES:
                    raise _too_large()
    except TimeoutError:
        raise Problem(HTTPStatus.REQUEST_TIMEOUT, "The body took too long.", {"Connection": "close"}) from None
    except ClientDisconnect:
        raise Problem(HTTPStatus.BAD_REQUEST, "The body was cut short.") from None
    return b"".join(chunks)


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form; of one given twice the last."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "A form is sent as application/x-www-form-urlencoded.")
    body = await read_body(request)
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict"))
    except ValueError:
        raise Problem(HTTPStatus.BAD_REQUEST, "The form cannot be read.") from None


def _too_large() -> Problem:
    return Problem(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body is larger than {MOST_BYTES} bytes.", {"Connection": "close"}
    )
