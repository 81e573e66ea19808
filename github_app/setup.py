"""Registering the App by its manifest: one page, one click on GitHub, and the App's id, key and secret come back.

Served on this machine alone, at an address that holds a one-time word, until GitHub has sent the browser back once.
https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

import asyncio
import html
import json
import secrets
from dataclasses import dataclass, field
from urllib.parse import quote

import httpx
import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from github_app.manifest import Manifest
from github_app.oauth import CALLBACK_PATH
from github_app.server import WEBHOOK_PATH

_TIMEOUT = 30
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>CI Fixer</title>
<body style="font: 16px system-ui; max-width: 40em; margin: 3em auto; padding: 0 1em">{}</body></html>"""


class SetupFailed(Exception):
    """GitHub did not make the App; the text says why."""


class Registered(msgspec.Struct, frozen=True):
    """The App as GitHub made it. The key and the secrets are told this once."""

    id: int
    slug: str
    html_url: str
    pem: str
    webhook_secret: str
    client_id: str
    client_secret: str


@dataclass(slots=True)
class Setup:
    """One registration. `own_url` is where the pages are served, `public_url` where GitHub will send its events."""

    manifest: Manifest
    name: str
    organization: str | None
    web_url: str
    api_url: str
    public_url: str
    own_url: str
    word: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    registered: "asyncio.Future[Registered]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def start_url(self) -> str:
        """Where to begin in a browser."""
        return f"{self.own_url}/{self.word}"

    def app(self) -> Starlette:
        """The two pages."""
        return Starlette(routes=[Route(f"/{self.word}", self._start), Route(f"/{self.word}/done", self._done)])

    async def _start(self, _: Request) -> HTMLResponse:
        """The form: pressed by a person, it opens GitHub's own page with everything filled in."""
        owner = "" if self.organization is None else f"organizations/{quote(self.organization, safe='')}/"
        target = f"{self.web_url}/{owner}settings/apps/new?state={self.word}"
        where = self.organization or "your account"
        return HTMLResponse(
            _PAGE.format(
                f"<h1>Register CI Fixer</h1><p>GitHub will ask you to confirm the App <b>{html.escape(self.name)}</b> "
                f"for {html.escape(where)}, with the permissions of its manifest. Events will be sent to "
                f"<code>{html.escape(self._webhook)}</code>.</p>"
                f'<form method="post" action="{html.escape(target)}">'
                f'<input type="hidden" name="manifest" value="{html.escape(self._manifest_json())}">'
                "<button>Go on to GitHub</button></form>"
            )
        )

    async def _done(self, request: Request) -> HTMLResponse:
        """Where GitHub sends the browser back with a code, which is good for an hour and once."""
        code, state = request.query_params.get("code", ""), request.query_params.get("state", "")
        if not secrets.compare_digest(state.encode(), self.word.encode()) or not code or self.registered.done():
            return HTMLResponse(_PAGE.format("<h1>Nothing to do here</h1>"), 400)
        try:
            found = await exchange(self.api_url, code)
        except SetupFailed as failed:
            self.registered.set_exception(failed)
            return HTMLResponse(_PAGE.format(f"<h1>It did not work</h1><p>{html.escape(str(failed))}</p>"), 502)
        self.registered.set_result(found)
        install = html.escape(f"{found.html_url}/installations/new")
        return HTMLResponse(
            _PAGE.format(
                f"<h1>{html.escape(self.name)} is registered</h1><p>Its key and settings are written on your machine. "
                f'Now <a href="{install}">install it</a> on the repositories it shall watch.</p>'
            )
        )

    @property
    def _webhook(self) -> str:
        return f"{self.public_url}{WEBHOOK_PATH}"

    def _manifest_json(self) -> str:
        return json.dumps(
            {
                **msgspec.to_builtins(self.manifest),
                "name": self.name,
                "hook_attributes": {"url": self._webhook, "active": True},
                "redirect_url": f"{self.own_url}/{self.word}/done",
                "callback_urls": [f"{self.public_url}{CALLBACK_PATH}"],
            }
        )


async def exchange(api_url: str, code: str) -> Registered:
    """The App behind a code. Raises SetupFailed with GitHub's reason."""
    try:
        async with httpx.AsyncClient(timeout=_TIMEOUT) as client:
            answer = await client.post(f"{api_url}/app-manifests/{quote(code, safe='')}/conversions")
        if answer.status_code != httpx.codes.CREATED:
            raise SetupFailed(f"GitHub answered {answer.status_code} when the App was fetched. Begin again.")
        return msgspec.json.decode(answer.content, type=Registered)
    except httpx.HTTPError as error:
        raise SetupFailed(f"GitHub cannot be reached at {api_url}: {type(error).__name__}.") from error
    except msgspec.DecodeError as error:
        raise SetupFailed(f"GitHub's answer is not what it documents: {error}") from error
