"""How sure to be of a fix is said when it is proposed, shown wherever it is shown, and held against what came out."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from handlers.tasks.predicting import model_performance, predict_fix, predict_like, propose_predicted
from handlers.tasks.training import train_models
from handlers.upkeep import upkeep
from storage.confidence import Confidence
from storage.database import Connection, Database
from storage.fixes import FixRow
from storage.ids import FixId
from storage.outcomes import FixFeatures
from storage.prediction_models import models_of
from tests.handlers.desk import Desk, desk
from tests.storage.decided import HERE, decided, fixed, history, installed
from tests.storage.rows import another_fix

LIKE = FixFeatures("ruff:1", "lint", "recipe:ruff-fix")


@pytest.fixture
async def known(database: Database) -> Database:
    async with database.connection() as connection:
        await installed(connection)
    return database


@pytest.fixture
async def place(database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(database_url, tmp_path) as opened:
        yield opened


async def proposed(connection: Connection, number: int, **about: str) -> FixRow:
    """A fix, as tasks propose it: with what is thought of it at that time."""
    failures = (await fixed(connection, 900, **about)).failure_ids  # type: ignore[arg-type]  # names of `fixed`
    source = about.get("source", "recipe:ruff-fix")
    new = replace(another_fix(number), run_id=11_000, failure_ids=failures, source=source)
    return await propose_predicted(connection, new)


async def test_below_ten_outcomes_nothing_is_said_and_from_ten_on_it_is(known: Database) -> None:
    async with known.connection() as connection:
        await history(connection, 7, 2)
        before = await proposed(connection, 100)
        await history(connection, 1, 0, 20)
        after = await proposed(connection, 101)
    assert before.confidence is None
    assert after.confidence is not None
    assert (after.confidence.n, after.confidence.level) == (10, "fixes of this kind for this failure")
    assert after.confidence.model is None
    assert 0.5 < after.confidence.probability < 0.8


async def test_outcomes_elsewhere_say_nothing_of_a_fix_here(known: Database) -> None:
    async with known.connection() as connection:
        await history(connection, 40, 2, repository_id=21)
        assert (await proposed(connection, 100)).confidence is None
        assert await predict_like(connection, 11, LIKE) is None
        assert await predict_like(connection, 21, LIKE) is not None


async def test_outcomes_of_another_repository_of_the_installation_speak(known: Database) -> None:
    async with known.connection() as connection:
        await history(connection, 9, 1, repository_id=12)
        assert (await proposed(connection, 100)).confidence is not None


async def test_what_comes_out_later_changes_nothing_of_what_was_said(known: Database) -> None:
    async with known.connection() as connection:
        await history(connection, 9, 1)
        fix = await proposed(connection, 100)
        await history(connection, 0, 30, 200)
        again = await proposed(connection, 100)
        anew = await predict_fix(connection, 11, fix.fix_id)
    assert again == fix
    assert anew is not None
    assert fix.confidence is not None
    assert anew.confidence.probability < fix.confidence.probability


async def test_a_fix_that_is_asked_about_does_not_speak_for_itself(known: Database) -> None:
    async with known.connection() as connection:
        await history(connection, 10, 0)
        fix = await proposed(connection, 100)
        before = await predict_fix(connection, 11, fix.fix_id)
        await decided(connection, fix.fix_id, "ineffective")
        assert await predict_fix(connection, 11, fix.fix_id) == before


async def test_what_is_not_there_is_not_predicted(known: Database) -> None:
    async with known.connection() as connection:
        fix = await proposed(connection, 100)
        with pytest.raises(LookupError, match="repository 12 has no fix F"):
            await predict_fix(connection, 12, fix.fix_id)
        with pytest.raises(LookupError, match="repository 99 is not known"):
            await predict_like(connection, 99, LIKE)


async def test_what_was_said_is_compared_with_what_came_out(known: Database) -> None:
    async with known.connection() as connection:
        for number in range(10):
            said = Confidence(0.9 if number < 6 else 0.2, 0.1, 0.95, 12, "all fixes here", None)
            fix = await fixed(connection, number, confidence=said)
            await decided(connection, fix.fix_id, "verified" if number not in (0, 9) else "ineffective")
            found = await model_performance(connection, [11, 12])
            assert (found.said is None) == (number < 9)
            assert found.decided == number + 1
    assert found.said is not None
    assert found.base_rate is not None
    assert found.said.brier == pytest.approx((5 * 0.01 + 0.81 + 3 * 0.64 + 0.04) / 10)
    assert found.base_rate.brier == pytest.approx(0.8 * 0.2)
    assert [(one.n, one.came_out) for one in found.said.bins] == [(4, 0.75), (6, pytest.approx(5 / 6))]
    assert found.models == ()


async def test_other_repositories_and_other_times_are_not_compared(known: Database) -> None:
    said = Confidence(0.9, 0.1, 0.95, 12, "all fixes here", None)
    async with known.connection() as connection:
        for number in range(12):
            fix = await fixed(connection, number, confidence=said)
            await decided(connection, fix.fix_id, "verified", at=datetime.now(UTC) - timedelta(days=10))
        assert (await model_performance(connection, [11])).decided == 12
        assert (await model_performance(connection, [12, 21])).decided == 0
        recent = await model_performance(connection, [11], datetime.now(UTC) - timedelta(days=9))
    assert (recent.decided, recent.said) == (0, None)


async def test_a_model_is_made_once_there_is_enough_and_again_when_enough_is_new(place: Desk) -> None:
    async with place.database.connection() as connection:
        await installed(connection)
        await history(connection, 7, 2)
    assert await train_models(place.services) == ()
    async with place.database.connection() as connection:
        await history(connection, 4, 0, 20)
    assert await train_models(place.services) == (HERE,)
    assert await train_models(place.services) == ()
    async with place.database.connection() as connection:
        await history(connection, 5, 4, 40)
    assert await train_models(place.services) == ()
    async with place.database.connection() as connection:
        await history(connection, 0, 1, 60)
    assert await train_models(place.services) == (HERE,)
    async with place.database.connection() as connection:
        assert [one.outcomes for one in await models_of(connection, HERE)] == [23, 13]
        (used,) = (await model_performance(connection, [11])).models
        assert (used.installation_id, used.outcomes, used.by_regression) == (HERE, 23, False)
        fix = await proposed(connection, 100)
        assert fix.confidence is not None
        assert fix.confidence.model == used.version


async def test_training_many_times_at_once_makes_one_model(place: Desk) -> None:
    async with place.database.connection() as connection:
        await installed(connection)
        await history(connection, 10, 5)
    await asyncio.gather(*(train_models(place.services) for _ in range(4)))
    async with place.database.connection() as connection:
        assert len(await models_of(connection, HERE)) == 1


async def test_a_worker_trains_now_and_then(place: Desk) -> None:
    async with place.database.connection() as connection:
        await installed(connection)
        await history(connection, 10, 0)
    (periodic,) = (one for one in upkeep(place.services) if one.name == "what predicts")
    await periodic.run()
    async with place.database.connection() as connection:
        assert len(await models_of(connection, HERE)) == 1


async def test_people_are_told_how_sure_to_be(place: Desk) -> None:
    await past(place, 41)
    fix, _ = await place.red_pull()
    assert fix.confidence is not None
    said = f"{round(fix.confidence.probability * 100)} %, from 41 similar fixes"
    assert said in await place.shown(fix.run_id)
    # A push beside it: the same fix for the new head is thought of anew.
    async with place.database.connection() as connection:
        for one in range(20):
            await decided(connection, await past_fix(place, 500 + one), "ineffective")
    await place.sandbox.push(place.repository, "swap", {"README.md": b"More.\n"}, "More", "mona")
    answer = await place.decide(fix.fix_id)
    assert answer.refusal is not None
    (*_, renewed) = await place.of_run(fix)
    assert renewed.fix_id != fix.fix_id
    assert renewed.confidence is not None
    assert renewed.confidence.n == 61
    assert renewed.confidence.probability < fix.confidence.probability


async def test_people_are_told_that_there_is_not_enough_history(place: Desk) -> None:
    fix, _ = await place.red_pull()
    assert fix.confidence is None
    assert "confidence: not enough history" in await place.shown(fix.run_id)


async def past(place: Desk, n: int) -> None:
    """So many fixes of the place's own kind for its own failure that worked."""
    for number in range(n):
        fix_id = await past_fix(place, number)
        async with place.database.connection() as connection:
            await decided(connection, fix_id, "verified")


async def past_fix(place: Desk, number: int) -> FixId:
    run = await place.failed_run(f"{number:040x}", "past", None)
    async with place.database.connection() as connection:
        cursor = await connection.execute(
            """
            WITH made AS (
                INSERT INTO suggested_fixes (
                    repository_id, run_id, run_attempt, head_sha, source, summary, explanation, edits, base_blobs, diff,
                    patch_hash, proof_level, complexity)
                SELECT repository_id, run_id, 1, head_sha, 'recipe:test', '', '', '[]', '{}', '', %s, 'parses',
                       'trivial'
                FROM workflow_runs WHERE run_id = %s RETURNING fix_id, run_id
            )
            INSERT INTO fix_failures (fix_id, failure_id)
            SELECT fix_id, failure_id FROM made JOIN workflow_failures USING (run_id) RETURNING fix_id
            """,
            (f"{number:064x}", run.run_id),
        )
        (fix_id,) = await cursor.fetchone() or (0,)
    return FixId(fix_id)
