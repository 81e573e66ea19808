"""`ci-fixer migrate`, `web`, `worker` and `all`: the database and the two roles of a process."""

import argparse
import asyncio
import os
from collections.abc import Coroutine, Sequence

from cli.errors import CommandFailed
from cli.logs import speak
from cli.process import check_jail, database_url, introduced, models_of, receive, stopping, work
from github_app.server import PortTaken, listen
from github_app.server import run as run_in_loop
from github_app.settings import Settings, SettingsError, data_place, read_settings
from storage.errors import StorageError
from storage.migrate import migrate

_ROLES = {
    "web": (
        "receive GitHub's webhooks; serve API and pages",
        "Serve webhook, /health and /ready on HOST:PORT (127.0.0.1:8000); with the App's key also pages and API.",
        "example: GITHUB_WEBHOOK_SECRET=$(openssl rand -hex 32) ci-fixer web",
    ),
    "worker": (
        "do what the webhooks ask for",
        "Diagnose failed runs, show what broke, and carry out decisions. Start as many as you like.",
        "example: GITHUB_APP_ID=12 GITHUB_PRIVATE_KEY_FILE=app.pem ci-fixer worker",
    ),
    "all": (
        "both roles in one process",
        "Receive webhooks and act on them; enough for one organisation.",
        "example: GITHUB_APP_ID=12 GITHUB_PRIVATE_KEY_FILE=app.pem GITHUB_WEBHOOK_SECRET=… ci-fixer all",
    ),
}


def add_parsers(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the commands."""
    parser = subparsers.add_parser(
        "migrate",
        help="bring the database to this version",
        description="Apply the numbered migrations that the database lacks. Without DATABASE_URL: the embedded one.",
        epilog="example: DATABASE_URL=postgresql://ci@db/ci_fixer ci-fixer migrate",
    )
    parser.set_defaults(run=run_migrate)
    for role, (shown, description, epilog) in _ROLES.items():
        parser = subparsers.add_parser(role, help=shown, description=description, epilog=epilog)
        parser.set_defaults(run=run_role, role=role)


def run_migrate(_: argparse.Namespace) -> int:
    """Apply what is missing, and say what that was."""
    try:
        with database_url(*data_place(os.environ)) as url:
            done = asyncio.run(migrate(url))
    except StorageError as error:
        raise CommandFailed(str(error)) from error
    print("\n".join(f"applied {name}" for name in done.applied) or "nothing to apply")
    return 0


def run_role(args: argparse.Namespace) -> int:
    """Do one role or both until stopped."""
    role: str = args.role
    try:
        settings = read_settings(os.environ)
        if role != "web":
            settings.app_credentials()
            models_of(settings)
            asyncio.run(check_jail(settings))
        speak(settings.log_level, settings.log_format)
        with database_url(*data_place(os.environ)) as url:
            run_in_loop(_run(role, settings, url))
    except (StorageError, SettingsError, PortTaken, OSError) as error:
        raise CommandFailed(str(error)) from error
    return 0


async def _run(role: str, settings: Settings, url: str) -> None:
    await migrate(url)
    github = await introduced(settings) if role != "web" or settings.has_app else None
    async with stopping() as stop:
        if github is not None and role == "worker":
            await work(settings, github, url, stop)
            return
        with listen(settings.host, settings.port) as listening:
            port = listening.getsockname()[1]
            print(f"CI Fixer listens on http://{settings.host}:{port}", flush=True)
            roles = [receive(settings, github, url, listening, stop)]
            if github is not None and role == "all":
                roles.append(work(settings, github, url, stop))
            await _together(roles)


async def _together(roles: Sequence[Coroutine[None, None, None]]) -> None:
    """Run the roles side by side; what ends one ends the others, and is raised as it is."""
    try:
        async with asyncio.TaskGroup() as group:
            for one in roles:
                group.create_task(one)
    except ExceptionGroup as ended:
        raise ended.exceptions[0] from ended
