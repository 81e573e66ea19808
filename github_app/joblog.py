"""Fetching a job's log from where GitHub's answer points, and from nowhere else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import httpx

from github_app.auth import Host
from github_app.errors import NotFound, Permanent, RetryLater

_LOG_HOSTS = (".actions.githubusercontent.com", ".blob.core.windows.net")
"""Where GitHub keeps logs: its own pipelines and the store behind them."""
_WHOLE_SECONDS = 600
"""For one log: the largest that is read, at four megabytes a second."""
_CHUNK_BYTES = 1024 * 1024


@asynccontextmanager
async def open_log(host: Host, location: str) -> AsyncIterator[AsyncIterator[bytes]]:
    """The log at `location` in chunks, without any credential sent: the link itself is one, for a minute.

    Raises Permanent for a place that is not GitHub's (a forged redirect could point inside our network), NotFound as
    GitHub answers it, RetryLater for the network, also in the middle of the log.
    """
    _check_place(host, location)
    try:
        async with (
            asyncio.timeout(_WHOLE_SECONDS),
            httpx.AsyncClient(verify=host.ssl, timeout=60) as client,
            client.stream("GET", location) as answer,
        ):
            if answer.status_code in (404, 410):
                raise NotFound("the log is not at its place", gone=answer.status_code == 410)
            if answer.status_code != 200:
                raise RetryLater(f"the log's store answered {answer.status_code}")
            yield answer.aiter_bytes(_CHUNK_BYTES)
    except (httpx.HTTPError, TimeoutError) as error:
        raise RetryLater(f"the log could not be fetched: {type(error).__name__}") from error


def _check_place(host: Host, location: str) -> None:
    place, own = urlsplit(location), urlsplit(host.api_url)
    same_server = (place.scheme, place.hostname, place.port) == (own.scheme, own.hostname, own.port)
    githubs = place.scheme == "https" and place.port in (None, 443) and (place.hostname or "").endswith(_LOG_HOSTS)
    if not (same_server or githubs):
        raise Permanent(f"the log is said to be at {place.hostname or 'no host at all'}, which is not GitHub's")
