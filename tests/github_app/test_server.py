import asyncio
import hashlib
import hmac
import socket
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from github_app.server import PortTaken, Receiver, build_server, listen
from github_app.webhook import MAX_BODY, Delivery
from storage.database import Database
from storage.deliveries import DeliveryWriter, Incoming, delivery_writer, load

SECRET = b"a secret of the tests"
OLD_SECRET = b"the secret before that"


def signed(body: bytes, secret: bytes = SECRET, **changed: str) -> dict[str, str]:
    return {
        "X-GitHub-Event": "workflow_run",
        "X-GitHub-Delivery": str(uuid.uuid4()),
        "X-Hub-Signature-256": "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest(),
        **changed,
    }


def client(writer: DeliveryWriter) -> httpx.AsyncClient:
    async def write(delivery: Delivery) -> bool:
        return await writer.write(Incoming(delivery.guid, delivery.event, delivery.body))

    app = build_server(write, (SECRET, OLD_SECRET), Starlette())
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app")


async def counts(database: Database) -> tuple[int, int]:
    async with database.connection() as connection:
        cursor = await connection.execute(
            "SELECT (SELECT count(*) FROM deliveries), (SELECT count(*) FROM procrastinate_jobs)"
        )
        row = await cursor.fetchone()
        assert row is not None
        return row[0], row[1]


@pytest.fixture
async def github(database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with delivery_writer(database_url) as writer, client(writer) as opened:
        yield opened


async def test_a_signed_delivery_is_stored_with_its_job(github: httpx.AsyncClient, database: Database) -> None:
    headers = signed(b'{"a": 1}')
    answer = await github.post("/webhook/github", content=b'{"a": 1}', headers=headers)
    assert answer.status_code == 202
    assert await counts(database) == (1, 1)
    async with database.connection() as connection:
        stored = await load(connection, headers["X-GitHub-Delivery"])
        cursor = await connection.execute("SELECT task_name, args->>'guid' FROM procrastinate_jobs")
        assert await cursor.fetchone() == ("deliver", headers["X-GitHub-Delivery"])
    assert stored == Incoming(headers["X-GitHub-Delivery"], "workflow_run", b'{"a": 1}')


async def test_the_same_delivery_twenty_times_at_once_is_one_job(github: httpx.AsyncClient, database: Database) -> None:
    headers = signed(b"{}")
    answers = await asyncio.gather(*(github.post("/webhook/github", content=b"{}", headers=headers) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [202]
    assert await counts(database) == (1, 1)


async def test_different_deliveries_at_once_are_all_stored(github: httpx.AsyncClient, database: Database) -> None:
    answers = await asyncio.gather(
        *(github.post("/webhook/github", content=b"{}", headers=signed(b"{}")) for _ in range(300))
    )
    assert {answer.status_code for answer in answers} == {202}
    assert await counts(database) == (300, 300)


async def test_the_secret_before_a_rotation_still_signs(github: httpx.AsyncClient) -> None:
    answer = await github.post("/webhook/github", content=b"{}", headers=signed(b"{}", OLD_SECRET))
    assert answer.status_code == 202


@pytest.mark.parametrize(
    "signature",
    [
        None,
        b"",
        b"sha256=" + b"0" * 64,
        b"sha1=" + hmac.new(SECRET, b"{}", hashlib.sha1).hexdigest().encode(),
        b"sha256=" + hmac.new(b"", b"{}", hashlib.sha256).hexdigest().encode(),
        b"sha256=\xff\xfe\xc3",
    ],
    ids=["none", "empty", "wrong", "sha1", "empty secret", "not ascii"],
)
async def test_a_wrong_signature_is_refused_and_nothing_stored(
    github: httpx.AsyncClient, database: Database, signature: bytes | None
) -> None:
    headers: dict[bytes, bytes] = {name.encode(): value.encode() for name, value in signed(b"{}").items()}
    del headers[b"X-Hub-Signature-256"]
    if signature is not None:
        headers[b"X-Hub-Signature-256"] = signature
    answer = await github.post("/webhook/github", content=b"{}", headers=headers)
    assert answer.status_code == 401
    assert await counts(database) == (0, 0)


async def test_a_truncated_body_is_refused(github: httpx.AsyncClient) -> None:
    answer = await github.post("/webhook/github", content=b'{"a"', headers=signed(b'{"a": 1}'))
    assert answer.status_code == 401


@pytest.mark.parametrize("changed", [{"X-GitHub-Delivery": "12"}, {"X-GitHub-Event": "Push; drop"}])
async def test_a_header_that_is_not_githubs_is_named(github: httpx.AsyncClient, changed: dict[str, str]) -> None:
    answer = await github.post("/webhook/github", content=b"{}", headers=signed(b"{}", SECRET, **changed))
    assert answer.status_code == 400
    assert next(iter(changed)) in answer.json()["detail"]


async def test_a_body_over_the_cap_is_refused_before_it_is_read(github: httpx.AsyncClient) -> None:
    headers = signed(b"", SECRET, **{"Content-Length": str(MAX_BODY + 1)})
    answer = await github.post("/webhook/github", content=b"", headers=headers)
    assert answer.status_code == 413


async def test_an_undeclared_body_over_the_cap_is_refused_while_streaming(github: httpx.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 4 * MAX_BODY:
            sent += 2**20
            yield bytes(2**20)

    answer = await github.post("/webhook/github", content=endless(), headers=signed(b""))
    assert answer.status_code == 413
    assert sent <= MAX_BODY + 2**20


async def test_a_body_that_never_ends_times_out() -> None:
    async def write(_: Delivery) -> bool:
        raise AssertionError("nothing may be written")

    async def never() -> dict[str, object]:
        await asyncio.Event().wait()
        return {}

    sent: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    receiver = Receiver(write, [SECRET], body_seconds=0.01)
    headers = [(name.lower().encode(), value.encode()) for name, value in signed(b"{}").items()]
    await receiver({"type": "http", "method": "POST", "headers": headers}, never, send)  # type: ignore[arg-type] # ASGI's types are mutable mappings
    assert sent[0]["status"] == 408


async def test_a_database_that_is_down_is_a_failed_delivery() -> None:
    async with delivery_writer("postgresql://someone:hunter2@127.0.0.1:1/x") as writer, client(writer) as github:
        answer = await github.post("/webhook/github", content=b"{}", headers=signed(b"{}"))
    assert answer.status_code == 503
    assert "retry-after" in answer.headers
    assert "hunter2" not in answer.text


async def test_the_writer_takes_up_again_after_its_connection_was_cut(
    github: httpx.AsyncClient, database: Database
) -> None:
    assert (await github.post("/webhook/github", content=b"{}", headers=signed(b"{}"))).status_code == 202
    async with database.connection() as connection:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid()"
        )
    codes = [(await github.post("/webhook/github", content=b"{}", headers=signed(b"{}"))).status_code for _ in range(2)]
    assert codes[-1] == 202
    assert set(codes) <= {202, 503}


def test_a_port_that_is_taken_says_so() -> None:
    with listen("127.0.0.1", 0) as first, pytest.raises(PortTaken, match="Set PORT to a free one"):
        listen("127.0.0.1", first.getsockname()[1])


def test_the_web_process_loads_neither_githubkit_nor_a_model() -> None:
    code = "import sys, cli.serving; sys.exit(bool({'githubkit', 'google.genai', 'pydantic_ai'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_answer_does_not_wait_for_the_receivers_acknowledgement() -> None:
    with listen("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
