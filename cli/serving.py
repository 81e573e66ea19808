"""`ci-fixer migrate` and `ci-fixer web`."""

import argparse
import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.errors import CommandFailed
from github_app.server import PortTaken, build_server, listen, serve
from github_app.settings import Settings, SettingsError, data_place, read_settings
from github_app.webhook import Delivery
from storage.database import open_database
from storage.deliveries import Incoming, delivery_writer
from storage.embedded import embedded
from storage.errors import StorageError
from storage.migrate import migrate


def add_parsers(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register both commands."""
    parser = subparsers.add_parser(
        "migrate",
        help="bring the database to this version",
        description="Apply the numbered migrations that the database lacks. Without DATABASE_URL: the embedded one.",
        epilog="example: DATABASE_URL=postgresql://ci@db/ci_fixer ci-fixer migrate",
    )
    parser.set_defaults(run=run_migrate)
    parser = subparsers.add_parser(
        "web",
        help="receive GitHub's webhooks",
        description="Serve POST /webhook/github, /health and /ready on HOST:PORT (127.0.0.1:8000).",
        epilog="example: GITHUB_WEBHOOK_SECRET=$(openssl rand -hex 32) ci-fixer web",
    )
    parser.set_defaults(run=run_web)


def run_migrate(_: argparse.Namespace) -> int:
    """Apply what is missing, and say what that was."""
    try:
        with _database(*data_place(os.environ)) as url:
            done = asyncio.run(migrate(url))
    except StorageError as error:
        raise CommandFailed(str(error)) from error
    print("\n".join(f"applied {name}" for name in done.applied) or "nothing to apply")
    return 0


def run_web(_: argparse.Namespace) -> int:
    """Serve until stopped."""
    try:
        settings = read_settings(os.environ)
        with listen(settings.host, settings.port) as listening, _database(*data_place(os.environ)) as url:
            asyncio.run(_web(settings, url, listening.getsockname()[1], listening))
    except (StorageError, SettingsError, PortTaken, OSError) as error:
        raise CommandFailed(str(error)) from error
    return 0


async def _web(settings: Settings, url: str, port: int, listening: socket.socket) -> None:
    await migrate(url)
    async with open_database(url) as database, delivery_writer(url) as writer:

        async def write(delivery: Delivery) -> bool:
            return await writer.write(Incoming(delivery.guid, delivery.event, delivery.body))

        async def ready() -> bool:
            try:
                async with database.connection() as connection:
                    await connection.execute("SELECT 1")
            except StorageError:
                return False
            return True

        print(f"CI Fixer listens on http://{settings.host}:{port}", flush=True)
        await serve(build_server(write, settings.webhook_secrets, ready), listening)


@contextmanager
def _database(url: str | None, data_dir: Path) -> Iterator[str]:
    """DATABASE_URL, or the embedded server for as long as the command runs."""
    if url is not None:
        yield url
        return
    with embedded(data_dir / "postgres") as own:
        yield own
