"""A unified diff in git's own form, so that `git apply` takes it and the hash of it names one exact change."""

import hashlib
from collections.abc import Iterator, Sequence

from analysis.patch.lines import Region, changed_regions
from analysis.patch.text import split_lines

_CONTEXT = 3
_NO_BLOB = "0" * 40


def blob_sha(content: bytes) -> str:
    """Name a file's content as git does (https://git-scm.com/book/en/v2/Git-Internals-Git-Objects)."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def file_diff(path: str, before: bytes | None, after: bytes, *, encoding: str, mode: str) -> str:
    """Write one file's section; `before` None is a new file. Its blob names bind the diff to both contents.

    Encoded with `encoding`, the text is the diff byte for byte: paths beyond ASCII are escaped as git escapes them.
    """
    old, new = blob_sha(before) if before is not None else _NO_BLOB, blob_sha(after)
    a, b = _quoted("a/" + path), _quoted("b/" + path)
    created = f"new file mode {mode}\nindex {old}..{new}\n"
    head = f"diff --git {a} {b}\n" + (created if before is None else f"index {old}..{new} {mode}\n")
    # A name with a blank in it ends in a tab, or readers would take the rest for a time stamp.
    tab = "\t" if " " in path else ""
    names = f"--- {'/dev/null' if before is None else a + tab}\n+++ {b}{tab}\n"
    body = "".join(_hunks(split_lines((before or b"").decode(encoding)), split_lines(after.decode(encoding))))
    return head + (names + body if body else "")


def _quoted(name: str) -> str:
    raw = name.encode()
    if all(32 <= byte < 127 and byte not in b'"\\' for byte in raw):
        return name
    return '"' + "".join(chr(b) if 32 <= b < 127 and b not in b'"\\' else f"\\{b:03o}" for b in raw) + '"'


def _hunks(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    group: list[Region] = []
    for region in changed_regions(before, after):
        if group and region.start - group[-1].end > 2 * _CONTEXT:
            yield _hunk(group, before, after)
            group = []
        group.append(region)
    if group:
        yield _hunk(group, before, after)


def _hunk(group: Sequence[Region], before: Sequence[str], after: Sequence[str]) -> str:
    start, end = max(0, group[0].start - _CONTEXT), min(len(before), group[-1].end + _CONTEXT)
    new_start = group[0].new_start - (group[0].start - start)
    new_end = group[-1].new_end + (end - group[-1].end)
    parts = [f"@@ -{_range(start, end)} +{_range(new_start, new_end)} @@\n"]
    at = start
    for region in group:
        parts += [_line(" ", line) for line in before[at : region.start]]
        parts += [_line("-", line) for line in before[region.start : region.end]]
        parts += [_line("+", line) for line in after[region.new_start : region.new_end]]
        at = region.end
    parts += [_line(" ", line) for line in before[at:end]]
    return "".join(parts)


def _range(start: int, end: int) -> str:
    count = end - start
    # An empty side names the line before it; a single line needs no count.
    return f"{start if count == 0 else start + 1}" + ("" if count == 1 else f",{count}")


def _line(sign: str, line: str) -> str:
    return sign + line if line.endswith("\n") else f"{sign}{line}\n\\ No newline at end of file\n"
