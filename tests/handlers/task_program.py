"""One task in its own process, to be killed in the middle: `python -m tests.handlers.task_program SETTINGS.json`."""

import asyncio
import json
import sys
from datetime import timedelta
from pathlib import Path

from agents.recipes_only import RecipesOnly
from github_app.auth import Host
from github_app.client import REPORT, GitHub
from github_app.model import User, UserId
from handlers.services import Services, repository_of
from handlers.tasks.apply import apply
from handlers.tasks.undo import undo
from storage.database import open_database


async def main(given: dict[str, str]) -> None:
    github = GitHub(Host(given["api_url"], int(given["app_id"]), given["private_key"]))
    async with open_database(given["database_url"]) as database:
        services = Services(database, github, RecipesOnly(), log_grace=timedelta(0))
        repository_id, fix_id = int(given["repository_id"]), int(given["fix_id"])
        if given["task"] == "apply":
            await apply(services, repository_id, fix_id)
            return
        async with database.connection() as connection:
            repository = await repository_of(connection, repository_id)
        async with github.installation(repository, REPORT) as installation:
            who = User(UserId(7), "mona", is_bot=False)
            await undo(services, installation, repository, 0, fix_id, who, "9/0")


if __name__ == "__main__":
    asyncio.run(main(json.loads(Path(sys.argv[1]).read_text())))
