"""`ci-fixer redeliver`: have GitHub send again what it could not deliver. A worker does the same every ten minutes."""

import argparse
import asyncio
import os

from cli.errors import CommandFailed
from cli.process import database_url, introduced
from github_app.settings import Settings, SettingsError, data_place, read_settings
from storage.database import open_database
from storage.errors import StorageError
from storage.migrate import migrate


def add_parsers(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "redeliver",
        help="have GitHub send missed events again",
        description="Ask GitHub for the events of the last three days that it could not deliver, fifty at most a time; "
        "what is stored already is left alone. GitHub never sends anything again by itself; a worker asks every ten "
        "minutes.",
        epilog="example: GITHUB_APP_ID=12 GITHUB_PRIVATE_KEY_FILE=app.pem GITHUB_WEBHOOK_SECRET=… ci-fixer redeliver",
    )
    parser.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    """Ask, and say for what. Raises CommandFailed."""
    try:
        settings = read_settings(os.environ)
        settings.app_credentials()
        with database_url(*data_place(os.environ)) as url:
            asyncio.run(_ask(settings, url))
    except (StorageError, SettingsError) as error:
        raise CommandFailed(str(error)) from error
    return 0


async def _ask(settings: Settings, url: str) -> None:
    from agents.recipes_only import RecipesOnly
    from github_app.errors import CiFixerError
    from handlers.services import Services
    from handlers.upkeep import ask_again

    await migrate(url)
    github = await introduced(settings)
    async with open_database(url) as database:
        try:
            asked = await ask_again(Services(database, github, RecipesOnly()))
        except CiFixerError as error:
            raise CommandFailed(f"{error}. Nothing is lost: run this again later.") from error
    for one in asked:
        print(f"{one.delivered_at:%Y-%m-%d %H:%M:%S} {one.event} {one.action or ''} {one.guid}")
    print(f"{len(asked)} sent again" if asked else "nothing was missed")
