"""Where things are: the addresses that stand in GitHub's answers."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from urllib.parse import quote

from sandbox.state import Repository, User


@dataclass(frozen=True, slots=True)
class Urls:
    """Builds addresses on one base URL (no slash at its end): API and web share the sandbox's one host."""

    base: str

    def repo(self, repository: Repository, path: str = "") -> str:
        """An API address below ``/repos/{owner}/{repo}``."""
        return f"{self.base}/repos/{repository.full_name}{path}"

    def html(self, repository: Repository, path: str = "") -> str:
        """A page's address below ``/{owner}/{repo}``."""
        return f"{self.base}/{repository.full_name}{path}"

    def user(self, user: User, path: str = "") -> str:
        """An API address below ``/users/{login}``."""
        return f"{self.base}/users/{quote(user.login)}{path}"

    def profile(self, user: User) -> str:
        """An account's page; a bot's is its App's."""
        page = f"apps/{user.login.removesuffix('[bot]')}" if user.type == "Bot" else user.login
        return f"{self.base}/{page}"


def node_id(kind: str, number: int) -> str:
    """An opaque GraphQL id; ``parse_node_id`` reads it."""
    return base64.b64encode(f"{kind}:{number}".encode()).decode()


def parse_node_id(value: str) -> tuple[str, str] | None:
    """(kind, rest) of an id made here; None for anything else."""
    try:
        kind, separator, rest = base64.b64decode(value, validate=True).decode().partition(":")
    except ValueError:
        return None
    return (kind, rest) if separator else None
