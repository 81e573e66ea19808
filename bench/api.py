"""How long every route of the API that reads takes on a million failures, warm, over real HTTP.

usage: python -m bench.api [FOLDER] [--times 60] [NAME...]

FOLDER is that of `bench.million`, and is made where it is not there. The person who asks may read the hundred
repositories of one installation: each route is asked for all of them, and for the busiest where it takes a repository;
lists also for the page that follows twenty others. What GitHub would say of rights is taken as kept, as it is within a
minute of the first request. Exits with 1 where the 95th percentile of a route is over 50 ms, or of a dashboard over
150 ms, both with what HTTP costs.
"""

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import httpx
import msgspec
from rich.console import Console
from rich.table import Table

from agents.recipes_only import RecipesOnly
from analysis.analyze import analyze
from bench.million import INSTALLATIONS, make, opened
from github_app.auth import Host
from github_app.client import GitHub
from github_app.model import Repository, Role, User, UserId
from github_app.server import build_server, listen, serve
from github_app.webhook import Delivery
from handlers.services import Services
from sandbox.registry import new_key
from storage.database import Database, open_database
from tests.analysis.recorded_cases import FOLDER
from web.api.operation import Operation
from web.api.operations import OPERATIONS
from web.application import build_web
from web.limits import Allowances, Limits
from web.live import Live
from web.rights import Rights
from web.site import Site, site
from web.tokens import new_token

DASHBOARDS = frozenset({"get_dashboard", "get_repository_analytics", "get_analytics_of_repository"})
MOST_MS, MOST_DASHBOARD_MS = 50.0, 150.0
_LEFT_OUT = frozenset({"export_rows"})
"""Streams as much as one asks for."""
_WARM_UP = 6
_DEEP = 20
_READER = User(UserId(77), "reader", is_bot=False)
_NAMES = """
SELECT r.owner, r.name, (SELECT max(fix_id) FROM suggested_fixes x WHERE x.repository_id = r.repository_id),
       f.failure_id, f.run_id, f.run_attempt, f.fingerprint
FROM repositories r JOIN LATERAL (
    SELECT * FROM workflow_failures f WHERE f.repository_id = r.repository_id ORDER BY f.failure_id DESC LIMIT 1
) f ON true
WHERE r.repository_id = %s
"""


class _Granted(Rights):
    """GitHub's word on one installation, as it is kept for a minute."""

    async def _asked(self, person: User, repository: Repository) -> Role:
        del person
        return Role.READ if repository.installation_id == INSTALLATIONS[0] else Role.NONE


@dataclass(frozen=True, slots=True)
class Asked:
    """One way to ask a route."""

    name: str
    method: str
    path: str
    query: Mapping[str, str]
    body: Mapping[str, int] | None
    place: str


@dataclass(frozen=True, slots=True)
class Timed:
    """What it took, in milliseconds, and how much came."""

    asked: Asked
    p50: float
    p95: float
    size: int

    @property
    def falls_short(self) -> bool:
        """Whether it is too slow."""
        return self.p95 > (MOST_DASHBOARD_MS if self.asked.name in DASHBOARDS else MOST_MS)


@asynccontextmanager
async def served(url: str) -> AsyncIterator[tuple[httpx.AsyncClient, Database]]:
    """The API on that database, and a client of somebody who may read one installation."""
    stop = asyncio.Event()

    async def write(_: Delivery) -> bool:
        return True

    async with open_database(url) as database:
        services = Services(database, GitHub(Host("http://127.0.0.1:9", 1, new_key())), RecipesOnly())
        limits = Limits(Allowances(reads=10**9))
        made = site(services, (b"a secret of the bench",), None, limits=limits)
        rights = _Granted(services)
        ours: Site = replace(made, rights=rights, live=Live(database, rights, None))
        async with database.connection() as connection:
            token = (await new_token(connection, _READER, "read", timedelta(days=1))).token
        with listen("127.0.0.1", 0) as listening:
            base = f"http://127.0.0.1:{listening.getsockname()[1]}"
            web = build_web(ours)
            server = build_server(write, (b"a secret of the bench",), web, web)
            running = asyncio.create_task(serve(server, listening, stop))
            headers = {"Authorization": f"Bearer {token}"}
            async with httpx.AsyncClient(base_url=base, headers=headers, trust_env=False, timeout=60) as client:
                yield client, database
            stop.set()
            await running


