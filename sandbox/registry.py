"""Registering and installing Apps."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from sandbox.auth import LEVELS, allowed
from sandbox.data import Json, JsonObject
from sandbox.shapes.accounts import installation as installation_shape
from sandbox.shapes.accounts import simple_user
from sandbox.shapes.repositories import listed_repository
from sandbox.state import App, Installation, Repository, User
from sandbox.world import ALWAYS_SENT, World

# The permission without which GitHub refuses a manifest that asks for the event.
# https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
_EVENT_NEEDS = {
    "push": "contents",
    "pull_request": "pull_requests",
    "issue_comment": "issues",
    "issues": "issues",
    "check_run": "checks",
    "workflow_run": "actions",
    "workflow_job": "actions",
}


@dataclass(frozen=True, slots=True)
class SandboxApp:
    """A registered App, as its owner knows it."""

    app_id: int
    slug: str
    client_id: str
    private_key_pem: str = field(repr=False)
    webhook_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SandboxRepository:
    """A repository: its name, its bare git folder, its id."""

    full_name: str
    path: Path
    id: int


RepositoryName: TypeAlias = SandboxRepository | str


def new_key() -> str:
    """A private key in PEM, of the size and in the form that GitHub makes."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


def _public(private_key_pem: str) -> str:
    key = load_pem_private_key(private_key_pem.encode(), None)
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


class Registry:
    """The part of the control API that is about Apps and where they are installed."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def create_app(
        self,
        name: str,
        permissions: Mapping[str, str],
        events: Sequence[str],
        webhook_url: str | None = None,
        webhook_secret: str | None = None,
        *,
        owner: str = "app-owner",
        private_key_pem: str | None = None,
    ) -> SandboxApp:
        """Register an App, with a new key or one's own; ValueError for what GitHub would not register."""
        for permission, level in permissions.items():
            if level not in LEVELS:
                raise ValueError(f"{permission}: {level!r} is none of {', '.join(LEVELS)}")
        for event in events:
            if event not in _EVENT_NEEDS and event not in ALWAYS_SENT:
                raise ValueError(f"the sandbox sends no event {event!r}")
            if event in _EVENT_NEEDS and not allowed(permissions, _EVENT_NEEDS[event], "read"):
                raise ValueError(f"event {event!r} needs the permission {_EVENT_NEEDS[event]}:read")
        private = await asyncio.to_thread(new_key) if private_key_pem is None else private_key_pem
        state, slug = self.world.state, re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        holder = state.user(owner) or self.world.add_user(owner)
        app_id = state.next_id()
        made = App(
            id=app_id,
            slug=slug,
            name=name,
            client_id=f"Iv23{secrets.token_hex(8)}",
            owner=holder,
            bot=self.world.add_user(f"{slug}[bot]", "Bot"),
            permissions={"metadata": "read", **permissions},
            events=tuple(event for event in events if event not in ALWAYS_SENT),
            webhook_url=webhook_url,
            webhook_secret=webhook_secret or secrets.token_hex(20),
            public_key_pem=_public(private),
            created_at=self.world.clock(),
        )
        state.apps[app_id] = made
        return SandboxApp(app_id, slug, made.client_id, private, made.webhook_secret)

    async def set_webhook(self, app: SandboxApp, url: str | None) -> None:
        """Point the App's webhook elsewhere, or nowhere."""
        self.world.state.apps[app.app_id].webhook_url = url

    async def install(
        self,
        app: SandboxApp,
        owner: str,
        repositories: Iterable[RepositoryName],
        *,
        permissions: Mapping[str, str] | None = None,
    ) -> int:
        """Install on an account's repositories (objects or full names); returns the installation's id.

        ``permissions`` fewer than the App asks for stand for an owner who has not accepted the newest ones.
        """
        state, now = self.world.state, self.world.clock()
        registered, chosen = state.apps[app.app_id], [self.find(one) for one in repositories]
        made = Installation(
            id=state.next_id(),
            app=registered,
            account=self._user(owner),
            repository_ids={one.id for one in chosen},
            permissions=dict(permissions or registered.permissions),
            events=registered.events,
            created_at=now,
            updated_at=now,
        )
        state.installations[made.id] = made
        self._tell(made, "created", _listed(chosen))
        return made.id

    async def uninstall(self, installation_id: int) -> None:
        """Remove an installation; its tokens die with it."""
        gone = self.world.state.installations.pop(installation_id)
        self._tell(gone, "deleted", _listed(self._covered(gone)))

    async def suspend(self, installation_id: int, *, suspended: bool = True) -> None:
        """Suspend or unsuspend an installation."""
        found = self.world.state.installations[installation_id]
        found.suspended_at = self.world.clock() if suspended else None
        self._tell(found, "suspend" if suspended else "unsuspend", _listed(self._covered(found)))

    async def accept_permissions(self, installation_id: int, permissions: Mapping[str, str]) -> None:
        """Give an installation more than it had; fires ``installation.new_permissions_accepted``."""
        found = self.world.state.installations[installation_id]
        found.permissions.update(permissions)
        self._tell(found, "new_permissions_accepted", _listed(self._covered(found)))

    async def add_repositories(self, installation_id: int, repositories: Iterable[RepositoryName]) -> None:
        """Widen an installation; fires ``installation_repositories.added``."""
        chosen = [self.find(one) for one in repositories]
        found = self.world.state.installations[installation_id]
        found.repository_ids |= {one.id for one in chosen}
        self._tell_repositories(found, added=chosen, removed=[])

    async def remove_repositories(self, installation_id: int, repositories: Iterable[RepositoryName]) -> None:
        """Narrow an installation; fires ``installation_repositories.removed``."""
        chosen = [self.find(one) for one in repositories]
        found = self.world.state.installations[installation_id]
        found.repository_ids -= {one.id for one in chosen}
        self._tell_repositories(found, added=[], removed=chosen)

    def _covered(self, installed: Installation) -> list[Repository]:
        return [self.world.state.repositories[one] for one in sorted(installed.repository_ids)]

    def _tell(self, installed: Installation, action: str, repositories: list[Json]) -> None:
        self._send(installed, "installation", {"action": action, "repositories": repositories, "requester": None})

    def _tell_repositories(
        self, installed: Installation, *, added: list[Repository], removed: list[Repository]
    ) -> None:
        payload: JsonObject = {
            "action": "added" if added else "removed",
            "repository_selection": "selected",
            "repositories_added": _listed(added),
            "repositories_removed": _listed(removed),
            "requester": None,
        }
        self._send(installed, "installation_repositories", payload)

    def _send(self, installed: Installation, event: str, payload: JsonObject) -> None:
        urls = self.world.urls
        body: JsonObject = {
            **payload,
            "installation": installation_shape(urls, installed),
            "sender": simple_user(urls, installed.account),
        }
        self.world.hooks.send(installed.app, event, body, installation_id=installed.id)

    def find(self, repo: RepositoryName) -> Repository:
        """The sandbox's own record of a repository; ValueError when there is none."""
        name = repo if isinstance(repo, str) else repo.full_name
        owner, _, short = name.partition("/")
        found = self.world.state.repository(owner, short)
        if found is None:
            raise ValueError(f"there is no repository {name!r}")
        return found

    def _user(self, login: str) -> User:
        found = self.world.state.user(login)
        if found is None:
            raise ValueError(f"there is no account {login!r}; create_user makes one")
        return found


def _listed(repositories: list[Repository]) -> list[Json]:
    return [listed_repository(one) for one in repositories]
