"""A database as large as an organisation's after a year: three million runs, a million failures, 300,000 fixes.

usage: python -m bench.million FOLDER [--scale 0.01]

Made in an embedded PostgreSQL in FOLDER, which is kept (some 5 GB) and used again; a folder that is half made is to be
deleted. Others open it with `opened`. Everything is drawn with one seed, so that two folders of a scale are alike:
  200 repositories of two installations, of which the largest has a twentieth of its installation's runs;
  20,000 fingerprints, each drawn as one in its rank (zipf): 2,000 that all repositories show, 90 of each one's own;
  main and three branches a day in each repository, with five workflows.
Rows are loaded past triggers and foreign keys and with the indexes away; then whatever triggers keep is made by the
statements in `AFTERWARDS`.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bench.rows import LOADS
from storage.embedded import embedded
from storage.migrate import migrate

Connection = psycopg.Connection[tuple[object, ...]]
INSTALLATIONS = (1, 2)
REPOSITORIES = 100
"""Of each installation; the first has the most runs, the last the fewest."""
AFTERWARDS = (
    "SELECT analytics_rebuild((now() AT TIME ZONE 'UTC')::date)",
    "SELECT outcomes_rebuild()",
    """
    UPDATE fix_failures l SET repository_id = x.repository_id, category = f.category, proposed_at = x.created_at
    FROM suggested_fixes x, workflow_failures f WHERE x.fix_id = l.fix_id AND f.failure_id = l.failure_id
    """,
)
"""What the triggers would have kept, by the statements that the migrations use for the rows of before."""
_INDEXES = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY(%s)
  AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid)
"""


@dataclass(frozen=True, slots=True)
class Installation:
    """An installation and its repositories, the busiest first."""

    installation_id: int
    repository_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Million:
    """The database for as long as it is open: any number of processes may connect to `url`."""

    url: str
    installations: tuple[Installation, ...]


@contextmanager
def opened(folder: Path) -> Iterator[Million]:
    """The database of that folder, brought to this version. Raises SystemExit where it was not made to its end."""
    with embedded(folder) as url:
        asyncio.run(migrate(url))
        with psycopg.connect(url) as connection:
            if connection.execute("SELECT to_regclass('bench_made')").fetchone() in (None, (None,)):
                sys.exit(f"{folder} holds no whole database: delete it, and run: python -m bench.million {folder}")
        yield Million(url, tuple(_installation(number) for number in INSTALLATIONS))


def make(folder: Path, scale: float) -> None:
    """Make it, and print what each step cost."""
    with embedded(folder) as url:
        asyncio.run(migrate(url))
        with psycopg.connect(url, autocommit=True) as connection:
            if connection.execute("SELECT to_regclass('bench_made')").fetchone() not in (None, (None,)):
                print(f"{folder} is made already")
                return
            _load(connection, scale)
            for statement in AFTERWARDS:
                _timed(connection, statement.split("(")[0], statement)
            _timed(connection, "vacuum", "VACUUM (ANALYZE)")
            connection.execute("CREATE TABLE bench_made AS SELECT now() AS at")
            # The first dirty pages are then not written while somebody measures.
            _timed(connection, "checkpoint", "CHECKPOINT")


def _load(connection: Connection, scale: float) -> None:
    connection.execute("SET session_replication_role = replica")
    connection.execute("SET synchronous_commit = off")
    connection.execute("SET maintenance_work_mem = '1GB'")
    connection.execute("SET work_mem = '256MB'")
    # One process draws, so that the numbers come in one order.
    connection.execute("SET max_parallel_workers_per_gather = 0")
    connection.execute("SELECT setseed(0.42)")
    tables = [name for name, _ in LOADS]
    indexes = connection.execute(_INDEXES, (tables,)).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}".encode())
    for name, statement in LOADS:
        _timed(connection, name, statement, {"scale": scale, "repositories": REPOSITORIES})
    for name, definition in indexes:
        _timed(connection, f"index {name}", str(definition))
    connection.execute("SET session_replication_role = DEFAULT")
    connection.execute("RESET max_parallel_workers_per_gather")
    _timed(connection, "statistics", "ANALYZE")


def _timed(
    connection: Connection,
    name: str,
    statement: str,
    values: Mapping[str, float] | None = None,
) -> None:
    begun = time.monotonic()
    cursor = connection.execute(statement.encode(), values)
    print(f"{time.monotonic() - begun:7.1f} s  {name}  {max(cursor.rowcount, 0) or ''}", flush=True)


def _installation(number: int) -> Installation:
    first = number * 1000
    return Installation(number, tuple(range(first, first + REPOSITORIES)))


def main(arguments: Sequence[str]) -> None:
    """Make the database of the folder that the command line names."""
    parser = argparse.ArgumentParser(prog="bench.million", description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scale", type=float, default=1.0, help="a share of the rows, for a first look")
    options = parser.parse_args(arguments)
    make(options.folder, options.scale)


if __name__ == "__main__":
    main(sys.argv[1:])
