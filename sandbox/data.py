"""JSON as the sandbox reads and writes it: typed, with a request's faults worded as GitHub words them."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sandbox.errors import ApiError, invalid_request

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
JsonObject: TypeAlias = Mapping[str, Json]


def parse_object(body: bytes) -> Input:
    """A request's body as an object; 400 ``Problems parsing JSON`` or ``Body should be a JSON object`` otherwise."""
    if not body.strip():
        return Input({})
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise ApiError(400, "Problems parsing JSON") from None
    if not isinstance(value, dict):
        raise ApiError(400, "Body should be a JSON object")
    return Input(value)


def decode_base64(text: str) -> bytes | None:
    """Bytes of base64 that may hold line breaks, as GitHub accepts it; None when it is not base64."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def _show(value: Json) -> str:
    """A value as GitHub's schema checker (Ruby) prints it in an error."""
    return "nil" if value is None else json.dumps(value)


@dataclass(frozen=True, slots=True)
class Input:
    """Typed access to one JSON object of a request.

    Every method raises ``ApiError`` 422 ``Invalid request.`` with the sentence GitHub's schema checker gives: for a
    missing key, a wrong type, a text that is too long, a list with too many items, or a value outside a choice.
    """

    values: Mapping[str, Json]

    def has(self, key: str) -> bool:
        """Whether the key was sent at all (a JSON null counts as sent)."""
        return key in self.values

    def raw(self, key: str) -> Json:
        """The value as sent; None when absent."""
        return self.values.get(key)

    def text(self, key: str, *, longest: int | None = None) -> str:
        """A required text of at most ``longest`` characters."""
        self._require(key)
        value = self.values[key]
        if not isinstance(value, str):
            raise invalid_request(f"For 'properties/{key}', {_show(value)} is not a string.")
        if longest is not None and len(value) > longest:
            raise invalid_request(f"Only {longest} characters are allowed; {len(value)} were supplied.")
        return value

    def maybe_text(self, key: str, *, longest: int | None = None) -> str | None:
        """A text that may be absent or null."""
        return None if self.values.get(key) is None else self.text(key, longest=longest)

    def choice(self, key: str, allowed: Sequence[str]) -> str:
        """A required text that is one of ``allowed``."""
        value = self.text(key)
        if value not in allowed:
            raise invalid_request(f"{value} is not a member of {json.dumps(list(allowed))}.")
        return value

    def maybe_choice(self, key: str, allowed: Sequence[str]) -> str | None:
        """A text that may be absent or null, else one of ``allowed``."""
        return None if self.values.get(key) is None else self.choice(key, allowed)

    def integer(self, key: str) -> int:
        """A required whole number."""
        self._require(key)
        value = self.values[key]
        if not isinstance(value, int) or isinstance(value, bool):
            raise invalid_request(f"For 'properties/{key}', {_show(value)} is not an integer.")
        return value

    def maybe_integer(self, key: str) -> int | None:
        """A whole number that may be absent or null."""
        return None if self.values.get(key) is None else self.integer(key)

    def flag(self, key: str, *, default: bool = False) -> bool:
        """A boolean, ``default`` when absent or null."""
        value = self.values.get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise invalid_request(f"For 'properties/{key}', {_show(value)} is not a boolean.")
        return value

    def child(self, key: str) -> Input | None:
        """A nested object; None when absent or null."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise invalid_request(f"For 'properties/{key}', {_show(value)} is not an object.")
        return Input(value)

    def children(self, key: str, *, most: int | None = None) -> tuple[Input, ...]:
        """A list of objects, empty when absent or null, of at most ``most`` items."""
        found: list[Input] = []
        for item in self._list(key, most):
            if not isinstance(item, Mapping):
                raise invalid_request(f"For 'properties/{key}', {_show(item)} is not an object.")
            found.append(Input(item))
        return tuple(found)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, empty when absent or null."""
        items = self._list(key, None)
        bad = [item for item in items if not isinstance(item, str)]
        if bad:
            raise invalid_request(f"For 'properties/{key}', {_show(bad[0])} is not a string.")
        return tuple(str(item) for item in items)

    def integers(self, key: str) -> tuple[int, ...]:
        """A list of whole numbers, empty when absent or null."""
        found: list[int] = []
        for item in self._list(key, None):
            if not isinstance(item, int) or isinstance(item, bool):
                raise invalid_request(f"For 'properties/{key}', {_show(item)} is not an integer.")
            found.append(item)
        return tuple(found)

    def _require(self, key: str) -> None:
        if key not in self.values:
            raise invalid_request(f'"{key}" wasn\'t supplied.')

    def _list(self, key: str, most: int | None) -> Sequence[Json]:
        value = self.values.get(key)
        if value is None:
            return ()
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise invalid_request(f"For 'properties/{key}', {_show(value)} is not an array.")
        if most is not None and len(value) > most:
            raise invalid_request(f"No more than {most} items are allowed; {len(value)} were supplied.")
        return value
