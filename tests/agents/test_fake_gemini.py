"""The double itself: it speaks at both addresses that the maker's library has posted to."""

import httpx
import pytest

from tests.agents.fake_gemini import FakeGemini, says, serving


@pytest.mark.parametrize("version", ["v1beta", "v1"])
async def test_both_versions_of_the_address_are_served(version: str) -> None:
    fake = FakeGemini([says("yes")])
    async with serving(fake) as base_url, httpx.AsyncClient() as client:
        answer = await client.post(f"{base_url}/{version}/models/gemini-x:generateContent", json={"contents": []})
    assert answer.json()["candidates"][0]["content"]["parts"] == [{"text": "yes"}]
    assert [(one.version, one.model) for one in fake.received] == [(version, "gemini-x")]


@pytest.mark.parametrize("path", ["/v2/models/x:generateContent", "/v1/models/x:streamGenerateContent"])
async def test_other_addresses_are_not(path: str) -> None:
    fake = FakeGemini([says("yes")])
    async with serving(fake) as base_url, httpx.AsyncClient() as client:
        assert (await client.post(base_url + path, json={})).status_code == 404
    assert fake.received == []
