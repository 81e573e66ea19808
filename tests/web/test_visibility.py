"""Each route, asked by nobody, by a reader elsewhere and by a reader here: generated from the table of operations."""

import re
from dataclasses import dataclass

import httpx
import pytest

from tests.web.desk import Desk, Seeded
from web.api.operation import Operation
from web.api.operations import OPERATIONS

CHANGING = re.compile(r'"(computed_at|updated_at|at|until|since)":"[^"]*"|^ci_fixer_(http|process)_.*\n', re.MULTILINE)
"""What a clock says in an answer, and what the process counts of all requests."""


@dataclass
class Asking:
    """What the tests ask with."""

    opened: Desk
    seeded: Seeded
    elsewhere: str
    here: str
    before: dict[str, str]
    """What the reader elsewhere was told by each route that names nothing, before there was anything here."""

    async def ask(self, one: Operation, token: str | None) -> httpx.Response:
        return await _ask(self.opened, one, self.seeded.path_of(one), token, self.seeded.bodies.get(one.name))


async def _ask(opened: Desk, one: Operation, path: str, token: str | None, body: object) -> httpx.Response:
    return await opened.call(one.method, path, token, json=body) if body else await opened.call(one.method, path, token)


def _names_nothing(one: Operation) -> bool:
    return one.path_model is None and one.method == "GET"


def _told(answer: httpx.Response) -> str:
    return CHANGING.sub("", answer.text)


@pytest.fixture
async def asking(opened: Desk) -> Asking:
    shop = await opened.sandbox.create_repository("acme", "shop", {"a": b"1"}, private=True)
    await opened.reach(shop, await opened.sandbox.install(opened.app, "acme", [shop]))
    await opened.fix(1, shop)
    elsewhere, here = await opened.token("acme"), await opened.token("reader")
    before = {
        one.name: _told(await _ask(opened, one, one.path, elsewhere, None)) for one in OPERATIONS if _names_nothing(one)
    }
    return Asking(opened, await opened.seeded(), elsewhere, here, before)


async def test_nobody_is_told_nothing_but_what_is_public(asking: Asking) -> None:
    for one in OPERATIONS:
        answer = await asking.ask(one, None)
        assert (answer.status_code == 401) != one.public, (one.name, answer.text)


async def test_to_a_reader_elsewhere_what_is_here_is_as_if_it_were_not(asking: Asking) -> None:
    for one in OPERATIONS:
        answer = await asking.ask(one, asking.elsewhere)
        if _names_nothing(one):
            assert (answer.status_code, _told(answer)) == (200, asking.before[one.name]), one.name
        else:
            assert answer.status_code == 404, (one.name, answer.text)
        assert "geo" not in answer.text, one.name


async def test_a_reader_here_sees_everything_and_does_nothing(asking: Asking) -> None:
    events = await asking.opened.value("SELECT count(*) FROM fix_events")
    for one in OPERATIONS:
        answer = await asking.ask(one, asking.here)
        assert answer.status_code == (403 if one.is_act else 200), (one.name, answer.text)
    assert await asking.opened.value("SELECT count(*) FROM fix_events") == events
    assert await asking.opened.value("SELECT count(*) FROM clarifications WHERE answer IS NOT NULL") == 0
    assert await asking.opened.value("SELECT count(*) FROM procrastinate_jobs") == 0
