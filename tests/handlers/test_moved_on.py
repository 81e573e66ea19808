"""A head that moved: nothing is committed where nobody approved it, and nothing is carried over silently."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from analysis.edits import Edit
from github_app.client import REPORT
from handlers.tasks.lineage import fixes_before, lineage_of
from storage import failures
from storage.fixes import FixState
from tests.handlers.desk import GREEN, RED, Desk, desk

NOTES = {"notes.txt": b"more\n"}


@pytest.fixture
async def at(database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(database_url, tmp_path) as opened:
        yield opened


async def test_an_approval_after_a_push_elsewhere_is_asked_again_for_the_new_head_with_one_click(at: Desk) -> None:
    fix, number = await at.red_pull()
    new = await at.sandbox.push(at.repository, "swap", NOTES, "More", "mona")
    answer = await at.decide(fix.fix_id)
    old, again = await at.of_run(fix)
    assert f"nothing that it touches changed, so F{again.fix_id} is the same fix" in (answer.refusal or "")
    assert (old.state, again.state) == (FixState.SUPERSEDED, FixState.PROPOSED)
    assert (again.head_sha, again.patch_hash) == (new, fix.patch_hash)
    assert await at.head("swap") == new
    assert f"It is F{fix.fix_id} again, for the new head `{new[:7]}`".replace("`", "") in at.comment(number)
    # However often the old one is approved, it is this one that is asked for.
    assert f"F{again.fix_id} is the same fix" in ((await at.decide(fix.fix_id, "1/1")).refusal or "")
    assert (await at.decide(again.fix_id, "2/0")).refusal is None
    own = await at.proposed(await at.failed_run(new, "swap", number))
    assert (await at.now(own)).state is FixState.PROPOSED
    assert (await at.now(again)).state is FixState.APPROVED  # what is decided is not taken back
    applied = await at.applied(again)
    assert (await at.sandbox.git(at.repository).commit(applied.commit_sha or "")).parents == (new,)


async def test_what_is_asked_again_waits_once_and_only_while_it_is_needed(at: Desk) -> None:
    fix, number = await at.red_pull()
    new = await at.sandbox.push(at.repository, "swap", NOTES, "More", "mona")
    await at.decide(fix.fix_id)
    again = (await at.of_run(fix))[-1]
    own = await at.proposed(await at.failed_run(new, "swap", number))
    assert ((await at.now(again)).state, (await at.now(own)).state) == (FixState.SUPERSEDED, FixState.PROPOSED)
    newer = await at.sandbox.push(at.repository, "swap", {"notes.txt": b"and more\n"}, "More", "mona")
    await at.decide(own.fix_id, "2/0")
    again = (await at.of_run(own))[-1]
    assert (again.head_sha, again.state) == (newer, FixState.PROPOSED)
    await at.ran(newer, "swap", "success")
    await at.verified(newer)
    assert (await at.now(again)).state is FixState.SUPERSEDED


async def test_a_push_between_approval_and_commit_is_never_committed_on(at: Desk) -> None:
    fix, _ = await at.red_pull()
    assert (await at.decide(fix.fix_id)).refusal is None
    new = await at.sandbox.push(at.repository, "swap", NOTES, "More", "mona")
    assert (await at.applied(fix)).state is FixState.SUPERSEDED
    assert await at.head("swap") == new
    assert [one.state for one in await at.of_run(fix)] == [FixState.SUPERSEDED, FixState.PROPOSED]


@pytest.mark.parametrize("change", [{"area.py": RED + b"x = 1\n"}, {"area.py": None}], ids=["edited", "deleted"])
async def test_a_fix_whose_files_changed_is_closed_with_the_reason(at: Desk, change: dict[str, bytes | None]) -> None:
    fix, _ = await at.red_pull()
    await at.sandbox.push(at.repository, "swap", change, "Change", "mona")
    answer = await at.decide(fix.fix_id)
    assert "area.py changed there" in (answer.refusal or "")
    assert [one.state for one in await at.of_run(fix)] == [FixState.SUPERSEDED]


async def test_an_event_that_comes_late_closes_nothing_of_the_present_head(at: Desk) -> None:
    fix, number = await at.red_pull()
    await at.moved(number)
    assert (await at.now(fix)).state is FixState.PROPOSED
    new = await at.sandbox.push(at.repository, "swap", NOTES, "More", "mona")
    await at.moved(number)
    assert (await at.now(fix)).state is FixState.SUPERSEDED
    assert await at.reason(fix) == f"the branch moved on to {new[:7]}."


async def test_a_push_on_top_before_ci_ended_leaves_the_fix_without_a_verdict(at: Desk) -> None:
    fix, number = await at.red_pull()
    applied = await at.approved(fix)
    await at.moved(number)
    assert (await at.now(fix)).state is FixState.APPLIED  # its own commit is no push of somebody's
    await at.sandbox.push(at.repository, "swap", NOTES, "More", "mona")
    await at.moved(number)
    assert (await at.now(fix)).state is FixState.SUPERSEDED
    assert "pushed on top before CI had ended" in at.comment(number)
    assert (await at.ci(applied, "success")).state is FixState.SUPERSEDED


async def test_the_newest_attempt_decides_and_a_new_failure_is_held_against_the_old(at: Desk) -> None:
    fix, number = await at.red_pull()
    applied = await at.approved(fix)
    commit = applied.commit_sha or ""
    assert (await at.ci(fix, "cancelled")).state is FixState.APPLIED
    first = await at.failed_run(commit, "swap", number)
    assert (await at.ci(fix, "failure", run_id=first.run_id)).state is FixState.INEFFECTIVE
    assert "but CI still fails on it: the same failure." in await at.shown(fix.run_id)
    assert "F1 was committed as" in await at.shown(first.run_id)
    other = await at.failed_run(commit, "swap", number, fingerprint="ruff:E999")
    assert (await at.ci(fix, "failure", run_id=other.run_id)).state is FixState.INEFFECTIVE
    for run_id in (fix.run_id, other.run_id):
        assert "still fails on it: another failure: ruff:E999 in `area.py`" in await at.shown(run_id)
    assert (await at.ci(fix, "success", run_id=other.run_id, attempt=2)).state is FixState.VERIFIED


async def test_two_fixes_of_a_lineage_are_counted_through_rebase_force_push_and_reuse_of_a_name(at: Desk) -> None:
    fix, number = await at.red_pull()
    first = await at.approved(fix)
    sha = await at.sandbox.push(at.repository, "swap", {"area.py": RED}, "Swap again", "mona")
    second = await at.approved(await at.proposed(await at.failed_run(sha, "swap", number)))
    head = await at.head("swap")

    async def counted(head_sha: str, branch: str, about: int | None) -> list[int]:
        run = await at.failed_run(head_sha, branch, about)
        async with at.database.connection() as connection:
            (failure,) = await failures.failures_of(connection, run.run_id, 1)
        async with at.services.github.installation(at.known(), REPORT) as installation:
            return list(await fixes_before(at.services, failure, await lineage_of(at.services, installation, failure)))

    assert await counted(head, "swap", number) == [first.fix_id, second.fix_id]
    # Rebased by hand on another branch: other commits, the same trailers.
    trailer = f"CI-Fixer-Fix: F{second.fix_id} {second.patch_hash}"
    rebased = await at.sandbox.push(at.repository, "other", {"x": b"1\n"}, f"Mend\n\n{trailer}", "mona")
    assert await counted(rebased, "other", None) == [second.fix_id]
    forged = await at.sandbox.push(at.repository, "forged", {"x": b"1\n"}, f"{trailer[:-1]}0\n{trailer}x", "mona")
    assert await counted(forged, "forged", None) == []
    # All of it thrown away under the same pull request, which stays the same lineage; another one does not.
    anew = await at.sandbox.push(at.repository, "swap", {"area.py": RED}, "Anew", "mona", onto="main")
    assert await counted(anew, "swap", number) == [first.fix_id, second.fix_id]
    await at.sandbox.close_pull_request(at.repository, number, "mona")
    reused = await at.sandbox.open_pull_request(at.repository, "mona", "swap", "main", "Reuse the name")
    assert await counted(anew, "swap", reused) == []


async def test_a_new_file_whose_place_was_taken_meanwhile_is_not_written_over(at: Desk) -> None:
    fix, _ = await at.red_pull(Edit("new.txt", "", "ours\n"))
    await at.sandbox.push(at.repository, "swap", {"new.txt": b"theirs\n"}, "New", "mona")
    assert "new.txt changed there" in ((await at.decide(fix.fix_id)).refusal or "")
    assert await at.file("swap", "new.txt") == b"theirs\n"
    assert await at.file("swap") != GREEN
