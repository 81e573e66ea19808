"""YAML bytes -> a tree of values that know where they stand: pure, and deaf to all that makes YAML dangerous.

Anchors, aliases (a few lines of them unfold to gigabytes), tags and second documents are refused; plain words are read
by YAML 1.2's core schema, as editors read them: `off` and `no` are text. https://yaml.org/spec/1.2.2/#103-core-schema
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import yaml

MOST_BYTES = 64 * 1024
"""Of the file: a hundred times what anybody writes, and a fraction of a second to read."""
MOST_NESTED = 8
"""Collections within each other: the form has three."""
_LONGEST_NUMBER = 18
"""Digits: no number of the form has more than ten, and Python refuses to read thousands of them."""
_LONGEST_WORDS = 200

_INTEGER = re.compile(r"[-+]?[0-9]+")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Line and column, from 1, as editors count."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A key of a mapping, where it stands, and its value."""

    key: str
    place: Place
    value: "Value"


@dataclass(frozen=True, slots=True)
class Value:
    """A scalar, the items of a list, or the entries of a mapping in their order, the same key perhaps twice.

    A float stands for every number that is no whole one of a size that anybody means.
    """

    place: Place
    content: "Content"


Content: TypeAlias = "str | int | float | bool | tuple[Value, ...] | list[Entry] | None"


class YamlFault(ValueError):
    """The bytes cannot be read; says where, as far as that is known, and why."""

    def __init__(self, place: Place, why: str) -> None:
        super().__init__(why)
        self.place = place
        self.why = why


def read_yaml(data: bytes) -> Value | None:
    """The document in `data`; None where there is none but comments. Raises YamlFault."""
    if len(data) > MOST_BYTES:
        raise YamlFault(Place(1, 1), f"the file is larger than {MOST_BYTES // 1024} KiB")
    try:
        events = _Events(data.decode("utf-8-sig"))
        return events.document()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise YamlFault(Place(line, column), "this is not UTF-8") from error
    except yaml.reader.ReaderError as error:
        raise YamlFault(Place(1, 1), f"the character {error.character!r} may not stand in YAML") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = " ".join(part for part in (error.context, error.problem) if part)
        raise YamlFault(_place(mark), f"this is not YAML: {' '.join(said.split())[:_LONGEST_WORDS]}") from error


class _Mark(Protocol):
    line: int
    column: int


class _Events:
    """The events of PyYAML's parser, put together without its constructors."""

    def __init__(self, text: str) -> None:
        self._events: Iterator[yaml.Event] = yaml.parse(text, Loader=yaml.SafeLoader)

    def document(self) -> Value | None:
        found: Value | None = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                if found is not None:
                    raise YamlFault(_place(event.start_mark), "a second document begins; one is read")
                found = self._value(next(self._events), 1)
        if found is None or (found.content is None):
            return None
        return found

    def _value(self, event: yaml.Event, depth: int) -> Value:
        place = _place(event.start_mark)
        _refuse(event, place)
        if depth > MOST_NESTED:
            raise YamlFault(place, f"more than {MOST_NESTED} collections stand within each other")
        if isinstance(event, yaml.SequenceStartEvent):
            return Value(place, tuple(self._items(depth)))
        if isinstance(event, yaml.MappingStartEvent):
            return Value(place, list(self._entries(depth)))
        if isinstance(event, yaml.ScalarEvent):
            return Value(place, event.value if event.style else _read(event.value))
        raise YamlFault(place, "nothing that is known begins here")

    def _items(self, depth: int) -> Iterator[Value]:
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            yield self._value(event, depth + 1)

    def _entries(self, depth: int) -> Iterator[Entry]:
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            place = _place(event.start_mark)
            _refuse(event, place)
            if not isinstance(event, yaml.ScalarEvent):
                raise YamlFault(place, "a key is a word, and no collection")
            yield Entry(event.value, place, self._value(next(self._events), depth + 1))


def _refuse(event: yaml.Event, place: Place) -> None:
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
        raise YamlFault(place, "anchors and aliases are not read; write the value out")
    if getattr(event, "tag", None) is not None:
        raise YamlFault(place, "tags are not read; write the value without one")


def _read(word: str) -> str | int | float | bool | None:
    """A plain word by the core schema."""
    if word in _WORDS:
        return _WORDS[word]
    if _INTEGER.fullmatch(word) and len(word) <= _LONGEST_NUMBER:
        return int(word)
    # Its value is never asked for: no key takes one.
    return float("nan") if _NUMBER.fullmatch(word) else word


def _place(mark: "_Mark | None") -> Place:
    return Place(1, 1) if mark is None else Place(mark.line + 1, mark.column + 1)
