"""From the bytes of a webhook request to a verified delivery: pure, and before anything is parsed.

https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
"""

import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from github_app.model import DeliveryGuid

MAX_BODY = 25 * 1024 * 1024
"""Bytes of a payload. GitHub delivers nothing larger (github-facts 5), so a larger one is not GitHub's."""

_GUID = re.compile(rb"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_EVENT = re.compile(rb"[a-z_]{1,64}")


class WebhookRefused(Exception):
    """A request that is no delivery; its text is safe to send back."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery as it came in: verified, not parsed."""

    guid: DeliveryGuid
    event: str
    body: bytes


def is_signed(body: bytes, signature: bytes | None, secrets: Sequence[bytes]) -> bool:
    """Whether `signature` is the SHA-256 one of `body` under one of `secrets` (two while one is being replaced).

    Compares bytes in constant time; the older SHA-1 header is not asked for. An empty secret signs nothing.
    """
    if signature is None:
        return False
    return any(secret != b"" and hmac.compare_digest(_signature(body, secret), signature) for secret in secrets)


def delivery(headers: Mapping[bytes, bytes], body: bytes) -> Delivery:
    """The delivery that `headers` (lower-case names) announce. Raises WebhookRefused naming the header at fault."""
    guid = headers.get(b"x-github-delivery", b"")
    event = headers.get(b"x-github-event", b"")
    if not _GUID.fullmatch(guid):
        raise WebhookRefused("X-GitHub-Delivery must be the delivery's GUID")
    if not _EVENT.fullmatch(event):
        raise WebhookRefused("X-GitHub-Event must be an event's name, such as workflow_run")
    return Delivery(DeliveryGuid(guid.decode().lower()), event.decode(), body)


def _signature(body: bytes, secret: bytes) -> bytes:
    return b"sha256=" + hmac.digest(secret, body, "sha256").hex().encode()
