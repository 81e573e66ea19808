"""Signing what travels through a browser or a client and comes back: sessions, sign-ins, cursors, flash messages.

The keys are derived by HKDF from the webhook secret, with the client secret as the salt where there is one. So they are
the same in every process and after every restart, nobody has to set another secret, and a new client secret ends all
sessions. While the webhook secret is being replaced, what the former one signed still holds.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_LONGEST = 4096
"""Characters of a signed text: a browser keeps no larger cookie, and a cursor has some hundred."""


class Keys:
    """Signs and reads. What was signed for one purpose is nothing for another."""

    def __init__(self, secrets: Sequence[bytes], salt: str | None = None) -> None:
        self._secrets = tuple(secrets)
        self._salt = None if salt is None else salt.encode()

    def sign(self, purpose: str, content: bytes) -> str:
        """`content` with its signature, in characters that need no quoting: all can read it, none can forge it."""
        return f"{_text(content)}.{_text(self._signature(self._secrets[0], purpose, content))}"

    def read(self, purpose: str, text: str) -> bytes | None:
        """The content, or None for what was not signed here for this purpose."""
        content, _, signature = text.partition(".")
        given, claimed = _bytes(content), _bytes(signature)
        if given is None or claimed is None or len(text) > _LONGEST:
            return None
        known = [self._signature(secret, purpose, given) for secret in self._secrets]
        return given if any(hmac.compare_digest(claimed, one) for one in known) else None

    def _signature(self, secret: bytes, purpose: str, content: bytes) -> bytes:
        derived = HKDF(SHA256(), 32, self._salt, f"ci-fixer {purpose}".encode()).derive(secret)
        return hmac.new(derived, content, hashlib.sha256).digest()


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _bytes(text: str) -> bytes | None:
    try:
        return base64.b64decode(text.encode() + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
