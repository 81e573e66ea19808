"""What a serving process writes: enough to follow a run by its ids, nothing of strangers and no secret."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent

_LOADED = "import sys, cli.main, cli.serving, cli.process; print(*sorted(sys.modules))"


def test_a_receiver_loads_neither_githubs_client_nor_a_models_library() -> None:
    done = subprocess.run([sys.executable, "-c", _LOADED], capture_output=True, text=True, check=True, cwd=ROOT)
    heavy = {"githubkit", "pydantic_ai", "google", "hyperscan", "jinja2"}
    assert heavy & set(done.stdout.split()) == set()


def test_secrets_are_taken_out_and_libraries_are_heard_from_warnings_on() -> None:
    token = "ghp_" + "a1B2" * 9
    program = (
        "import logging, cli.logs; cli.logs.speak();"
        f"logging.getLogger('handlers.x').info('went to %s', 'https://x:{token}@host/');"
        "logging.getLogger('httpx').info('GET https://logs/?sig=1'); logging.getLogger('httpx').warning('slow');"
        "logging.getLogger('github_app.queue').debug('detail')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    lines = [re.sub(r"^\S+ \S+ ", "", line) for line in done.stderr.splitlines()]
    assert lines == ["INFO handlers.x: went to https://x:***@host/", "WARNING httpx: slow"]
    assert token not in done.stderr


def test_servers_run_on_uvloop() -> None:
    program = (
        "import asyncio, github_app.server as server\n"
        "async def main(): print(type(asyncio.get_running_loop()).__module__)\n"
        "server.run(main())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip().startswith("uvloop")
