"""What a line of the log is about: the ids of the job that is being done, set around it and read by the formatter."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

_IDS: ContextVar[Mapping[str, int | str]] = ContextVar("log_ids")


@contextmanager
def about(**ids: int | str) -> Iterator[None]:
    """Within the block, and in what it starts, lines are about these."""
    token = _IDS.set({**ids_now(), **ids})
    try:
        yield
    finally:
        _IDS.reset(token)


def ids_now() -> Mapping[str, int | str]:
    """The ids of what is being done here; none outside of any."""
    return _IDS.get({})
