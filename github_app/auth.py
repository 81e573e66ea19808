"""One GitHub host as one App: signed tokens, narrowed installation tokens, and errors in our own words.

githubkit signs and mints. Around it stand the corrections of github-facts: a cache of tokens a host (its own has no
host in the key), one minting at a time a key (it mints one for each concurrent first call), a new token after a 401
(it keeps the refused one), time limits (it has none), no sleeping to a limit's reset in a worker, no repeated POST.
"""

import asyncio
import ssl
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta

import githubkit
import httpx
import msgspec
from githubkit import AppAuthStrategy, AppInstallationAuthStrategy, UnauthAuthStrategy
from githubkit.cache.mem_cache import MemCacheStrategy
from githubkit.config import Config, get_config
from githubkit.exception import (
    GitHubException,
    RateLimitExceeded,
    RequestError,
    RequestFailed,
)
from githubkit.retry import RetryOption

from github_app.allowance import Allowance
from github_app.errors import Forbidden, NotFound, Refused, RetryLater, Unauthorized

API_VERSION = "2022-11-28"
"""The REST version asked for: the newest that GitHub and every supported Enterprise server answer (github-facts 30)."""

SECONDARY_WAIT = timedelta(seconds=60)
"""The least wait after a secondary limit that names none (github-facts 12)."""

_TIMEOUT = httpx.Timeout(10, read=60)
_SHORT_WAIT = timedelta(seconds=5)
_SERVER_ERRORS = 2
# Five minutes less than a token's hour are kept by githubkit's own cache; this one only spares the warming call.
_WARM_SECONDS = 50 * 60
_SAFE = ("GET", "HEAD", "PUT", "PATCH", "DELETE")

_LEVELS = {"read": 1, "write": 2, "admin": 3}


class _Granted(msgspec.Struct):
    """What an installation was given."""

    permissions: dict[str, str] = {}


Client = (
    githubkit.GitHub[AppInstallationAuthStrategy]
    | githubkit.GitHub[AppAuthStrategy]
    | githubkit.GitHub[UnauthAuthStrategy]
)


class Host:
    """GitHub at `api_url`, called as the App `app_id`. One a process: it holds the tokens.

    With an `allowance` the requests of installations wait for their turn.
    """

    def __init__(self, api_url: str, app_id: int, private_key: str, allowance: Allowance | None = None) -> None:
        self.api_url = api_url.rstrip("/")
        self.app_id = app_id
        self.ssl = ssl.create_default_context()
        self._private_key = private_key
        self._allowance = allowance
        self._cache = MemCacheStrategy()
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._warm_until: dict[str, float] = {}

    def allowance_of(self, client: Client) -> Allowance | None:
        """What a client's requests wait for: an installation's, if there is one; the App's own have another limit."""
        return self._allowance if isinstance(client.auth, AppInstallationAuthStrategy) else None

    @property
    def graphql_url(self) -> str:
        """Where GraphQL is answered: beside the REST root, on an Enterprise server at `/api/graphql`."""
        return self.api_url.removesuffix("/v3") + "/graphql"

    @asynccontextmanager
    async def as_app(self) -> AsyncIterator[Client]:
        """A client that signs as the App itself, for `/app/…`."""
        strategy = AppAuthStrategy(self.app_id, self._private_key)
        async with githubkit.GitHub(strategy, config=self._config()) as client:
            yield client

    @asynccontextmanager
    async def as_nobody(self) -> AsyncIterator[Client]:
        """A client without credentials, for what all the world may read; GitHub grants it 60 calls an hour."""
        async with githubkit.GitHub(UnauthAuthStrategy(), config=self._config()) as client:
            yield client

    @asynccontextmanager
    async def as_installation(
        self, installation_id: int, repository_id: int, permissions: Mapping[str, str], *, redirects: bool = True
    ) -> AsyncIterator[Client]:
        """A client whose token reaches one repository with these permissions and no more."""
        strategy = AppInstallationAuthStrategy(
            self.app_id,
            self._private_key,
            installation_id,
            repository_ids=[repository_id],
            permissions=dict(permissions),  # type: ignore[arg-type] # a TypedDict of literals; GitHub checks the words
        )
        async with githubkit.GitHub(strategy, config=self._config(redirects=redirects)) as client:
            key = f"{installation_id}:{repository_id}:{sorted(permissions.items())}"
            try:
                await self._warm(key, client)
            except Refused as refused:
                raise await self._not_granted(installation_id, permissions, refused) from refused
            yield client

    async def _not_granted(self, installation_id: int, wanted: Mapping[str, str], refused: Refused) -> Exception:
        """The refusal of a token, with the permissions that the installation's owner has not accepted by name."""
        async with self.as_app() as client:
            answer = await request(self, client, "GET", f"/app/installations/{installation_id}")
        given = msgspec.json.decode(answer.content, type=_Granted).permissions
        missing = [
            f"{name}={level}"
            for name, level in wanted.items()
            if _LEVELS.get(given.get(name, ""), 0) < _LEVELS.get(level, 0)
        ]
        return Forbidden(str(refused), ", ".join(missing)) if missing else refused

    def forget_tokens(self) -> None:
        """Drop every token: GitHub refused one, and a refused token is refused until it would have expired."""
        self._cache = MemCacheStrategy()
        self._warm_until.clear()

    async def _warm(self, key: str, client: Client) -> None:
        """Have the token minted once, by a call that no limit counts, before many tasks ask for it together."""
        async with self._locks[key]:
            if self._warm_until.get(key, 0.0) > time.monotonic():
                return
            await request(self, client, "GET", "/rate_limit")
            self._warm_until[key] = time.monotonic() + _WARM_SECONDS

    def _config(self, *, redirects: bool = True) -> Config:
        return get_config(
            base_url=self.api_url + "/",
            follow_redirects=redirects,
            timeout=_TIMEOUT,
            ssl_verify=self.ssl,
            cache_strategy=self._cache,
            http_cache=False,
            auto_retry=_retry,
            user_agent="ci-fixer",
        )


