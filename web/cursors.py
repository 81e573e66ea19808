"""Cursors of lists, which only we can write: what a page ended with, signed for the list that it is of."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import TypeVar

import msgspec

from web.problems import Problem
from web.site import Site

T = TypeVar("T")


def write_cursor(site: Site, of: str, cursor: msgspec.Struct) -> str:
    """The text that leads to the page after."""
    return site.keys.sign(f"cursor of {of}", msgspec.json.encode(cursor))


def read_cursor(site: Site, of: str, text: str | None, kind: type[T]) -> T | None:
    """What a cursor of that list holds; None for none. Raises Problem 400 for any other text."""
    if text is None:
        return None
    content = site.keys.read(f"cursor of {of}", text)
    try:
        if content is not None:
            return msgspec.json.decode(content, type=kind)
    except msgspec.DecodeError:
        # Written by a version with another order.
        pass
    raise Problem(HTTPStatus.BAD_REQUEST, "The cursor is not one of ours; begin again without it.")


def page_of(found: Sequence[T], limit: int) -> tuple[list[T], T | None]:
    """The first `limit`, and the last of them where there is more."""
    shown = list(found[:limit])
    return shown, shown[-1] if len(found) > limit else None
