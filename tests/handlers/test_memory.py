"""A failure that was mended before is mended from memory: no model is asked twice for what CI found good."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from agents.gemini import Gemini
from tests.agents.fake_gemini import FakeGemini, says, serving
from tests.agents.requests import answer
from tests.handlers.house import WORKFLOW, House, house, pytest_workflow

GOOD = b"def area(a, b):\n    return a * b\n"
BAD = b"def area(a, b):\n    return a * len(b)\n"
TEST = b"from shapes import area\n\n\ndef test_area():\n    assert area(2, 3) == 6\n"


@dataclass(frozen=True)
class Place:
    """The App with a model, on a repository whose tests pass."""

    home: House
    model: FakeGemini

    async def broken(self, branch: str, bad: bytes = BAD) -> int:
        """A pull request that breaks the area, in the same way each time."""
        await self.home.sandbox.push(self.home.repository, branch, {"shapes.py": bad}, "Take the length", "mona")
        number = await self.home.sandbox.open_pull_request(self.home.repository, "mona", branch, "main", branch)
        await self.home.settle()
        return number

    async def mended(self, branch: str) -> int:
        """A pull request whose fix, by the model, was approved and found green."""
        number = await self.broken(branch)
        await self.home.sandbox.comment(self.home.repository, number, "mona", "/approve")
        await self.home.settle()
        return number


@pytest.fixture
async def place(database_url: str, tmp_path: Path) -> AsyncIterator[Place]:
    claim = {
        "statement": "a side is a number",
        "file_lines": [{"path": "shapes.py", "line": 2, "quote": "    return a * len(b)"}],
    }
    edit = {"path": "shapes.py", "search": "len(b)", "replace": "b"}
    model = FakeGemini([says(answer(claims=[claim], edits=[edit]))])
    async with (
        serving(model) as url,
        house(database_url, tmp_path, Gemini("k", base_url=url, retry_pause=0.001)) as home,
    ):
        await home.settle()
        files = {WORKFLOW: pytest_workflow("test_shapes.py"), "shapes.py": GOOD, "test_shapes.py": TEST}
        await home.sandbox.push(home.repository, "main", files, "Shapes", "octo")
        await home.settle()
        yield Place(home, model)


async def test_a_verified_fix_is_proposed_again_without_asking_the_model(place: Place) -> None:
    await place.mended("one")
    number = await place.broken("two")
    (comment,) = place.home.our_comments(number)
    assert "memory:F1" in comment
    assert len(place.model.received) == 1


async def test_what_is_remembered_is_approved_and_tried_like_any_fix(place: Place) -> None:
    await place.mended("one")
    await place.mended("two")
    assert await place.home.value("SELECT string_agg(state, ' ' ORDER BY fix_id) FROM suggested_fixes") == (
        "verified verified"
    )


async def test_what_no_longer_applies_is_not_remembered(place: Place) -> None:
    await place.mended("one")
    number = await place.broken("two", BAD.replace(b"a * len(b)", b"len(b) * len(a)"))
    (comment,) = place.home.our_comments(number)
    assert "memory" not in comment
    assert len(place.model.received) > 1


async def test_a_fix_that_nobody_approved_is_not_remembered(place: Place) -> None:
    await place.broken("one")
    number = await place.broken("two")
    assert "memory" not in place.home.our_comments(number)[0]