async def request(
    host: Host,
    client: Client,
    method: str,
    path: str,
    *,
    params: Mapping[str, str | int] | None = None,
    body: Mapping[str, object] | None = None,
) -> httpx.Response:
    """One call, with its answer read. `path` begins with a slash, or is a whole URL of the same host.

    Raises RetryLater (limits, server errors, the network), NotFound, Forbidden, and Refused with GitHub's own
    reason.
    """
    allowance = host.allowance_of(client)
    if allowance is not None:
        await allowance.turn()
    try:
        answer = await client.arequest(
            method,
            path if "://" in path else path.lstrip("/"),
            params=dict(params) if params else None,
            json=dict(body) if body is not None else None,
            headers={"X-GitHub-Api-Version": API_VERSION, "Accept": "application/vnd.github+json"},
        )
    except RequestFailed as failed:
        if allowance is not None:
            allowance.heard(failed.response.headers)
        raise _failure(host, failed) from failed
    except RequestError as error:
        if isinstance(error.exc, RequestFailed):
            # The token of this call was refused: GitHub's answer comes wrapped.
            raise _failure(host, error.exc) from error
        raise RetryLater(f"GitHub did not answer {method} {path}: {type(error.exc).__name__}") from error
    except GitHubException as error:
        raise RetryLater(f"{method} {path}: {type(error).__name__}") from error
    if allowance is not None:
        allowance.heard(answer.raw_response.headers)
    return answer.raw_response


def _retry(error: GitHubException, count: int) -> RetryOption:
    """Wait in the process only for seconds; what takes longer is a job to come back to."""
    if isinstance(error, RateLimitExceeded):
        return RetryOption(count < 1 and error.retry_after <= _SHORT_WAIT, error.retry_after)
    if isinstance(error, RequestFailed) and error.response.status_code >= 500 and error.request.method in _SAFE:
        return RetryOption(count < _SERVER_ERRORS, timedelta(seconds=0.5 * (count + 1)))
    return RetryOption(False)


def _failure(host: Host, failed: RequestFailed) -> Exception:
    status, said = failed.response.status_code, _message(failed)
    what = f"GitHub answered {status} to {failed.request.method} {failed.request.url.path}: {said}"
    passing = _passing(failed, status, said)
    if status == 401:
        host.forget_tokens()
        # A replica may not know a new token for some seconds; a wrong key is refused again and again.
        return Unauthorized(f"{what}. If this lasts, check GITHUB_APP_ID and GITHUB_PRIVATE_KEY.")
    if passing is not None:
        return RetryLater(what, passing)
    if status == 403:
        return Forbidden(what, failed.response.headers.get("x-accepted-github-permissions", ""))
    if status in (404, 410):
        return NotFound(what, gone=status == 410)
    return Refused(what)


def _passing(failed: RequestFailed, status: int, said: str) -> timedelta | None:
    """How long to wait where waiting helps: limits by their own word, server errors by the queue's."""
    if isinstance(failed, RateLimitExceeded):
        return failed.retry_after
    if status in (403, 429) and "rate limit" in said.lower():
        return SECONDARY_WAIT
    return timedelta(0) if status >= 500 else None


def _message(failed: RequestFailed) -> str:
    try:
        said = failed.response.json()
    except ValueError:
        return "no reason given"
    return str(said.get("message", ""))[:500] if isinstance(said, dict) else ""
