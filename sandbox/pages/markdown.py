"""Markdown as GitHub shows it: tables, folds and small print live, every other tag of HTML as text."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markupsafe import Markup

_KINDS = {"+": "add", "-": "del", "@": "at"}


def diff_lines(text: str) -> Markup:
    """The lines of a patch, each marked by what it does."""
    lines = (Markup('<span class="{}">{}</span>').format(_kind(line), line or " ") for line in text.splitlines())
    return Markup("").join(lines)


def _kind(line: str) -> str:
    return "at" if line.startswith(("+++", "---", "diff ")) else _KINDS.get(line[:1], "")


def _highlighted(text: str, language: str, _attributes: str) -> str:
    if language != "diff":
        return ""
    return Markup('<pre class="diff">{}</pre>').format(diff_lines(text))


_MARKDOWN = MarkdownIt("commonmark", {"html": False, "linkify": False, "highlight": _highlighted})
_MARKDOWN.enable(["table", "strikethrough"])
_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_LIVE = re.compile(r"&lt;(/?(?:details|summary|sub))&gt;")


def rendered(text: str) -> Markup:
    """HTML that is safe to show: what a stranger wrote can fold text, and do nothing else."""
    html = _MARKDOWN.render(_COMMENT.sub("", text))
    return Markup(_LIVE.sub(r"<\1>", html))  # noqa: S704 - the renderer escaped all, and three tags came back
