"""The form of `.github/ci-fixer.yml`, as the JSON Schema that ships with the program says it, and the check by it.

The schema is data that this module reads, so that editors and the App cannot disagree. It knows the words that the
schema uses and no others.
"""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TypeAlias

import msgspec

from github_app.repo_yaml import Entry, Place, Value

SCHEMA_FILE = "repo_config.schema.json"
"""Beside this module: the schema as it ships."""
_LONGEST_SHOWN = 60
"""Characters of a stranger's word in a fault."""

Plain: TypeAlias = str | int | bool | list[str]
"""What a key can hold."""


class Form(msgspec.Struct, frozen=True, rename={"min_length": "minLength", "max_length": "maxLength",
                                                "max_items": "maxItems"}):  # fmt: skip
    """The part of JSON Schema that the form is written in."""

    type: str
    description: str = ""
    properties: dict[str, "Form"] = {}
    items: "Form | None" = None
    enum: tuple[str, ...] = ()
    default: bool | int | str | tuple[str, ...] | None = None
    minimum: int | None = None
    maximum: int | None = None
    min_length: int = 0
    max_length: int | None = None
    max_items: int | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at one place; `key` is the key as it was written, dotted, or "" where none was reached."""

    key: str
    place: Place
    what: str

    @property
    def text(self) -> str:
        """In words: "`approvers.rôle` at 3:5: unknown key; did you mean `role`?"."""
        at = f"{self.place.line}:{self.place.column}"
        return f"`{shown(self.key)}` at {at}: {self.what}" if self.key else f"at {at}: {self.what}"


@dataclass(slots=True)
class Checked:
    """Values by dotted key, where each stands, the keys whose value is not known, and the faults in their order.

    `faulty` holds what a fault was found in or may have been meant for; "" is the whole file.
    """

    values: dict[str, Plain] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    faulty: set[str] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, key: str, place: Place, what: str, *, written: str | None = None) -> None:
        """Keep a fault of `key`, which stands there as `written`."""
        self.faulty.add(key)
        self.faults.append(Fault(key if written is None else written, place, what))


@cache
def form() -> Form:
    """The schema."""
    return msgspec.json.decode(files(__package__).joinpath(SCHEMA_FILE).read_bytes(), type=Form)


def leaves(of: Form, prefix: str = "") -> Iterator[tuple[str, Form]]:
    """Every key that holds a value, dotted, in the schema's order."""
    for name, inner in of.properties.items():
        key = f"{prefix}{name}"
        if inner.type == "object":
            yield from leaves(inner, f"{key}.")
        else:
            yield key, inner


def check(value: Value) -> Checked:
    """Hold a document against the schema: what is right is kept, what is wrong is told."""
    checked = Checked()
    _check(checked, "", form(), value)
    return checked


def _check(checked: Checked, key: str, wanted: Form, value: Value) -> None:
    checked.places[key] = value.place
    if wanted.type == "object":
        if isinstance(value.content, list):
            _object(checked, key, wanted, value.content)
        else:
            checked.fault(key, value.place, _wrong(wanted, value))
    elif wanted.type == "array":
        _array(checked, key, wanted, value)
    else:
        wrong = _scalar(wanted, value)
        if wrong is not None:
            checked.fault(key, value.place, wrong)
        elif isinstance(value.content, str | int):
            checked.values[key] = value.content


def _object(checked: Checked, key: str, wanted: Form, entries: list[Entry]) -> None:
    seen: dict[str, Place] = {}
    for entry in entries:
        inner = f"{key}.{entry.key}" if key else entry.key
        known = wanted.properties.get(entry.key)
        if known is None:
            _unknown(checked, key, wanted, entry, inner)
        elif entry.key in seen:
            first = seen[entry.key]
            checked.fault(inner, entry.place, f"the key is given twice; first at {first.line}:{first.column}")
        else:
            seen[entry.key] = entry.place
            _check(checked, inner, known, entry.value)


