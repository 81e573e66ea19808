"""A changed file as whole lines that others take the place of: how reviews on a web page speak of a change."""

from itertools import pairwise

from analysis.patch.apply import FilePatch
from analysis.patch.lines import Region, changed_regions
from analysis.patch.text import decode, split_lines


def replaced_lines(patched: FilePatch) -> tuple[tuple[int, int, tuple[str, ...]], ...] | None:
    """First and last line replaced, from 1, and the lines in their place; an insertion replaces its neighbour.

    None where lines of text do not say it all: a new file, another encoding than UTF-8, CRLF, a byte order mark, or a
    last line without its end.
    """
    if patched.before is None or not _is_plain(patched.before) or not _is_plain(patched.after):
        return None
    before, after = split_lines(patched.before.decode()), split_lines(patched.after.decode())
    found = [_whole(region, before, after) for region in changed_regions(before, after)]
    overlapping = any(one[1] >= other[0] for one, other in pairwise(found))
    return None if overlapping else tuple(found)


def _is_plain(content: bytes) -> bool:
    text = decode(content)
    return text.encoding == "utf-8" and not text.mark and b"\r" not in content and content.endswith(b"\n")


def _whole(region: Region, before: list[str], after: list[str]) -> tuple[int, int, tuple[str, ...]]:
    new = tuple(after[region.new_start : region.new_end])
    if region.end > region.start:
        return region.start + 1, region.end, new
    if region.start > 0:
        return region.start, region.start, (before[region.start - 1], *new)
    return 1, 1, (*new, before[0])
