"""Every way of a fix writes its events, each once, however often and in whatever order it is asked for."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from github_app.client import REPORT
from handlers.tasks.proposing import propose_by_recipe
from storage import failures, ledger
from storage.fixes import FixRow, FixState
from storage.ledger import Applied, Decided, Details, Edited, EventKind, FixEventRow, Judged, Reacted, Reverted
from tests.handlers.desk import GREEN, RED, Desk, desk


@pytest.fixture
async def at(database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(database_url, tmp_path) as opened:
        yield opened


async def story(at: Desk, fix: FixRow) -> tuple[FixEventRow, ...]:
    async with at.database.connection() as connection:
        return await ledger.events_of(connection, fix.fix_id)


async def kinds(at: Desk, fix: FixRow) -> list[str]:
    return [event.kind.value for event in await story(at, fix)]


async def test_a_fix_that_went_all_the_way_tells_its_whole_story(at: Desk) -> None:
    fix, number = await at.red_pull()
    applied = await at.approved(fix)
    await at.ci(fix, "success", run_id=5000)
    await at.undo(number)
    events = await story(at, fix)
    mona = at.person("mona").user_id
    commit = applied.commit_sha
    assert [(one.kind.value, one.to_state, one.learning_weight, one.details) for one in events] == [
        ("proposal", "proposed", 0, None),
        ("decision", "approved", 0, Decided("comment", "write", mona)),
        ("state", "applying", 0, None),
        ("application", "applied", 0, Applied("commit", commit)),
        ("ci_verdict", "verified", 1, Judged(5000, 1, "success")),
        ("revert", "undone", 1, Reverted((await at.now(fix)).undo_commit_sha)),
    ]


async def test_each_run_that_judges_is_told_of_once_also_one_that_says_the_same(at: Desk) -> None:
    fix, _ = await at.red_pull()
    await at.approved(fix)
    for conclusion, attempt in (("success", 1), ("success", 2), ("cancelled", 3), ("failure", 4)):
        for _ in range(2):
            await at.ci(fix, conclusion, run_id=5000, attempt=attempt)
    told = [one for one in await story(at, fix) if one.kind is EventKind.CI_VERDICT]
    assert [(one.details, one.to_state, one.learning_weight) for one in told] == [
        (Judged(5000, 1, "success"), "verified", 1),
        (Judged(5000, 2, "success"), None, 0),
        (Judged(5000, 4, "failure"), "ineffective", 1),
    ]


async def test_verdicts_that_are_asked_for_at_once_are_told_of_once(at: Desk) -> None:
    fix, _ = await at.red_pull()
    applied = await at.approved(fix)
    commit = applied.commit_sha or ""
    for attempt, conclusion in enumerate(("failure", "success", "success"), 1):
        await at.ran(commit, "swap", conclusion, run_id=5000, attempt=attempt)
    await asyncio.gather(*(at.verified(commit) for _ in range(4)))
    assert (await at.now(fix)).state is FixState.VERIFIED
    assert (await kinds(at, fix)).count("ci_verdict") == 3


@pytest.mark.parametrize(
    ("words", "kind", "weight"),
    [
        ("wrong: it is used by a plugin", "wrong", 1.0),
        ("style", "unwanted", 0.5),
        ("already fixed in #3", "elsewhere", 0.0),
        ("", None, 0.5),
    ],
)
async def test_a_rejection_weighs_what_its_reason_says(at: Desk, words: str, kind: str | None, weight: float) -> None:
    fix, _ = await at.red_pull()
    await at.decide(fix.fix_id, approve=False, words=words)
    event = (await story(at, fix))[-1]
    assert (event.to_state, event.reason, event.learning_weight) == ("rejected", words, weight)
    assert event.details == Decided("comment", "write", at.person("mona").user_id, kind)


@pytest.mark.parametrize(("words", "outcome", "weight"), [("elsewhere", None, 0.0), ("wrong", "rejected", 1.0)])
async def test_a_rejection_lowers_the_figure_of_its_kind_of_fix_only_if_it_says_something_against_it(
    at: Desk, words: str, outcome: str | None, weight: float
) -> None:
    fix, _ = await at.red_pull()
    await at.decide(fix.fix_id, approve=False, words=words)
    async with at.database.connection() as connection:
        counted = await connection.execute("SELECT outcome FROM analytics_fixes WHERE fix_id = %s", (fix.fix_id,))
        assert await counted.fetchone() == (outcome,)
        weighed = await connection.execute("SELECT weight FROM fix_outcomes WHERE fix_id = %s", (fix.fix_id,))
        assert await weighed.fetchone() == (weight,)


async def test_a_decision_that_is_made_twenty_times_is_told_of_once(at: Desk) -> None:
    fix, _ = await at.red_pull()
    await asyncio.gather(*(at.decide(fix.fix_id, f"{one % 3}/0", approve=False) for one in range(20)))
    assert await kinds(at, fix) == ["proposal", "decision"]


async def edits(at: Desk, fix: FixRow) -> list[tuple[Edited | None, float]]:
    told = [one for one in await story(at, fix) if one.kind is EventKind.EDIT]
    return [(one.details if isinstance(one.details, Edited) else None, one.learning_weight) for one in told]


@pytest.mark.parametrize(
    ("files", "same_files", "weight"),
    [
        ({"area.py": GREEN + b"\n\nside = 2\n"}, True, 0.5),
        ({"notes.txt": b"more\n"}, False, 0.0),
        ({"area.py": GREEN}, True, 0.0),
    ],
)
@pytest.mark.parametrize("green_first", [False, True])
async def test_a_persons_own_commit_that_turns_ci_green_is_told_of_once_to_the_fix_that_was_left(
    at: Desk, files: dict[str, bytes], same_files: bool, weight: float, green_first: bool
) -> None:
    fix, number = await at.red_pull()
    sha = await at.sandbox.push(at.repository, "swap", files, "Mine", "mona")
    await at.ran(sha, "swap", "success")
    for _ in range(2):
        if green_first:
            await at.verified(sha)
        await at.moved(number)
        await at.verified(sha)
    assert await edits(at, fix) == [(Edited(commit=sha, same_files=same_files), weight)]
    later = await at.sandbox.push(at.repository, "swap", {"area.py": GREEN + b"# x\n"}, "Later", "mona")
    await at.ran(later, "swap", "success")
    await at.verified(later)
    assert len(await edits(at, fix)) == 1


async def test_a_commit_of_ours_is_nobodys_edit(at: Desk) -> None:
    left, number = await at.red_pull()
    sha = await at.sandbox.push(at.repository, "swap", {"notes.txt": b"more\n"}, "More", "mona")
    await at.moved(number)
    fix = await at.proposed(await at.failed_run(sha, "swap", number))
    await at.approved(fix)
    await at.ci(fix, "success")
    above = await at.sandbox.push(at.repository, "swap", {"notes.txt": b"and more\n"}, "More", "mona")
    await at.ran(above, "swap", "success")
    await at.verified(above)
    assert (await edits(at, left), await edits(at, fix)) == ([], [])


async def reverted(at: Desk, files: dict[str, bytes], message: str) -> FixRow:
    """A fix that was committed, after which somebody pushed a commit and CI failed; what is known of it then."""
    fix, number = await at.red_pull()
    applied = await at.approved(fix)
    await at.ci(fix, "success")
    sha = await at.sandbox.push(at.repository, "swap", files, message.format(applied.commit_sha), "mona")
    run = await at.failed_run(sha, "swap", number)
    async with at.database.connection() as connection:
        found = await failures.failures_of(connection, run.run_id, 1)
    async with at.services.github.installation(at.known(), REPORT) as installation:
        for _ in range(2):
            await propose_by_recipe(at.services, installation, found)
    return await at.now(fix)


async def test_a_persons_own_revert_undoes_the_fix(at: Desk) -> None:
    fix = await reverted(at, {"area.py": RED}, 'Revert "Import math"\n\nThis reverts commit {}.')
    last = (await story(at, fix))[-1]
    assert fix.state is FixState.UNDONE
    assert (last.kind, last.details, last.learning_weight) == (EventKind.REVERT, Reverted(fix.undo_commit_sha), 1)


@pytest.mark.parametrize(
    ("files", "message"),
    [({"notes.txt": b"x\n"}, "Say so\n\nThis reverts commit {}."), ({"area.py": RED}, "Back to os")],
)
async def test_words_alone_or_a_change_without_them_are_no_revert(
    at: Desk, files: dict[str, bytes], message: str
) -> None:
    assert (await reverted(at, files, message)).state is FixState.VERIFIED


async def heard(at: Desk, fix: FixRow) -> list[tuple[str, float, Details | None]]:
    told = [one for one in await story(at, fix) if one.kind is EventKind.REACTION]
    return [(one.actor, one.learning_weight, one.details) for one in told]


async def sticky(at: Desk, fix: FixRow, number: int) -> int:
    """The App's comment on the fix, written."""
    await at.published(fix)
    (comment,) = [one for one in at.sandbox.comments(at.repository, number) if one.user.type == "Bot"]
    return comment.id


