"""People, organisations, Apps, where Apps are installed, and the tokens that stand for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(slots=True)
class User:
    """A person, an organisation or an App's bot (``type`` User, Organization or Bot)."""

    id: int
    login: str
    type: str
    created_at: datetime

    @property
    def email(self) -> str:
        """The no-reply address by which commits are matched to the account."""
        return f"{self.id}+{self.login}@users.noreply.github.com"


@dataclass(slots=True)
class App:
    """A GitHub App; ``bot`` is the account its installations act as. ``user_tokens_expire`` is GitHub's default."""

    id: int
    slug: str
    name: str
    client_id: str
    client_secret: str
    callback_urls: tuple[str, ...]
    owner: User
    bot: User
    permissions: dict[str, str]
    events: tuple[str, ...]
    webhook_url: str | None
    webhook_secret: str
    public_key_pem: str
    created_at: datetime
    user_tokens_expire: bool = True


@dataclass(slots=True)
class Installation:
    """An App on an account, for some of its repositories."""

    id: int
    app: App
    account: User
    repository_ids: set[int]
    permissions: dict[str, str]
    events: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    suspended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """A secret that stands for an installation (with what it was narrowed to) or for a person.

    With ``app`` it is a user access token: the person, within what the App may do.
    """

    value: str
    holder: Installation | User
    repository_ids: frozenset[int]
    permissions: dict[str, str]
    expires_at: datetime | None
    app: App | None = None
