"""A log read while it comes."""

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from analysis.analyze import analyze
from handlers.tasks.log_stream import read_log

LOG = (
    b"##[group]Run pytest\n##[endgroup]\n"
    b"E   NameError: name 'math' is not defined\n"
    b"##[error]Process completed with exit code 1.\n"
)


async def arriving(*chunks: bytes, error: Exception | None = None) -> AsyncIterator[bytes]:
    for chunk in chunks:
        await asyncio.sleep(0)
        yield chunk
    if error is not None:
        raise error


async def test_what_comes_in_pieces_is_diagnosed_as_one() -> None:
    read = await read_log(arriving(*(LOG[at : at + 7] for at in range(0, len(LOG), 7))), 1_000_000)
    assert read.state == "whole"
    assert read.diagnosis == analyze([LOG])


async def test_no_more_than_the_cap_is_read() -> None:
    read = await read_log(arriving(LOG, b"more\n" * 1000), len(LOG) + 10)
    assert read.state == "cut"
    assert read.diagnosis is not None
    assert read.diagnosis.bytes == len(LOG) + 10


@pytest.mark.parametrize("chunks", [(), (b"",)])
async def test_an_empty_log_is_said_to_be_empty(chunks: tuple[bytes, ...]) -> None:
    read = await read_log(arriving(*chunks), 1000)
    assert (read.state, read.diagnosis) == ("empty", None)


async def test_what_is_not_text_is_not_read() -> None:
    read = await read_log(arriving(b"\x7fELF" + bytes(4000), LOG), 1_000_000)
    assert (read.state, read.diagnosis) == ("not text", None)


async def test_a_network_that_breaks_leaves_no_thread_behind() -> None:
    before = threading.active_count()
    for _ in range(20):
        with pytest.raises(ConnectionError):
            await read_log(arriving(LOG, error=ConnectionError("gone")), 1_000_000)
    assert threading.active_count() <= before + 8


async def test_a_fast_network_waits_for_the_reader() -> None:
    asked = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal asked
        while True:
            asked += 1
            # Large, so that no reader keeps up with a loop that does nothing else.
            yield LOG * 40

    reading = asyncio.ensure_future(read_log(endless(), 10**12))
    for _ in range(2000):
        await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert asked < 2000
