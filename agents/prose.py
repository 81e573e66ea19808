"""What of a model's sentences may be published: none that quotes, cites or names what is not there.

A sentence without a quote cannot be checked; what can be is that all its quotes exist, and that it speaks of no file,
address or tool that nobody has seen.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from agents.quotes import holds
from agents.sources import Sources, unhidden
from analysis.edits import Edit
from analysis.redact import scrub
from analysis.rules import rule_book

_CLOSED_BY = {"`": "`", '"': '"', "“": "”", "„": "“", "«": "»", "\u2018": "\u2019", "'": "'"}
_SINGLE = frozenset("'\u2018\u2019")
_SENTENCE_END = re.compile(r"(?<=[.!?]) +(?=[^a-z ])")
_ADDRESS = re.compile(r"(?i)\b(?:[a-z][a-z0-9+.-]*://|www\.|mailto:)[^\s<>\"'`]+")
_PATH = re.compile(
    r"(?<![\w./@-])/?(?:[\w.@-]+/)*[\w.@-]*\.(?:py|pyi|[cm]?jsx?|[cm]?tsx?|vue|go|rs|java|kts?|gradle|rb|php|cs|c|cc|cpp"
    r"|hh?|hpp|swift|dart|exs?|sh|ya?ml|toml|json|md|rst|txt|cfg|ini|lock|tf|xml|html|css)(?::(\d+))?(?![\w/])"
)
_PRODUCT = re.compile(r"[A-Z][a-z]+\.js$")
"""Node.js and Vue.js are no files."""
_REPEATED_WORDS = 8
"""In a row, from our own instructions: no answer has need of them."""
# Languages, services and words of everyday English that also name a tool or a group of our rules.
_PLAIN_WORDS = frozenset({
    "apt", "assert", "behave", "boost", "changes", "dart", "elixir", "erlang", "git", "github actions", "go",
    "haskell test", "haskell-format", "hosting", "java", "javascript", "julia", "kotlin", "linker", "lua",
    "make", "mix", "mobile", "network", "next", "nim", "ocaml", "packages", "perl", "pest", "php", "proto",
    "publishing", "python", "r", "reuse", "robot", "ruby", "rust", "sanitizer", "shell", "solidity", "swift",
    "system", "typos", "web", "zig",
})  # fmt: skip
_LONGEST = 20_000
"""Characters of a text that are looked at: far more than is ever shown."""


@dataclass(frozen=True, slots=True)
class Told:
    """The sentences of a text that may be published, and how many there were."""

    text: str
    kept: int
    said: int


class Words:
    """Everything that a sentence may quote, for one answer."""

    def __init__(self, sources: Sources, edits: Sequence[Edit], instructions: str) -> None:
        logs = [line for log in (*sources.logs, *sources.read) for line in log.values()]
        patch = [line for edit in edits for line in (edit.path, *edit.search.split("\n"), *edit.replace.split("\n"))]
        files = [line for path, lines in sources.files.items() for line in (path, *lines)]
        self._sources = sources
        self._all = "\n".join((*logs, *sources.names, *patch, *files))
        self._ran = "\n".join((*logs, *sources.names, *patch)).lower()
        self._forbidden = frozenset(_runs(instructions))

    def publishable(self, text: str, most: int, *, names_tools: bool = True) -> Told:
        """Keep the sentences that stand, on one line, without secrets and what is not seen, `most` characters at most.

        With `names_tools` off, a tool may be named that did not run, as in advice.
        """
        # Scrubbed before it is cut: half a token is no token's form any more.
        said = _sentences(re.sub("`+", "`", scrub(unhidden(text)).text[:_LONGEST]))
        kept = [one for one in said if not self._invents(one, names_tools=names_tools)]
        while len(" ".join(kept)) > most:
            kept.pop()
        return Told(" ".join(kept), len(kept), len(said))

    def _invents(self, sentence: str, *, names_tools: bool) -> bool:
        return (
            not all(map(self._quoted, _quotes(sentence)))
            or not all(self._cited(found) for found in _PATH.finditer(sentence))
            or not all(found[0].rstrip(".,;)") in self._all for found in _ADDRESS.finditer(sentence))
            or (names_tools and any(not holds(self._ran, tool) for tool in _tools(sentence)))
            or not self._forbidden.isdisjoint(_runs(sentence))
        )

    def _quoted(self, quote: str) -> bool:
        """A function's name may have its brackets, as people write it."""
        return bool(quote) and (holds(self._all, quote) or holds(self._all, quote.removesuffix("()") or quote))

    def _cited(self, found: re.Match[str]) -> bool:
        cited = found[0].removeprefix("./")
        if holds(self._all, cited) or _PRODUCT.match(cited):
            return True
        path, _, line = cited.partition(":")
        numbered = [
            lines for known, lines in self._sources.files.items() if known == path or known.endswith("/" + path)
        ]
        return bool(line) and any(int(line[:9]) <= len(lines) for lines in numbered)


def _sentences(text: str) -> list[str]:
    """Split where a sentence ends, but not inside a quote."""
    hidden = list(text)
    for start, end in _spans(text):
        hidden[start:end] = "x" * (end - start)
    ends = [found.start() for found in _SENTENCE_END.finditer("".join(hidden))]
    parts = [text[start:end].strip() for start, end in zip([0, *ends], [*ends, len(text)], strict=True)]
    return [part for part in parts if part]


def _quotes(sentence: str) -> list[str]:
    return [sentence[start:end].strip() for start, end in _spans(sentence)]


def _spans(text: str) -> list[tuple[int, int]]:
    """Find what stands between backticks or quotation marks; what is not closed goes to the end."""
    spans: list[tuple[int, int]] = []
    at = 0
    while at < len(text):
        closed_by = _CLOSED_BY.get(text[at])
        if closed_by is None or (text[at] in _SINGLE and not _opens(text, at)):
            at += 1
            continue
        end = text.find(closed_by, at + 1)
        while closed_by in _SINGLE and end >= 0 and text[end + 1 : end + 2].isalnum():
            end = text.find(closed_by, end + 1)
        end = len(text) if end < 0 else end
        spans.append((at + 1, end))
        at = end + 1
    return spans


def _opens(text: str, at: int) -> bool:
    """Tell a quotation mark from an apostrophe."""
    return not text[at - 1 : at].isalnum() and text[at + 1 : at + 2].strip() != "" and text[at + 1 :].find("'") != 0


@cache
def _tool_names() -> re.Pattern[str]:
    names = {rule.tool for rule in rule_book().rules if rule.tool} - _PLAIN_WORDS
    ordered = sorted(names, key=lambda name: (-len(name), name))
    return re.compile(r"(?<![\w-])(?:" + "|".join(map(re.escape, ordered)) + r")(?![\w-])", re.IGNORECASE)


def _tools(sentence: str) -> list[str]:
    return [found.lower() for found in _tool_names().findall(sentence)]


def _runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[at : at + _REPEATED_WORDS]) for at in range(len(words) - _REPEATED_WORDS + 1)}
