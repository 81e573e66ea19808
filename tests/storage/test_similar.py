"""Fixes of failures like this one: what is found, in which order, and what never is."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

import pytest

from storage import failures, fixes, likenesses, repositories, similar
from storage.database import Connection, Database
from storage.fixes import FixRow, FixState
from storage.likenesses import LikenessRow
from storage.repositories import RepositoryRow
from storage.runs import save_run
from storage.similar import DIFF_CHARACTERS, SimilarFix
from tests.storage.rows import FAILURE, FIX, OTHER_SHA, RUN, SHA, another_fix, seed

APPROVED = (FixState.APPROVED,)
VERIFIED = (FixState.APPROVED, FixState.APPLYING, FixState.APPLIED, FixState.VERIFIED)
BANDS = tuple(range(1, 9))


def like(*shingles: int, scheme: int = 1, bands: tuple[int, ...] = BANDS) -> LikenessRow:
    return LikenessRow(scheme, shingles, bands)


@dataclass
class World:
    """Fixes made one after the other, each for a run of its own."""

    connection: Connection
    made: int = 0

    async def fix(
        self,
        *states: FixState,
        fingerprint: str = FAILURE.fingerprint,
        likeness: LikenessRow | None = None,
        repository_id: int = 11,
        diff: str | None = None,
    ) -> FixRow:
        self.made += 1
        run_id = 100 + self.made
        await save_run(self.connection, replace(RUN, run_id=run_id, repository_id=repository_id))
        failure = replace(FAILURE, run_id=run_id, repository_id=repository_id)
        saved = await failures.save_failures(
            self.connection, [replace(failure, fingerprint=fingerprint, likeness=likeness)]
        )
        new = replace(another_fix(self.made), run_id=run_id, repository_id=repository_id)
        if diff is not None:
            new = replace(new, diff=diff, patch_hash=FIX.patch_hash)
        fix = await fixes.propose(self.connection, replace(new, failure_ids=(saved[0].failure_id,)))
        for state in states:
            moved = await fixes.move(self.connection, fix.fix_id, to=state, actor="a", commit_sha=OTHER_SHA)
            assert moved is not None
        return fix

    async def ask(
        self,
        *,
        fingerprint: str | None = None,
        likeness: LikenessRow | None = None,
        repository_ids: Sequence[int] = (11,),
        limit: int = 5,
        but_of: str = "",
    ) -> tuple[SimilarFix, ...]:
        return await similar.similar_fixes(
            self.connection, repository_ids, limit, fingerprint=fingerprint, likeness=likeness, but_of=but_of
        )

    async def ids(self, **asked: object) -> list[int]:
        return [row.fix_id for row in await self.ask(**asked)]  # type: ignore[arg-type]


@pytest.fixture
async def world(database: Database) -> AsyncIterator[World]:
    async with database.connection() as connection:
        await seed(connection)
        await repositories.save_repository(connection, RepositoryRow(12, 7, "octo", "other", "main"))
        yield World(connection)


async def test_a_verified_fix_of_the_same_fingerprint_is_told_whole(world: World) -> None:
    fix = await world.fix(*VERIFIED)
    (row,) = await world.ask(fingerprint=FAILURE.fingerprint)
    assert (row.fix_id, row.full_name, row.similarity, row.outcome) == (fix.fix_id, "octo/shop", 1.0, "verified")
    assert (row.summary, row.diff, row.message, row.private) == (fix.summary, fix.diff, FAILURE.message, True)
    assert row.html_url == f"https://github.test/octo/shop/commit/{OTHER_SHA}"


async def test_an_approved_fix_is_told_until_something_speaks_against_it(world: World) -> None:
    fix = await world.fix(*APPROVED)
    (row,) = await world.ask(fingerprint=FAILURE.fingerprint)
    assert (row.outcome, row.html_url) == ("approved", "https://github.test/octo/shop/commit/" + OTHER_SHA)
    for state in (FixState.APPLYING, FixState.APPLIED):
        await fixes.move(world.connection, fix.fix_id, to=state, actor="a", commit_sha=OTHER_SHA)
        assert await world.ids(fingerprint=FAILURE.fingerprint) == [fix.fix_id]
    await fixes.move(world.connection, fix.fix_id, to=FixState.INEFFECTIVE, actor="a")
    assert await world.ids(fingerprint=FAILURE.fingerprint) == []


@pytest.mark.parametrize(
    "states",
    [
        (),
        (FixState.REJECTED,),
        (FixState.SUPERSEDED,),
        (FixState.EXPIRED,),
        (FixState.APPROVED, FixState.SUPERSEDED),
        (FixState.APPROVED, FixState.APPLYING, FixState.FAILED),
        (*VERIFIED, FixState.INEFFECTIVE),
        (*VERIFIED, FixState.UNDONE),
    ],
    ids=lambda states: states[-1].value if states else "proposed",
)
async def test_a_fix_in_any_other_state_is_no_example(world: World, states: tuple[FixState, ...]) -> None:
    await world.fix(*states, likeness=like(1, 2, 3, 4))
    assert await world.ids(fingerprint=FAILURE.fingerprint, likeness=like(1, 2, 3, 4)) == []


async def test_like_messages_come_after_the_same_one_by_the_jaccard_of_their_parts(world: World) -> None:
    half = await world.fix(*VERIFIED, fingerprint="ruff:half", likeness=like(1, 2, 3, 9))
    same = await world.fix(*VERIFIED, likeness=like(1, 2, 3, 4))
    near = await world.fix(*VERIFIED, fingerprint="ruff:near", likeness=like(1, 2, 3, 4, 5))
    found = await world.ask(fingerprint=FAILURE.fingerprint, likeness=like(1, 2, 3, 4))
    assert [(row.fix_id, row.similarity) for row in found] == [
        (same.fix_id, 1.0),
        (near.fix_id, 0.8),
        (half.fix_id, 0.6),
    ]


async def test_only_the_same_fingerprint_is_wholly_alike(world: World) -> None:
    await world.fix(*VERIFIED, fingerprint="ruff:other", likeness=like(1, 2, 3))
    (row,) = await world.ask(likeness=like(1, 2, 3))
    assert row.similarity == 0.99


async def test_what_shares_no_band_or_too_little_is_not_like_it(world: World) -> None:
    await world.fix(*VERIFIED, fingerprint="ruff:a", likeness=like(1, 2, 3, bands=(99,)))
    await world.fix(*VERIFIED, fingerprint="ruff:b", likeness=like(1, *range(10, 20)))
    assert await world.ids(likeness=like(1, 2, 3)) == []


async def test_what_was_hashed_in_another_way_is_compared_with_nothing(world: World) -> None:
    await world.fix(*VERIFIED, fingerprint="ruff:old", likeness=like(1, 2, 3, scheme=1))
    assert await world.ids(likeness=like(1, 2, 3, scheme=2)) == []


async def test_among_equally_alike_ones_verified_comes_first_then_the_newest(world: World) -> None:
    old, new = [await world.fix(*VERIFIED) for _ in range(2)]
    approved = await world.fix(*APPROVED)
    assert await world.ids(fingerprint=FAILURE.fingerprint) == [new.fix_id, old.fix_id, approved.fix_id]
    assert await world.ids(fingerprint=FAILURE.fingerprint, limit=1) == [new.fix_id]


async def test_only_the_repositories_that_the_caller_names_are_told_of(world: World) -> None:
    here = await world.fix(*VERIFIED)
    there = await world.fix(*VERIFIED, repository_id=12)
    assert await world.ids(fingerprint=FAILURE.fingerprint) == [here.fix_id]
    assert await world.ids(fingerprint=FAILURE.fingerprint, repository_ids=(12,)) == [there.fix_id]
    assert await world.ids(fingerprint=FAILURE.fingerprint, repository_ids=()) == []


async def test_many_like_messages_elsewhere_hide_none_here(world: World) -> None:
    for number in range(5):
        await world.fix(*VERIFIED, repository_id=12, fingerprint=f"ruff:{number}", likeness=like(1, 2, 3))
    here = await world.fix(*VERIFIED, fingerprint="ruff:here", likeness=like(1, 2, 3, 4))
    assert await world.ids(likeness=like(1, 2, 3), limit=1) == [here.fix_id]


async def test_the_fixes_of_a_commit_are_no_examples_to_it(world: World) -> None:
    await world.fix(*VERIFIED)
    for sha in (SHA, OTHER_SHA):
        assert await world.ids(fingerprint=FAILURE.fingerprint, but_of=sha) == []


async def test_the_same_patch_in_one_repository_is_told_once(world: World) -> None:
    await world.fix(*VERIFIED, diff="-a\n+b\n")
    newest = await world.fix(*VERIFIED, diff="-a\n+b\n")
    elsewhere = await world.fix(*VERIFIED, diff="-a\n+b\n", repository_id=12)
    found = await world.ids(fingerprint=FAILURE.fingerprint, repository_ids=(11, 12))
    assert found == [elsewhere.fix_id, newest.fix_id]


async def test_a_long_diff_is_cut(world: World) -> None:
    await world.fix(*VERIFIED, diff="+" * 50_000)
    (row,) = await world.ask(fingerprint=FAILURE.fingerprint)
    assert row.diff == "+" * DIFF_CHARACTERS


async def test_a_fix_with_a_pull_request_of_its_own_is_linked_by_it(world: World) -> None:
    fix = await world.fix(FixState.APPROVED, FixState.APPLYING)
    await fixes.move(
        world.connection, fix.fix_id, to=FixState.APPLIED, actor="a", commit_sha=SHA, pull_request_number=31
    )
    (row,) = await world.ask(fingerprint=FAILURE.fingerprint)
    assert row.html_url == "https://github.test/octo/shop/pull/31"


async def test_a_message_that_is_hashed_after_its_fix_was_approved_is_found(world: World) -> None:
    fix = await world.fix(*APPROVED)
    await likenesses.keep(world.connection, FAILURE.fingerprint, like(1, 2, 3))
    assert await world.ids(likeness=like(1, 2, 3)) == [fix.fix_id]


async def test_what_one_fingerprint_is_compared_by_is_the_same_in_any_order(world: World) -> None:
    for given in ((1, 2, 3), (7, 8)), ((7, 8), (1, 2, 3)):
        for shingles in given:
            await world.fix(fingerprint=f"ruff:{given[0][0]}", likeness=like(*shingles))
        assert await likenesses.likeness_of(world.connection, f"ruff:{given[0][0]}") == like(1, 2, 3)


async def test_what_is_hashed_is_replaced_by_what_a_newer_scheme_makes(world: World) -> None:
    await world.fix(likeness=like(1, 2, 3))
    await likenesses.keep(world.connection, FAILURE.fingerprint, like(7, 8, scheme=2))
    assert await likenesses.likeness_of(world.connection, FAILURE.fingerprint) == like(7, 8, scheme=2)


async def test_two_that_hash_what_is_left_take_different_messages(database: Database, world: World) -> None:
    for number in range(4):
        await world.fix(*APPROVED, fingerprint=f"ruff:{number}")
    async with database.transaction() as one, database.transaction() as other:
        mine = await likenesses.unhashed(one, 1, 3)
        theirs = await likenesses.unhashed(other, 1, 3)
    assert [len(mine), len(theirs)] == [3, 1]
    assert {row.fingerprint for row in (*mine, *theirs)} == {f"ruff:{number}" for number in range(4)}
    assert {row.diagnosis_json for row in mine} == {"{}"}
