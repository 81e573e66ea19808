"""`ci-fixer COMMAND`: reads the arguments and runs one command. Exit codes: 0 done, 1 failed, 2 usage."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from cli.env_file import read_env_file
from cli.errors import CommandFailed

# Loaded only when asked for: reading a log needs neither the database nor the server.
_COMMANDS = {
    "analyze": "cli.analyze",
    "backfill": "cli.backfill",
    "demo": "cli.demo",
    "migrate": "cli.serving",
    "redeliver": "cli.redeliver",
    "setup": "cli.setup",
    "token": "cli.token",
    "web": "cli.serving",
    "worker": "cli.serving",
    "all": "cli.serving",
}


def main(arguments: Sequence[str]) -> int:
    """Run the command named in `arguments` and give its exit code."""
    parser = argparse.ArgumentParser(
        prog="ci-fixer",
        description="Reads a failed GitHub Actions run and says what broke.",
        epilog="example: ci-fixer analyze job.log   ·   ci-fixer COMMAND --help",
    )
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    named = arguments[0] if arguments else ""
    modules = [_COMMANDS[named]] if named in _COMMANDS else sorted(set(_COMMANDS.values()))
    for module in modules:
        import_module(module).add_parsers(subparsers)
    parsed = parser.parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = parsed.run
    try:
        read_env_file(os.environ)
        return run(parsed)
    except CommandFailed as failed:
        print(f"ci-fixer: {failed}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
