"""`ci-fixer token`, as an operator meets it, against the sandbox."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.server import Sandbox, serve
from storage.api_tokens import valid
from storage.database import open_database
from tests.cli.test_serving import SECRET, ci_fixer, refusal


@pytest.fixture
async def settings(tmp_path: Path, database_url: str) -> AsyncIterator[dict[str, str]]:
    sandbox = Sandbox(tmp_path / "sandbox")
    await sandbox.create_user("mona")
    async with serve(sandbox) as url:
        app = await sandbox.create_app("CI Fixer", {"checks": "write"}, (), None, SECRET)
        yield {
            "GITHUB_WEBHOOK_SECRET": SECRET,
            "DATABASE_URL": database_url,
            "GITHUB_API_URL": url,
            "GITHUB_APP_ID": str(app.app_id),
            "GITHUB_PRIVATE_KEY": app.private_key_pem,
        }


async def test_a_token_is_printed_once_listed_without_itself_and_revoked(
    tmp_path: Path, settings: dict[str, str], database_url: str
) -> None:
    async def said(*arguments: str) -> str:
        done = await asyncio.to_thread(ci_fixer, "token", tmp_path, *arguments, **settings)
        assert done.returncode == 0, done.stderr
        return done.stdout

    made = await said("create", "--login", "mona", "--scope", "decide", "--days", "9")
    token = made.splitlines()[0]
    assert re.fullmatch(r"cifx_[\w-]{43}", token)
    assert "It acts as mona, may decide, ends " in made
    async with open_database(database_url) as database, database.connection() as connection:
        assert await valid(connection, token) is not None
        listed = await said("list")
        assert "mona  decide  until " in listed
        assert token not in listed
        assert await said("revoke", listed.split()[0]) == f"token {listed.split()[0]} opens nothing any more\n"
        assert await valid(connection, token) is None
    again = await asyncio.to_thread(ci_fixer, "token", tmp_path, "revoke", listed.split()[0], **settings)
    assert "there is no token" in refusal(again)


async def test_a_user_that_github_does_not_know_and_a_wrong_number_of_days_are_named(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    unknown = await asyncio.to_thread(ci_fixer, "token", tmp_path, "create", "--login", "nobody", **settings)
    assert refusal(unknown) == "GitHub knows no user 'nobody'."
    wrong = ci_fixer("token", tmp_path, "create", "--login", "mona", "--days", "0", **settings)
    assert wrong.returncode == 2
    assert "'0' is not a number of days from 1 to 366" in wrong.stderr
