"""Every exchange as one JSON line, so that it can be held against GitHub's OpenAPI document afterwards.

A line is either an API call (``method``, ``path`` without prefix, ``query``, ``request_headers``, ``request``,
``status``, ``response_headers``, ``response``) or a webhook (``webhook``, ``action``, ``headers``, ``payload``).
Credentials are not written.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.data import Json, JsonObject

_REQUEST = ("accept", "content-type", "user-agent", "x-github-api-version")
_RESPONSE = ("content-type", "link", "location", "retry-after", "x-accepted-github-permissions")


def _some(headers: Mapping[str, str], names: tuple[str, ...]) -> JsonObject:
    lowered = {name.lower(): value for name, value in headers.items()}
    return {name: lowered[name] for name in names if name in lowered}


def _parsed(body: bytes) -> Json:
    try:
        value: Json = json.loads(body)
    except ValueError:
        return None
    return value


@dataclass(frozen=True, slots=True)
class Recorder:
    """Appends to ``path``; does nothing when it is None."""

    path: Path | None

    def exchange(
        self,
        request: tuple[str, str, str, Mapping[str, str], bytes],
        response: tuple[int, Mapping[str, str], bytes],
    ) -> None:
        """Write one API call: (method, path, query, headers, body) and (status, headers, body)."""
        method, path, query, headers, body = request
        status, answered, answer = response
        self._write(
            {
                "method": method,
                "path": path,
                "query": query,
                "request_headers": _some(headers, _REQUEST),
                "request": _parsed(body),
                "status": status,
                "response_headers": _some(answered, _RESPONSE),
                "response": _parsed(answer),
            }
        )

    def webhook(self, event: str, headers: Mapping[str, str], payload: JsonObject) -> None:
        """Write one webhook as it was sent."""
        shown: JsonObject = {name: value for name, value in headers.items() if "Signature" not in name}
        self._write({"webhook": event, "action": payload.get("action"), "headers": shown, "payload": payload})

    def _write(self, line: JsonObject) -> None:
        if self.path is not None:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
