"""Everything that is set from outside, read once from the environment; errors name their variable."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

SHORTEST_SECRET = 16
"""Characters: a shorter webhook secret can be guessed from one delivery, away from our server."""

_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")


class SettingsError(Exception):
    """A variable that is missing or wrong."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one process. Secrets do not show in its repr."""

    database_url: str | None = field(repr=False)
    data_dir: Path
    webhook_secrets: tuple[bytes, ...] = field(repr=False)
    host: str
    port: int
    app_id: int | None
    private_key: str | None = field(repr=False)
    api_url: str
    web_url: str
    client_id: str | None
    client_secret: str | None = field(repr=False)
    google_api_key: str | None = field(repr=False)
    gemini_base_url: str | None
    gemini_model: str | None
    models: tuple[str, ...]
    engine: str | None
    rerun: str | None
    frontend_url: str | None
    """The origin of another program's pages that may call the JSON API from a browser; None for nobody."""

    @property
    def has_app(self) -> bool:
        """Whether id or key of an App are set, so that GitHub can be asked, or it can be said what lacks."""
        return self.app_id is not None or self.private_key is not None

    def app_credentials(self) -> tuple[int, str]:
        """App id and private key, for whatever calls GitHub. Raises SettingsError where one is not set."""
        if self.app_id is None:
            raise SettingsError("GITHUB_APP_ID is not set: it stands on the App's settings page.")
        if self.private_key is None:
            raise SettingsError(
                "GITHUB_PRIVATE_KEY is not set, nor GITHUB_PRIVATE_KEY_FILE: make a private key on the App's settings "
                "page and name the .pem file."
            )
        return self.app_id, self.private_key


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings in `environment`. Raises SettingsError; never starts without a webhook secret."""
    app_id = environment.get("GITHUB_APP_ID") or None
    return Settings(
        database_url=environment.get("DATABASE_URL") or None,
        data_dir=Path(environment.get("CI_FIXER_DATA") or ".ci-fixer").absolute(),
        webhook_secrets=_secrets(environment),
        host=environment.get("HOST") or "127.0.0.1",
        port=_number(environment, "PORT", 8000, 65_535),
        app_id=None if app_id is None else _number(environment, "GITHUB_APP_ID", 0, 2**63 - 1),
        private_key=_private_key(environment),
        api_url=api_url(environment),
        web_url=_url(environment, "GITHUB_WEB_URL", web_url_of(api_url(environment))),
        client_id=environment.get("GITHUB_CLIENT_ID") or None,
        client_secret=environment.get("GITHUB_CLIENT_SECRET") or None,
        google_api_key=environment.get("GOOGLE_API_KEY") or None,
        gemini_base_url=_url(environment, "GEMINI_BASE_URL", "") or None,
        gemini_model=environment.get("GEMINI_MODEL") or None,
        models=tuple(name for part in environment.get("CI_FIXER_MODELS", "").split(",") if (name := part.strip())),
        engine=environment.get("CI_FIXER_ENGINE") or None,
        rerun=environment.get("CI_FIXER_RERUN") or None,
        frontend_url=_origin(environment, "FRONTEND_URL"),
    )


def api_url(environment: Mapping[str, str]) -> str:
    """GITHUB_API_URL: GitHub's own, an Enterprise server's, or the sandbox's. Raises SettingsError."""
    return _url(environment, "GITHUB_API_URL", "https://api.github.com")


def web_url_of(api_url: str) -> str:
    """GitHub's pages, from its API: github.com, or the Enterprise server that answers at `/api/v3`."""
    return "https://github.com" if api_url == "https://api.github.com" else api_url.removesuffix("/api/v3")


def data_place(environment: Mapping[str, str]) -> tuple[str | None, Path]:
    """DATABASE_URL and the data folder, for commands that need no App."""
    return environment.get("DATABASE_URL") or None, Path(environment.get("CI_FIXER_DATA") or ".ci-fixer").absolute()


def _secrets(environment: Mapping[str, str]) -> tuple[bytes, ...]:
    names = ("GITHUB_WEBHOOK_SECRET", "GITHUB_WEBHOOK_SECRET_PREVIOUS")
    secrets = [(name, environment.get(name, "")) for name in names]
    if not secrets[0][1]:
        raise SettingsError(
            "GITHUB_WEBHOOK_SECRET is not set: without it anybody could send events. Set it to the secret of the "
            "GitHub App's webhook, for example one made by: openssl rand -hex 32"
        )
    for name, secret in secrets:
        if secret and len(secret) < SHORTEST_SECRET:
            raise SettingsError(f"{name} has fewer than {SHORTEST_SECRET} characters. Make one: openssl rand -hex 32")
    return tuple(secret.encode() for _, secret in secrets if secret)


def _url(environment: Mapping[str, str], name: str, default: str) -> str:
    text = (environment.get(name) or default).rstrip("/")
    if text and not text.startswith(("https://", "http://")):
        raise SettingsError(f"{name} is {text!r}; it must be a URL, such as https://api.github.com.")
    return text


def _origin(environment: Mapping[str, str], name: str) -> str | None:
    """An origin as browsers write it (https://www.rfc-editor.org/rfc/rfc6454#section-6.2): no path, no default port."""
    text = environment.get(name, "")
    if not text:
        return None
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, parts, port = "", urlsplit(""), None
    plain = text.isascii() and parts.path in ("", "/") and not (parts.query or parts.fragment or "@" in parts.netloc)
    if not _HOST.fullmatch(host) or not plain or parts.scheme not in _PORTS:
        raise SettingsError(f"{name} is {text!r}; it must be one origin without a path, such as https://ci.acme.dev.")
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}" + ("" if port in (None, _PORTS[parts.scheme]) else f":{port}")


def _number(environment: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = environment.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and int(text) <= most):
        raise SettingsError(f"{name} is {text!r}; it must be a whole number from 0 to {most}.")
    return int(text)


def _private_key(environment: Mapping[str, str]) -> str | None:
    name = "GITHUB_PRIVATE_KEY"
    text = environment.get(name, "")
    file = environment.get("GITHUB_PRIVATE_KEY_FILE", "")
    if not text and file:
        name = "GITHUB_PRIVATE_KEY_FILE"
        try:
            text = Path(file).read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{name} names {file}, which cannot be read as a PEM file: {error}.") from error
    if not text:
        return None
    # Hosts that allow no line breaks in a variable take the key with "\n" written out.
    text = text.replace("\\n", "\n")
    try:
        key = load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SettingsError(f"{name} holds no private key. Give the .pem file that GitHub made for the App.") from error
    if not isinstance(key, RSAPrivateKey):
        raise SettingsError(
            f"{name} holds a key that is not RSA; GitHub's App keys are. Give the .pem that GitHub made."
        )
    return text
