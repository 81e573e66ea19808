"""Private keys: in one line, as JSON and environments hold them, and of several, followed from the first to the last.

A log that only speaks of `-----BEGIN PRIVATE KEY-----` keeps its next lines, and a key whose last line is missing does
not hide what follows it. Everything runs in linear time.
"""

import re2

KEY_BEGIN = r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY"
"""Pattern of a private key's first line, as a scanner needs it to know the lines inside."""
KEY_END = r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY"
KEY_LINES = 120
"""Lines followed at most; a key of 4,096 bits has some fifty."""

_ONE_LINE = re2.compile(KEY_BEGIN + r"(?: BLOCK)?-----(.*?[A-Za-z0-9+/]{16}.*?)(?:-----END |$)")
_HEADER_LINES = 6
_LONGEST_LINE = 1000
# The body's end of a line, whatever a service put before it; only the last line of a key may be short.
_BODY = re2.compile(r"(?:^|[^A-Za-z0-9+/=])([A-Za-z0-9+/]{24,}={0,2})(?:[\\\"',; ]{0,4}$|\\n)")
_LAST = re2.compile(r"(?:^|[^A-Za-z0-9+/=])(=?[A-Za-z0-9+/]{2,}={0,2})(?:[\\\"',; ]{0,4}$|\\n)")
_INSIDE = re2.compile(r"([A-Za-z0-9+/]{20,}={0,2})|^\s{0,40}([A-Za-z0-9+/]{2,}={0,2})$")


class KeyMask:
    """Told each line in order, masks what belongs to a private key. `count` is how many keys began."""

    def __init__(self, mask: str) -> None:
        self.count = 0
        self._mask = mask
        self._left = 0
        self._in_body = False

    def masked(self, line: str) -> str:
        """Give the line without its part of a key."""
        if "-----BEGIN " in line and "PRIVATE KEY" in line:
            return self._begun(line)
        if not self._left:
            return line
        self._left -= 1
        body = _BODY.search(line) if len(line) <= _LONGEST_LINE else None
        if body is not None:
            self._in_body = True
            return self._without(line, body)
        if self._in_body or self._left < KEY_LINES - _HEADER_LINES:
            self._left = 0
        last = _LAST.search(line) if self._in_body and "-----END " not in line and len(line) <= _LONGEST_LINE else None
        return line if last is None else self._without(line, last)

    def _begun(self, line: str) -> str:
        at = 0
        while found := _ONE_LINE.search(line, at):
            self.count += 1
            line = self._without(line, found)
            at = found.start(1) + len(self._mask)
        self._in_body = False
        open_key = "-----END " not in line[line.rfind("-----BEGIN ") :] and not line.endswith(self._mask)
        self._left = KEY_LINES if open_key else 0
        self.count += open_key
        return line

    def _without(self, line: str, found: "re2._Match[str]") -> str:
        return line[: found.start(1)] + self._mask + line[found.end(1) :]


def mask_inside(line: str, mask: str, *, certain: bool) -> str:
    """Mask what may be the body of a private key in one line that stands inside one, or perhaps does."""
    if certain:
        masked: str = _INSIDE.sub(mask, line)
        return masked
    found = _BODY.search(line) if len(line) <= _LONGEST_LINE else None
    if found is None or not (any(map(str.isdigit, found[1])) and any(map(str.isupper, found[1]))):
        return line
    return line[: found.start(1)] + mask + line[found.end(1) :]
