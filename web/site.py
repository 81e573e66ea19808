"""What every request is served with; made once a process by `site`."""

from collections.abc import Sequence
from dataclasses import dataclass

from github_app.oauth import OAuth
from handlers.services import Services
from web.engine import EngineName
from web.keys import Keys
from web.limits import Limits
from web.listening import Rhythm
from web.live import Live
from web.metrics import Metrics
from web.rights import Rights
from web.session import Cookies


@dataclass(frozen=True, slots=True)
class Site:
    """The services behind, the keys, and the sign-in; `oauth` is None where the App has no client secret.

    `frontend_url` is the one other origin, as browsers write it, whose pages may ask the API; `live` tells what is new,
    `engine` is the one that the operator set up, and `metrics` what this process counts.
    """

    services: Services
    keys: Keys
    cookies: Cookies
    rights: Rights
    oauth: OAuth | None
    limits: Limits
    frontend_url: str | None
    live: Live
    engine: EngineName
    metrics: Metrics


def site(
    services: Services,
    webhook_secrets: Sequence[bytes],
    oauth: OAuth | None,
    *,
    limits: Limits | None = None,
    frontend_url: str | None = None,
    rhythm: Rhythm | None = None,
    engine: EngineName | None = None,
) -> Site:
    """Everything, from what the process was set up with; `rhythm` is how the live events go."""
    keys = Keys(webhook_secrets, None if oauth is None else oauth.client_secret)
    rights = Rights(services)
    return Site(
        services,
        keys,
        Cookies(keys),
        rights,
        oauth,
        limits or Limits(),
        frontend_url,
        Live(services.database, rights, rhythm),
        engine or EngineName(),
        Metrics(),
    )
