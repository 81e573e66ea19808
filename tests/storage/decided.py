"""Fixes on whose outcome the ledger holds a word, as the trigger finds them."""

from dataclasses import replace
from datetime import datetime

from storage.confidence import Confidence
from storage.database import Connection
from storage.failures import save_failures
from storage.fixes import FixRow, propose
from storage.ids import FixId
from storage.installations import InstallationRow, save_installation
from storage.repositories import RepositoryRow, save_repository
from storage.runs import save_run
from tests.storage.rows import FAILURE, RUN, another_fix

HERE, ELSEWHERE = 7, 8
"""Two installations, with repository 11 (and 12) and 21."""
_REPOSITORIES = ((11, HERE), (12, HERE), (21, ELSEWHERE))


async def installed(connection: Connection) -> None:
    """The installations with their repositories, each with a failed run of a thousand times its number."""
    for installation_id in (HERE, ELSEWHERE):
        await save_installation(
            connection, InstallationRow(installation_id, f"octo-{installation_id}", "User", {}, None, None)
        )
    for number, installation_id in _REPOSITORIES:
        row = RepositoryRow(number, installation_id, f"octo-{installation_id}", f"shop-{number}", "main")
        await save_repository(connection, row)
        await save_run(connection, replace(RUN, repository_id=number, run_id=number * 1_000))


async def fixed(
    connection: Connection,
    number: int,
    *,
    repository_id: int = 11,
    fingerprint: str = "ruff:1",
    category: str = "lint",
    source: str = "recipe:ruff-fix",
    confidence: Confidence | None = None,
) -> FixRow:
    """A proposed fix for such a failure; `number` tells it from others."""
    run_id = repository_id * 1_000
    failure = replace(FAILURE, repository_id=repository_id, run_id=run_id, fingerprint=fingerprint, category=category)
    found = await save_failures(connection, [failure])
    (failure_id,) = (one.failure_id for one in found if one.fingerprint == fingerprint)
    new = replace(
        another_fix(number),
        repository_id=repository_id,
        run_id=run_id,
        source=source,
        failure_ids=(failure_id,),
        confidence=confidence,
    )
    return await propose(connection, new)


async def decided(
    connection: Connection,
    fix_id: FixId,
    to: str | None,
    weight: float = 1.0,
    *,
    at: datetime | None = None,
    kind: str = "state",
) -> None:
    """An event of the ledger on a fix; its state is left as it is."""
    await connection.execute(
        "INSERT INTO fix_events (fix_id, kind, from_state, to_state, actor, learning_weight, at) "
        "VALUES (%s, %s, %s, %s, 'ci', %s, coalesce(%s, clock_timestamp()))",
        (fix_id, kind, None if to is None else "applied", to, weight, at),
    )


async def history(connection: Connection, good: int, bad: int, first: int = 0, **about: str | int) -> None:
    """So many fixes that worked and so many that did not."""
    for number in range(good + bad):
        fix = await fixed(connection, first + number, **about)  # type: ignore[arg-type]  # a name of `fixed` each
        await decided(connection, fix.fix_id, "verified" if number < good else "ineffective")
