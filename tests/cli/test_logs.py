"""What a serving process writes: enough to follow a run by its ids, nothing of strangers and no secret."""

import json
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent

_MOST_LOADED = 600
"""Modules of a receiver before its first event; 520 when this was written."""
_LOADED = "import sys, cli.main, cli.serving, cli.process; print(*sorted(sys.modules))"


def test_a_receiver_loads_neither_githubs_client_nor_a_models_library() -> None:
    done = subprocess.run([sys.executable, "-c", _LOADED], capture_output=True, text=True, check=True, cwd=ROOT)
    heavy = {"githubkit", "pydantic_ai", "google", "hyperscan", "jinja2", "sklearn", "numpy", "rich", "dotenv"}
    loaded = set(done.stdout.split())
    assert heavy & loaded == set()
    # Counted, since a time would be the machine's: a module more costs a third of a millisecond.
    assert len(loaded) < _MOST_LOADED


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


def test_json_lines_carry_time_level_logger_message_and_ids_without_secrets() -> None:
    token = "ghp_" + "a1B2" * 9
    program = (
        "import logging, cli.logs; from github_app.log_ids import about; cli.logs.speak('DEBUG', 'json')\n"
        "log = logging.getLogger('handlers.x')\n"
        "with about(task='diagnose', run_id=7):\n"
        f"    log.debug('went to %s', 'https://x:{token}@host/')\n"
        "try:\n"
        f"    raise ValueError('{token}')\n"
        "except ValueError:\n"
        "    log.exception('two\\nlines')\n"
        "logging.getLogger('httpx').info('GET https://logs/?sig=1')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    first, second = (json.loads(line) for line in done.stderr.splitlines())
    assert datetime.fromisoformat(first.pop("time")).tzinfo is not None
    assert first == {
        "level": "DEBUG",
        "logger": "handlers.x",
        "message": "went to https://x:***@host/",
        "ids": {"task": "diagnose", "run_id": 7},
    }
    assert (second["level"], second["message"].split("\n")[:2]) == ("ERROR", ["two", "lines"])
    assert "ids" not in second
    assert token not in done.stderr


def test_a_quieter_level_holds_for_libraries_too() -> None:
    program = (
        "import logging, cli.logs; cli.logs.speak('ERROR');"
        "logging.getLogger('handlers.x').warning('ours'); logging.getLogger('httpx').warning('theirs')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stderr == ""
