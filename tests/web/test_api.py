"""The JSON API as a program meets it."""

import asyncio

from storage.fixes import FixState, move
from storage.ids import FixId
from tests.web.desk import Desk

NO_FIX = {
    "title": "Not Found",
    "status": 404,
    "detail": "There is no such fix, or you may not see it.",
    "type": "about:blank",
}


async def test_without_credentials_it_says_which_would_do(opened: Desk) -> None:
    for path in ("/fixes", "/fixes/1", "/clarifications"):
        answer = await opened.call("GET", path)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == 'Bearer realm="CI Fixer"'
        assert answer.headers["content-type"] == "application/problem+json"


async def test_a_reader_sees_a_fix_with_all_that_a_decision_rests_on(opened: Desk) -> None:
    fix_id = await opened.fix()
    answer = await opened.call("GET", f"/fixes/{fix_id}", await opened.token("reader", "read"))
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert shown["fix"]["name"] == f"F{fix_id}"
    assert shown["fix"]["repository"] == "octo/geo"
    assert "+++ b/x.py" in shown["diff"]
    assert [change["to_state"] for change in shown["history"]] == ["proposed"]
    assert shown["options"] == {
        "approve": False,
        "reject": False,
        "why_not": "To decide takes write access to this repository; you have read.",
        "who": "Approval needs write access.",
        "delivery": None,
    }


async def test_what_one_may_not_see_is_exactly_as_what_is_not_there(opened: Desk) -> None:
    fix_id = await opened.fix()
    token = await opened.token("stranger")
    for path in (f"/fixes/{fix_id}", f"/fixes/F{fix_id}/status", "/fixes/999", f"/fixes/{2**64 - 1}", "/fixes/x"):
        answer = await opened.call("GET", path, token)
        assert (answer.status_code, answer.json()) == (404, NO_FIX), path
    for act in ("approve", "reject", "apply"):
        answer = await opened.call("POST", f"/fixes/{fix_id}/{act}", token)
        assert (answer.status_code, answer.json()) == (404, NO_FIX)
    hidden = await opened.call("GET", "/fixes", token, params={"repository": "octo/geo"})
    absent = await opened.call("GET", "/fixes", token, params={"repository": "octo/none"})
    assert (hidden.status_code, hidden.json()) == (absent.status_code, absent.json())
    assert (await opened.call("GET", "/fixes", token)).json() == {"fixes": [], "next_cursor": None}


async def test_a_fix_of_another_installation_is_not_found_by_its_number(opened: Desk) -> None:
    shop = await opened.sandbox.create_repository("acme", "shop", {"a": b"1"}, private=True)
    await opened.reach(shop, await opened.sandbox.install(opened.app, "acme", [shop]))
    theirs, ours = await opened.fix(1, shop), await opened.fix(2)
    token = await opened.token("mona")
    assert (await opened.call("POST", f"/fixes/{theirs}/approve", token)).status_code == 404
    assert [fix["id"] for fix in (await opened.call("GET", "/fixes", token)).json()["fixes"]] == [ours]
    seen = (await opened.call("GET", "/fixes", await opened.token("acme"))).json()["fixes"]
    assert [fix["id"] for fix in seen] == [theirs]


async def test_one_who_may_read_and_not_decide_is_told_who_may(opened: Desk) -> None:
    fix_id = await opened.fix()
    answer = await opened.call("POST", f"/fixes/{fix_id}/approve", await opened.token("reader"))
    assert answer.status_code == 403
    assert answer.json()["detail"] == "To approve a fix takes write access to this repository; you have read."
    assert await opened.value("SELECT state FROM suggested_fixes") == "proposed"


async def test_a_token_that_may_read_decides_nothing_whoever_it_acts_as(opened: Desk) -> None:
    fix_id = await opened.fix()
    answer = await opened.call("POST", f"/fixes/{fix_id}/approve", await opened.token("octo", "read"))
    assert answer.status_code == 403
    assert "scope decide" in answer.json()["detail"]
    assert await opened.value("SELECT state FROM suggested_fixes") == "proposed"


