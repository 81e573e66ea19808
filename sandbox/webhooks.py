"""Signed webhooks and their delivery log.

A delivery has 10 seconds, is never repeated by itself, and keeps its GUID when it is redelivered:
https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries
"""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import httpx

from sandbox.clock import Clock
from sandbox.data import JsonObject
from sandbox.recorder import Recorder
from sandbox.state import App

TIMEOUT_SECONDS = 10.0
Spawn = Callable[[Coroutine[None, None, None]], None]


@dataclass(slots=True)
class Delivery:
    """One try to hand an event to an App; ``status_code`` 0 means that nobody answered."""

    id: int
    guid: str
    app: App
    event: str
    action: str | None
    installation_id: int | None
    repository_id: int | None
    payload: JsonObject
    delivered_at: datetime
    redelivery: bool
    status: str = "pending"
    status_code: int = 0
    duration: float = 0.0
    request_headers: Mapping[str, str] = field(default_factory=dict)
    response_headers: Mapping[str, str] = field(default_factory=dict)
    response_body: str = ""


def signature(secret: str, body: bytes) -> str:
    """``X-Hub-Signature-256`` of a body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class Hooks:
    """Sends webhooks; each delivery is a task of its own, as GitHub promises no order."""

    def __init__(self, clock: Clock, spawn: Spawn, next_id: Callable[[], int], recorder: Recorder) -> None:
        self.deliveries: list[Delivery] = []
        self._clock = clock
        self._spawn = spawn
        self._next_id = next_id
        self._recorder = recorder
        self._client: httpx.AsyncClient | None = None

    def send(
        self,
        app: App,
        event: str,
        payload: JsonObject,
        *,
        installation_id: int | None,
        repository_id: int | None = None,
        guid: str | None = None,
    ) -> Delivery | None:
        """Start one delivery; None when the App has no webhook address. ``guid`` marks a redelivery."""
        if app.webhook_url is None:
            return None
        action = payload.get("action")
        delivery = Delivery(
            id=self._next_id(),
            guid=guid or str(uuid.uuid4()),
            app=app,
            event=event,
            action=action if isinstance(action, str) else None,
            installation_id=installation_id,
            repository_id=repository_id,
            payload=payload,
            delivered_at=self._clock(),
            redelivery=guid is not None,
        )
        self.deliveries.append(delivery)
        self._spawn(self._deliver(delivery, app.webhook_url))
        return delivery

    def redeliver(self, delivery: Delivery) -> None:
        """Send the same event again under the same GUID, as a new delivery."""
        self.send(
            delivery.app,
            delivery.event,
            delivery.payload,
            installation_id=delivery.installation_id,
            repository_id=delivery.repository_id,
            guid=delivery.guid,
        )

    async def close(self) -> None:
        """Close the HTTP client."""
        if self._client is not None:
            await self._client.aclose()

    def _headers(self, delivery: Delivery, body: bytes) -> dict[str, str]:
        return {
            "Content-Type": "application/json",
            "User-Agent": "GitHub-Hookshot/sandbox",
            "X-GitHub-Delivery": delivery.guid,
            "X-GitHub-Event": delivery.event,
            "X-GitHub-Hook-ID": str(delivery.app.id),
            "X-GitHub-Hook-Installation-Target-ID": str(delivery.app.id),
            "X-GitHub-Hook-Installation-Target-Type": "integration",
            "X-Hub-Signature-256": signature(delivery.app.webhook_secret, body),
        }

    async def _deliver(self, delivery: Delivery, url: str) -> None:
        body = json.dumps(delivery.payload, separators=(",", ":")).encode()
        headers = self._headers(delivery, body)
        delivery.request_headers = headers
        self._recorder.webhook(delivery.event, headers, delivery.payload)
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False)
        began = self._clock()
        try:
            response = await self._client.post(url, content=body, headers=headers)
        except httpx.TimeoutException:
            delivery.status = "timed out"
        except httpx.HTTPError:
            delivery.status = "failed to connect to host"
        else:
            delivery.status_code = response.status_code
            delivery.status = "OK" if response.is_success else f"Invalid HTTP Response: {response.status_code}"
            delivery.response_headers = dict(response.headers)
            delivery.response_body = response.text
        delivery.duration = max(0.0, round((self._clock() - began).total_seconds(), 3))
