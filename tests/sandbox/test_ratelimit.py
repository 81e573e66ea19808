"""The primary rate limit and its headers."""

from tests.sandbox.conftest import GitHub


async def used(github: GitHub, token: str) -> tuple[int, int, int]:
    answer = await github.call("GET", "{r}", token)
    headers = answer.headers
    assert headers["x-ratelimit-resource"] == "core"
    return tuple(int(headers[f"x-ratelimit-{name}"]) for name in ("limit", "remaining", "used"))  # type: ignore[return-value]  # three names give three numbers


async def test_every_answer_says_what_is_left(github: GitHub) -> None:
    token = await github.token()
    assert await used(github, token) == (5000, 4999, 1)
    assert await used(github, token) == (5000, 4998, 2)


async def test_a_new_token_does_not_begin_anew(github: GitHub) -> None:
    await used(github, await github.token())
    assert await used(github, await github.token()) == (5000, 4998, 2)


async def test_installations_people_and_apps_are_counted_apart(github: GitHub) -> None:
    await used(github, await github.token())
    assert await used(github, github.sandbox.user_token("mona")) == (5000, 4999, 1)


async def test_asking_for_the_limit_is_free(github: GitHub) -> None:
    token = await github.token()
    await used(github, token)
    for _ in range(2):
        answer = await github.call("GET", "/rate_limit", token)
        assert answer.json()["resources"]["core"]["used"] == 1
        assert answer.json()["rate"]["remaining"] == 4999


async def test_what_is_over_the_limit_is_refused_until_the_hour_is_over(github: GitHub) -> None:
    github.sandbox.world.limits.limit = 2
    token = await github.token()
    await used(github, token)
    await used(github, token)
    answer = await github.call("POST", "{r}/issues", token, json={"title": "It fails"})
    assert answer.status_code == 403
    assert answer.json()["message"] == f"API rate limit exceeded for installation ID {github.installation_id}."
    assert answer.headers["x-ratelimit-remaining"] == "0"
    assert github.sandbox.find("octo/repo").issues == {}
    reset = int(answer.headers["x-ratelimit-reset"])
    assert 3590 <= reset - github.time().timestamp() <= 3600
    assert (await github.call("GET", "/rate_limit", token)).status_code == 200
    github.time.passes(hours=1, seconds=1)
    assert (await github.call("GET", "{r}", await github.token())).status_code == 200


async def test_who_is_nobody_has_sixty(github: GitHub) -> None:
    answers = [await github.http.get("/repos/octo/repo") for _ in range(61)]
    assert [answer.status_code for answer in answers[:60]] == [200] * 60
    assert answers[60].json()["message"] == "API rate limit exceeded for 127.0.0.1."
    assert answers[0].headers["x-ratelimit-limit"] == "60"
