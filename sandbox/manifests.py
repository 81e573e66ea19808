"""Registering an App from a manifest: the form that GitHub shows, and the code that is exchanged for the App's secrets.

https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.data import Json
from sandbox.errors import ApiError, not_found
from sandbox.input import Input, parse_object
from sandbox.registry import Registry, SandboxApp
from sandbox.rest.router import json_response
from sandbox.shapes.accounts import integration
from sandbox.world import World

CODE_LIFE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Pending:
    app: SandboxApp
    expires_at: datetime


class Registrations:
    """The Apps that were made and not yet fetched, by their code."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._pending: dict[str, _Pending] = {}

    async def register(self, request: Request) -> Response:
        """Take the form and send the browser back with a code; a wrong manifest is a page that says why."""
        form = parse_qs((await request.body()).decode(errors="replace"))
        try:
            given = parse_object(form.get("manifest", [""])[0].encode())
            back = given.text("redirect_url")
            owner = request.path_params.get("organization", "app-owner")
            app = await self._made(given, owner)
        except (ApiError, ValueError) as error:
            return HTMLResponse(f"<h1>Invalid GitHub App configuration</h1><p>{_plain(str(error))}</p>", 422)
        code = secrets.token_hex(20)
        self._pending[code] = _Pending(app, self._world.clock() + CODE_LIFE)
        state = request.query_params.get("state")
        query = urlencode({"code": code, **({"state": state} if state else {})})
        return RedirectResponse(f"{back}?{query}", 302)

    async def convert(self, request: Request) -> Response:
        """Everything about the App, once: its id, key and secrets."""
        found = self._pending.pop(request.path_params["code"], None)
        if found is None or found.expires_at <= self._world.clock():
            raise not_found()
        app = self._world.state.apps[found.app.app_id]
        shown: dict[str, Json] = {
            **integration(self._world.urls, app, installations=0),
            "client_secret": app.client_secret,
            "webhook_secret": found.app.webhook_secret,
            "pem": found.app.private_key_pem,
        }
        return json_response(shown, 201)

    async def _made(self, given: Input, owner: str) -> SandboxApp:
        hook, asked = given.child("hook_attributes"), given.child("default_permissions")
        permissions = {} if asked is None else {name: asked.text(name) for name in asked.names()}
        url = None if hook is None else hook.text("url")
        events = given.texts("default_events")
        callbacks = given.texts("callback_urls") if given.has("callback_urls") else ()
        return await Registry(self._world).create_app(
            given.text("name"), permissions, events, url, owner=owner, callback_urls=callbacks
        )

    def forms(self) -> list[Route]:
        """Where GitHub's form is sent to."""
        return [
            Route("/settings/apps/new", self.register, methods=["POST"]),
            Route("/organizations/{organization}/settings/apps/new", self.register, methods=["POST"]),
        ]

    def conversions(self) -> Route:
        """Where a program exchanges its code."""
        return Route("/app-manifests/{code}/conversions", self.convert, methods=["POST"])


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
