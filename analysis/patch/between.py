"""The edits that lead from one text to another: what a recipe that rewrites text hands on."""

from collections.abc import Iterator, Sequence

from analysis.edits import Edit
from analysis.patch.lines import Region, changed_regions
from analysis.patch.text import split_lines


def edits_between(path: str, before: str, after: str) -> tuple[Edit, ...]:
    """Give edits whose searches each stand exactly once in `before` and which together turn it into `after`.

    Both are texts as `text_of` gives them. Equal texts need no edit; a text that is empty before is written whole.
    """
    if before == after:
        return ()
    if not before:
        return (Edit(path, "", after),)
    lines, new_lines = split_lines(before), split_lines(after)
    return tuple(
        Edit(path, "".join(lines[r.start : r.end]), "".join(new_lines[r.new_start : r.new_end]))
        for r in _searchable(before, lines, changed_regions(lines, new_lines))
    )


def _searchable(before: str, lines: Sequence[str], regions: Sequence[Region]) -> Iterator[Region]:
    """Widen each region until its old text is found once; those that then overlap become one."""
    spans = [(*_unique_span(before, lines, region), region) for region in regions]
    group: list[Region] = []
    start, end = 0, 0
    for span_start, span_end, region in sorted(spans, key=lambda span: span[:2]):
        if group and span_start >= end:
            yield _joined(start, end, group)
            group = []
        start = start if group else span_start
        end = max(end, span_end)
        group.append(region)
    yield _joined(start, end, group)


def _joined(start: int, end: int, group: Sequence[Region]) -> Region:
    first, last = min(group, key=_place), max(group, key=_place)
    return Region(start, end, first.new_start - (first.start - start), last.new_end + (end - last.end))


def _place(region: Region) -> int:
    return region.start


def _unique_span(before: str, lines: Sequence[str], region: Region) -> tuple[int, int]:
    start, end, context = region.start, region.end, 1
    while not _stands_once(before, "".join(lines[start:end])):
        # Doubling keeps a dull file cheap: each look costs a search of the whole text.
        start, end, context = max(0, start - context), min(len(lines), end + context), context * 2
    return start, end


def _stands_once(text: str, search: str) -> bool:
    start = text.find(search)
    return bool(search) and text.find(search, start + 1) < 0
