"""What a request gives: read by name and type, with its faults worded as GitHub words them, and nothing overlooked.

What a handler did not read, the sandbox would silently not do. So each value remembers whether it was read, and the
router refuses a request with values left over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sandbox.data import Json
from sandbox.errors import ApiError, invalid_request


class Query(Mapping[str, str]):
    """The parameters after a path's question mark."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)
        self._read: set[str] = set()

    def __getitem__(self, key: str) -> str:
        self._read.add(key)
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def unread(self) -> list[str]:
        """Names that nobody asked for."""
        return sorted(self._values.keys() - self._read)


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
    _read: set[str] = field(default_factory=set)
    _inside: list[tuple[str, Input]] = field(default_factory=list)

    def unread(self) -> list[str]:
        """Names that nobody asked for, those of nested objects with their place."""
        deep = [f"{place}.{name}" for place, inner in self._inside for name in inner.unread()]
        return sorted({*(self.values.keys() - self._read), *deep})

    def names(self) -> tuple[str, ...]:
        """The keys that were sent."""
        return tuple(self.values)

    def has(self, key: str) -> bool:
        """Whether the key was sent at all (a JSON null counts as sent)."""
        return key in self.values

    def raw(self, key: str) -> Json:
        """The value as sent; None when absent."""
        self._read.add(key)
        return self.values.get(key)

    def text(self, key: str, *, longest: int | None = None) -> str:
        """A required text of at most ``longest`` characters."""
        value = self._required(key)
        if not isinstance(value, str):
            raise invalid_request(f"For 'properties/{key}', {_show(value)} is not a string.")
        if longest is not None and len(value) > longest:
            raise invalid_request(f"Only {longest} characters are allowed; {len(value)} were supplied.")
        return value

    def maybe_text(self, key: str, *, longest: int | None = None) -> str | None:
        """A text that may be absent or null."""
        return None if self.raw(key) is None else self.text(key, longest=longest)

    def choice(self, key: str, allowed: Sequence[str]) -> str:
        """A required text that is one of ``allowed``."""
        value = self.text(key)
        if value not in allowed:
            raise invalid_request(f"{value} is not a member of {json.dumps(list(allowed))}.")
        return value

    def maybe_choice(self, key: str, allowed: Sequence[str]) -> str | None:
        """A text that may be absent or null, else one of ``allowed``."""
        return None if self.raw(key) is None else self.choice(key, allowed)

    def integer(self, key: str) -> int:
        """A required whole number."""
        value = self._required(key)
        if not isinstance(value, int) or isinstance(value, bool):
            raise invalid_request(f"For 'properties/{key}', {_show(value)} is not an integer.")
        return value

    def maybe_integer(self, key: str) -> int | None:
        """A whole number that may be absent or null."""
        return None if self.raw(key) is None else self.integer(key)

    def flag(self, key: str, *, default: bool = False) -> bool:
        """A boolean, ``default`` when absent or null."""
        value = self.raw(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise invalid_request(f"For 'properties/{key}', {_show(value)} is not a boolean.")
        return value

    def child(self, key: str) -> Input | None:
        """A nested object; None when absent or null."""
        value = self.raw(key)
        return None if value is None else self._nested(key, value)

    def children(self, key: str, *, most: int | None = None) -> tuple[Input, ...]:
        """A list of objects, empty when absent or null, of at most ``most`` items."""
        return tuple(self._nested(key, item) for item in self._list(key, most))

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

    def _required(self, key: str) -> Json:
        if key not in self.values:
            raise invalid_request(f'"{key}" wasn\'t supplied.')
        return self.raw(key)

    def _nested(self, key: str, value: Json) -> Input:
        if not isinstance(value, Mapping):
            raise invalid_request(f"For 'properties/{key}', {_show(value)} is not an object.")
        inner = Input(value)
        self._inside.append((key, inner))
        return inner

    def _list(self, key: str, most: int | None) -> Sequence[Json]:
        value = self.raw(key)
        if value is None:
            return ()
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise invalid_request(f"For 'properties/{key}', {_show(value)} is not an array.")
        if most is not None and len(value) > most:
            raise invalid_request(f"No more than {most} items are allowed; {len(value)} were supplied.")
        return value
