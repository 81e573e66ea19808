"""What people said of a fix is heeded: nothing that was called wrong comes again, and a model is told why."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from github_app.client import REPORT
from github_app.model import Sha
from handlers.tasks.proposing import store_fix
from storage.failures import save_failures
from storage.fixes import FixRow, FixState
from storage.runs import RunRow
from tests.agents.fake_gemini import FakeGemini
from tests.handlers.desk import MEND, Desk, _failure, desk
from tests.handlers.test_planning import RED, fix, home


@pytest.fixture
async def at(database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(database_url, tmp_path) as opened:
        yield opened


async def again(at: Desk, run: RunRow, fingerprint: str = "ruff:F401") -> str:
    """Propose the same edit for another failure of the same branch; gives the note."""
    async with at.database.connection() as connection:
        saved = await save_failures(connection, [_failure(run, fingerprint)])
        failure = next(one for one in saved if one.fingerprint == fingerprint)
    async with at.services.github.installation(at.known(), REPORT) as installation:
        files = await installation.files({MEND.path}, Sha(run.head_sha))
        return await store_fix(at.services, installation, "recipe:test", "s", "e", [MEND], files, [failure])


async def rejected(at: Desk, words: str) -> tuple[FixRow, RunRow]:
    """A fix that mona rejected, and the next failed run of its branch, on which more lines stand above."""
    fix, number = await at.red_pull()
    await at.decide(fix.fix_id, approve=False, words=words)
    # The same change for other lines of another commit: neither hash nor line numbers are those of the first.
    content = b"# Areas.\n" + (await at.file("swap") or b"")
    sha = await at.sandbox.push(at.repository, "swap", {"area.py": content}, "More", "mona")
    return fix, await at.failed_run(sha, "swap", number)


async def test_a_change_that_was_rejected_as_wrong_is_not_proposed_again(at: Desk) -> None:
    fix, run = await rejected(at, "wrong: a plugin uses it")
    assert await again(at, run) == (
        "No fix that was rejected as wrong is proposed again: what was found is the change of "
        f"F{fix.fix_id}, which mona rejected."
    )
    assert await at.of_run(fix) == (await at.now(fix),)


@pytest.mark.parametrize("words", ["", "style", "already fixed in #3"])
async def test_a_change_that_was_rejected_for_another_reason_may_come_again(at: Desk, words: str) -> None:
    _, run = await rejected(at, words)
    assert await again(at, run) == ""


async def test_what_is_wrong_for_one_failure_may_be_right_for_another(at: Desk) -> None:
    _, run = await rejected(at, "wrong")
    assert await again(at, run, "ruff:F811") == ""


async def test_a_rejection_is_quoted_to_the_model_which_may_not_propose_the_same_again(
    database_url: str, tmp_path: Path
) -> None:
    fake = FakeGemini([fix(), fix()])
    async with home(database_url, tmp_path, fake) as opened:
        number = await opened.red_pull_request("one", RED)
        await opened.sandbox.comment(opened.repository, number, "mona", "/reject wrong: rename the parameter instead")
        await opened.settle()
        assert await opened.value("SELECT learning_weight FROM fix_events WHERE to_state = 'rejected'") == 1
        # An equal failure asks anew: what was answered before it was rejected is no answer any more.
        second = await opened.red_pull_request("two", RED)
        assert "what was found is the change of F1, which mona rejected" in opened.our_comments(second)[0]
        assert await opened.value("SELECT string_agg(state, ' ') FROM suggested_fixes") == FixState.REJECTED.value
    assert len(fake.received) == 2
    assert "rename the parameter instead" not in fake.received[0].body
    assert "rename the parameter instead" in fake.received[1].body
    assert "rejected as wrong" in fake.received[1].body
