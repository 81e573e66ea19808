"""A fix as suggestions on a fork's pull request: pure, and only where all of it can be taken with clicks.

A suggestion replaces lines that the pull request's diff shows on its right side (github-facts 20). A fix of which a
part lies elsewhere is given as a command only: half of a fix, taken, would be a head that nobody checked.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.unseen import named
from github_app.markdown import fence, plain, prose
from github_app.model import LineComment

_HUNK = re.compile(r"@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@")
BODY_LIMIT = 60_000
"""Characters of a review's body: GitHub takes 65,536 (github-facts 10)."""
MOST_COMMENTS = 30
"""Suggestions of one review: more is no small fix, and nobody clicks through it."""


@dataclass(frozen=True, slots=True)
class Replaced:
    """Lines `start` to `end` of a file, counted from 1, and the lines that stand there afterwards, with their ends."""

    start: int
    end: int
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class FixedFile:
    """What a fix replaces in one file; `takes` is False where a suggestion cannot say it (encoding, line ends)."""

    path: str
    replaced: Sequence[Replaced]
    takes: bool = True


def suggestions(files: Sequence[FixedFile], shown: Mapping[str, str]) -> tuple[LineComment, ...]:
    """One comment a replaced place; none at all where a place is not inside `shown`, the pull request's patches."""
    found: list[LineComment] = []
    for file in files:
        hunks = _hunks(shown.get(file.path, ""))
        for place in file.replaced:
            inside = any(first <= place.start and place.end <= last for first, last in hunks)
            if not inside or not file.takes:
                return ()
            text = "".join(place.lines).removesuffix("\n")
            if named(text) != text:
                return ()  # what is not seen would be shown by its name, and taken so
            # An empty suggestion deletes the lines; one with an empty line would leave one there.
            body = fence(text, "suggestion") if place.lines else "```suggestion\n```"
            found.append(LineComment(file.path, place.start, place.end, body))
    return tuple(found) if len(found) <= MOST_COMMENTS else ()


def _hunks(patch: str) -> list[tuple[int, int]]:
    """First and last line of each hunk on the right side: every line in between is shown."""
    found = []
    for line in patch.split("\n"):
        if match := _HUNK.match(line):
            first, count = int(match[1]), int(match[2] or 1)
            found.append((first, first + count - 1))
    return found


def review_body(marker: str, fix_id: int, summary: str, approver: str, diff: bytes, comments: int) -> str:
    """What the review says: who approved what, and the command that takes the whole fix."""
    if comments:
        how = "Commit the suggestions below together (“Add suggestion to batch”), or take the whole fix at once:"
    else:
        how = "Its lines are not all inside this pull request's diff, so it cannot be suggested there. To take it:"
    return (
        f"{marker}\nFix F{fix_id}, approved by {plain(approver)}: {prose(summary.rstrip('. '))}. "
        f"The App cannot push to a fork.\n\n{how}\n\n{taking(fix_id, diff)}\n\n"
        "Run it in a clone of the fork, on this pull request's branch, then push."
    )


def taking(fix_id: int, diff: bytes) -> str:
    """The shell's words that apply and commit a diff, to be pasted; or what to say where it is too long for that."""
    mark = f"CI_FIXER_F{fix_id}"
    text = _pastable(diff)
    if text is not None and mark not in text:
        given = f"git apply --index <<'{mark}'\n{text}{mark}"
    else:
        encoded = base64.encodebytes(diff).decode()
        given = f"base64 -d <<'{mark}' | git apply --index\n{encoded}{mark}"
    command = f"cd \"$(git rev-parse --show-toplevel)\"\n{given}\ngit commit -m 'Apply fix F{fix_id} of CI Fixer'"
    if len(command) > BODY_LIMIT:
        return "The diff is too long to be shown here; its check run has the beginning of it."
    return fence(command, "shell")


def _pastable(diff: bytes) -> str | None:
    """The diff as text where a terminal takes every sign as it is: no tab, which shells complete, no control."""
    try:
        text = diff.decode()
    except UnicodeDecodeError:
        return None
    plain = all(sign == "\n" or sign.isprintable() for sign in text)
    return text if plain and text == named(text) and text.endswith("\n") else None
