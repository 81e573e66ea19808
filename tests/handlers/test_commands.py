"""Commands as people give them: in comments and in edits of them, heard, answered and refused, over real HTTP."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from github_app.commands import COMMANDS, NOT_THEIR_AUTHOR, TOO_MANY, UNKNOWN
from handlers.commands.registry import HANDLERS
from sandbox.faults import Fault
from tests.handlers.house import RED, WORKFLOW, House, house

SERVICE = """\
name: CI
on: push
jobs:
  fetch:
    runs-on: ubuntu-latest
    steps:
      - run: curl -sSf {url}
"""


@pytest.fixture
async def home(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with house(database_url, tmp_path) as opened:
        await opened.settle()
        yield opened


async def said(home: House, number: int, login: str, text: str) -> tuple[list[str], list[str]]:
    """Comment; gives the reactions that it got and the replies, without their markers."""
    before = len(home.our_comments(number))
    comment_id = await home.sandbox.comment(home.repository, number, login, text)
    await home.settle()
    return reactions(home, number, comment_id), [body.partition("\n")[2] for body in home.our_comments(number)[before:]]


def reactions(home: House, number: int, comment_id: int) -> list[str]:
    (found,) = [one for one in home.sandbox.comments(home.repository, number) if one.id == comment_id]
    return [one.content for one in found.reactions.values()]


async def receipts(home: House) -> list[tuple[str, str, str | None]]:
    async with home.database.connection() as connection:
        cursor = await connection.execute("SELECT name, login, outcome FROM command_receipts ORDER BY name, act")
        return [(str(name), str(login), outcome) for name, login, outcome in await cursor.fetchall()]


async def asked_again(home: House) -> object:
    return await home.value(
        "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'diagnose' AND args->>'again' = 'true'"
    )


def test_every_command_has_a_handler() -> None:
    assert set(HANDLERS) == {spec.name for spec in COMMANDS} | {UNKNOWN, TOO_MANY, NOT_THEIR_AUTHOR}


async def test_who_speaks_where_nothing_failed_is_helped_or_refused_and_elsewhere_nobody_is_answered(
    home: House,
) -> None:
    await home.sandbox.create_user("robo", "Bot")
    await home.sandbox.push(home.repository, "notes", {"notes.txt": b"x\n"}, "Notes", "mona")
    number = await home.sandbox.open_pull_request(home.repository, "mona", "notes", "main", "Notes")
    await home.settle()
    got, (table,) = await said(home, number, "stranger", "/fixer help")
    assert got == ["eyes", "rocket"]
    assert "| `/approve [fix] [comment]` | write access |" in table
    assert await said(home, number, "stranger", "/fixer aprove `x`") == (
        ["eyes", "confused"],
        ["There is no command `aprove`. Did you mean `/fixer approve`?"],
    )
    got, (refusal,) = await said(home, number, "mona", "/approve F1")
    assert got == ["eyes", "confused"]
    assert refusal.startswith("No failure of this pull request is known")
    assert await said(home, number, "robo", "/fixer help") == ([], [])
    async with home.database.connection() as connection:
        await connection.execute(
            "INSERT INTO command_receipts (repository_id, comment_id, act, name, login, outcome, reply_comment_id) "
            "SELECT repository_id, n, 'a.1', 'help', 'stranger', 'done', n FROM repositories, generate_series(1, 18) n"
        )
    assert await said(home, number, "stranger", "/fixer help") == (["eyes", "rocket"], [])
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {home.sandbox.user_token('mona')}"}) as client:
        made = await client.post(f"{home.api_url}/repos/octo/geo/issues", json={"title": "A question"})
    assert await said(home, made.json()["number"], "mona", "/fixer help\n/approve") == ([], [])
    assert {name for name, _, _ in await receipts(home)} == {"help", "unknown", "approve"}


async def test_an_edit_runs_only_what_is_new_and_only_in_its_authors_name(home: House) -> None:
    number = await home.red_pull_request()
    comment_id = await home.sandbox.comment(home.repository, number, "mona", "/explain\n\nHm.")
    await home.settle()
    await home.sandbox.edit_comment(home.repository, comment_id, "mona", "Well.\n\n/reject F1 we keep os\n/explain")
    await home.settle()
    assert await home.value("SELECT state FROM suggested_fixes") == "rejected"
    for text in ("nothing", "/explain\n/reject  F1 we keep os"):
        await home.sandbox.edit_comment(home.repository, comment_id, "mona", text)
        await home.settle()
    ran = [("explain", "mona", "done"), ("reject", "mona", "done")]
    assert await receipts(home) == ran
    await home.sandbox.edit_comment(home.repository, comment_id, "octo", "/retry\n/reject F1 we keep os")
    await home.settle()
    assert await receipts(home) == [ran[0], ("not their author", "octo", "refused"), ran[1]]
    await home.sandbox.edit_comment(home.repository, comment_id, "mona", "/retry\n\nTypo.")
    await home.settle()
    assert await asked_again(home) == 0
    assert "write one of your own" in home.our_comments(number)[-1]


async def test_where_the_prefix_is_the_only_form_plain_words_are_somebody_elses(home: House) -> None:
    await home.sandbox.push(
        home.repository, "main", {".github/ci-fixer.yml": b"commands:\n  prefix: true\n"}, "Prefix", "octo"
    )
    number = await home.red_pull_request()
    comment_id = await home.sandbox.comment(home.repository, number, "mona", "/reject F1 we keep os")
    await home.settle()
    assert reactions(home, number, comment_id) == []
    assert await receipts(home) == []
    await home.sandbox.edit_comment(home.repository, comment_id, "mona", "/fixer reject F1 we keep os\n/fixer help")
    await home.settle()
    assert reactions(home, number, comment_id) == ["eyes", "rocket"]
    assert await home.value("SELECT state FROM suggested_fixes") == "rejected"
    assert "each is written `/fixer <command>`, and in no other way" in home.our_comments(number)[-1]


async def test_deliveries_that_come_late_twice_and_in_another_order_run_each_command_once(home: House) -> None:
    number = await home.red_pull_request()
    await home.sandbox.set_webhook(home.app, "http://127.0.0.1:9/nobody")
    comment_id = await home.sandbox.comment(home.repository, number, "mona", "/explain")
    for text in ("/explain\n/reject F1 no", "/retry\n/reject F1 no", "thanks"):
        await home.sandbox.edit_comment(home.repository, comment_id, "mona", text)
    withdrawn = await home.sandbox.comment(home.repository, number, "mona", "/ignore")
    await home.sandbox.delete_comment(home.repository, withdrawn, "mona")
    await home.sandbox.idle()
    late = [one for one in home.sandbox.deliveries("issue_comment") if one.status_code == 0]
    async with httpx.AsyncClient() as client:
        for one in [*reversed(late), *late]:
            body = json.dumps(one.payload, separators=(",", ":")).encode()
            await client.post(home.webhook, content=body, headers=one.request_headers)
    await home.settle()
    assert len(late) == 6
    assert await receipts(home) == [
        ("explain", "mona", "done"),
        ("ignore", "mona", "withdrawn"),
        ("reject", "mona", "done"),
        ("retry", "mona", "done"),
    ]
    assert await asked_again(home) == 1


async def test_an_explanation_is_given_to_anyone_folded_and_not_without_end(home: House) -> None:
    number = await home.red_pull_request()
    got, (told, *refusals, last) = await said(home, number, "stranger", "/explain\n" * 12)
    assert got == ["eyes", "rocket", "confused"]
    assert "<details><summary>Failure 1: lint</summary>" in told
    assert "F401" in told
    assert "From line " in told
    assert refusals == ["You had something explained less than a minute ago; ask again in a minute."] * 9
    assert last.startswith("A comment runs 10 commands at most: 2 more were left out.")
    await said(home, number, "mona", "/explain")
    await said(home, number, "octo", "/explain")
    _, (refusal,) = await said(home, number, "mona", "/explain")
    assert "3 times here within an hour" in refusal


async def test_an_issue_of_ours_takes_commands_about_its_own_failure(home: House) -> None:
    await home.sandbox.push(home.repository, "main", {"area.py": RED}, "Break main", "octo")
    await home.settle()
    number = int(str(await home.value("SELECT number FROM failure_issues")))
    got, (told, table) = await said(home, number, "stranger", "/explain\n/fixer help")
    assert got == ["eyes", "rocket"]
    assert "F401" in told
    assert table.startswith("| command |")
    assert "takes write access" in (await said(home, number, "stranger", "/retry"))[1][0]
    assert (await said(home, number, "mona", "/ignore"))[0] == ["eyes", "rocket"]
    assert await home.value("SELECT fingerprint FROM ignored_failures") == await home.value(
        "SELECT fingerprint FROM failure_issues"
    )


async def test_the_author_has_the_logs_read_again_once_a_commit(home: House) -> None:
    number = await home.red_pull_request()
    await home.sandbox.set_role(home.repository, "mona", "read")
    assert (await said(home, number, "mona", "/retry"))[0] == ["eyes", "rocket"]
    got, (refusal,) = await said(home, number, "mona", "/retry please")
    assert got == ["eyes", "confused"]
    assert "once a commit" in refusal
    assert "takes write access" in (await said(home, number, "stranger", "/retry"))[1][0]
    assert await asked_again(home) == 1


async def test_failed_jobs_are_run_again_once_an_attempt_where_the_service_failed_and_it_is_permitted(
    home: House,
) -> None:
    number = await home.red_pull_request()
    assert "None of these is known to be" in (await said(home, number, "mona", "/rerun"))[1][0]
    home.sandbox.faults.add(Fault("GET", "/users/octo$", status=503, message="Service Unavailable"))
    files = {WORKFLOW: SERVICE.format(url=f"{home.api_url}/users/octo").encode()}
    await home.sandbox.push(home.repository, "fetch", files, "Fetch", "mona")
    number = await home.sandbox.open_pull_request(home.repository, "mona", "fetch", "main", "Fetch")
    await home.settle()
    assert "### Infrastructure" in home.our_comments(number)[0]
    assert "takes write access" in (await said(home, number, "stranger", "/rerun"))[1][0]
    got, (refusal,) = await said(home, number, "mona", "/rerun")
    assert got == ["eyes", "confused"]
    assert "`actions: write`" in refusal
    await home.sandbox.accept_permissions(home.installation_id, {"actions": "write"})
    # GitHub's answer to it is lost: the command that is tried again finds what it has begun.
    home.sandbox.faults.add(Fault("POST", "/rerun-failed-jobs$", status=502, after=True))
    assert await said(home, number, "mona", "/rerun") == (["eyes", "rocket"], [])
    run = home.sandbox.runs(home.repository)[-1]
    assert [attempt.conclusion for attempt in run.attempts] == ["failure", "success"]
    assert "### Flaky" in home.our_comments(number)[0]
    got, (refusal,) = await said(home, number, "mona", "/rerun")
    assert got == ["eyes", "confused"]
    assert refusal.startswith("Attempt 1 was re-run already")
    assert len(run.attempts) == 2


async def test_an_ignored_failure_gets_a_check_run_that_says_so_and_nothing_else_until_it_ends(home: House) -> None:
    number = await home.red_pull_request()
    assert "takes write access" in (await said(home, number, "stranger", "/ignore"))[1][0]
    assert "from 0 to 365" in (await said(home, number, "mona", "/ignore 366"))[1][0]
    got, (told,) = await said(home, number, "mona", "/ignore 7")
    assert got == ["eyes", "rocket"]
    assert told.startswith("Ignored in this repository until 20")
    other = await home.red_pull_request("other")
    assert home.our_comments(other) == []
    check = home.sandbox.check_runs(home.repository, home.app)[-1]
    assert (check.status, check.conclusion) == ("completed", "neutral")
    assert "as mona asked" in (check.summary or "")
    assert await home.value("SELECT count(*) FROM suggested_fixes") == 1
    await home.sandbox.push(home.repository, "swap", {"notes.txt": b"more\n"}, "More", "mona")
    await home.settle()
    assert "Ignored here until 20" in home.our_comments(number)[0]
    assert (await said(home, other, "mona", "/ignore 0"))[0] == ["eyes", "rocket"]
    await home.sandbox.push(home.repository, "other", {"notes.txt": b"more\n"}, "More", "mona")
    await home.settle()
    assert "/approve F" in home.our_comments(other)[-1]


async def test_a_click_without_the_right_and_a_bots_click_change_nothing(home: House) -> None:
    await home.sandbox.create_user("robo", "Bot")
    await home.sandbox.set_role(home.repository, "robo", "admin")
    await home.sandbox.set_role(home.repository, "stranger", "triage")
    number = await home.red_pull_request()
    (check,) = home.sandbox.check_runs(home.repository, home.app)
    shown = home.our_comments(number)
    for login in ("stranger", "robo"):
        for identifier in ("approve_fix", "reject_fix", "analyze_again"):
            await home.sandbox.click(home.repository, check.id, identifier, login)
        await home.sandbox.rerequest(home.repository, check.id, login)
    await home.settle()
    assert await home.value("SELECT state FROM suggested_fixes") == "proposed"
    assert await asked_again(home) == 0
    assert home.our_comments(number) == shown
    await home.sandbox.rerequest(home.repository, check.id, "mona")
    await home.settle()
    assert await asked_again(home) == 1
    await home.sandbox.click(home.repository, check.id, "reject_fix", "mona")
    await home.settle()
    assert await home.value("SELECT state FROM suggested_fixes") == "rejected"
