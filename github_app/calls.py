"""How one repository is asked: requests below its path, and lists page by page."""

from collections.abc import AsyncIterator, Mapping

import httpx

from github_app.auth import Client, Host, request
from github_app.model import Repository

PAGE = 100
MOST_PAGES = 30
"""3,000 of anything: a run has at most 256 jobs a matrix, and a pull request of more files is not ours to read."""


class Calls:
    """One repository of one installation. `unfollowed` is the client that follows no redirect."""

    def __init__(self, host: Host, client: Client, unfollowed: Client, repository: Repository) -> None:
        self._host = host
        self._client = client
        self._unfollowed = unfollowed
        self._repository = repository
        self._root = f"/repos/{repository.owner}/{repository.name}"

    async def _get(self, path: str, params: Mapping[str, str | int] | None = None) -> httpx.Response:
        return await request(self._host, self._client, "GET", self._root + path, params=params)

    async def _send(self, method: str, path: str, body: Mapping[str, object]) -> httpx.Response:
        return await request(self._host, self._client, method, self._root + path, body=body)

    async def _pages(self, path: str, params: Mapping[str, str | int] | None = None) -> AsyncIterator[httpx.Response]:
        for page in range(1, MOST_PAGES + 1):
            answer = await self._get(path, {**(params or {}), "per_page": PAGE, "page": page})
            yield answer
            if 'rel="next"' not in answer.headers.get("link", ""):
                return
