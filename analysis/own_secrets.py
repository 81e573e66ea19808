"""What a repository calls a secret, beside the forms that everybody's secrets have: its own patterns, in RE2.

They are matched line by line, so that lines stay lines, and what they match is masked whole.
"""

from dataclasses import dataclass
from functools import lru_cache

import re2

_ORDINARY = ("error: expected 3 arguments, got 4", "Process completed with exit code 1.", "Run pytest -q tests/")
"""Lines as every log has them: a pattern that leaves no word of any of them would leave no log."""
_MOST_MEMORY = 1 << 20
"""Bytes of one compiled pattern: `(a{1000}){1000}` asks for hundreds of megabytes."""


class PatternError(ValueError):
    """A pattern that cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class OwnSecrets:
    """Patterns of one repository, each held good by `check_pattern`."""

    patterns: tuple[str, ...] = ()

    def masked(self, line: str, mask: str) -> tuple[str, int]:
        """One line with `mask` in the place of what the patterns match, and how often."""
        count = 0
        for pattern in self.patterns:
            line, found = _compiled(pattern).subn(mask, line)
            count += found
        return line, count


NONE = OwnSecrets()
"""No patterns of one's own."""


def check_pattern(pattern: str) -> None:
    """Raises PatternError where it cannot be read in linear time, or would mask nothing or everything."""
    try:
        found = _compiled(pattern)
    except re2.error as error:
        raise PatternError("RE2 cannot read it: https://github.com/google/re2/wiki/Syntax") from error
    if any((hit := found.search(line)) and not hit[0] for line in ("", *_ORDINARY)):
        raise PatternError("it matches the empty text")
    if not any(any(c.isalnum() for c in found.sub("", line)) for line in _ORDINARY):
        raise PatternError("it matches every line whole, and would leave no log")


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> "re2._Regexp[str]":
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MOST_MEMORY
    return re2.compile(pattern, options)
