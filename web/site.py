"""What every request is served with; made once a process by `site`."""

from collections.abc import Sequence
from dataclasses import dataclass

from github_app.oauth import OAuth
from handlers.services import Services
from web.keys import Keys
from web.limits import Limits
from web.rights import Rights
from web.session import Cookies


@dataclass(frozen=True, slots=True)
class Site:
    """The services behind, the keys, and the sign-in; `oauth` is None where the App has no client secret.

    `frontend_url` is the one other origin whose pages may ask the API.
    """

    services: Services
    keys: Keys
    cookies: Cookies
    rights: Rights
    oauth: OAuth | None
    limits: Limits
    frontend_url: str | None


def site(
    services: Services,
    webhook_secrets: Sequence[bytes],
    oauth: OAuth | None,
    *,
    limits: Limits | None = None,
    frontend_url: str | None = None,
) -> Site:
    """Everything, from what the process was set up with."""
    keys = Keys(webhook_secrets, None if oauth is None else oauth.client_secret)
    return Site(services, keys, Cookies(keys), Rights(services), oauth, limits or Limits(), frontend_url)
