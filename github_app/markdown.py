"""Markdown that quotes strangers: whatever a log says stays text that is seen, mentions nobody and closes no fence."""

import re

from analysis.unseen import named

_BACKTICKS = re.compile("`+")


def fence(text: str, language: str = "") -> str:
    """`text` as a code block whose fence is longer than any run of backticks inside."""
    marks = "`" * max(3, 1 + _longest_run(text))
    return f"{marks}{language}\n{named(text)}\n{marks}"


def code(text: str) -> str:
    """`text` on one line as a code span, where neither markdown, HTML nor a mention is live."""
    line = named(" ".join(text.split())) or " "
    marks = "`" * (1 + _longest_run(line))
    pad = " " if "`" in line or line.strip() == "" else ""
    return f"{marks}{pad}{line}{pad}{marks}"


def plain(text: str) -> str:
    """`text` on one line as prose: HTML and markdown escaped, and no live mention, reference or link."""
    return _escaped(" ".join(text.split()))


def prose(text: str) -> str:
    """`text` as `plain` makes it, but what stands between backticks is shown as code."""
    parts = " ".join(text.split()).split("`")
    if len(parts) % 2 == 0:
        return plain(text)
    return "".join(code(part) if at % 2 else _escaped(part) for at, part in enumerate(parts) if part)


def folded(summary: str, body: str) -> str:
    """`body` behind a line that opens it; `summary` is ours or already escaped."""
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def fit(text: str, limit: int, tail: str = "\n\n… cut here: GitHub shows no more.") -> str:
    """`text` within `limit` characters, said where it was cut. A fence left open by the cut is closed."""
    if len(text) <= limit:
        return text
    room = limit - len(tail) - 16
    cut = text[:room].rsplit("\n", 1)[0]
    opened = None
    for line in cut.splitlines():
        found = re.match(r"`{3,}", line)
        if found and opened is None:
            opened = found.group()
        elif opened is not None and line.startswith(opened):
            opened = None
    return cut + (f"\n{opened}" if opened else "") + tail


def _escaped(line: str) -> str:
    line = re.sub(r"([\\`*_{}\[\]()<>#+!|~])", r"\\\1", named(line))
    # A zero-width space after the sign keeps "@name", "#12" and "://" from becoming live.
    return line.replace("@", "@\u200b").replace("\\#", "\\#\u200b").replace("://", ":\u200b//")


def _longest_run(text: str) -> int:
    return max((len(run) for run in _BACKTICKS.findall(text)), default=0)
