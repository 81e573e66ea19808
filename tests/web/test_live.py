"""What happens, told to those who watch: each event once, in order, and only to who may know of it."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from github_app.model import Repository, Role, User
from storage import api_tokens, live_events
from storage.database import Database
from storage.fixes import FixState, move
from storage.ids import FixId
from tests.web.desk import Desk, desk
from tests.web.listening import heard, listening, socket
from web.listening import Rhythm
from web.rights import Rights

FRONT = "https://app.acme.dev"


@pytest.fixture
async def quick(
    database: Database, tmp_path: Path, app_key: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Desk]:
    """Everything is asked again at once, and no right is kept."""
    monkeypatch.setattr("web.rights._KEPT_SECONDS", 0.0)
    rhythm = Rhythm(heartbeat=0.05, recheck=0.0, pause=0.05)
    async with desk(database, tmp_path, app_key, rhythm=rhythm, frontend_url=FRONT) as made:
        yield made


async def test_a_decision_is_heard_by_both_ways_of_listening(opened: Desk) -> None:
    token = await opened.token("reader", "read")
    async with listening(opened, token) as stream, socket(opened, token) as made:
        fix_id = await opened.fix()
        assert (await opened.call("POST", f"/fixes/{fix_id}/approve", await opened.token("mona"))).status_code == 200
        seen = await stream.until("fix", "approved")
        assert [(one["kind"], one["state"]) for one in seen] == [
            ("analysis", "started"), ("fix", "proposed"), ("fix", "approved"),
        ]  # fmt: skip
        assert seen[1] == {
            "kind": "fix", "id": seen[1]["id"], "at": seen[1]["at"], "repository": "octo/geo", "state": "proposed",
            "run_id": 100 + opened.geo.id, "run_attempt": 1, "fix_id": fix_id,
        }  # fmt: skip
        assert [await heard(made) for _ in range(3)] == seen


async def test_a_question_a_step_and_a_plan_are_heard(opened: Desk) -> None:
    async with listening(opened, await opened.token("reader")) as stream:
        question = await opened.question("Why?")
        token = await opened.token("mona")
        answer = {"clarification_id": question, "answer": "So."}
        assert (await opened.call("POST", "/clarifications/respond", token, json=answer)).status_code == 200
        seen = await stream.until("clarification", "answered")
    told = [(one["kind"], one["state"], one.get("step")) for one in seen]
    assert ("plan_step", "waiting", 0) in told
    assert told.index(("clarification", "asked", None)) < told.index(("clarification", "answered", None))
    assert {one.get("clarification_id") for one in seen if one["kind"] == "clarification"} == {question}


async def test_whoever_comes_back_misses_nothing_and_hears_nothing_twice(opened: Desk) -> None:
    token = await opened.token("reader", "read")
    heard_ids: list[int] = []
    last = ""
    for number in range(4):
        # One fix while somebody listens, one while nobody does.
        async with listening(opened, token, since=last) as stream:
            awaited = await opened.fix(2 * number)
            while awaited not in heard_ids:
                event = await stream.event()
                heard_ids += [event["fix_id"]] if event["kind"] == "fix" else []
            last = stream.last_id
        await opened.fix(2 * number + 1)
    assert heard_ids == list(range(heard_ids[0], heard_ids[0] + 7))


async def test_a_silent_stream_moves_the_place_from_which_one_comes_back(quick: Desk) -> None:
    async with listening(quick, await quick.token("reader")) as stream:
        for _ in range(3):
            fields = await stream.block()
            assert (fields["comment"], bool(fields["id"])) == ("alive", True)


async def test_what_commits_late_is_told_late_and_not_lost(opened: Desk) -> None:
    fixes = [await opened.fix(number) for number in range(2)]
    async with listening(opened, await opened.token("reader")) as stream:
        async with opened.database.transaction() as slow:
            assert await move(slow, FixId(fixes[0]), to=FixState.REJECTED, actor="a")
            async with opened.database.transaction() as fast:
                assert await move(fast, FixId(fixes[1]), to=FixState.REJECTED, actor="b")
            async with opened.database.connection() as connection:
                held = await live_events.after(connection, await live_events.now(connection), 10)
                assert (held.rows, held.held) == ((), True)
        assert [(await stream.event())["fix_id"] for _ in range(2)] == fixes


async def test_many_writers_at_once_and_listeners_that_come_and_go_agree(opened: Desk) -> None:
    fixes = [await opened.fix(number) for number in range(12 * int(os.environ.get("CI_FIXER_SOAK") or 1))]
    token = await opened.token("reader")

    async def write(fix_id: int) -> None:
        async with opened.database.transaction() as connection:
            assert await move(connection, FixId(fix_id), to=FixState.REJECTED, actor="a")
            await connection.execute("SELECT pg_sleep(random() / 20)")

    async def listen(every: int) -> list[int]:
        found: list[int] = []
        last = start
        while len(found) < len(fixes):
            async with listening(opened, token, since=last) as stream:
                for _ in range(every):
                    if len(found) < len(fixes):
                        found.append((await stream.event())["fix_id"])
                last = stream.last_id
        return found

    async with listening(opened, token) as stream:
        start = stream.last_id
    writing = asyncio.gather(*map(write, fixes))
    heard_by = await asyncio.gather(*(listen(every) for every in (1, 3, 100)))
    await writing
    assert heard_by[0] == heard_by[1] == heard_by[2]
    assert set(heard_by[0]) == set(fixes)
    assert len(heard_by[0]) == len(fixes)


async def test_nothing_is_heard_of_what_one_may_not_read(opened: Desk) -> None:
    shop = await opened.sandbox.create_repository("acme", "shop", {"a": b"1"}, private=True)
    await opened.reach(shop, await opened.sandbox.install(opened.app, "acme", [shop]))
    async with (
        listening(opened, await opened.token("reader")) as reader,
        listening(opened, await opened.token("acme")) as acme,
    ):
        theirs, ours = await opened.fix(1, shop), await opened.fix(2)
        assert {one.get("fix_id") for one in await reader.until("fix", "proposed")} == {None, ours}
        assert {one.get("fix_id") for one in await acme.until("fix", "proposed")} == {None, theirs}
        # A made-up place is no way around.
        async with listening(opened, await opened.token("stranger"), since=f"1-1-{2**40}") as stranger:
            await opened.fix(3)
            await reader.until("fix", "proposed")
            told = [await stranger.block() for _ in range(2)]
            assert [sorted(one) for one in told] == [["retry"], ["comment", "id"]]


async def test_of_what_is_others_github_is_not_asked_at_each_event(
    quick: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = Rights.role

    async def counted(self: Rights, person: User, repository: Repository, *, fresh: bool = False) -> Role:
        asked.append(person.login)
        return await real(self, person, repository, fresh=fresh)

    async with listening(quick, await quick.token("stranger")) as stranger:
        monkeypatch.setattr(Rights, "role", counted)
        async with listening(quick, await quick.token("reader")) as reader:
            for number in range(3):
                await quick.fix(number)
                await reader.until("fix", "proposed")
        for _ in range(2):
            assert "data" not in await stranger.block()
    assert asked.count("stranger") == 1
    assert asked.count("reader") >= 3


async def test_only_the_headers_are_told_without_listening(opened: Desk) -> None:
    answer = await opened.call("HEAD", "/events", await opened.token("reader"))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert opened.site.live.listeners == 0


async def test_one_repository_is_listened_to_by_name_and_another_is_not_there(opened: Desk) -> None:
    token = await opened.token("reader")
    async with listening(opened, token, "/events?repository=octo/geo") as stream:
        fix_id = await opened.fix()
        assert (await stream.until("fix", "proposed"))[-1]["fix_id"] == fix_id
    for name in ("octo/none", "acme/shop"):
        assert (await opened.call("GET", f"/events?repository={name}", token)).status_code == 404


async def test_what_is_revoked_ends(quick: Desk) -> None:
    token = await quick.token("reader")
    async with listening(quick, token) as stream, socket(quick, token) as made:
        async with quick.database.connection() as connection:
            assert await api_tokens.revoke(connection, 1)
        ended = await stream.event()
        assert (ended["kind"], ended["reason"]) == ("end", "This API token is not known, was revoked, or has expired.")
        assert (await heard(made))["kind"] == "end"
        with pytest.raises(ConnectionClosed, match="revoked"):
            await made.recv()


async def test_a_repository_that_one_may_no_more_read_falls_silent_and_ends_where_it_was_named(quick: Desk) -> None:
    token = await quick.token("reader")
    async with listening(quick, token) as every, listening(quick, token, "/events?repository=octo/geo") as one:
        await quick.sandbox.set_role(quick.geo, "reader", "none")
        assert (await one.event())["reason"] == "You may not read this repository any more."
        await quick.fix()
        for _ in range(3):
            assert "data" not in await every.block()


async def test_whoever_was_away_for_too_long_is_told_to_read_the_lists_anew(opened: Desk) -> None:
    token = await opened.token("reader")
    for lost in ("1-1-1000", f"{2**59}-1-{2**40}"):
        async with listening(opened, token, since=lost) as stream:
            reset = await stream.event()
            assert (reset["kind"], reset["reason"]) == (
                "reset", "What happened since is not known any more: read the lists anew.",
            )  # fmt: skip
            fix_id = await opened.fix(int(lost[0]))
            assert (await stream.until("fix", "proposed"))[-1]["fix_id"] == fix_id
    for wrong in ("x", "1-2", "1-2-3-4", "-1-1-1", "1-1-1e5", "9" * 200):
        answer = await opened.call("GET", "/events", token, headers={"Last-Event-ID": wrong})
        assert answer.status_code == 400, wrong


async def test_without_notify_it_is_heard_by_looking(opened: Desk) -> None:
    async with opened.database.connection() as connection:
        # As behind a pooler of transactions, where LISTEN hears nothing.
        await connection.execute("DROP TRIGGER live_events_notify ON live_events")
    async with listening(opened, await opened.token("reader")) as stream:
        fix_id = await opened.fix()
        assert (await stream.until("fix", "proposed"))[-1]["fix_id"] == fix_id


async def test_the_reader_comes_back_after_its_connection_was_cut(quick: Desk) -> None:
    async with listening(quick, await quick.token("reader")) as stream:
        await quick.fix(1)
        await stream.until("fix", "proposed")
        assert await quick.value(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND query LIKE 'LISTEN%'"
        )
        fix_id = await quick.fix()
        assert (await stream.until("fix", "proposed"))[-1]["fix_id"] == fix_id


async def test_a_person_listens_ten_times_at_most(opened: Desk) -> None:
    token = await opened.token("reader")
    opening = [listening(opened, token) for _ in range(10)]
    for one in opening:
        await one.__aenter__()
    assert (await opened.call("GET", "/events", token)).status_code == 429
    with pytest.raises(InvalidStatus) as refused:
        async with socket(opened, token):
            pass
    assert refused.value.response.status_code == 429
    for one in opening:
        await one.__aexit__(None, None, None)
    async with asyncio.timeout(20):
        # The server notices within a moment that they went.
        while opened.site.live.listeners:
            await opened.call("GET", "/fixes", token)


async def test_whoever_reads_too_slowly_is_let_go_with_a_reason(opened: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.listening._MOST_WAITING", 3)
    fixes = [await opened.fix(number) for number in range(8)]
    async with listening(opened, await opened.token("reader")) as stream:
        async with opened.database.transaction() as connection:
            for fix_id in fixes:
                await move(connection, FixId(fix_id), to=FixState.REJECTED, actor="a")
        ended = await stream.event()
        assert (ended["kind"], ended["reason"].split(";")[0]) == ("end", "You read too slowly")
    async with listening(opened, await opened.token("reader"), since=ended["id"]) as stream:
        assert [(await stream.event())["fix_id"] for _ in fixes] == fixes


async def test_a_stream_ends_with_the_server(database: Database, tmp_path: Path, app_key: str) -> None:
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:  # noqa: SIM117 - the listeners outlive the server
        async with desk(database, tmp_path, app_key) as opened:
            token = await opened.token("reader")
            ready = [asyncio.Event(), asyncio.Event()]

            async def stream() -> str:
                async with listening(opened, token) as made:
                    ready[0].set()
                    return str((await made.event())["reason"])

            async def over_socket() -> str:
                async with socket(opened, token) as made:
                    ready[1].set()
                    try:
                        return str((await heard(made)).get("reason"))
                    except ConnectionClosed as closed:
                        return str(closed)

            listeners = [group.create_task(stream()), group.create_task(over_socket())]
            for one in ready:
                await one.wait()
    assert listeners[0].result() == "The server is going down; come back in a moment."
    assert "going down" in listeners[1].result() or "1012" in listeners[1].result()


async def test_another_sites_page_cannot_listen_with_a_visitors_session(quick: Desk) -> None:
    async with quick.browser("reader") as browser:
        cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        own = quick.url
        async with socket(quick, headers={"Cookie": cookie}, origin=own):
            pass
        for origin, status in (("https://evil.test", 403), (FRONT, 401), (None, 401), ("null", 403), (own + "1", 403)):
            with pytest.raises(InvalidStatus) as refused:
                async with socket(quick, headers={"Cookie": cookie}, origin=origin):
                    pass
            assert refused.value.response.status_code == status, origin
            assert json.loads(refused.value.response.body)["status"] == status
        async with listening(quick, client=browser) as stream:
            assert stream.last_id


async def test_the_frontends_page_listens_with_a_token_which_it_offers_as_a_subprotocol(quick: Desk) -> None:
    token = await quick.token("reader")
    async with socket(quick, origin=FRONT, subprotocols=["ci-fixer", token]) as made:
        assert made.subprotocol == "ci-fixer"
    for wrong in ("cifx_guessed", "x"):
        with pytest.raises(InvalidStatus) as refused:
            async with socket(quick, origin=FRONT, subprotocols=["ci-fixer", wrong]):
                pass
        assert refused.value.response.status_code == 401


async def test_a_socket_takes_nothing(opened: Desk) -> None:
    async with socket(opened, await opened.token("reader")) as made:
        await made.send("hello")
        with pytest.raises(ConnectionClosed, match="Nothing is taken here"):
            await made.recv()
    async with socket(opened, await opened.token("reader")) as made:
        await made.send("x" * 5000)
        with pytest.raises(ConnectionClosed):
            await made.recv()
    assert (await opened.call("GET", "/events")).status_code == 401


async def test_history_that_is_brought_in_is_no_news(opened: Desk) -> None:
    fix_id = await opened.fix()
    before = await opened.value("SELECT count(*) FROM live_events")
    async with opened.database.transaction() as connection:
        await live_events.silence(connection)
        await move(connection, FixId(fix_id), to=FixState.REJECTED, actor="a")
    assert await opened.value("SELECT count(*) FROM live_events") == before
    await opened.fix(1)
    assert await opened.value("SELECT count(*) FROM live_events") != before
