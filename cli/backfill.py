"""`ci-fixer backfill OWNER/REPO --since 90d`: read what a repository's CI said before the App was there."""

import argparse
import asyncio
import os
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cli.errors import CommandFailed
from cli.process import database_url, introduced, stopping
from github_app.allowance import Allowance
from github_app.settings import Settings, SettingsError, data_place, read_settings
from storage import repositories
from storage.database import Database, open_database
from storage.errors import StorageError
from storage.migrate import migrate

if TYPE_CHECKING:
    from cli.backfill_progress import Display
    from github_app.client import GitHub
    from github_app.model import Repository
    from handlers.tasks.backfill import Progress

_MOST_DAYS = 400
"""GitHub keeps logs for 90 days, or as long as a private repository asks, at most so many.
https://docs.github.com/en/organizations/managing-organization-settings/configuring-the-retention-period-for-github-actions-artifacts-and-logs-in-your-organization
"""
_UNITS = {"d": 1, "w": 7}


def add_parsers(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "backfill",
        help="read a repository's past runs",
        description="Store all workflow runs of a repository since a time, every attempt, and diagnose those that "
        "failed, as if the App had been there. Nothing is posted: no check run, no comment, no issue, no fix, and no "
        "model is asked. It goes easy on GitHub's rate limit, of which a third is left to the App. Stopped or killed, "
        "the same command goes on where it was.",
        epilog="examples: ci-fixer backfill acme/shop   ·   ci-fixer backfill acme/shop --since 12w   ·   "
        "ci-fixer backfill acme/shop --since 2026-09-01",
    )
    parser.add_argument("repository", type=_name, metavar="OWNER/REPO", help="where the App is installed")
    parser.add_argument(
        "--since",
        type=since,
        default="90d",
        metavar="TIME",
        help="how far back: days (90d), weeks (12w) or a date (2026-09-01); most logs are kept for 90 days (90d)",
    )
    parser.set_defaults(run=run)


def since(text: str) -> datetime:
    """The moment that `--since` names, in UTC. Raises ArgumentTypeError for what is none, or is too long ago."""
    now = datetime.now(UTC)
    ago = re.fullmatch(r"(\d{1,4})([dw])", text, re.ASCII)
    try:
        moment = now - timedelta(int(ago[1]) * _UNITS[ago[2]]) if ago else datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time; write 90d, 12w or a date such as 2026-09-01") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment >= now:
        raise argparse.ArgumentTypeError(f"{text!r} is not in the past")
    if moment < now - timedelta(days=_MOST_DAYS + 1):
        raise argparse.ArgumentTypeError(f"{text!r} is more than {_MOST_DAYS} days ago: GitHub keeps no log as long")
    return moment.astimezone(UTC)


def _name(text: str) -> tuple[str, str]:
    found = re.fullmatch(r"([A-Za-z0-9-]{1,39})/([A-Za-z0-9._-]{1,100})", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no repository; write OWNER/REPO")
    return found[1], found[2]


def run(arguments: argparse.Namespace) -> int:
    """Read the past, and say what it held. Raises CommandFailed."""
    try:
        settings = read_settings(os.environ)
        settings.app_credentials()
        with database_url(*data_place(os.environ)) as url:
            return asyncio.run(_until_stopped(settings, url, arguments))
    except (StorageError, SettingsError) as error:
        raise CommandFailed(str(error)) from error


async def _until_stopped(settings: Settings, url: str, arguments: argparse.Namespace) -> int:
    from cli.backfill_progress import Display
    from github_app.errors import CiFixerError
    from handlers.tasks.backfill import AlreadyRunning

    owner, name = arguments.repository
    with Display() as display:
        async with stopping() as stop:
            reading = asyncio.create_task(_read(settings, url, owner, name, arguments.since, display), name="backfill")
            stopped = asyncio.create_task(stop.wait(), name="stop")
            await asyncio.wait({reading, stopped}, return_when=asyncio.FIRST_COMPLETED)
            stopped.cancel()
            if not reading.done():
                reading.cancel()
            (ended, _) = await asyncio.gather(reading, stopped, return_exceptions=True)
    match ended:
        case asyncio.CancelledError():
            raise CommandFailed(f"stopped after {display.done()}; the same command goes on from there.")
        case AlreadyRunning():
            raise CommandFailed(f"{ended}. Wait for it, or stop it: this one did nothing.") from ended
        case CiFixerError():
            raise CommandFailed(
                f"{ended} It ended after {display.done()}; the same command goes on from there."
            ) from ended
        case BaseException():
            raise ended
    print(_summary(f"{owner}/{name}", ended))
    return 0


async def _read(settings: Settings, url: str, owner: str, name: str, first: datetime, display: "Display") -> "Progress":
    from agents.recipes_only import RecipesOnly
    from handlers.services import Services
    from handlers.tasks.backfill import backfill

    await migrate(url)
    allowance = Allowance(display.wait)
    display.allowance = allowance
    github = await introduced(settings, allowance)
    async with open_database(url) as database:
        repository = await _repository(database, github, owner, name, settings.web_url)
        services = Services(database, github, RecipesOnly())
        return await backfill(services, allowance, repository, first, datetime.now(UTC), display.show)


async def _repository(database: Database, github: "GitHub", owner: str, name: str, web_url: str) -> "Repository":
    """The repository, where events have told of it. Raises CommandFailed with the way to that."""
    from handlers.services import repository_of

    async with database.connection() as connection:
        row = await repositories.repository_by_name(connection, owner, name)
        if row is not None:
            return await repository_of(connection, row.repository_id)
    if await github.installation_of(owner, name) is None:
        slug = (await github.app()).slug
        raise CommandFailed(
            f"the App is not installed on {owner}/{name}, or there is no such repository. Install it: "
            f"{web_url}/apps/{slug}/installations/new"
        )
    raise CommandFailed(
        f"the App is installed on {owner}/{name}, but no event of it was handled here yet. With `ci-fixer all` "
        "running, have the missed ones sent again (ci-fixer redeliver) or push to it; then run this again."
    )


def _summary(repository: str, done: "Progress") -> str:
    if not done.runs:
        return f"{repository}: nothing to do: all runs of that time are stored."
    missing = f", and {done.logs_missing:,} logs that GitHub keeps no longer" if done.logs_missing else ""
    return (
        f"{repository}: {done.runs:,} runs stored with {done.attempts:,} attempts; "
        f"{done.failures:,} failed ones read{missing}. Nothing was posted."
    )
