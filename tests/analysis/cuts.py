"""One stream of bytes, cut into chunks at any places."""

from collections.abc import Iterable, Sequence
from itertools import pairwise


def cut_anywhere(data: bytes, places: Iterable[int]) -> Sequence[bytes]:
    """Cut at the given places, as far as they lie inside; a place named twice gives an empty chunk."""
    at = [0, *sorted(min(place, len(data)) for place in places), len(data)]
    return [data[start:end] for start, end in pairwise(at)]
