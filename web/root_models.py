"""What the API says of itself."""

from typing import Annotated

from msgspec import Meta, Struct


class Links(Struct, frozen=True):
    """Where to go on, as paths of this host."""

    openapi: str = "/openapi.json"
    docs: str = "/docs"
    health: str = "/health"
    failures: str = "/failures"
    fixes: str = "/fixes"
    repositories: str = "/repositories"
    dashboard: str = "/analytics/dashboard"


class About(Struct, frozen=True):
    """What answers here."""

    name: str
    version: Annotated[str, Meta(examples=["0.1.0"])]
    links: Links