async def measured(url: str, busiest: int, names: Sequence[str], times: int) -> list[Timed]:
    """Every route that reads, or those whose name begins with one of `names`."""
    async with served(url) as (client, database):
        async with database.connection() as connection:
            row = await (await connection.execute(_NAMES, (busiest,))).fetchone()
        if row is None:
            sys.exit(f"repository {busiest} shows no failure")
        owner, repo, fix_id, failure_id, run_id, run_attempt, _ = row
        await _diagnosed(database, failure_id, fix_id)
        paths = {
            "fixes": {"id": fix_id},
            "failures": {"id": failure_id},
            "analyze": {"owner": owner, "repo": repo, "run_id": run_id, "run_attempt": run_attempt},
        }
        bodies = {"find_similar_fixes": {"failure_id": failure_id}, "predict_success": {"fix_id": fix_id}}
        found = []
        for one in OPERATIONS:
            if one.is_act or one.name in _LEFT_OUT or (names and not one.name.startswith(tuple(names))):
                continue
            path = one.path.format(**paths.get(one.area, {"owner": owner, "repo": repo}))
            ways = await _ways(client, one, path, bodies.get(one.name), f"{owner}/{repo}")
            found += [await _timed(client, asked, times) for asked in ways]
        return found


async def _diagnosed(database: Database, failure_id: int, fix_id: int) -> None:
    """Have what is shown whole hold what a real log was found to say: a document for all of them would be 5 GB."""
    async with database.connection() as connection:
        await connection.execute(
            "UPDATE workflow_failures SET diagnosis = %s WHERE failure_id = %s "
            "OR (run_id, run_attempt) = (SELECT run_id, run_attempt FROM suggested_fixes WHERE fix_id = %s)",
            (_diagnosis(), failure_id, fix_id),
        )


def _diagnosis() -> str:
    return msgspec.json.encode(analyze([(FOLDER / "bats.log").read_bytes()])).decode()


async def _ways(
    client: httpx.AsyncClient, one: Operation, path: str, body: Mapping[str, int] | None, repository: str
) -> list[Asked]:
    fields = getattr(one.query, "__struct_fields__", ())
    if "repository" not in fields:
        return [Asked(one.name, one.method, path, {}, body, "")]
    ways = []
    for place, query in (("a hundred", {}), ("one repository", {"repository": repository})):
        ways.append(Asked(one.name, one.method, path, query, body, place))
        if "cursor" in fields:
            deep = await _deep(client, path, query)
            ways += [] if deep is None else [Asked(one.name, one.method, path, deep, body, f"{place}, deep")]
    return ways


async def _deep(client: httpx.AsyncClient, path: str, query: Mapping[str, str]) -> Mapping[str, str] | None:
    """How to ask for the page after twenty of a hundred rows; None where there are not as many."""
    asked = {**query, "limit": "100"}
    for _ in range(_DEEP):
        cursor = (await client.get(path, params=asked)).json().get("next_cursor")
        if cursor is None:
            return None
        asked["cursor"] = cursor
    return {**query, "cursor": asked["cursor"]}


async def _timed(client: httpx.AsyncClient, asked: Asked, times: int) -> Timed:
    spent = []
    size = 0
    for number in range(_WARM_UP + times):
        begun = time.perf_counter()
        answer = await client.request(asked.method, asked.path, params=asked.query, json=asked.body)
        took = (time.perf_counter() - begun) * 1000
        if answer.status_code != 200:
            sys.exit(f"{asked.method} {asked.path} answered {answer.status_code}: {answer.text[:300]}")
        size = len(answer.content)
        if number >= _WARM_UP:
            spent.append(took)
    return Timed(asked, statistics.median(spent), sorted(spent)[int(len(spent) * 0.95)], size)


def shown(found: Sequence[Timed]) -> Table:
    """The table that is printed."""
    table = Table("operation", "of", "p50 ms", "p95 ms", "bytes", "")
    for one in found:
        fault = "over the limit" if one.falls_short else ""
        table.add_row(one.asked.name, one.asked.place, f"{one.p50:.1f}", f"{one.p95:.1f}", f"{one.size:,}", fault)
    return table


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and say with the exit code whether all was fast enough."""
    parser = argparse.ArgumentParser(prog="bench.api", description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", help="only operations whose name begins so")
    parser.add_argument("--times", type=int, default=60)
    options = parser.parse_args(arguments)
    if not options.folder.exists():
        make(options.folder, 1.0)
    with opened(options.folder) as million:
        busiest = million.installations[0].repository_ids[0]
        found = asyncio.run(measured(million.url, busiest, options.names, options.times))
    Console(width=130).print(shown(found))
    return int(any(one.falls_short for one in found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
