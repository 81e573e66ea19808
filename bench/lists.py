"""How long every list, detail and analytic takes on a million failures, warm, and whether each finds its rows by index.

usage: python -m bench.lists FOLDER [NAME...] [--times 60]

FOLDER is that of `bench.million`, and is made where it is not there. Each measure runs for one repository (the busiest)
and for all hundred of an installation; a page also at the start, in the middle and at the end of what there is. Exits
with 1 where the 95th percentile of a list or an analytic is over 50 ms, or of a dashboard over 150 ms, or where a plan
reads a table of more than 50,000 rows from end to end.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from psycopg import AsyncConnection, AsyncCursor
from psycopg.rows import TupleRow
from rich.console import Console
from rich.table import Table

from bench.measures import MEASURES, Act, Measure, Paged, Single
from bench.million import Million, make, opened
from storage.database import Connection, open_database

MOST_MS = {"list": 50.0, "analytic": 50.0, "dashboard": 150.0}
_WARM_UP = 6  # psycopg prepares a statement at its fifth use: what is measured is what a pooled connection sees
_ALL = 10**6
_BIG = "SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples > 50000"


@dataclass(frozen=True, slots=True)
class Timed:
    """One measure at one place: milliseconds, rows, and the tables that its plan reads whole."""

    name: str
    kind: str
    place: str
    p50: float
    p95: float
    rows: int
    scanned: tuple[str, ...]

    @property
    def falls_short(self) -> bool:
        """Whether it is too slow or reads a big table whole."""
        return self.p95 > MOST_MS[self.kind] or bool(self.scanned)


async def measured(million: Million, names: Sequence[str], times: int) -> list[Timed]:
    """Every measure, or those whose name begins with one of `names`."""
    chosen = [one for one in MEASURES if not names or one.name.startswith(tuple(names))]
    everywhere = million.installations[0].repository_ids
    found: list[Timed] = []
    async with open_database(million.url) as database, database.connection() as connection:
        big = {str(row[0]) for row in await (await connection.execute(_BIG)).fetchall()}
        for measure in chosen:
            for scope, ids in (("one repository", everywhere[:1]), ("a hundred", everywhere)):
                for place, act in await _places(connection, measure, ids):
                    plans = await _plans(million.url, act)
                    scanned = tuple(sorted(table for table in big if any(f"Seq Scan on {table}" in p for p in plans)))
                    found.append(await _timed(connection, measure, f"{scope}{place}", act, times, scanned))
    return found


async def _places(connection: Connection, measure: Measure, ids: Sequence[int]) -> list[tuple[str, Act]]:
    """What to time: a page at three places, everything else once."""
    if isinstance(measure, Single):
        return [("", await measure.act(connection, ids))]
    rows = await measure.page(connection, ids, _ALL, None)
    middle, end = rows[len(rows) // 2 :][:1], rows[max(0, len(rows) - measure.limit - 1) :][:1]
    places = {"first": None, "middle": next(iter(middle), None), "end": next(iter(end), None)}
    return [(f", {name}", _page(measure, ids, after)) for name, after in places.items()]


def _page(measure: Paged, ids: Sequence[int], after: object | None) -> Act:
    return lambda connection: measure.page(connection, ids, measure.limit, after)


async def _timed(
    connection: Connection, measure: Measure, place: str, act: Act, times: int, scanned: tuple[str, ...]
) -> Timed:
    rows: object = None
    for _ in range(_WARM_UP):
        rows = await act(connection)
    spent = []
    for _ in range(times):
        begun = time.perf_counter()
        await act(connection)
        spent.append((time.perf_counter() - begun) * 1000)
    spent.sort()
    count = len(rows) if isinstance(rows, tuple) else 1
    return Timed(
        measure.name, measure.kind, place, spent[len(spent) // 2], spent[int(len(spent) * 0.95)], count, scanned
    )


class _Explaining(AsyncCursor[TupleRow]):
    """A cursor that asks for the plan of each statement before it runs it."""

    plans: list[str]

    async def execute(self, query, params=None, **options):  # type: ignore[no-untyped-def] # psycopg's own
        plain = AsyncCursor(self.connection)
        await plain.execute(b"EXPLAIN " + (query if isinstance(query, bytes) else str(query).encode()), params)
        self.plans += [str(row[0]) for row in await plain.fetchall()]
        return await super().execute(query, params, **options)


async def _plans(url: str, act: Act) -> list[str]:
    plans: list[str] = []
    async with await AsyncConnection.connect(url, autocommit=True) as connection:
        connection.cursor_factory = type("Cursor", (_Explaining,), {"plans": plans})
        await act(connection)
    return plans


def shown(found: Sequence[Timed]) -> Table:
    """The table that is printed."""
    table = Table("what", "kind", "of", "p50 ms", "p95 ms", "rows", "")
    for one in found:
        fault = " ".join(["over the limit"] * (one.p95 > MOST_MS[one.kind]) + [f"reads {t} whole" for t in one.scanned])
        table.add_row(one.name, one.kind, one.place, f"{one.p50:.1f}", f"{one.p95:.1f}", str(one.rows), fault)
    return table


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and say with the exit code whether all was fast enough."""
    parser = argparse.ArgumentParser(prog="bench.lists", description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", help="only measures whose name begins so")
    parser.add_argument("--times", type=int, default=60)
    options = parser.parse_args(arguments)
    if not options.folder.exists():
        make(options.folder, 1.0)
    with opened(options.folder) as million:
        found = asyncio.run(measured(million, options.names, options.times))
    Console(width=130).print(shown(found))
    return int(any(one.falls_short for one in found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
