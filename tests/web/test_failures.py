"""Failures as a program lists and reads them."""

from datetime import UTC, datetime, timedelta

from sandbox.registry import SandboxRepository
from tests.web.desk import Desk

NOW = datetime.now(UTC)
NO_FAILURE = "There is no such failure, or you may not see it."


async def listed(opened: Desk, token: str, **asked: str | int) -> list[int]:
    answer = await opened.call("GET", "/failures", token, params=asked)
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["failures"]]


async def elsewhere(opened: Desk) -> SandboxRepository:
    shop = await opened.sandbox.create_repository("acme", "shop", {"a": b"1"}, private=True)
    await opened.reach(shop, await opened.sandbox.install(opened.app, "acme", [shop]))
    return shop


async def test_a_failure_is_shown_with_what_it_was_judged_by_and_what_mends_it(opened: Desk) -> None:
    seeded = await opened.seeded()
    failure_id = seeded.parameters["failures"]["id"]
    before = await opened.failure(1, started=NOW - timedelta(days=1))
    answer = await opened.call("GET", f"/failures/{failure_id}", await opened.token("reader", "read"))
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert shown["failure"]["repository"] == "octo/geo"
    assert shown["failure"]["headline"] in "\n".join(line["text"] for line in shown["lines"])
    assert {line["url"] for line in shown["lines"]} == {"https://github.test/1"}
    assert [job["name"] for job in shown["jobs"]] == ["lint", "lint (3.12)"]
    assert shown["verdict_reason"] == "the base passes"
    assert sorted(fix["state"] for fix in shown["fixes"]) == ["proposed", "verified"]
    assert [one["id"] for one in shown["seen_before"]] == [before]
    assert all(block["start"] <= block["end"] for block in shown["evidence"])


async def test_a_failure_is_shown_with_how_its_fingerprint_fares_and_what_language_it_is_about(opened: Desk) -> None:
    seeded = await opened.seeded()
    token = await opened.token("reader", "read")
    shown = (await opened.call("GET", f"/failures/{seeded.parameters['failures']['id']}", token)).json()
    pattern = shown["pattern"]
    assert (pattern["tool"], pattern["language"], pattern["trend"]) == ("bats", "Shell", "new")
    assert (pattern["fixes_proposed"], pattern["fixes_approved"], pattern["best_fix"]) == (2, 1, "F2")
    assert pattern["median_seconds_to_green"] is None
    (listed,) = (await opened.call("GET", "/analytics/patterns", token)).json()["patterns"]
    assert listed == pattern


async def test_what_one_may_not_see_is_as_what_is_not_there(opened: Desk) -> None:
    failure_id = await opened.failure()
    stranger = await opened.token("stranger")
    for path in (f"/failures/{failure_id}", "/failures/999", f"/failures/{2**63}", "/failures/x"):
        answer = await opened.call("GET", path, stranger)
        assert (answer.status_code, answer.json()["detail"]) == (404, NO_FAILURE), path
    assert (await opened.call("GET", "/failures", stranger, params={"total": "true"})).json() == {
        "failures": [],
        "next_cursor": None,
        "total": 0,
    }
    hidden = await opened.call("GET", "/failures", stranger, params={"repository": "octo/geo"})
    absent = await opened.call("GET", "/failures", stranger, params={"repository": "octo/none"})
    assert (hidden.status_code, hidden.json()) == (404, absent.json())


async def test_another_installations_failures_are_neither_listed_nor_counted(opened: Desk) -> None:
    ours = await opened.failure()
    theirs = await opened.failure(1, await elsewhere(opened))
    mona, acme = await opened.token("mona"), await opened.token("acme")
    assert (await listed(opened, mona), await listed(opened, acme)) == ([ours], [theirs])
    for path, count in (("/failures/summary", "failures"), ("/analytics/dashboard", "repositories")):
        assert (await opened.call("GET", path, mona)).json()[count] == 1
        assert (await opened.call("GET", path, await opened.token("stranger"))).json()[count] == 0


async def test_each_filter_finds_its_own(opened: Desk) -> None:
    lint = await opened.failure(0, started=NOW - timedelta(days=3), category="lint", fingerprint="ruff:1")
    flaky = await opened.failure(1, started=NOW - timedelta(days=2), verdict="flaky", head_branch="main")
    token = await opened.token("reader", "read")
    assert await listed(opened, token) == [flaky, lint]
    assert await listed(opened, token, category="lint") == [lint]
    assert await listed(opened, token, verdict="flaky", branch="main") == [flaky]
    assert await listed(opened, token, branch="topic", repository="octo/geo") == [lint]
    assert await listed(opened, token, fingerprint="ruff:1") == [lint]
    between = (NOW - timedelta(days=2, hours=1)).isoformat()
    assert await listed(opened, token, since=between) == [flaky]
    assert await listed(opened, token, until=between) == [lint]
    assert await listed(opened, token, category="lint", verdict="flaky") == []


