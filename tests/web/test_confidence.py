"""The API and the pages say how sure to be of a fix, in the same words as the report."""

from dataclasses import asdict

import pytest

from storage.confidence import Confidence
from tests.web.desk import Desk

SAID = Confidence(0.824, 0.71, 0.9, 41, "fixes of this kind for this category", 3)


@pytest.mark.parametrize(
    ("said", "text"), [(SAID, "82 %, from 41 similar fixes"), (None, "not enough history")], ids=["known", "unknown"]
)
async def test_a_fix_is_shown_with_how_sure_to_be_of_it(opened: Desk, said: Confidence | None, text: str) -> None:
    fix_id = await opened.fix(confidence=said)  # type: ignore[arg-type]  # the one field that is no text
    token = await opened.token("reader", "read")
    figures = dict.fromkeys(asdict(SAID)) if said is None else asdict(said)
    listed = (await opened.call("GET", "/fixes", token)).json()["fixes"]
    assert [one["confidence"] for one in listed] == [{"text": text, **figures}]
    shown = (await opened.call("GET", f"/fixes/F{fix_id}", token)).json()
    assert shown["fix"]["confidence"] == {"text": text, **figures}
    async with opened.browser("reader") as browser:
        assert f"confidence: {text}" in (await browser.get(f"/f/F{fix_id}")).text