async def test_the_same_decision_twice_or_twenty_times_at_once_is_one(opened: Desk) -> None:
    fix_id = await opened.fix()
    token = await opened.token("mona")
    answers = await asyncio.gather(*(opened.call("POST", f"/fixes/{fix_id}/approve", token) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json()["state"] for answer in answers} == {"approved"}
    assert await opened.value("SELECT count(*) FROM human_approvals") == 1
    assert await opened.value("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'apply'") == 1
    assert await opened.value("SELECT reviewer_login || channel FROM human_approvals") == "monaapi"


async def test_of_two_decisions_the_second_is_told_that_nothing_is_left(opened: Desk) -> None:
    fix_id = await opened.fix()
    mona, octo = await opened.token("mona"), await opened.token("octo")
    key = {"Idempotency-Key": "a"}
    assert (await opened.call("POST", f"/fixes/{fix_id}/reject", mona, headers=key)).status_code == 200
    for token, act in ((octo, "approve"), (mona, "approve"), (octo, "reject"), (octo, "apply")):
        answer = await opened.call("POST", f"/fixes/{fix_id}/{act}", token, headers=key)
        assert answer.status_code == 409
        assert answer.json()["detail"] == f"F{fix_id} is rejected; nothing is left to decide."


async def test_a_failed_application_is_tried_again_once_for_each_time_it_failed(opened: Desk) -> None:
    fix_id = await opened.fix()
    token = await opened.token("mona")
    too_early = await opened.call("POST", f"/fixes/{fix_id}/apply", token)
    assert too_early.status_code == 409
    for act in ("approve", "apply", "apply"):
        answer = await opened.call("POST", f"/fixes/{fix_id}/{act}", token)
        again = await opened.call("POST", f"/fixes/{fix_id}/{act}", token)
        assert (answer.status_code, again.status_code) == (200, 200)
        async with opened.database.transaction() as connection:
            for state in (FixState.APPLYING, FixState.FAILED):
                assert await move(connection, FixId(fix_id), to=state, actor="ci-fixer")
    assert await opened.value("SELECT count(*) FROM human_approvals") == 3


async def test_fixes_are_listed_in_pages_by_a_cursor_and_by_state(opened: Desk) -> None:
    ids = [await opened.fix(number) for number in range(3)]
    token = await opened.token("reader", "read")
    first = (await opened.call("GET", "/fixes", token, params={"limit": 2})).json()
    assert [fix["id"] for fix in first["fixes"]] == [ids[2], ids[1]]
    asked = {"limit": 2, "cursor": first["next_cursor"], "repository": "octo/geo", "state": "proposed"}
    second = (await opened.call("GET", "/fixes", token, params=asked)).json()
    assert ([fix["id"] for fix in second["fixes"]], second["next_cursor"]) == ([ids[0]], None)
    rejected = (await opened.call("GET", "/fixes", token, params={"state": "rejected"})).json()
    assert rejected["fixes"] == []


FILTERS = [
    ({"repository": "octo/geo' OR 1=1 --"}, 422, "repository"),
    ({"state": "proposed'; DROP TABLE suggested_fixes; --"}, 422, "state"),
    ({"limit": "0"}, 422, "limit"),
    ({"limit": "101"}, 422, "limit"),
    ({"limit": "many"}, 422, "limit"),
    ({"order": "1"}, 422, "order"),
    ({"cursor": "abc"}, 400, "cursor"),
    ({"cursor": "eyJiZWZvcmUiOjF9.AAAA"}, 400, "cursor"),
    ({"cursor": "x" * 1001}, 422, "cursor"),
]


async def test_a_filter_that_is_none_is_named_and_does_nothing(opened: Desk) -> None:
    await opened.fix()
    token = await opened.token("mona")
    for asked, status, word in FILTERS:
        answer = await opened.call("GET", "/fixes", token, params=asked)
        assert answer.status_code == status, asked
        assert word in answer.json()["detail"]
    assert await opened.value("SELECT count(*) FROM suggested_fixes") == 1


async def test_a_cursor_of_another_list_is_none_here(opened: Desk) -> None:
    for number in range(2):
        await opened.fix(number)
    token = await opened.token("mona")
    cursor = (await opened.call("GET", "/fixes", token, params={"limit": 1})).json()["next_cursor"]
    assert (await opened.call("GET", "/clarifications", token, params={"cursor": cursor})).status_code == 400


BODIES = [
    (b"{", "application/json", 400),
    (b"\xff", "application/json", 400),
    (b"[]", "application/json", 422),
    (b'{"comment": 1}', "application/json", 422),
    (b'{"decision": "approve"}', "application/json", 422),
    (b'{"comment":' + b"[" * 20_000, "application/json", 400),
    (b'{"comment": "' + b"x" * 10_001 + b'"}', "application/json", 422),
    (b"x" * (64 * 1024 + 1), "application/json", 413),
    (b"comment=x", "application/x-www-form-urlencoded", 415),
]


async def test_a_body_that_is_none_is_refused_before_anything_is_decided(opened: Desk) -> None:
    fix_id = await opened.fix()
    token = await opened.token("mona")
    path = f"/fixes/{fix_id}/approve"
    for body, kind, status in BODIES:
        answer = await opened.call("POST", path, token, content=body, headers={"Content-Type": kind})
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
    assert await opened.value("SELECT state FROM suggested_fixes") == "proposed"


async def test_github_away_is_said_and_can_be_tried_again(opened: Desk) -> None:
    fix_id = await opened.fix()
    token = await opened.token("mona")
    await opened.sandbox.close()
    opened.site.services.github._host.api_url = "http://127.0.0.1:9"
    answer = await opened.call("POST", f"/fixes/{fix_id}/approve", token)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1
    assert await opened.value("SELECT state FROM suggested_fixes") == "proposed"


async def test_a_question_is_listed_and_answered_once(opened: Desk) -> None:
    question = await opened.question("Is numpy allowed?")
    reader, mona = await opened.token("reader"), await opened.token("mona")
    (shown,) = (await opened.call("GET", "/clarifications", reader)).json()["clarifications"]
    assert (shown["question"], shown["repository"]) == ("Is numpy allowed?", "octo/geo")
    said = {"clarification_id": question, "answer": "No."}
    stranger = await opened.call("POST", "/clarifications/respond", await opened.token("stranger"), json=said)
    refused = await opened.call("POST", "/clarifications/respond", reader, json=said)
    assert (stranger.status_code, refused.status_code) == (404, 403)
    assert "takes write access" in refused.json()["detail"]
    for _ in range(2):
        assert (await opened.call("POST", "/clarifications/respond", mona, json=said)).status_code == 200
    other = await opened.call("POST", "/clarifications/respond", mona, json=said | {"answer": "Yes."})
    assert other.status_code == 409
    assert (await opened.call("GET", "/clarifications", mona)).json()["clarifications"] == []
    assert await opened.value("SELECT answer || answered_by FROM clarifications") == "No.mona"
    assert await opened.value("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'propose'") == 1


async def test_a_rejection_may_say_outright_what_it_means(opened: Desk) -> None:
    fix_id, token = await opened.fix(), await opened.token("mona")
    told = {"comment": "we had this in #3", "reason_kind": "elsewhere"}
    assert (await opened.call("POST", f"/fixes/{fix_id}/reject", token, json=told)).status_code == 200
    last = (await opened.call("GET", f"/fixes/{fix_id}", token)).json()["history"][-1]
    assert (last["kind"], last["learning_weight"], last["reason"]) == ("decision", 0.0, "we had this in #3")
    assert last["details"] == "by the API, with the role write; read as: mended otherwise, or not now"
    unread = await opened.call("POST", f"/fixes/{fix_id}/reject", token, json={"reason_kind": "bad"})
    assert unread.status_code == 422


async def test_an_approval_with_edits_answers_with_the_fix_that_was_made(opened: Desk) -> None:
    fix_id, token = await opened.fix(), await opened.token("mona")
    edits = {"edits": [{"path": "y.py", "content": "y = 2\n"}]}
    answers = [await opened.call("POST", f"/fixes/{fix_id}/approve", token, json=edits) for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 200], answers[0].text
    assert answers[0].json()["id"] == answers[1].json()["id"] != fix_id
    shown = (await opened.call("GET", f"/fixes/{answers[0].json()['id']}", token)).json()
    assert shown["fix"]["source"] == f"edited:F{fix_id}:mona"
    assert "+y = 2" in shown["diff"]
    assert (await opened.call("GET", f"/fixes/{fix_id}/status", token)).json()["state"] == "superseded"
