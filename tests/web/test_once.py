"""Idempotency keys on the POSTs of the API."""

import asyncio

from sandbox.faults import Fault
from tests.web.desk import Desk

KEY = {"Idempotency-Key": "first"}


async def test_the_same_request_under_one_key_is_done_once_and_answered_alike(opened: Desk) -> None:
    fix_id, token = await opened.fix(), await opened.token("mona")
    path = f"/fixes/{fix_id}/approve"
    first = await opened.call("POST", path, token, json={"comment": "good"}, headers=KEY)
    again = await opened.call("POST", path, token, json={"comment": "good"}, headers=KEY)
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert first.status_code == 200
    assert await opened.value("SELECT count(*) FROM human_approvals") == 1


async def test_many_at_once_are_one_and_those_that_come_meanwhile_are_told_so(opened: Desk) -> None:
    fix_id, token = await opened.fix(), await opened.token("mona")
    path = f"/fixes/{fix_id}/reject"
    answers = await asyncio.gather(*(opened.call("POST", path, token, headers=KEY) for _ in range(8)))
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert any(answer.status_code == 200 for answer in answers)
    assert all(answer.headers["retry-after"] for answer in answers if answer.status_code == 409)
    assert await opened.value("SELECT count(*) FROM human_approvals") == 1


async def test_a_key_with_another_body_is_refused(opened: Desk) -> None:
    fix_id, token = await opened.fix(), await opened.token("mona")
    path = f"/fixes/{fix_id}/approve"
    assert (await opened.call("POST", path, token, json={"comment": "a"}, headers=KEY)).status_code == 200
    other = await opened.call("POST", path, token, json={"comment": "b"}, headers=KEY)
    assert other.status_code == 422
    assert "another body" in other.json()["detail"]


async def test_a_key_is_of_its_actor_and_its_route_alone(opened: Desk) -> None:
    fixes = [await opened.fix(number) for number in range(2)]
    for login in ("mona", "octo"):
        token = await opened.token(login)
        for fix_id in fixes:
            answer = await opened.call("POST", f"/fixes/{fix_id}/approve", token, headers=KEY)
            assert answer.status_code == (200 if login == "mona" else 409)
    assert await opened.value("SELECT count(*) FROM idempotency_keys") == 4


async def test_a_refusal_is_answered_again_as_it_was(opened: Desk) -> None:
    fix_id, token = await opened.fix(), await opened.token("reader")
    path = f"/fixes/{fix_id}/approve"
    first = await opened.call("POST", path, token, headers=KEY)
    await opened.sandbox.set_role(opened.geo, "reader", "write")
    again = await opened.call("POST", path, token, headers=KEY)
    assert (first.status_code, again.status_code, first.content) == (403, 403, again.content)
    assert again.headers["content-type"] == "application/problem+json"
    anew = await opened.call("POST", path, token, headers={"Idempotency-Key": "second"})
    assert anew.status_code == 200


async def test_what_a_process_left_unanswered_can_be_asked_again_after_a_minute(opened: Desk) -> None:
    fix_id, token = await opened.fix(), await opened.token("mona")
    path = f"/fixes/{fix_id}/approve"
    assert (await opened.call("POST", path, token, headers=KEY)).status_code == 200
    async with opened.database.connection() as connection:
        # As if the process had died after the decision and before the answer.
        await connection.execute("UPDATE idempotency_keys SET status = NULL, body = NULL")
        assert (await opened.call("POST", path, token, headers=KEY)).status_code == 409
        await connection.execute("UPDATE idempotency_keys SET began_at = now() - interval '61 seconds'")
    assert (await opened.call("POST", path, token, headers=KEY)).status_code == 200
    assert await opened.value("SELECT count(*) FROM human_approvals") == 1


async def test_a_key_of_yesterday_is_new(opened: Desk) -> None:
    fix_id, token = await opened.fix(), await opened.token("mona")
    path = f"/fixes/{fix_id}/approve"
    assert (await opened.call("POST", path, token, json={"comment": "a"}, headers=KEY)).status_code == 200
    async with opened.database.connection() as connection:
        await connection.execute("UPDATE idempotency_keys SET began_at = now() - interval '25 hours'")
    answer = await opened.call("POST", path, token, json={"comment": "b"}, headers=KEY)
    assert (answer.status_code, answer.json()["state"]) == (200, "approved")


async def test_a_key_is_free_again_where_github_did_not_answer(opened: Desk) -> None:
    fix_id, token = await opened.fix(), await opened.token("mona")
    opened.sandbox.faults.add(Fault("GET", "/collaborators/", status=403, message="secondary rate limit"))
    path = f"/fixes/{fix_id}/approve"
    assert (await opened.call("POST", path, token, headers=KEY)).status_code == 503
    assert await opened.value("SELECT count(*) FROM idempotency_keys") == 0
    assert (await opened.call("POST", path, token, headers=KEY)).status_code == 200
