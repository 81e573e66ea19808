"""What happens, told to whoever watches and may know of it: one reader of the database a process, many listeners.

The reader is woken by NOTIFY, and looks by itself every two seconds where that cannot come: behind a pooler of
transactions, or while its connection is away. It keeps the order of `storage.live_events`; a listener first reads what
it missed from the database and then follows the reader, so that it sees each event once and in order.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from http import HTTPStatus

from github_app.model import Role, User
from storage import live_events
from storage.database import Database
from storage.errors import StorageError
from storage.live_events import Listener, LiveEventRow, News, Place
from web.listening import Ended, Listening, Rhythm, Seat
from web.live_models import Kind, LiveEvent, Position, event_id, place_of, told
from web.problems import Problem
from web.rights import Rights, repository_from

_LOG = logging.getLogger(__name__)
_PAGE = 500
"""Rows of one query."""
_UNSEEN = 600.0
"""Seconds: on an instance of many organisations most of what happens is of others, and each question is one of the
5,000 an hour of that installation. Who is given a right hears of it that much later, or when he comes back."""
_MOST_OF_ALL = 200
"""Listeners of a process: each is looked at for each event, and holds a socket."""
_MOST_OF_ONE = 10
"""Listeners of a person: the tabs of a browser and a script or two."""


class Live:
    """The reader of a process and its listeners."""

    def __init__(self, database: Database, rights: Rights, rhythm: Rhythm | None = None) -> None:
        self._database = database
        self._rights = rights
        self._rhythm = rhythm or Rhythm()
        self._seats: set[Seat] = set()
        self._persons: Counter[int] = Counter()
        self._place = Place(0, 0)
        self._reader: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._closing = False

    @property
    def listeners(self) -> int:
        """How many listen now."""
        return self._persons.total()

    def close(self) -> None:
        """End every stream, with a word: the process is going down."""
        self._closing = True
        for seat in self._seats:
            seat.wake.set()

    def refuse_if_full(self, user: User) -> None:
        """Raises Problem where too many listen, of the person (429) or in all (503)."""
        if self._persons[user.user_id] >= _MOST_OF_ONE:
            raise Problem(
                HTTPStatus.TOO_MANY_REQUESTS,
                f"You listen {_MOST_OF_ONE} times already, which is the most; close one.",
                {"Retry-After": "60"},
            )
        if self.listeners >= _MOST_OF_ALL or self._closing:
            raise Problem(
                HTTPStatus.SERVICE_UNAVAILABLE, "Too many listen here now; try again later.", {"Retry-After": "60"}
            )

    @contextmanager
    def admitted(self, user: User) -> Iterator[None]:
        """Count one listener, as long as it listens. Raises Problem as `refuse_if_full` does."""
        self.refuse_if_full(user)
        self._persons[user.user_id] += 1
        try:
            yield
        finally:
            self._persons[user.user_id] -= 1
            self._persons += Counter()

    async def stream(self, listening: Listening, since: Position | None) -> AsyncGenerator[LiveEvent, None]:
        """Each event once and in order, from `since` or from now on; at last one of kind `end`, with the reason."""
        last = self._place if since is None else since.place
        try:
            async with aclosing(self._events(listening, since)) as events:
                async for event in events:
                    last = place_of(event)
                    yield event
            why = ""
        except Ended as ended:
            why = str(ended)
        except Problem as problem:
            # GitHub does not say whether the person may know, or the session is over.
            why = problem.detail
        except StorageError:
            why = "The database does not answer; come back in a moment."
        # With the id of what was told last: who comes back with it misses nothing.
        yield _note("end", last, why)

    async def _events(self, listening: Listening, since: Position | None) -> AsyncGenerator[LiveEvent, None]:
        place = None if since is None or await self._is_lost(since) else since.place
        if place is not None:
            # Long ago or much: read before anything waits for this listener in memory.
            async for news in self._missed(place):
                place = news.place
                for event in await self._allowed(listening, news.rows):
                    yield event
        async with self._seat() as seat:
            if since is not None and place is None:
                yield _note("reset", self._place, "What happened since is not known any more: read the lists anew.")
            place = place or self._place
            yield _note("alive", place)
            async for news in self._missed(place):
                place = news.place
                for event in await self._allowed(listening, news.rows):
                    yield event
            async with aclosing(self._followed(listening, seat, place)) as followed:
                async for event in followed:
                    yield event

    async def _followed(self, listening: Listening, seat: Seat, seen: Place) -> AsyncGenerator[LiveEvent, None]:
        clock = asyncio.get_running_loop().time
        checked = told_at = clock()
        while True:
            await seat.woken(self._rhythm.heartbeat)
            self._check(seat)
            if clock() - checked > self._rhythm.recheck:
                await self._ask_again(listening)
                checked = clock()
            rows = [row for row in seat.rows if row.place > seen]
            seat.rows.clear()
            # Nothing waits between these two lines: what the reader has reached was offered.
            seen = max(seen, self._place)
            for event in await self._allowed(listening, rows):
                told_at = clock()
                yield event
            if clock() - told_at >= self._rhythm.heartbeat:
                told_at = clock()
                yield _note("alive", seen)

    def _check(self, seat: Seat) -> None:
        if self._closing:
            raise Ended("The server is going down; come back in a moment.")
        if seat.fell_behind:
            raise Ended("You read too slowly; come back with the last id, and go on from there.")

    async def _ask_again(self, listening: Listening) -> None:
        await listening.still()
        only = listening.repository
        if only is not None and await self._rights.role(listening.user, only) is Role.NONE:
            raise Ended("You may not read this repository any more.")

    async def _allowed(self, listening: Listening, rows: Sequence[LiveEventRow]) -> list[LiveEvent]:
        """Those that the person may know of, by rights that are a minute old at most."""
        only, now = listening.repository, asyncio.get_running_loop().time()
        named = {row.repository.repository_id: repository_from(row.repository) for row in rows}
        asked = [
            one
            for one in named.values()
            if (only is None or only.repository_id == one.repository_id)
            and listening.unseen.get(one.repository_id, 0.0) <= now
        ]
        roles = await asyncio.gather(*(self._rights.role(listening.user, one) for one in asked))
        readable = {one.repository_id for one, role in zip(asked, roles, strict=True) if role is not Role.NONE}
        listening.unseen.update(
            {one.repository_id: now + _UNSEEN for one in asked if one.repository_id not in readable}
        )
        return [told(row) for row in rows if row.repository.repository_id in readable]

    async def _missed(self, place: Place) -> AsyncIterator[News]:
        """What happened after a place, as far as it is settled now."""
        while True:
            async with self._database.connection() as connection:
                news = await live_events.after(connection, place, _PAGE)
            yield news
            if not news.more:
                return
            place = news.place

    async def _is_lost(self, since: Position) -> bool:
        async with self._database.connection() as connection:
            foreign = since.transaction_id > await live_events.next_transaction(connection)
        return foreign or since.is_too_old(datetime.now(UTC))

    @asynccontextmanager
    async def _seat(self) -> AsyncIterator[Seat]:
        """A seat behind the reader; the first brings it up, the last takes it down."""
        seat = Seat()
        async with self._starting:
            if self._reader is None:
                async with self._database.connection() as connection:
                    self._place = await live_events.now(connection)
                self._reader = asyncio.create_task(self._read_on(), name="live events")
            self._seats.add(seat)
        try:
            yield seat
        finally:
            self._seats.discard(seat)
            if not self._seats and self._reader is not None:
                reader, self._reader = self._reader, None
                reader.cancel()

    async def _read_on(self) -> None:
        """Read for all, until cancelled; a database that goes away is waited for."""
        while True:
            try:
                async with live_events.listening(self._database) as listener:
                    while True:
                        await self._wait(listener, held=await self._read())
            except Exception as error:  # noqa: BLE001 - whatever it is, those who listen wait for it to be over
                _LOG.warning("live events wait for the database (%s)", type(error).__name__)
                await asyncio.sleep(self._rhythm.pause)

    async def _wait(self, listener: Listener, *, held: bool) -> None:
        if await listener.wait(self._rhythm.held if held else self._rhythm.poll):
            await asyncio.sleep(self._rhythm.gather)

    async def _read(self) -> bool:
        """Offer what is new to every seat; whether more is there that a running transaction holds back."""
        while True:
            async with self._database.connection() as connection:
                news = await live_events.after(connection, self._place, _PAGE)
            for row in news.rows:
                for seat in self._seats:
                    seat.offer(row)
            self._place = news.place
            if not news.more:
                return news.held


def _note(kind: Kind, place: Place, reason: str | None = None) -> LiveEvent:
    at = datetime.now(UTC)
    return LiveEvent(kind, event_id(place, at), at, reason=reason)
