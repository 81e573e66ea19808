"""Where an approved fix goes, by the place it stands at, and that exactly it goes there."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from analysis.edits import Edit
from github_app.repo_config import Delivered, RepoConfig
from handlers.tasks.configuration import Configured
from handlers.tasks.delivering import headline
from sandbox.faults import Fault
from storage.fixes import Delivery, FixState
from tests.handlers.desk import GREEN, MEND, RED, SCRIPT, Desk, desk


@pytest.fixture
async def at(database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(database_url, tmp_path) as opened:
        yield opened


async def test_on_a_branch_with_a_pull_request_the_fix_is_a_commit_there(at: Desk) -> None:
    fix, _ = await at.red_pull()
    applied = await at.approved(fix)
    assert (applied.state, applied.delivered_as) == (FixState.APPLIED, Delivery.COMMIT)
    assert await at.file("swap") == GREEN
    commit = await at.sandbox.git(at.repository).commit(applied.commit_sha or "")
    assert commit.parents == (fix.head_sha,)
    assert commit.message.splitlines()[-1] == f"CI-Fixer-Fix: F{fix.fix_id} {fix.patch_hash}"


async def test_a_protected_branch_gets_a_pull_request_of_the_fixs_own(at: Desk) -> None:
    fix, number = await at.red_pull()
    await at.sandbox.protect(at.repository, "swap")
    applied = await at.approved(fix)
    assert (applied.state, applied.delivered_as) == (FixState.APPLIED, Delivery.PULL_REQUEST)
    assert await at.head("swap") == fix.head_sha
    own = at.sandbox.pull_request(at.repository, applied.pull_request_number or 0)
    assert (own.head_branch, own.base_branch) == (f"ci-fixer/F{fix.fix_id}", "swap")
    assert own.head_sha == applied.commit_sha
    assert (await at.sandbox.git(at.repository).commit(own.head_sha)).parents == (fix.head_sha,)
    assert own.issue.title == "Import `math`"
    assert "[CI](https://github.test/octo/geo/actions/runs/1) failed on `swap`" in (own.issue.body or "")
    assert "approved by mona" in (own.issue.body or "")
    assert "@" not in (own.issue.body or "")
    assert f"in #{own.number}" in at.comment(number)


async def test_the_default_branch_gets_a_pull_request_too(at: Desk) -> None:
    sha = await at.sandbox.push(at.repository, "main", {"area.py": RED}, "Swap", "octo")
    fix = await at.proposed(await at.failed_run(sha, "main", None))
    # Others push to it all the time: what the fix touches is what it was made for.
    await at.sandbox.push(at.repository, "main", {"README.md": b"More areas.\n"}, "Say more", "octo")
    applied = await at.approved(fix)
    own = at.sandbox.pull_request(at.repository, applied.pull_request_number or 0)
    assert (own.base_branch, await at.file(own.head_branch)) == ("main", GREEN)
    assert (await at.ci(fix, "success", event="pull_request")).state is FixState.VERIFIED


async def test_a_fix_for_the_default_branch_that_was_overtaken_there_is_not_opened(at: Desk) -> None:
    sha = await at.sandbox.push(at.repository, "main", {"area.py": RED}, "Swap", "octo")
    fix = await at.proposed(await at.failed_run(sha, "main", None))
    await at.sandbox.push(at.repository, "main", {"area.py": GREEN}, "Swap back", "octo")
    assert (await at.approved(fix)).state is FixState.SUPERSEDED
    assert "area.py changed there" in await at.reason(fix)
    assert await at.head(f"ci-fixer/F{fix.fix_id}") == ""
    assert len(at.sandbox.find(at.repository).pulls) == 0


async def test_a_repository_that_wishes_it_gets_pull_requests_only(at: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def wished(*_: object) -> Configured:
        return Configured(RepoConfig(delivered=Delivered.PULL_REQUEST))

    monkeypatch.setattr("handlers.tasks.delivering.config_of", wished)
    fix, _ = await at.red_pull()
    assert (await at.approved(fix)).delivered_as is Delivery.PULL_REQUEST
    assert await at.head("swap") == fix.head_sha


async def test_a_branch_of_that_name_with_other_commits_is_not_overwritten(at: Desk) -> None:
    fix, _ = await at.red_pull()
    await at.sandbox.protect(at.repository, "swap")
    theirs = await at.sandbox.push(at.repository, f"ci-fixer/F{fix.fix_id}", {"x": b"y\n"}, "Mine", "mona")
    assert (await at.approved(fix)).state is FixState.FAILED
    assert "delete it, and approve again" in await at.reason(fix)
    assert await at.head(f"ci-fixer/F{fix.fix_id}") == theirs
    await at.sandbox.delete_branch(at.repository, f"ci-fixer/F{fix.fix_id}", "mona")
    assert (await at.decide(fix.fix_id, "2/0")).refusal is None
    assert (await at.applied(fix)).state is FixState.APPLIED


async def test_a_branch_protected_at_the_last_moment_fails_in_words_and_is_served_the_next_time(at: Desk) -> None:
    fix, _ = await at.red_pull()
    assert (await at.decide(fix.fix_id)).refusal is None
    at.sandbox.faults.add(Fault("GET", "/branches/swap$", status=502, times=99))
    with pytest.raises(Exception, match="502"):
        await at.applied(fix)  # a passing reason is the queue's to try again
    assert (await at.now(fix)).state is FixState.APPLYING
    at.sandbox.faults.clear()
    async with at.database.connection() as connection:
        await connection.execute("UPDATE suggested_fixes SET delivered_as = 'commit'")
    await at.sandbox.protect(at.repository, "swap")
    assert (await at.applied(fix)).state is FixState.FAILED
    assert "must be made through a pull request" in await at.reason(fix)
    assert (await at.decide(fix.fix_id, "2/0")).refusal is None
    assert (await at.applied(fix)).delivered_as is Delivery.PULL_REQUEST


async def test_an_executable_file_stays_one_and_a_new_file_is_made(at: Desk) -> None:
    git = at.sandbox.git(at.repository)
    fix_files = {"area.py": RED, "run.sh": SCRIPT}
    await at.sandbox.push(at.repository, "swap", fix_files, "Swap", "mona")
    tree = (await git.text("ls-tree", "-r", "swap")).replace("100644 blob", "100755 blob")
    made = (await git.run("mktree", stdin=f"{tree}\n".encode())).decode().strip()
    sha = await git.text("-c", "user.name=m", "-c", "user.email=m@x", "commit-tree", "-p", "swap", "-m", "x", made)
    await git.run("update-ref", "refs/heads/swap", sha)
    number = await at.sandbox.open_pull_request(at.repository, "mona", "swap", "main", "Swap")
    edits = (MEND, Edit("run.sh", "echo one\n", "echo two\n"), Edit("deep/new.txt", "", "new\n"))
    fix = await at.proposed(await at.failed_run(sha, "swap", number), *edits)
    applied = await at.approved(fix)
    entries = (await git.text("ls-tree", "-r", applied.commit_sha or "")).splitlines()
    modes = {line.split("\t")[1]: line[:6] for line in entries}
    assert modes == {"README.md": "100755", "area.py": "100755", "deep/new.txt": "100644", "run.sh": "100755"}
    assert await at.file("swap", "run.sh") == SCRIPT.replace(b"one", b"two")


async def test_a_missing_permission_is_named_and_nothing_is_left_behind(database_url: str, tmp_path: Path) -> None:
    fewer = {"metadata": "read", "actions": "read", "checks": "write", "contents": "read",
             "issues": "write", "pull_requests": "write"}  # fmt: skip
    async with desk(database_url, tmp_path, fewer) as at:
        fix, number = await at.red_pull()
        assert (await at.approved(fix)).state is FixState.FAILED
        assert "contents" in await at.reason(fix)
        assert f"`/approve F{fix.fix_id}` tries again" in at.comment(number)
        assert await at.head("swap") == fix.head_sha


async def test_a_policy_that_blocks_still_blocks(at: Desk) -> None:
    fix, _ = await at.red_pull(MEND, Edit(".github/workflows/x.yml", "", "on: push\n"))
    answer = await at.decide(fix.fix_id)
    assert "the policy does not let it be applied" in (answer.refusal or "")
    assert (await at.now(fix)).state is FixState.PROPOSED


@pytest.mark.parametrize(
    "summary", ["Fixes #12", "ask @octo/all", "closes GH-3", "Fixes https://github.com/o/r/issues/1"]
)
def test_no_words_of_a_model_close_an_issue_or_call_anybody(summary: str) -> None:
    assert headline(summary) != summary
    assert headline(summary).replace("\u200b", "") == summary
