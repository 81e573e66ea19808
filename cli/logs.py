"""What a serving process says of itself, on standard error: our own words alone, with the secrets taken out.

Libraries are heard from warnings on, whatever the level: below, httpx would write the signed addresses of logs, and the
queue the comments of strangers.
"""

import json
import logging
import sys
from datetime import UTC, datetime

from github_app.log_ids import ids_now

_ROOMS = ("agents", "analysis", "cli", "github_app", "handlers", "learning", "storage", "web")


class _Scrubbing(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return _scrubbed(super().format(record))


class JsonLines(_Scrubbing):
    """One object a line: time (UTC), level, logger, message, and what it is about: ids, never a stranger's words."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; what is logged with an exception has its traceback in the message."""
        return json.dumps(
            {
                "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
                "level": record.levelname,
                "logger": record.name,
                "message": _scrubbed(logging.Formatter("%(message)s").format(record)),
                **({"ids": dict(ids)} if (ids := ids_now()) else {}),
            },
            ensure_ascii=False,
        )


def speak(level: str = "INFO", form: str = "text") -> None:
    """From here on, write what the rooms log at `level` and above, and what libraries log at WARNING and above.

    `form` is text or json.
    """
    handler = logging.StreamHandler(sys.stderr)
    text = _Scrubbing("%(asctime)s %(levelname)s %(name)s: %(message)s")
    handler.setFormatter(JsonLines() if form == "json" else text)
    libraries = max(logging.WARNING, logging.getLevelNamesMapping()[level])
    logging.basicConfig(level=libraries, handlers=[handler], force=True)
    for room in _ROOMS:
        logging.getLogger(room).setLevel(level)


def _scrubbed(text: str) -> str:
    # Loaded with the first line: a receiver that has nothing to say needs no engine.
    from analysis.redact import scrub

    return scrub(text).text
