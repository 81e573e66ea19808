"""Fetching what GitHub's answer points to, from GitHub's own places and from nowhere else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from github_app.auth import Host
from github_app.errors import NotFound, Permanent, RetryLater

_WHOLE_SECONDS = 600
"""For one download: the largest log that is read, at four megabytes a second."""
_CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Kept:
    """What is fetched, in words for errors, and the hosts that may have it; `.example.com` is any host below that."""

    what: str
    hosts: tuple[str, ...]


LOG = Kept("the log", (".actions.githubusercontent.com", ".blob.core.windows.net"))
"""GitHub keeps logs in its own pipelines and the store behind them."""


def tarball_of(host: Host) -> Kept:
    """GitHub packs commits at `codeload`, beside `api` (https://docs.github.com/en/rest/repos/contents)."""
    return Kept("the tarball", (f"codeload.{(urlsplit(host.api_url).hostname or '').removeprefix('api.')}",))


@asynccontextmanager
async def open_elsewhere(host: Host, kept: Kept, location: str) -> AsyncIterator[AsyncIterator[bytes]]:
    """What is at `location` in chunks, without any credential sent: the link itself is one, for a minute or five.

    Raises Permanent for a place that is not GitHub's (a forged redirect could point inside our network), NotFound as
    GitHub answers it, RetryLater for the network, also in the middle.
    """
    _check_place(host, kept, location)
    try:
        async with (
            asyncio.timeout(_WHOLE_SECONDS),
            httpx.AsyncClient(verify=host.ssl, timeout=60) as client,
            client.stream("GET", location) as answer,
        ):
            if answer.status_code in (404, 410):
                raise NotFound(f"{kept.what} is not at its place", gone=answer.status_code == 410)
            if answer.status_code != 200:
                raise RetryLater(f"where {kept.what} is kept, GitHub answered {answer.status_code}")
            yield answer.aiter_bytes(_CHUNK_BYTES)
    except (httpx.HTTPError, TimeoutError) as error:
        raise RetryLater(f"{kept.what} could not be fetched: {type(error).__name__}") from error


def _check_place(host: Host, kept: Kept, location: str) -> None:
    place, own = urlsplit(location), urlsplit(host.api_url)
    name = place.hostname or ""
    same_server = (place.scheme, place.hostname, place.port) == (own.scheme, own.hostname, own.port)
    known = any(name.endswith(one) if one.startswith(".") else name == one for one in kept.hosts)
    if not (same_server or (known and place.scheme == "https" and place.port in (None, 443))):
        raise Permanent(f"{kept.what} is said to be at {name or 'no host at all'}, which is not GitHub's")
