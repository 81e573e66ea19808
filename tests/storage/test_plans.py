"""Every query on a table that grows finds its rows by an index: PostgreSQL's own plan says so."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from psycopg import AsyncConnection, AsyncCursor
from psycopg.rows import TupleRow

from storage import (
    analyses,
    analytics,
    api_tokens,
    approvals,
    backfills,
    commands,
    deliveries,
    failure_issues,
    failure_lists,
    failures,
    feedback,
    fix_lists,
    fixes,
    idempotency,
    ignored,
    jobs,
    ledger,
    likenesses,
    lineages,
    live_events,
    normal_lines,
    outcomes,
    patterns,
    plan_runs,
    prediction_models,
    pull_requests,
    queue,
    repositories,
    review_lists,
    runs,
    similar,
    stats,
    tidying,
    waits,
)
from storage.database import Connection
from storage.failure_lists import FailureFilter, FailureKey
from storage.fix_lists import FixFilter, FixKey
from storage.fixes import Delivery, FixState
from storage.ids import FailureId, FixId
from storage.likenesses import LikenessRow
from storage.outcomes import Candidate, FixFeatures
from storage.patterns import PatternKey, Trend
from tests.storage.rows import FIX, RUN, SHA, seed

NOW = datetime.now(UTC)
KEY = "00000000-0000-0000-0000-000000000001"
PLAN_RUN = "prun-00000000-0000-0000-0000-000000000001"


async def _failure_keys(connection: Connection, wanted: FailureFilter) -> object:
    return await failure_lists.failure_keys(connection, [11, 12], wanted, 30, FailureKey(NOW, FailureId(9)))


async def _fix_keys(connection: Connection, wanted: FixFilter) -> object:
    return await fix_lists.fix_keys(connection, [11, 12], wanted, 30, FixKey(NOW, FixId(9)))


ACTS: dict[str, Callable[[Connection], Awaitable[object]]] = {
    "analyses.analysis": lambda c: analyses.analysis(c, 100, 1),
    "analyses.update": lambda c: analyses.update(c, 100, 1, state="diagnosed"),
    "analyses.analyses_of_head": lambda c: analyses.analyses_of_head(c, 11, SHA),
    "analyses.comment_of": lambda c: analyses.comment_of(c, 11, 5),
    "analyses.commented": lambda c: analyses.commented(c, 11, 5, SHA, 1, "x"),
    "analyses.newest_of_pull_request": lambda c: analyses.newest_of_pull_request(c, 11, 5),
    "backfills.stretches": lambda c: backfills.stretches(c, 11),
    "backfills.known_attempts": lambda c: backfills.known_attempts(c, [100]),
    "backfills.open_window": lambda c: backfills.open_window(c, 1, NOW, 1, 25),
    "backfills.count": lambda c: backfills.count(c, 1, failures=1, logs_missing=0),
    "approvals.approvals_of": lambda c: approvals.approvals_of(c, FixId(1)),
    "approvals.fix_decided_by": lambda c: approvals.fix_decided_by(c, 11, "comment", "5/0"),
    "commands.receipt": lambda c: commands.receipt(c, 11, 5, "a.1"),
    "commands.others_here": lambda c: commands.others_here(c, 11, 5, "a.1", "explain", 3, NOW),
    "commands.others_by": lambda c: commands.others_by(c, 11, 5, "a.1", "explain", "mona", NOW),
    "commands.replies_to": lambda c: commands.replies_to(c, 11, "mona", NOW),
    "commands.take": lambda c: commands.take(c, 11, 5, "a.1", "rerun/1/1"),
    "commands.leave": lambda c: commands.leave(c, 11, 5, "a.1", "rerun/1/1"),
    "ignored.ignored_now": lambda c: ignored.ignored_now(c, 11, ["ruff:1"]),
    "ignored.end": lambda c: ignored.end(c, 11, ["ruff:1"]),
    "commands.finish": lambda c: commands.finish(c, 11, 5, "a.1", "done"),
    "deliveries.load": lambda c: deliveries.load(c, "00000000-0000-0000-0000-000000000001"),
    "deliveries.stored": lambda c: deliveries.stored(c, ["00000000-0000-0000-0000-000000000001"]),
    "deliveries.finish": lambda c: deliveries.finish(c, "00000000-0000-0000-0000-000000000001", "done"),
    "deliveries.purge": lambda c: deliveries.purge(c, NOW),
    "failure_issues.issue_of": lambda c: failure_issues.issue_of(c, 11, "ruff:1"),
    "failure_issues.issue_numbered": lambda c: failure_issues.issue_numbered(c, 11, 5),
    "failure_issues.open_fingerprints": lambda c: failure_issues.open_fingerprints(c, 11),
    "failure_issues.sightings": lambda c: failure_issues.sightings(c, 11, "octo/shop", "main", "ruff:1"),
    "failures.failures_of": lambda c: failures.failures_of(c, 100, 1),
    "fixes.fix": lambda c: fixes.fix(c, 11, FixId(1)),
    "fixes.open_fixes": lambda c: fixes.open_fixes(c, 11, SHA),
    "fixes.fixes_of": lambda c: fixes.fixes_of(c, 100, 1),
    "fixes.fix_by_commit": lambda c: fixes.fix_by_commit(c, 11, SHA),
    "fixes.verified_for": lambda c: fixes.verified_for(c, 11, "ruff:1", 3),
    "fixes.move": lambda c: fixes.move(c, FixId(1), to=FixState.APPROVED, actor="a"),
    "ledger.events_of": lambda c: ledger.events_of(c, FixId(1)),
    "feedback.feedback_for": lambda c: feedback.feedback_for(c, 11, "ruff:1", 20),
    "feedback.feedback_near": lambda c: feedback.feedback_near(c, 11, "lint", "ruff", 20),
    "feedback.refused_for": lambda c: feedback.refused_for(c, 11, ["ruff:1"], 1.0, 100),
    "ledger.spoken_of": lambda c: ledger.spoken_of(c, 11, 5),
    "fixes.hold": lambda c: fixes.hold(c, FixId(1)),
    "fixes.deliver_as": lambda c: fixes.deliver_as(c, FixId(1), Delivery.COMMIT),
    "lineages.fixes_in": lambda c: lineages.fixes_in(c, 11, [SHA], {1: "a"}, 5),
    "lineages.any_committed": lambda c: lineages.any_committed(c, 11),
    "lineages.alive_of_branch": lambda c: lineages.alive_of_branch(c, 11, "octo/shop", "topic"),
    "lineages.left_before": lambda c: lineages.left_before(c, RUN, 3),
    "lineages.fix_of_pull_request": lambda c: lineages.fix_of_pull_request(c, 11, 5),
    "lineages.undoable_of_pull_request": lambda c: lineages.undoable_of_pull_request(c, 11, 5),
    "lineages.undone_by": lambda c: lineages.undone_by(c, 11, "5/0"),
    "repositories.repository": lambda c: repositories.repository(c, 11),
    "repositories.repository_by_name": lambda c: repositories.repository_by_name(c, "octo", "geo"),
    "runs.run": lambda c: runs.run(c, 100, 1),
    "runs.latest_attempt": lambda c: runs.latest_attempt(c, 100),
    "runs.runs_of_head": lambda c: runs.runs_of_head(c, 11, SHA),
    "runs.newest_of_branch": lambda c: runs.newest_of_branch(c, 11, 7, "main", 100),
    "runs.newest_finished": lambda c: runs.newest_finished(c, 11, 7, "main", "octo/shop"),
    "runs.newest_green_of_branch": lambda c: runs.newest_green_of_branch(c, 11, 7, "main", 100),
    "runs.of_head_without_jobs": lambda c: runs.of_head_without_jobs(c, 11, 7, SHA, (100, 1), 3),
    "runs.green_without_jobs": lambda c: runs.green_without_jobs(c, 11, 7, 100, 20),
    "analyses.adopt": lambda c: analyses.adopt(c, 11, 5, "octo/shop", SHA),
    "analyses.resting_on": lambda c: analyses.resting_on(c, 11, 7, SHA, 100, 1, 20),
    "analyses.speak_in": lambda c: analyses.speak_in(c, 11, 5, 71),
    "pull_requests.number_of_head": lambda c: pull_requests.number_of_head(c, 11, "octo/shop", SHA),
    "pull_requests.left_for": lambda c: pull_requests.left_for(c, 11, 5, SHA),
    "runs.without_jobs": lambda c: runs.without_jobs(c, 11, 7, "main", 100, 3),
    "runs.fails_lately": lambda c: runs.fails_lately(c, 11, 7, 100),
    "jobs.jobs_of": lambda c: jobs.jobs_of(c, 100, 1),
    "jobs.on_branch": lambda c: jobs.on_branch(c, 11, 7, "main", "test", 100, 20),
    "jobs.of_head": lambda c: jobs.of_head(c, 11, 7, SHA, "test", "push"),
    "jobs.elsewhere": lambda c: jobs.elsewhere(c, 11, 7, "test", 100, ["main"], 200),
    "normal_lines.learned": lambda c: normal_lines.learned(c, 11, 7, "test"),
    "normal_lines.last_learned": lambda c: normal_lines.last_learned(c, 11, 7, ["test"]),
    "normal_lines.save": lambda c: normal_lines.save(c, 11, 7, "test", 100, b""),
    "idempotency.claim": lambda c: idempotency.claim(c, "a", "POST /x", "k", bytes(32), KEY),
    "idempotency.finish": lambda c: idempotency.finish(c, "a", "POST /x", "k", KEY, 200, None, b"{}"),
    "idempotency.release": lambda c: idempotency.release(c, "a", "POST /x", "k", KEY),
    "idempotency.purge": lambda c: idempotency.purge(c, NOW),
    "queue.state": lambda c: queue.state(c, 15),
    "queue.on_their_way": lambda c: queue.on_their_way(c, "diagnose:1/1", "diagnose"),
    "live_events.after": lambda c: live_events.after(c, live_events.Place(0, 0), 500),
    "live_events.purge": lambda c: live_events.purge(c, NOW),
    "outcomes.about_new": lambda c: outcomes.about_new(c, replace(FIX, failure_ids=(FailureId(1),))),
    "outcomes.about_fix": lambda c: outcomes.about_fix(c, 11, FixId(1)),
    "outcomes.tallies_for": lambda c: outcomes.tallies_for(c, Candidate(7, FixFeatures("ruff:1", "lint", "recipe:x"))),
    "outcomes.outcomes_of": lambda c: outcomes.outcomes_of(c, 7),
    "outcomes.said_and_done": lambda c: outcomes.said_and_done(c, [11, 12], NOW),
    "prediction_models.models_of": lambda c: prediction_models.models_of(c, 7),
    "prediction_models.newest_of_repositories": lambda c: prediction_models.newest_of_repositories(c, [11, 12]),
    "prediction_models.save_model": lambda c: prediction_models.save_model(c, 7, 10, 10, "{}", "{}"),
    "plan_runs.plan_run": lambda c: plan_runs.plan_run(c, PLAN_RUN),
    "plan_runs.newest_of_attempt": lambda c: plan_runs.newest_of_attempt(c, 100, 1),
    "plan_runs.answered_before": lambda c: plan_runs.answered_before(c, 11, "key"),
    "plan_runs.move": lambda c: plan_runs.move(c, PLAN_RUN, "IN_PROGRESS"),
    "plan_runs.complete": lambda c: plan_runs.complete(c, PLAN_RUN, "{}"),
    "plan_runs.remember": lambda c: plan_runs.remember(c, PLAN_RUN, "[]", 1, 1, 1, 1),
    "plan_runs.steps_of": lambda c: plan_runs.steps_of(c, PLAN_RUN),
    "plan_runs.answer": lambda c: plan_runs.answer(c, "clar-1", "yes", "mona"),
    "plan_runs.clarifications_of": lambda c: plan_runs.clarifications_of(c, PLAN_RUN),
    "plan_runs.under_way_since": lambda c: plan_runs.under_way_since(c, NOW, "looking", 50),
    "plan_runs.last_outcomes": lambda c: plan_runs.last_outcomes(c, NOW, 5),
    "plan_runs.spent": lambda c: plan_runs.spent(c, NOW),
    "plan_runs.spent in a repository": lambda c: plan_runs.spent(c, NOW, 11),
    "tidying.attempts_with_fixes": lambda c: tidying.attempts_with_fixes(c, 11, 5),
    "tidying.close_fixes": lambda c: tidying.close_fixes(c, 11, 5, "expired", "a", "closed."),
    "plan_runs.clarification": lambda c: plan_runs.clarification(c, "clar-1"),
    "api_tokens.valid": lambda c: api_tokens.valid(c, "cifx_1"),
    "api_tokens.revoke": lambda c: api_tokens.revoke(c, 1),
    "review_lists.repository_named": lambda c: review_lists.repository_named(c, "octo", "shop"),
    "review_lists.repository_of_fix": lambda c: review_lists.repository_of_fix(c, 1),
    "review_lists.repository_of_question": lambda c: review_lists.repository_of_question(c, "clar-1"),
    "review_lists.repository_of_failure": lambda c: review_lists.repository_of_failure(c, 1),
    "review_lists.listed_fixes": lambda c: review_lists.listed_fixes(c, [1, 2]),
    "review_lists.count_questions": lambda c: review_lists.count_questions(c, [11], 100),
    "failures.failure": lambda c: failures.failure(c, 1),
    "failures.fixes_for": lambda c: failures.fixes_for(c, FailureId(1)),
    "failure_lists.listed": lambda c: failure_lists.listed(c, [1, 2]),
    "failure_lists.resolved_among": lambda c: failure_lists.resolved_among(c, [1, 2]),
    **{
        f"failure_lists.failure_keys by {wanted}": partial(_failure_keys, wanted=wanted)
        for wanted in (
            FailureFilter(),
            FailureFilter(category="lint", since=NOW),
            FailureFilter(verdict="yours", until=NOW),
            FailureFilter(branch="main"),
            FailureFilter(fingerprint="ruff:1"),
        )
    },
    "failure_lists.count": lambda c: failure_lists.count(c, [11], FailureFilter(category="lint"), 9),
    **{
        f"fix_lists.fix_keys by {wanted}": partial(_fix_keys, wanted=wanted)
        for wanted in (FixFilter(), FixFilter(state="proposed", since=NOW), FixFilter(category="lint", until=NOW))
    },
    "stats.deliveries": lambda c: stats.deliveries(c, NOW),
    "stats.jobs": lambda c: stats.jobs(c, [11]),
    "stats.analyses": lambda c: stats.analyses(c, [11, 12], NOW),
    "stats.plans": lambda c: stats.plans(c, [11, 12], NOW),
    "fix_lists.count": lambda c: fix_lists.count(c, [11], FixFilter(category="lint"), 9),
    "fix_lists.matching": lambda c: fix_lists.matching(c, [1], FixFilter(verdict="yours", branch="main")),
    "review_lists.questions_page": lambda c: review_lists.questions_page(c, [11], 30, after=(str(NOW), "clar-1")),
    "repositories.told_of_in": lambda c: repositories.told_of_in(c, 11),
    "likenesses.likeness_of": lambda c: likenesses.likeness_of(c, "ruff:1"),
    "likenesses.unhashed": lambda c: likenesses.unhashed(c, 1, 100),
    "similar.similar_fixes": lambda c: similar.similar_fixes(
        c, [11, 12], 5, fingerprint="ruff:1", likeness=LikenessRow(1, (1, 2), (3, 4))
    ),
    "analytics.overview": lambda c: analytics.overview(c, [11, 12], NOW.date(), NOW.date()),
    "analytics.daily": lambda c: analytics.daily(c, [11, 12], NOW.date(), NOW.date()),
    "analytics.effectiveness": lambda c: analytics.effectiveness(c, [11, 12], NOW.date(), NOW.date()),
    "waits.time_to_green": lambda c: waits.time_to_green(c, [11, 12], NOW.date(), NOW.date()),
    "analytics.repository_summary": lambda c: analytics.repository_summary(c, [11, 12], NOW.date(), NOW.date()),
    "patterns.patterns_page": lambda c: patterns.patterns_page(c, [11, 12], 30, PatternKey(5, "ruff:1", 7)),
    "patterns.patterns_page, resolved": lambda c: patterns.patterns_page(c, [11], 30, trend=Trend.RESOLVED, since=NOW),
    "patterns.pattern": lambda c: patterns.pattern(c, [11, 12], "ruff:1"),
    "failures.judge_again": lambda c: failures.judge_again(c, FailureId(1), "flaky", "", "[]", frozenset()),
}


class Explaining(AsyncCursor[TupleRow]):
    """A cursor that asks for the plan of each statement before it runs it."""

    plans: list[str]

    async def execute(self, query: Any, params: Any = None, **options: Any) -> "Explaining":  # psycopg's own signature
        text = query if isinstance(query, bytes) else str(query).encode()
        if text.split()[0].upper() in {b"SELECT", b"UPDATE", b"DELETE", b"WITH"}:
            plain = AsyncCursor(self.connection)
            await plain.execute(b"EXPLAIN " + text, params)
            self.plans += [str(row[0]) for row in await plain.fetchall()]
        return await super().execute(query, params, **options)


def whole_scans(plan: Sequence[str]) -> list[str]:
    """The nodes that read a table or an index from end to end."""
    found = [line for line in plan if "Seq Scan" in line]
    for line, below in pairwise([*plan, ""]):
        if re.search(r"Index (Only )?Scan", line) and "Index Cond" not in below:
            found.append(line)
    return found


@pytest.mark.parametrize("name", ACTS)
async def test_rows_are_found_by_an_index(database_url: str, name: str) -> None:
    plan: list[str] = []
    connection = await AsyncConnection.connect(database_url, autocommit=True)
    async with connection:
        await seed(connection)
        # The tables are nearly empty, where reading one whole is cheapest: an index is used only where there is one.
        await connection.execute("SET enable_seqscan = off")
        connection.cursor_factory = type("Cursor", (Explaining,), {"plans": plan})
        await ACTS[name](connection)
    assert plan
    assert whole_scans(plan) == []
