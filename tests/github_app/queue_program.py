"""A worker of its own process for the tests: `python -m tests.github_app.queue_program URL hang|finish`.

Its one task writes a row; told to hang, it then waits for ever, so that the process can be killed in the middle.
"""

import asyncio
import sys

from github_app.queue import TaskSpec
from github_app.worker import Pace, run_worker
from storage.database import open_database


async def main(url: str, way: str) -> None:
    stop = asyncio.Event()
    async with open_database(url) as database:

        async def mark(name: str) -> None:
            async with database.connection() as connection:
                await connection.execute("INSERT INTO marks (name, way) VALUES (%s, %s)", (name, way))
            if way == "hang":
                sys.stdout.write("in the middle\n")
                sys.stdout.flush()
                await asyncio.Event().wait()
            stop.set()

        await run_worker(url, [TaskSpec("mark", mark)], stop, pace=Pace(heartbeat=0.2, stalled=1.0, poll=0.2))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
