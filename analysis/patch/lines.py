"""Which lines differ between two texts: Myers' O(ND) algorithm, bounded, since strangers choose both texts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# Time and memory grow with the square of the changed lines: half a second and 10 MB at this number. Beyond it the
# whole differing middle is one region, which is still right, only coarser.
_MAX_CHANGED_LINES = 1000


@dataclass(frozen=True, slots=True)
class Region:
    """Lines `before[start:end]` became `after[new_start:new_end]`; either side may be empty."""

    start: int
    end: int
    new_start: int
    new_end: int


def changed_regions(before: Sequence[str], after: Sequence[str], most: int = _MAX_CHANGED_LINES) -> tuple[Region, ...]:
    """List the differing regions in order; between them the lines are equal.

    Beyond `most` changed lines the whole middle that differs is one region.
    """
    head = _common(before, after)
    tail = _common(before[head:][::-1], after[head:][::-1])
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    if not old and not new:
        return ()
    return tuple(
        Region(region.start + head, region.end + head, region.new_start + head, region.new_end + head)
        for region in _regions(old, new, most)
    )


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _regions(old: Sequence[str], new: Sequence[str], most: int) -> Iterator[Region]:
    trace = _trace(old, new, most) if old and new else None
    if trace is None:
        yield Region(0, len(old), 0, len(new))
        return
    # Equal pairs cut the two texts into regions; the pair after both ends closes the last one.
    at, new_at = 0, 0
    for x, y in [*_equal_pairs(trace, len(old), len(new)), (len(old), len(new))]:
        if x > at or y > new_at:
            yield Region(at, x, new_at, y)
        at, new_at = x + 1, y + 1


def _trace(old: Sequence[str], new: Sequence[str], most: int) -> list[dict[int, int]] | None:
    """Give the furthest x on each diagonal, step by step, until both ends are met; None if that takes too many."""
    furthest = {1: 0}
    trace: list[dict[int, int]] = []
    for depth in range(most + 1):
        trace.append({k: x for k, x in furthest.items() if abs(k) <= depth + 1})
        for k in range(-depth, depth + 1, 2):
            x = _step(furthest, k, depth)
            y = x - k
            while x < len(old) and y < len(new) and old[x] == new[y]:
                x, y = x + 1, y + 1
            furthest[k] = x
            if x >= len(old) and y >= len(new):
                return trace
    return None


def _step(furthest: dict[int, int], k: int, depth: int) -> int:
    down = k == -depth or (k != depth and furthest[k - 1] < furthest[k + 1])
    return furthest[k + 1] if down else furthest[k - 1] + 1


def _equal_pairs(trace: list[dict[int, int]], x: int, y: int) -> list[tuple[int, int]]:
    pairs: list[tuple[int, int]] = []
    for depth in range(len(trace) - 1, -1, -1):
        furthest, k = trace[depth], x - y
        previous_k = k + 1 if k == -depth or (k != depth and furthest[k - 1] < furthest[k + 1]) else k - 1
        previous_x = furthest[previous_k]
        previous_y = previous_x - previous_k
        while x > max(previous_x, 0) and y > max(previous_y, 0):
            x, y = x - 1, y - 1
            pairs.append((x, y))
        x, y = previous_x, previous_y
    return pairs[::-1]
