"""`ci-fixer token create | list | revoke`: tokens of the JSON API, each acting as a GitHub user."""

import argparse
import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from cli.errors import CommandFailed
from cli.process import database_url, introduced
from github_app.settings import SettingsError, data_place, read_settings
from storage import api_tokens
from storage.api_tokens import ApiTokenRow
from storage.database import Connection, open_database
from storage.errors import StorageError
from storage.migrate import migrate

_MOST_DAYS = 366


def add_parsers(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command and its three parts."""
    parser = subparsers.add_parser(
        "token",
        help="tokens of the JSON API",
        description="A token acts as a GitHub user: it sees and may do what that user may at that moment.",
        epilog="example: ci-fixer token create --login mona --scope decide --days 30",
    )
    parts = parser.add_subparsers(metavar="PART", required=True)
    create = parts.add_parser(
        "create",
        help="make one and print it, once",
        epilog="example: ci-fixer token create --login mona --scope read --days 90",
    )
    create.add_argument("--login", required=True, help="the GitHub user that it acts as")
    create.add_argument("--scope", choices=("read", "decide"), default="read", help="see alone, or decide too (read)")
    create.add_argument("--days", type=_days, default=30, help=f"how long it lasts, 1 to {_MOST_DAYS} (30)")
    create.set_defaults(run=run, act=_create)
    listing = parts.add_parser("list", help="all that were made", epilog="example: ci-fixer token list")
    listing.set_defaults(run=run, act=_list)
    revoke = parts.add_parser("revoke", help="end one at once", epilog="example: ci-fixer token revoke 3")
    revoke.add_argument("id", type=int, help="as `token list` shows it")
    revoke.set_defaults(run=run, act=_revoke)


def run(arguments: argparse.Namespace) -> int:
    """Do one of the three. Raises CommandFailed."""
    try:
        with database_url(*data_place(os.environ)) as url:
            asyncio.run(arguments.act(arguments, url))
    except (StorageError, SettingsError) as error:
        raise CommandFailed(str(error)) from error
    return 0


async def _create(arguments: argparse.Namespace, url: str) -> None:
    from github_app.errors import CiFixerError, NotFound
    from web.tokens import new_token

    login: str = arguments.login
    try:
        user = await (await introduced(read_settings(os.environ))).user(login)
    except NotFound as error:
        raise CommandFailed(f"GitHub knows no user {login!r}.") from error
    except CiFixerError as error:
        raise CommandFailed(f"GitHub could not be asked for {login!r}: {error}. Try again.") from error
    if user.is_bot:
        raise CommandFailed(f"{login} is a bot, which decides nothing here.")
    async with _connected(url) as connection:
        made = await new_token(connection, user, arguments.scope, timedelta(days=arguments.days))
    print(made.token)
    ends = f"{made.row.expires_at:%Y-%m-%d}"
    print(f"It acts as {user.login}, may {made.row.scope}, ends {ends}, and is shown this once.")


async def _list(_: argparse.Namespace, url: str) -> None:
    async with _connected(url) as connection:
        rows = await api_tokens.every(connection)
    for row in rows:
        used = f"used {row.last_used_at:%Y-%m-%d}" if row.last_used_at else "never used"
        print(f"{row.api_token_id}  {row.login}  {row.scope}  {_state(row)}  {used}")
    if not rows:
        print("no token was made")


async def _revoke(arguments: argparse.Namespace, url: str) -> None:
    async with _connected(url) as connection:
        if not await api_tokens.revoke(connection, arguments.id):
            raise CommandFailed(f"there is no token {arguments.id} to revoke; `ci-fixer token list` shows all")
    print(f"token {arguments.id} opens nothing any more")


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[Connection]:
    await migrate(url)
    async with open_database(url) as database, database.connection() as connection:
        yield connection


def _state(row: ApiTokenRow) -> str:
    if row.revoked_at is not None:
        return f"revoked {row.revoked_at:%Y-%m-%d}"
    return f"until {row.expires_at:%Y-%m-%d}"


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= _MOST_DAYS):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of days from 1 to {_MOST_DAYS}")
    return int(text)
