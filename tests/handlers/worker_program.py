"""A worker of its own process, to be killed in the middle: `python -m tests.handlers.worker_program SETTINGS.json`."""

import asyncio
import json
import sys
from datetime import timedelta
from pathlib import Path

from agents.engine import Engine
from agents.recipes_only import RecipesOnly
from github_app.auth import Host
from github_app.client import GitHub
from github_app.worker import Pace, run_worker
from handlers.registry import tasks
from handlers.services import Services
from storage.database import open_database

QUICK = Pace(heartbeat=0.2, stalled=1.0, poll=0.05, grace=5.0)
"""It is killed, and the next one takes up its jobs after a second."""


async def main(given: dict[str, str]) -> None:
    github = GitHub(Host(given["api_url"], int(given["app_id"]), given["private_key"]))
    async with open_database(given["database_url"]) as database:
        engine: Engine = RecipesOnly()
        if "gemini" in given:
            # It takes a second to load, which most of these programs have no use for.
            from agents.gemini import Gemini  # noqa: PLC0415

            engine = Gemini("key-of-a-test", base_url=given["gemini"], retry_pause=0.001)
        patience = timedelta(seconds=float(given.get("patience", "5")))
        services = Services(database, github, engine, log_grace=timedelta(0), patience=patience)
        await run_worker(given["database_url"], tasks(services), asyncio.Event(), pace=QUICK)


if __name__ == "__main__":
    asyncio.run(main(json.loads(Path(sys.argv[1]).read_text())))
