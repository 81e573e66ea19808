"""What a database that is older than the ledger gets: each old event its kind, its weight, and its details."""

import json

from storage.database import open_database
from storage.migrate import migrate, shipped
from tests.storage.rows import DIFF, FIX, SHA

_COMMIT = "d" * 40
_STORY = [
    (None, "proposed", "recipe:x", ""),
    ("proposed", "approved", "mona", "fine"),
    ("approved", "applying", "ci-fixer", ""),
    ("applying", "failed", "ci-fixer", "protected"),
    ("failed", "approved", "mona", "again"),
    ("approved", "applying", "ci-fixer", ""),
    ("applying", "applied", "ci-fixer", ""),
    ("applied", "verified", "ci", "run 100/1 ended in success"),
    ("verified", "ineffective", "ci", "run 100/2 ended in failure"),
    ("ineffective", "undone", "mona", "by ddddddd."),
]
_REASONS = {"Wrong: no": 1.0, "duplicate of F3": 0.0, "hm": 0.5, "": 0.5, "wrongly closed": 0.5}


async def test_old_events_get_their_kinds_weights_and_details(empty_database_url: str) -> None:
    every = shipped()
    await migrate(empty_database_url, {name: sql for name, sql in every.items() if name < "0017"})
    async with open_database(empty_database_url) as database, database.connection() as connection:
        await connection.execute(
            "INSERT INTO installations (installation_id, account_login, account_type) VALUES (7, 'octo', 'User')"
        )
        await connection.execute(
            "INSERT INTO repositories (repository_id, installation_id, owner, name, default_branch) "
            "VALUES (11, 7, 'octo', 'shop', 'main')"
        )
        await connection.execute(
            "INSERT INTO workflow_runs (run_id, run_attempt, repository_id, workflow_id, workflow_name, event, status, "
            "head_sha, html_url) VALUES (100, 1, 11, 5, 'CI', 'push', 'completed', %s, '')",
            (SHA,),
        )
        for number in range(1 + len(_REASONS)):
            await connection.execute(
                "INSERT INTO suggested_fixes (repository_id, run_id, run_attempt, head_sha, source, summary, "
                "explanation, edits, base_blobs, diff, patch_hash, proof_level, complexity) "
                "VALUES (11, 100, 1, %s, 'recipe:x', '', '', '[]', '{}', %s, %s, 'applies', 'trivial')",
                (SHA, DIFF, f"{number:064x}"),
            )
        # The states themselves are of no account here, but for the commit that is told of.
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(
            "UPDATE suggested_fixes SET commit_sha = %s, delivered_as = 'commit', state = 'undone' WHERE fix_id = 1",
            (_COMMIT,),
        )
        await connection.execute("SET session_replication_role = DEFAULT")
        insert = "INSERT INTO fix_events (fix_id, from_state, to_state, actor, reason) VALUES (%s, %s, %s, %s, %s)"
        for event in _STORY:
            async with connection.transaction():
                await connection.execute(insert, (1, *event))
                if event[1] == "approved":
                    await connection.execute(
                        "INSERT INTO human_approvals (fix_id, decision, reviewer_id, reviewer_login, role, comment, "
                        "channel, source_ref, patch_hash, head_sha) "
                        "VALUES (1, 'approve', 3, 'mona', 'write', %s, 'comment', %s, %s, %s)",
                        (event[3], event[3], FIX.patch_hash, SHA),
                    )
        for number, reason in enumerate(_REASONS, 2):
            await connection.execute(insert, (number, "proposed", "rejected", "mona", reason))
    await migrate(empty_database_url, every)
    async with open_database(empty_database_url) as database, database.connection() as connection:
        cursor = await connection.execute(
            "SELECT kind, learning_weight, details::text, source_ref FROM fix_events WHERE fix_id = 1 "
            "ORDER BY fix_event_id"
        )
        told = [(kind, weight, json.loads(more or "null"), ref) for kind, weight, more, ref in await cursor.fetchall()]
        cursor = await connection.execute(
            "SELECT reason, e.learning_weight, o.weight FROM fix_events e JOIN fix_outcomes o USING (fix_event_id) "
            "WHERE to_state = 'rejected'"
        )
        weights = {reason: (weight, of_outcome) for reason, weight, of_outcome in await cursor.fetchall()}
    decided = {"channel": "comment", "role": "write", "reviewer_id": 3}
    assert told == [
        ("proposal", 0, None, None),
        ("decision", 0, decided, "comment/fine"),
        ("state", 0, None, None),
        ("application", 0, None, None),
        ("decision", 0, decided, "comment/again"),
        ("state", 0, None, None),
        ("application", 0, {"way": "commit", "commit": _COMMIT}, None),
        ("ci_verdict", 1, {"run_id": 100, "run_attempt": 1, "conclusion": "success"}, "100/1"),
        ("ci_verdict", 1, {"run_id": 100, "run_attempt": 2, "conclusion": "failure"}, "100/2"),
        ("revert", 1, {}, None),
    ]
    assert weights == {reason: (weight, weight) for reason, weight in _REASONS.items()}
