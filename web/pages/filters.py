"""How strangers' text is shown: a diff by its lines, an address only where it leads to a page."""

import re
from datetime import datetime

from markupsafe import Markup, escape

_CODE = re.compile(r"`([^`\n]+)`")
_KINDS = {"+": "add", "-": "del", "@": "at"}


def diff_lines(text: str) -> Markup:
    """The lines of a patch, each marked by what it does; git's blob names, which are for machines, left out."""
    lines = [line for line in text.splitlines() if not line.startswith("index ")]
    return Markup("").join(Markup('<span class="{}">{}</span>').format(_kind(line), line or " ") for line in lines)


def spans(text: str) -> Markup:
    """A sentence whose words in backticks are code; all else of it is text."""
    parts = _CODE.split(text)
    shown = [Markup("<code>{}</code>").format(part) if at % 2 else escape(part) for at, part in enumerate(parts)]
    return Markup("").join(shown)


def page_url(url: str) -> str:
    """An address to link to; what is not a page's leads nowhere."""
    return url if url.startswith(("https://", "http://")) else "#"


def moment(at: datetime) -> str:
    """A moment as people read it."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _kind(line: str) -> str:
    return "at" if line.startswith(("+++", "---", "diff ")) else _KINDS.get(line[:1], "")
