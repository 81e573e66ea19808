"""Text of strangers made fit for PostgreSQL, which stores neither NUL nor half a surrogate pair."""

import json
import re

# An escaped NUL, but not the six characters `\u0000` that a text itself contains (an even number of backslashes).
_ESCAPED_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def storable(text: str) -> str:
    """`text` with what PostgreSQL cannot hold shown as the replacement character."""
    return text.replace("\0", "\ufffd").encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def storable_or_none(text: str | None) -> str | None:
    """Like `storable`, for what may be absent."""
    return None if text is None else storable(text)


def storable_json(document: str) -> str:
    """A JSON document that jsonb takes. Raises ValueError for what is not JSON."""
    return storable(_ESCAPED_NUL.sub(r"\1\\ufffd", json.dumps(json.loads(document), ensure_ascii=False)))


def exact(name: str, text: str) -> str:
    """`text` unchanged, for what a hash covers. Raises ValueError where PostgreSQL could not hold it as it is."""
    if "\0" in text or text != storable(text):
        raise ValueError(f"{name} holds a NUL or half a surrogate pair and cannot be stored unchanged")
    return text


def exact_json(name: str, document: str) -> str:
    """A JSON document whose strings come back exactly. Raises ValueError where they could not."""
    if _ESCAPED_NUL.search(document):
        raise ValueError(f"{name} holds a NUL and cannot be stored unchanged")
    return exact(name, json.dumps(json.loads(document), ensure_ascii=False))