def _unknown(checked: Checked, key: str, wanted: Form, entry: Entry, written: str) -> None:
    """Say what was meant, if that can be told; what was meant is then not known."""
    near = difflib.get_close_matches(entry.key, wanted.properties, 1)
    elsewhere = [name for name, _ in leaves(form()) if name.rpartition(".")[2] == entry.key]
    checked.fault(key, entry.place, f"unknown key{_meant(near, elsewhere)}", written=written)
    checked.faulty |= {f"{key}.{name}".lstrip(".") for name in near} | set(elsewhere)


def _meant(near: list[str], elsewhere: list[str]) -> str:
    if elsewhere:
        under, _, name = elsewhere[0].rpartition(".")
        return f"; `{name}` belongs under `{under}`" if under else f"; `{name}` belongs at the top of the file"
    return f"; did you mean `{near[0]}`?" if near else ""


def _array(checked: Checked, key: str, wanted: Form, value: Value) -> None:
    if not isinstance(value.content, tuple):
        checked.fault(key, value.place, _wrong(wanted, value))
        return
    most = wanted.max_items
    if most is not None and len(value.content) > most:
        checked.fault(key, value.place, f"{len(value.content)} items; {most} at most")
    kept: list[str] = []
    for at, item in enumerate(value.content):
        checked.places[f"{key}[{at}]"] = item.place
        wrong = None if wanted.items is None else _scalar(wanted.items, item)
        if wrong is not None:
            checked.fault(key, item.place, wrong, written=f"{key}[{at}]")
        elif isinstance(item.content, str):
            kept.append(item.content)
    if key not in checked.faulty:
        checked.values[key] = kept


def _scalar(wanted: Form, value: Value) -> str | None:
    """What is wrong with one value, or None."""
    content = value.content
    if wanted.type == "boolean":
        right = isinstance(content, bool)
    elif wanted.type == "integer":
        right = isinstance(content, int) and not isinstance(content, bool) and _within(wanted, content)
    else:
        right = isinstance(content, str) and _fits(wanted, content)
    return None if right else _wrong(wanted, value)


def _within(wanted: Form, number: int) -> bool:
    low, high = wanted.minimum, wanted.maximum
    return (low is None or number >= low) and (high is None or number <= high)


def _fits(wanted: Form, text: str) -> bool:
    if wanted.enum:
        return text in wanted.enum
    return wanted.min_length <= len(text) <= (wanted.max_length or len(text))


def _wrong(wanted: Form, value: Value) -> str:
    quote = "; quote it" if wanted.type == "string" and isinstance(value.content, bool | int | float) else ""
    return f"expected {_expected(wanted)}, found {_found(value)}{quote}"


def _expected(wanted: Form) -> str:
    low, high = wanted.minimum, wanted.maximum
    number = f"`{low}`" if low == high else f"a whole number from {low} to {high}"
    text = f"text of {wanted.min_length} to {wanted.max_length} characters"
    if len(wanted.enum) == 1:
        text = f"`{wanted.enum[0]}`, the only one there is"
    elif wanted.enum:
        text = "one of " + ", ".join(f"`{one}`" for one in wanted.enum)
    return {
        "object": "keys and values: " + ", ".join(f"`{name}`" for name in wanted.properties),
        "array": "a list",
        "boolean": "`true` or `false`",
        "integer": number,
        "string": text,
    }[wanted.type]


_KINDS: Mapping[type, str] = {type(None): "nothing", tuple: "a list", list: "keys and values", float: "a number"}


def _found(value: Value) -> str:
    content = value.content
    if isinstance(content, bool):
        return f"`{str(content).lower()}`"
    if isinstance(content, int):
        return f"`{content}`"
    if isinstance(content, str):
        return f"`{shown(content)}`" if content else "empty text"
    return _KINDS[type(content)]


def shown(text: str) -> str:
    """A stranger's word as it may stand in a sentence: one line, no backtick, not long."""
    words = " ".join("".join(c if c.isprintable() and c != "`" else " " for c in text).split())
    return words if len(words) <= _LONGEST_SHOWN else words[: _LONGEST_SHOWN - 1] + "…"
