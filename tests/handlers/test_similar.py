"""Of whose fixes the reports and the agent of a repository are told, and what they are told of them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import msgspec
import pytest

from analysis.diagnosis import Diagnosis
from github_app.client import REPORT
from github_app.model import InstallationId, Repository, RepositoryId
from github_app.payload import RepositoryEvent, read
from handlers.known import remember_repository
from handlers.tasks.plan_sources import PlanReads
from handlers.tasks.similar import example_of, liken, similar_shown, similar_to
from learning.likeness import likeness_row
from storage import failures, fixes, likenesses, repositories
from storage.database import Connection, Database
from storage.failures import FailureRow
from storage.fixes import FixRow, FixState
from storage.repositories import RepositoryRow, save_repository
from storage.runs import save_run
from tests.analysis.recorded_pairs import recorded_pairs
from tests.handlers.desk import desk
from tests.storage.rows import FAILURE, OTHER_SHA, RUN, another_fix

HERE, PUBLIC, PRIVATE, ELSEWHERE = 11, 12, 13, 14
VERIFIED = (FixState.APPROVED, FixState.APPLYING, FixState.APPLIED, FixState.VERIFIED)
PAIR = next(pair for pair in recorded_pairs() if pair.name == "tsc/TS2345")


@dataclass
class World:
    """Four repositories: this private one, a public and a private one beside it, and one of another installation."""

    connection: Connection
    numbers: "count[int]"

    async def failed(self, repository_id: int, diagnosis: Diagnosis, *, hashed: bool = True) -> FailureRow:
        number = next(self.numbers)
        await save_run(self.connection, replace(RUN, run_id=number, repository_id=repository_id))
        new = replace(
            FAILURE,
            repository_id=repository_id,
            run_id=number,
            head_sha=f"{number:040x}",
            fingerprint=diagnosis.fingerprint,
            message=diagnosis.message,
            diagnosis_json=msgspec.json.encode(diagnosis).decode(),
            likeness=likeness_row(diagnosis) if hashed else None,
        )
        (saved,) = await failures.save_failures(self.connection, [new])
        return saved

    async def mended(self, repository_id: int, diagnosis: Diagnosis, *, hashed: bool = True) -> FixRow:
        failure = await self.failed(repository_id, diagnosis, hashed=hashed)
        new = replace(
            another_fix(failure.run_id),
            repository_id=repository_id,
            run_id=failure.run_id,
            head_sha=failure.head_sha,
            failure_ids=(failure.failure_id,),
        )
        fix = await fixes.propose(self.connection, new)
        for state in VERIFIED:
            await fixes.move(self.connection, fix.fix_id, to=state, actor="a", commit_sha=OTHER_SHA)
        return fix

    async def told(self, failure: FailureRow) -> list[tuple[int, str]]:
        found = await similar_to(self.connection, repository(), [failure], 5)
        return [(one.fix_id, one.full_name) for one in found]


def repository() -> Repository:
    return Repository(RepositoryId(HERE), InstallationId(7), "octo", "shop", "main")


@pytest.fixture
async def world(database: Database) -> AsyncIterator[World]:
    async with database.connection() as connection:
        for row in (
            RepositoryRow(HERE, 7, "octo", "shop", "main", private=True),
            RepositoryRow(PUBLIC, 7, "octo", "open", "main", private=False),
            RepositoryRow(PRIVATE, 7, "octo", "secret", "main", private=True),
            RepositoryRow(ELSEWHERE, 8, "other", "open", "main", private=False),
        ):
            await save_repository(connection, row)
        yield World(connection, count(1000))


async def test_the_same_mistake_in_a_public_project_of_the_installation_is_told_of(world: World) -> None:
    fix = await world.mended(PUBLIC, PAIR.one)
    asked = await world.failed(HERE, PAIR.other)
    assert await world.told(asked) == [(fix.fix_id, "octo/open")]
    (shown,) = await similar_shown(world.connection, repository(), [asked])
    assert (shown.outcome, shown.same, shown.summary) == ("verified", False, fix.summary)
    assert shown.html_url.endswith(f"/commit/{OTHER_SHA}")


@pytest.mark.parametrize("where", [PRIVATE, ELSEWHERE], ids=["private", "another installation"])
async def test_a_repository_that_its_readers_may_not_read_is_never_told_of(world: World, where: int) -> None:
    await world.mended(where, PAIR.one)
    await world.mended(where, PAIR.other)
    assert await world.told(await world.failed(HERE, PAIR.other)) == []


async def test_a_repository_that_turned_private_is_told_of_no_more(world: World) -> None:
    await world.mended(PUBLIC, PAIR.one)
    await save_repository(world.connection, RepositoryRow(PUBLIC, 7, "octo", "open", "main", private=True))
    assert await world.told(await world.failed(HERE, PAIR.other)) == []


async def test_its_own_fixes_are_told_of_though_it_is_private(world: World) -> None:
    fix = await world.mended(HERE, PAIR.one)
    assert await world.told(await world.failed(HERE, PAIR.one)) == [(fix.fix_id, "octo/shop")]


async def test_another_mistake_of_the_same_tool_is_not_told_of_unasked(world: World) -> None:
    other = next(pair for pair in recorded_pairs() if pair.name == "tsc/TS2307")
    await world.mended(HERE, other.one)
    assert await world.told(await world.failed(HERE, PAIR.other)) == []


async def test_an_example_names_the_fix_its_outcome_and_what_it_was_for(world: World) -> None:
    fix = await world.mended(PUBLIC, PAIR.one)
    (found,) = await similar_to(world.connection, repository(), [await world.failed(HERE, PAIR.other)], 5)
    example = example_of(found)
    assert (example.name, example.same, example.verified) == (f"F{fix.fix_id} in octo/open", False, True)
    assert (example.failure, example.summary, example.diff) == (PAIR.one.message, fix.summary, fix.diff)


async def test_messages_of_before_are_hashed_by_upkeep_once(world: World, database: Database) -> None:
    fix = await world.mended(PUBLIC, PAIR.one, hashed=False)
    asked = await world.failed(HERE, PAIR.other)
    assert await world.told(asked) == []
    assert await liken(database) == 1
    assert await liken(database) == 0
    assert await world.told(asked) == [(fix.fix_id, "octo/open")]
    assert await likenesses.likeness_of(world.connection, PAIR.one.fingerprint) == likeness_row(PAIR.one)


@pytest.mark.parametrize(("said", "private"), [({"private": False}, False), ({"private": True}, True), ({}, True)])
async def test_whether_a_repository_is_public_is_its_events_word(
    database: Database, said: dict[str, bool], private: bool
) -> None:
    owner = {"id": 1, "login": "octo", "type": "User"}
    told = {"id": HERE, "name": "shop", "full_name": "octo/shop", "owner": owner, "default_branch": "main", **said}
    body = msgspec.json.encode({"action": "completed", "installation": {"id": 7}, "repository": told})
    async with database.transaction() as connection:
        await remember_repository(connection, read(body, RepositoryEvent))
        row = await repositories.repository(connection, HERE)
    assert row is not None
    assert row.private is private


async def test_a_report_and_the_plan_tell_of_the_fix_that_ended_the_same_failure(
    database_url: str, tmp_path: Path
) -> None:
    async with desk(database_url, tmp_path) as at:
        fix, _ = await at.red_pull()
        assert "Similar:" not in await at.shown(fix.run_id)
        await at.ci(await at.approved(fix), "success")
        again = await at.failed_run("c" * 40, "topic", None)
        link = f"[F{fix.fix_id} in octo/geo](https://github.test/octo/geo/commit/{(await at.now(fix)).commit_sha})"
        assert f"Similar: {link}, verified, for the same failure: Import `math`" in await at.shown(again.run_id)
        assert "Similar:" not in await at.shown(fix.run_id)
        async with at.database.connection() as connection:
            found = await failures.failures_of(connection, again.run_id, 1)
        async with at.services.github.installation(at.known(), REPORT) as installation:
            told = await PlanReads(at.services, installation, at.known(), found).similar_fixes()
        assert told.startswith(f"F{fix.fix_id} in octo/geo, verified by CI, for the same failure: Import `math`\n")
        assert "+import math" in told
        await at.ci(fix, "failure")
        assert "Similar:" not in await at.shown(again.run_id)
