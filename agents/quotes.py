"""Whether a quote stands where it says: word for word, at its line, white space at the lines' ends aside."""

import re
from collections.abc import Mapping

from agents.draft import FileQuote, LogQuote
from agents.sources import Sources
from analysis.redact import MASK

SHORTEST = 6
"""Characters: a shorter quote stands in almost any log and proves nothing."""
_LONGEST = 4000
"""Characters: more is no quote but a copy of the log."""

# `make: *** [all] Error 1` is make's own; a secret's mark stands close to something, or at the end.
_MASKED = re.compile(r"(?<![*])" + re.escape(MASK) + r"(?![*])")
_STARS = re.compile(r"(?:^|(?<=\s))" + re.escape(MASK) + r"(?=\s+\S)")
_DENIES = re.compile(r"(?i)(?:\b(?:no|not|non|without|never|cannot|0)|n't)[\s-]*$")


def log_problem(said: LogQuote, sources: Sources) -> str | None:
    """Say why a quote of a log does not stand; None where it does."""
    if not 1 <= said.job <= len(sources.logs):
        return "quotes a job that did not fail"
    problem = _problem(said.line, said.quote, sources.logs[said.job - 1], "the log")
    elsewhere = (_problem(said.line, said.quote, lines, "the log") for lines in sources.read)
    return None if problem is None or None in elsewhere else problem


def file_problem(said: FileQuote, sources: Sources) -> str | None:
    """Say why a quote of a file does not stand; None where it does."""
    if said.path not in sources.files:
        return "names a file that was not read at the head commit"
    return _problem(said.line, said.quote, sources.file_lines(said.path), "the file")


def holds(text: str, words: str) -> bool:
    """Whether whole words stand in a text, letter by letter."""
    start = text.find(words)
    while start >= 0:
        if _is_edge(text, start) and _is_edge(text, start + len(words)):
            return True
        start = text.find(words, start + 1)
    return False


def _problem(first: int, quote: str, lines: Mapping[int, str], where: str) -> str | None:
    wanted = [line.strip() for line in quote.strip("\r\n").split("\n")]
    if not SHORTEST <= len("".join(wanted)) <= _LONGEST:
        return "quotes too little or too much to prove anything"
    if any(_hides_a_secret(line) for line in wanted):
        return "rests on what a secret's mask hides"
    found = [lines[number].strip() for number in range(first, first + len(wanted)) if number in lines]
    if len(found) != len(wanted):
        return f"names a line that {where} does not show"
    if not _same(found, wanted):
        return f"quotes what {where} does not say at that line"
    return None


def _same(found: list[str], wanted: list[str]) -> bool:
    if len(found) == 1:
        return _quotes_part(found[0], wanted[0])
    first = found[0].endswith(wanted[0]) and _is_fair_start(found[0], len(found[0]) - len(wanted[0]))
    last = found[-1].startswith(wanted[-1]) and _is_edge(found[-1], len(wanted[-1]))
    return first and last and found[1:-1] == wanted[1:-1]


def _quotes_part(line: str, words: str) -> bool:
    start = line.find(words)
    while start >= 0:
        if _is_fair_start(line, start) and _is_edge(line, start + len(words)):
            return True
        start = line.find(words, start + 1)
    return False


def _is_fair_start(line: str, start: int) -> bool:
    """Whether the quote begins with a word, and leaves out no "not" before it, which would turn its meaning round."""
    return _is_edge(line, start) and not _DENIES.search(line[max(0, start - 12) : start])


def _is_edge(text: str, at: int) -> bool:
    """Whether no word goes on across a place."""
    return not (0 < at < len(text) and _in_word(text[at - 1]) and _in_word(text[at]))


def _in_word(one: str) -> bool:
    return one.isalnum() or one == "_"


def _hides_a_secret(line: str) -> bool:
    return _MASKED.search(_STARS.sub("", line)) is not None
