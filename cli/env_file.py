"""`.env` in the working directory: variables for every command, where the environment does not have them."""

import os
import stat
import sys
from collections.abc import MutableMapping
from pathlib import Path

from cli.errors import CommandFailed

NAME = ".env"
_MOST_BYTES = 64 * 1024
"""A private key takes three; what is larger is another kind of file."""


def read_env_file(environment: MutableMapping[str, str], folder: Path | None = None) -> None:
    """Put what the file says into `environment`, which wins; nothing is read where ENVIRONMENT there is `test`.

    Raises CommandFailed with the line of a file that cannot be read. A file with secrets that all may read is said.
    """
    file = (folder or Path()) / NAME
    if environment.get("ENVIRONMENT", "").lower() == "test" or not file.is_file():
        return
    found = _parsed(file)
    for name, value in found.items():
        environment.setdefault(name, value)
    _warn_if_open(file, found)


def _parsed(file: Path) -> dict[str, str]:
    # Loaded where there is such a file: no other command waits for it.
    from io import StringIO

    from dotenv.parser import parse_stream

    try:
        data = file.read_bytes()
        text = data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise CommandFailed(f"{file.absolute()} cannot be read: {reason}") from error
    if len(data) > _MOST_BYTES or "\0" in text:
        raise CommandFailed(f"{file.absolute()} is no list of variables: it is over 64 KiB, or not text")
    found: dict[str, str] = {}
    for one in parse_stream(StringIO(text)):
        if one.error or (one.key is not None and one.value is None):
            # Its words are not shown: they may be a secret's. The parser counts from the empty lines before it.
            words = one.original.string
            line = one.original.line + words[: len(words) - len(words.lstrip())].count("\n")
            raise CommandFailed(
                f"{file.absolute()}: line {line} is not NAME=value; a value with spaces or # in it stands "
                "in quotes, and a quote is closed."
            )
        if one.key is not None:
            found[one.key] = one.value or ""
    return found


def _warn_if_open(file: Path, found: dict[str, str]) -> None:
    from github_app.variables import VARIABLES

    secrets = [one.name for one in VARIABLES if one.secret and found.get(one.name)]
    if secrets and os.name == "posix" and file.stat().st_mode & stat.S_IROTH:
        print(
            f"ci-fixer: everybody on this machine can read {file.absolute()}, which holds {', '.join(secrets)}: "
            "chmod 600 .env",
            file=sys.stderr,
        )