async def test_thumbs_on_the_comment_are_told_of_once_when_the_fix_ends(at: Desk) -> None:
    fix, number = await at.red_pull()
    comment = await sticky(at, fix, number)
    for login, content in (("mona", "+1"), ("stranger", "-1"), ("octo", "eyes")):
        await at.sandbox.react(at.repository, comment, login, content)
    await at.published(fix)  # nothing new is written, and nothing is asked
    assert await heard(at, fix) == []
    await at.approved(fix)
    await at.ci(fix, "success")
    people = {login: at.person(login).user_id for login in ("mona", "stranger")}
    assert await heard(at, fix) == [
        ("mona", 0.1, Reacted(comment, people["mona"], "+1")),
        ("stranger", 0.1, Reacted(comment, people["stranger"], "-1")),
    ]
    assert (await at.now(fix)).state is FixState.VERIFIED


async def test_a_thumb_is_about_the_fix_that_the_comment_spoke_of_then(at: Desk) -> None:
    first, number = await at.red_pull()
    comment = await sticky(at, first, number)
    await at.sandbox.react(at.repository, comment, "mona", "-1")
    sha = await at.sandbox.push(at.repository, "swap", {"notes.txt": b"more\n"}, "More", "mona")
    second = await at.proposed(await at.failed_run(sha, "swap", number))
    async with at.database.connection() as connection:
        later = "UPDATE suggested_fixes SET created_at = created_at + interval '1 minute' WHERE fix_id = %s"
        await connection.execute(later, (second.fix_id,))
    await at.published(second)
    await at.decide(second.fix_id, "2/0", approve=False)
    await at.published(second)
    assert (len(await heard(at, first)), await heard(at, second)) == (1, [])
