"""Every exchange as one JSON line, so that it can be held against GitHub's OpenAPI document afterwards.

A line is either an API call or a webhook. An API call has ``method``, ``path`` (as it was sent, without an Enterprise
server's prefix), ``query``, ``request_headers``, ``request_bytes``, ``status``, ``response_headers``,
``response_bytes`` and ``fault`` (whether an injected fault answered in the API's place); ``request`` and ``response``
are there where the body was JSON. A webhook has ``webhook``, ``action``, ``headers`` and ``payload``. Credentials are
not written.
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.data import Json, JsonObject

ENVIRONMENT = "SANDBOX_RECORD"
"""The variable that names a folder in which every sandbox of a process writes a file of its own."""

_SECRET = frozenset({"authorization", "cookie", "set-cookie"})
_FILES = itertools.count(1)


def place_from_environment() -> Path | None:
    """A new file's path in the folder that the environment names; None where it names none."""
    folder = os.environ.get(ENVIRONMENT)
    return Path(folder) / f"{os.getpid()}-{next(_FILES)}.jsonl" if folder else None


@dataclass(frozen=True, slots=True)
class Request:
    """An API call as it came in; ``path`` and ``query`` still encoded."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Recorder:
    """Appends to ``path``; does nothing when it is None."""

    path: Path | None

    def exchange(
        self, request: Request, status: int, headers: Mapping[str, str], body: bytes, *, fault: bool = False
    ) -> None:
        """Write one API call with its answer."""
        self._write(
            {
                "method": request.method,
                "path": request.path,
                "query": request.query,
                "request_headers": _shown(request.headers),
                "request_bytes": len(request.body),
                **_parsed("request", request.body),
                "status": status,
                "response_headers": _shown(headers),
                "response_bytes": len(body),
                **_parsed("response", body),
                "fault": fault,
            }
        )

    def webhook(self, event: str, headers: Mapping[str, str], payload: JsonObject) -> None:
        """Write one webhook as it was sent."""
        self._write({"webhook": event, "action": payload.get("action"), "headers": dict(headers), "payload": payload})

    def _write(self, line: JsonObject) -> None:
        if self.path is not None:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")


def _shown(headers: Mapping[str, str]) -> JsonObject:
    return {name.lower(): value for name, value in headers.items() if name.lower() not in _SECRET}


def _parsed(key: str, body: bytes) -> JsonObject:
    try:
        value: Json = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return {key: value}
