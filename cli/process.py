"""The two roles of a process, wired: the receiver that takes webhooks, and the worker that acts on them."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from github_app.server import build_server, serve
from github_app.settings import Settings, SettingsError
from github_app.webhook import Delivery
from storage.address import libpq_url
from storage.database import Database, open_database
from storage.deliveries import Incoming, delivery_writer
from storage.embedded import embedded
from storage.errors import StorageError

if TYPE_CHECKING:
    from agents.engine import Engine
    from github_app.allowance import Allowance
    from github_app.client import GitHub
    from jail.bubblewrap import Jail
    from web.engine import EngineName
    from web.site import Site


@contextmanager
def database_url(url: str | None, data_dir: Path) -> Iterator[str]:
    """DATABASE_URL as libpq reads it, or the embedded server for as long as the command runs. Raises StorageError."""
    if url is not None:
        yield libpq_url(url)
        return
    with embedded(data_dir / "postgres") as own:
        yield own


@asynccontextmanager
async def stopping() -> AsyncIterator[asyncio.Event]:
    """An event that SIGINT and SIGTERM set, so that what is under way can end."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


async def receive(
    settings: Settings, github: "GitHub | None", url: str, listening: socket.socket, stop: asyncio.Event
) -> None:
    """Take webhooks until `stop`; with a GitHub to ask also serve the API and the pages."""
    from web.health import Doctor
    from web.probes import build_probes

    async with open_database(url) as database, delivery_writer(url) as writer:

        async def write(delivery: Delivery) -> bool:
            return await writer.write(Incoming(delivery.guid, delivery.event, delivery.body))

        probes = build_probes(Doctor(database, github, engine_named(settings)))
        if github is None:
            await serve(build_server(write, settings.webhook_secrets, probes), listening, stop)
            return
        from web.application import build_web

        made = _site(settings, github, database)
        server = build_server(write, settings.webhook_secrets, probes, build_web(made), counted=made.metrics.delivered)
        await serve(server, listening, stop, ending=made.live.close)


def _site(settings: Settings, github: "GitHub", database: Database) -> "Site":
    """What the API and the pages are served with; they ask no engine for anything."""
    from agents.recipes_only import RecipesOnly
    from github_app.oauth import OAuth
    from handlers.services import Services
    from web.site import site

    oauth = None
    if settings.client_id is not None and settings.client_secret is not None:
        oauth = OAuth(settings.web_url, settings.api_url, settings.client_id, settings.client_secret)
    services = Services(database, github, RecipesOnly())
    return site(
        services, settings.webhook_secrets, oauth, frontend_url=settings.frontend_url, engine=engine_named(settings)
    )


async def introduced(settings: Settings, allowance: "Allowance | None" = None) -> "GitHub":
    """GitHub, once it has said that it knows us: a wrong key is told at start, a GitHub that is away is waited for.

    With an `allowance` its requests wait for their turns. Raises SettingsError where id and key are not set or are not
    of one App.
    """
    # Loaded here: githubkit and the tasks cost a third of a second that a receiver does not have.
    from github_app.auth import Host
    from github_app.client import GitHub
    from github_app.errors import NotFound, RetryLater, Unauthorized

    app_id, private_key = settings.app_credentials()
    github = GitHub(Host(settings.api_url, app_id, private_key, allowance))
    try:
        await github.app()
    except (Unauthorized, NotFound) as error:
        raise SettingsError(
            f"GitHub knows no App {app_id} with this private key: GITHUB_APP_ID and GITHUB_PRIVATE_KEY (or "
            f"GITHUB_PRIVATE_KEY_FILE) must be of one App. It said: {error}"
        ) from error
    except RetryLater as error:
        print(f"GitHub does not answer yet ({error}); it is tried again.", flush=True)
    return github


def engine_of(settings: Settings) -> "Engine":
    """The engine that the settings name. Raises SettingsError for one that cannot run here."""
    from agents.choose import EngineRefused, choose_engine

    try:
        return choose_engine(settings.engine, settings.google_api_key, settings.gemini_model, settings.gemini_base_url)
    except EngineRefused as refused:
        raise SettingsError(str(refused)) from refused


def engine_named(settings: Settings) -> "EngineName":
    """The engine by its name, for a process that asks none: what it lacks to ask one, a worker may have."""
    from web.engine import EngineName

    try:
        own = engine_of(settings).describe()
    except SettingsError:
        return EngineName(settings.engine or "unknown", settings.gemini_model, chosen=True)
    return EngineName(own.name, own.model or None, chosen=settings.engine is not None)


def models_of(settings: Settings) -> "dict[str, Engine]":
    """Engines of the models that a repository's file may choose. Raises SettingsError for one that cannot be asked."""
    from agents.choose import EngineRefused, choose_engine

    key, base_url = settings.google_api_key, settings.gemini_base_url
    own = engine_of(settings).describe()
    if settings.models and not own.model:
        raise SettingsError(
            "CI_FIXER_MODELS names models, but no model is asked here: set GOOGLE_API_KEY, or unset it."
        )
    try:
        return {name: choose_engine(own.name, key, name, base_url) for name in settings.models}
    except EngineRefused as refused:
        raise SettingsError(f"CI_FIXER_MODELS: {refused}") from refused


def jail_of(settings: Settings) -> "Jail | None":
    """Where commands are run again, if the settings have that. Raises SettingsError for what is no jail."""
    from jail.bubblewrap import JailRefused, open_jail

    try:
        return open_jail(settings.rerun)
    except JailRefused as refused:
        raise SettingsError(str(refused)) from refused


async def check_jail(settings: Settings) -> None:
    """Run a command that does nothing in the jail. Raises SettingsError where that cannot be done here."""
    from jail.bubblewrap import JailRefused

    jail = jail_of(settings)
    try:
        if jail is not None:
            await jail.check()
    except JailRefused as refused:
        raise SettingsError(str(refused)) from refused


async def work(settings: Settings, github: "GitHub", url: str, stop: asyncio.Event) -> None:
    """Do the jobs until `stop`."""
    from analysis.redact import scrub
    from github_app.worker import run_worker
    from handlers.registry import tasks
    from handlers.services import Services
    from handlers.totals import Totals
    from handlers.upkeep import upkeep

    engine = engine_of(settings)
    # Whoever holds a lock needs a second connection, and locks take half of them at most.
    async with open_database(url, most=max(10, 2 * settings.max_workers + 2)) as database:
        services = Services(database, github, engine, jail=jail_of(settings), models=models_of(settings))
        totals = Totals(database)
        print("CI Fixer works", flush=True)
        await run_worker(
            url,
            tasks(services),
            stop,
            periodic=(*upkeep(services), totals.periodic()),
            concurrency=settings.max_workers,
            scrub=lambda text: scrub(text).text,
            count=totals.count,
        )
        with suppress(StorageError):
            await totals.add()