async def test_a_failure_is_resolved_once_its_workflow_passes_later_on_its_branch(opened: Desk) -> None:
    over = await opened.failure(0, started=NOW - timedelta(days=3))
    still = await opened.failure(1, started=NOW - timedelta(days=1))
    other = await opened.failure(2, started=NOW - timedelta(days=3), head_branch="main")
    await opened.green(3, NOW - timedelta(days=2))
    token = await opened.token("reader", "read")
    assert await listed(opened, token, status="resolved") == [over]
    assert await listed(opened, token, status="open") == [still, other]
    shown = (await opened.call("GET", f"/failures/{over}", token)).json()
    assert shown["failure"]["status"] == "resolved"


async def test_a_walk_through_all_pages_gives_each_failure_once_also_while_more_come(opened: Desk) -> None:
    ids = [await opened.failure(number, started=NOW - timedelta(hours=number)) for number in range(5)]
    token = await opened.token("reader", "read")
    for asked in ({}, {"status": "open"}):
        walked: list[int] = []
        cursor: dict[str, str] = {}
        for number in range(10):
            page = (await opened.call("GET", "/failures", token, params={"limit": 2, **asked, **cursor})).json()
            walked += [one["id"] for one in page["failures"]]
            await opened.failure(100 + 10 * len(asked) + number, started=NOW + timedelta(hours=number + 1))
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
        # The second walk begins with those that came during the first.
        assert [one for one in walked if one in ids] == ids
        assert len(walked) == len(set(walked))


async def test_a_total_is_counted_when_asked_for_and_only_where_an_index_counts_it(opened: Desk) -> None:
    for number in range(3):
        await opened.failure(number)
    token = await opened.token("reader", "read")
    page = (await opened.call("GET", "/failures", token, params={"limit": 1})).json()
    assert "total" not in page
    page = (await opened.call("GET", "/failures", token, params={"limit": 1, "total": "true"})).json()
    assert (len(page["failures"]), page["total"]) == (1, 3)
    refused = await opened.call("GET", "/failures", token, params={"status": "open", "total": "true"})
    assert refused.status_code == 400
    fixes = await opened.call("GET", "/fixes", token, params={"total": "true", "status": "proposed"})
    assert fixes.json()["total"] == 0
    questions = await opened.call("GET", "/clarifications", token, params={"total": "true"})
    assert questions.json()["total"] == 0


HOSTILE = [
    ({"category": "'; DROP TABLE repositories; --"}, 422),
    ({"verdict": "nobody"}, 422),
    ({"branch": "a\0b"}, 422),
    ({"branch": "x" * 256}, 422),
    ({"fingerprint": "\x00"}, 422),
    ({"since": "yesterday"}, 422),
    ({"since": "0.5"}, 422),
    ({"since": "2026-01-01T00:00:00"}, 422),
    ({"until": "0001-01-01T00:00:00+23:59"}, 200),
    ({"since": "9999-12-31T23:59:59-23:59"}, 200),
    ({"limit": "0"}, 422),
    ({"limit": "101"}, 422),
    ({"status": "closed"}, 422),
    ({"total": "maybe"}, 422),
    ({"repository": "octo/geo/../x"}, 422),
    ({"cursor": "abc"}, 400),
    ({"order": "id"}, 422),
    ({"branch": "%' OR 1=1 --"}, 200),
    ({"fingerprint": "\u202e\ud7ff"}, 200),
]


async def test_a_filter_that_is_none_is_refused_and_a_strange_one_finds_nothing(opened: Desk) -> None:
    await opened.failure()
    token = await opened.token("mona")
    for asked, status in HOSTILE:
        answer = await opened.call("GET", "/failures", token, params=asked)
        assert answer.status_code == status, (asked, answer.text)
        if status == 200:
            assert answer.json()["failures"] == []


async def test_fixes_are_filtered_by_what_they_mend(opened: Desk) -> None:
    seeded = await opened.seeded()
    token = await opened.token("reader", "read")
    category = (await opened.call("GET", f"/failures/{seeded.parameters['failures']['id']}", token)).json()["failure"][
        "category"
    ]
    both = {
        one["id"] for one in (await opened.call("GET", "/fixes", token, params={"category": category})).json()["fixes"]
    }
    assert len(both) == 2
    waiting = int(seeded.parameters["fixes"]["id"])
    for asked in (
        {"category": category, "state": "proposed"},
        {"verdict": "yours", "status": "proposed", "branch": "topic"},
    ):
        found = (await opened.call("GET", "/fixes", token, params=asked)).json()["fixes"]
        assert [one["id"] for one in found] == [waiting], asked
    assert (await opened.call("GET", "/fixes", token, params={"verdict": "flaky"})).json()["fixes"] == []
    refused = await opened.call("GET", "/fixes", token, params={"status": "proposed", "state": "verified"})
    assert refused.status_code == 400
