"""Everything that is set from outside, read once from the environment; errors name their variable."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from github_app.settings_reader import SettingsReader

SHORTEST_SECRET = 16
"""Characters: a shorter webhook secret can be guessed from one delivery, away from our server."""
MOST_WORKERS = 64
"""Jobs at once: each may hold two connections to the database and a log's reading thread."""
ENVIRONMENTS = ("development", "production", "test")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
FORMATS = ("text", "json")
_GITHUB = "https://api.github.com"
_LOCAL = ("http://127.0.0.1:", "http://localhost:", "http://[::1]:")


class SettingsError(Exception):
    """A variable that is missing or wrong; of several each has a line."""


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
    portia_api_key: str | None = field(repr=False)
    rerun: str | None
    frontend_url: str | None
    """The origin of another program's pages that may call the JSON API from a browser; None for nobody."""
    environment: str
    """One of ENVIRONMENTS."""
    log_level: str
    """One of LEVELS."""
    log_format: str
    """One of FORMATS."""
    max_workers: int
    """Jobs that a worker does at once, 1 to MOST_WORKERS."""

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
                "GITHUB_PRIVATE_KEY is not set, nor GITHUB_PRIVATE_KEY_FILE or GITHUB_PRIVATE_KEY_PATH: make a private "
                "key on the App's settings page and name the .pem file."
            )
        return self.app_id, self.private_key


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings in `environment`. Raises SettingsError with all that is wrong; never without a webhook secret."""
    read = SettingsReader(environment)
    api_url = read.url("GITHUB_API_URL", _GITHUB)
    kind = read.choice("ENVIRONMENT", ENVIRONMENTS, "development")
    debug = read.flag("DEBUG")
    app_id = read.text("GITHUB_APP_ID")
    settings = Settings(
        database_url=read.text("DATABASE_URL"),
        data_dir=_data_dir(environment),
        webhook_secrets=_secrets(read),
        host=read.address("HOST", "127.0.0.1"),
        port=read.number("PORT", 8000, 0, 65_535),
        app_id=None if app_id is None else read.number("GITHUB_APP_ID", 0, 0, 2**63 - 1),
        private_key=_private_key(read),
        api_url=api_url,
        web_url=read.url("GITHUB_WEB_URL", web_url_of(api_url)),
        client_id=read.text("GITHUB_CLIENT_ID"),
        client_secret=read.text("GITHUB_CLIENT_SECRET"),
        google_api_key=read.either("GOOGLE_API_KEY", "GEMINI_API_KEY"),
        gemini_base_url=read.url("GEMINI_BASE_URL", "") or None,
        gemini_model=read.text("GEMINI_MODEL"),
        models=tuple(
            name for part in (read.text("CI_FIXER_MODELS") or "").split(",") if (name := part.strip())
        ),
        engine=read.text("CI_FIXER_ENGINE"),
        portia_api_key=read.text("PORTIA_API_KEY"),
        rerun=read.text("CI_FIXER_RERUN"),
        frontend_url=read.origin("FRONTEND_URL"),
        environment=kind,
        log_level=read.choice("LOG_LEVEL", LEVELS, "DEBUG" if debug else "INFO"),
        log_format=read.choice("LOG_FORMAT", FORMATS, "json" if kind == "production" else "text"),
        max_workers=read.number("MAX_WORKERS", 4, 1, MOST_WORKERS),
    )  # fmt: skip
    _check_together(read, settings)
    if read.wrong:
        raise SettingsError("\n".join(read.wrong))
    return settings


def api_url(environment: Mapping[str, str]) -> str:
    """GITHUB_API_URL: GitHub's own, an Enterprise server's, or the sandbox's. Raises SettingsError."""
    read = SettingsReader(environment)
    found = read.url("GITHUB_API_URL", _GITHUB)
    if read.wrong:
        raise SettingsError(read.wrong[0])
    return found


def web_url_of(api_url: str) -> str:
    """GitHub's pages, from its API: github.com, or the Enterprise server that answers at `/api/v3`."""
    return "https://github.com" if api_url == _GITHUB else api_url.removesuffix("/api/v3")


def data_place(environment: Mapping[str, str]) -> tuple[str | None, Path]:
    """DATABASE_URL and the data folder, for commands that need no App."""
    return environment.get("DATABASE_URL") or None, _data_dir(environment)


def _data_dir(environment: Mapping[str, str]) -> Path:
    return Path(environment.get("CI_FIXER_DATA") or ".ci-fixer").absolute()


def _check_together(read: SettingsReader, settings: Settings) -> None:
    """What no variable shows by itself."""
    if settings.environment != "production":
        return
    if settings.frontend_url is not None and not settings.frontend_url.startswith("https://"):
        read.wrong.append(f"FRONTEND_URL is {settings.frontend_url!r}; in production it must begin with https://.")
    if not settings.api_url.startswith(("https://", *_LOCAL)):
        read.wrong.append(f"GITHUB_API_URL is {settings.api_url!r}; in production it must begin with https://.")
    if settings.database_url is None and read.text("CI_FIXER_DATA") is None:
        read.wrong.append(
            "DATABASE_URL is not set, and ENVIRONMENT is production: name your PostgreSQL, or name the folder of the "
            "embedded one in CI_FIXER_DATA, where it is kept and backed up."
        )


def _secrets(read: SettingsReader) -> tuple[bytes, ...]:
    names = ("GITHUB_WEBHOOK_SECRET", "GITHUB_WEBHOOK_SECRET_PREVIOUS")
    secrets = [(name, read.text(name)) for name in names]
    if secrets[0][1] is None:
        read.wrong.append(
            "GITHUB_WEBHOOK_SECRET is not set: without it anybody could send events. Set it to the secret of the "
            "GitHub App's webhook, for example one made by: openssl rand -hex 32"
        )
    read.wrong += [
        f"{name} has fewer than {SHORTEST_SECRET} characters. Make one: openssl rand -hex 32"
        for name, secret in secrets
        if secret is not None and len(secret) < SHORTEST_SECRET
    ]
    return tuple(secret.encode() for _, secret in secrets if secret is not None)


def _private_key(read: SettingsReader) -> str | None:
    text, file = read.text("GITHUB_PRIVATE_KEY"), read.either("GITHUB_PRIVATE_KEY_FILE", "GITHUB_PRIVATE_KEY_PATH")
    by_file = "GITHUB_PRIVATE_KEY_FILE" if read.text("GITHUB_PRIVATE_KEY_FILE") else "GITHUB_PRIVATE_KEY_PATH"
    name = by_file if text is None else "GITHUB_PRIVATE_KEY"
    if text is None and file is not None:
        try:
            text = Path(file).read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError) as error:
            read.wrong.append(f"{name} names {file}, which cannot be read as a PEM file: {error}.")
    if text is None:
        return None
    # Hosts that allow no line breaks in a variable take the key with "\n" written out.
    text = text.replace("\\n", "\n")
    fault = _fault_of_key(text)
    if fault is not None:
        read.wrong.append(f"{name} {fault}")
    return text


def _fault_of_key(text: str) -> str | None:
    try:
        key = load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return "holds no private key. Give the .pem file that GitHub made for the App."
    if not isinstance(key, RSAPrivateKey):
        return "holds a key that is not RSA; GitHub's App keys are. Give the .pem that GitHub made."
    return None
