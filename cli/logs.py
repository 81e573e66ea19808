"""What a serving process says of itself, on standard error: our own words alone, with the secrets taken out.

Libraries are heard from warnings on: at the level below, httpx would write the signed addresses of logs, and the queue
the comments of strangers.
"""

import logging
import sys

_ROOMS = ("agents", "analysis", "cli", "github_app", "handlers", "storage")


class _Scrubbing(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        # Loaded with the first line: a receiver that has nothing to say needs no engine.
        from analysis.redact import scrub

        return scrub(super().format(record)).text


def speak() -> None:
    """From here on, write what the rooms log at INFO and above, and what libraries log at WARNING and above."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Scrubbing("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for room in _ROOMS:
        logging.getLogger(room).setLevel(logging.INFO)
