"""Pull requests over real branches: heads, files, test merges, forks, merging."""

from typing import Any

import pytest

from tests.sandbox.conftest import CI, GitHub


async def opened(github: GitHub, **body: object) -> dict[str, Any]:
    answer = await github.post("{r}/pulls", **{"head": "fix", "base": "main", "title": "A change", **body})
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == answer.json()["url"]
    found: dict[str, Any] = answer.json()
    return found


async def pull(github: GitHub, number: int = 1) -> dict[str, Any]:
    found: dict[str, Any] = (await github.get(f"{{r}}/pulls/{number}")).json()
    return found


async def test_a_pull_request_has_the_true_head_and_the_true_size(github: GitHub) -> None:
    await github.branch("fix", a=b"1\n2\n")
    sha = await github.branch("fix", README=b"x\n")
    base = await github.head()
    found = await opened(github, body="Because", draft=True)
    assert (found["number"], found["title"], found["body"], found["draft"]) == (1, "A change", "Because", True)
    assert (found["head"]["sha"], found["base"]["sha"]) == (sha, base)
    assert (found["commits"], found["additions"], found["deletions"], found["changed_files"]) == (2, 3, 0, 2)
    assert found["user"]["login"] == "ci-fixer[bot]"


async def test_its_files_are_those_since_the_base_branch_was_left(github: GitHub) -> None:
    await github.branch("fix", a=b"1\n")
    await github.branch("main", b=b"2\n")
    await opened(github)
    files = (await github.get("{r}/pulls/1/files")).json()
    assert [(one["filename"], one["patch"]) for one in files] == [("a", "@@ -0,0 +1 @@\n+1")]
    commits = (await github.get("{r}/pulls/1/commits")).json()
    assert [one["commit"]["message"] for one in commits] == ["A change"]


async def test_a_push_moves_the_head(github: GitHub) -> None:
    await github.branch("fix")
    await github.pull()
    sha = await github.branch("fix", a=b"1\n")
    assert (await pull(github))["head"]["sha"] == sha
    assert (await github.get("{r}/git/ref/pull/1/head")).json()["object"]["sha"] == sha


async def test_an_open_pull_request_has_a_test_merge(github: GitHub) -> None:
    head = await github.branch("fix", a=b"1\n")
    base = await github.branch("main", b=b"2\n")
    await github.pull()
    found = await pull(github)
    assert found["mergeable"] is True
    merge = (await github.get(f"{{r}}/git/commits/{found['merge_commit_sha']}")).json()
    assert [one["sha"] for one in merge["parents"]] == [base, head]
    assert (await github.get("{r}/git/ref/pull/1/merge")).json()["object"]["sha"] == found["merge_commit_sha"]


async def test_a_pull_request_that_conflicts_has_none_and_runs_nothing(github: GitHub) -> None:
    workflow = {CI: b"pull_request"}
    await github.sandbox.push(github.repo, "main", workflow, "CI", "octo")
    await github.branch("fix", **{"README.md": b"theirs\n"})
    await github.branch("main", **{"README.md": b"ours\n"})
    await github.pull()
    found = await pull(github)
    assert (found["mergeable"], found["mergeable_state"], found["merge_commit_sha"]) == (False, "dirty", None)
    await github.sandbox.idle()
    assert github.sandbox.runs(github.repo) == ()
    answer = await github.call("PUT", "{r}/pulls/1/merge", json={})
    assert (answer.status_code, answer.json()["message"]) == (405, "Pull Request is not mergeable")


@pytest.mark.parametrize(
    ("body", "field"),
    [({"head": "nowhere"}, "head"), ({"base": "nowhere"}, "base"), ({"head": "stranger:fix"}, "head")],
)
async def test_a_branch_that_is_not_there_is_refused(github: GitHub, body: dict[str, str], field: str) -> None:
    await github.branch("fix")
    answer = await github.call("POST", "{r}/pulls", json={"head": "fix", "base": "main", "title": "x", **body})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"resource": "PullRequest", "field": field, "code": "invalid"}]


async def test_a_second_pull_request_of_a_branch_is_refused(github: GitHub) -> None:
    await github.branch("fix")
    await github.pull()
    answer = await github.post("{r}/pulls", head="fix", base="main", title="Again")
    assert answer.json()["errors"][0]["message"] == "A pull request already exists for octo:fix."


async def test_a_branch_without_commits_of_its_own_is_refused(github: GitHub) -> None:
    await github.post("{r}/git/refs", ref="refs/heads/same", sha=await github.head())
    answer = await github.post("{r}/pulls", head="same", base="main", title="Nothing")
    assert answer.json()["errors"][0]["message"] == "No commits between main and same"
    await github.branch("fix")
    assert await github.pull() == 1


async def test_a_pull_request_of_a_fork_brings_its_commits(github: GitHub) -> None:
    fork = await github.sandbox.fork(github.repo, "stranger")
    sha = await github.sandbox.push(fork, "theirs", {"a": b"1\n"}, "Change", "stranger")
    number = await github.sandbox.open_pull_request(github.repo, "stranger", "stranger:theirs", "main", "A change")
    found = await pull(github, number)
    assert found["head"]["repo"]["full_name"] == "stranger/repo"
    assert found["head"]["label"] == "stranger:theirs"
    assert (await github.get(f"{{r}}/git/commits/{sha}")).status_code == 200
    # https://github.com/learningequality/kolibri/pull/14719
    assert (await github.get(f"{{r}}/commits/{sha}/pulls")).json() == []
    listed = (await github.get("{r}/pulls", params={"head": "stranger:theirs"})).json()
    assert [one["number"] for one in listed] == [number]
    again = await github.sandbox.push(fork, "theirs", {"a": b"2\n"}, "Change", "stranger")
    assert (await pull(github, number))["head"]["sha"] == again


async def test_the_pull_requests_of_a_commit(github: GitHub) -> None:
    first = await github.branch("fix", a=b"1")
    second = await github.branch("fix", b=b"2")
    number = await github.pull()
    for sha in (first, second):
        assert [one["number"] for one in (await github.get(f"{{r}}/commits/{sha}/pulls")).json()] == [number]
    assert (await github.get(f"{{r}}/commits/{await github.head()}/pulls")).json() == []


async def test_lists_by_state_head_and_base_in_any_order(github: GitHub) -> None:
    for branch in ("one", "two", "three"):
        await github.branch(branch)
        await github.pull(branch)
        github.time.passes(minutes=1)
    await github.sandbox.close_pull_request(github.repo, 2, "mona")
    await github.branch("one", more=b"x")

    async def numbers(**params: str) -> list[int]:
        return [one["number"] for one in (await github.get("{r}/pulls", params=params)).json()]

    assert await numbers() == [3, 1]
    assert await numbers(state="closed") == [2]
    assert await numbers(state="all") == [3, 2, 1]
    assert await numbers(state="all", direction="asc") == [1, 2, 3]
    assert await numbers(state="all", sort="updated") == [3, 2, 1]
    assert await numbers(state="all", sort="updated", direction="desc") == [1, 2, 3]
    assert await numbers(head="octo:three") == [3]
    assert await numbers(head="three") == [3, 1]
    assert await numbers(base="nowhere") == []


async def test_title_body_and_state_can_be_changed(github: GitHub) -> None:
    await github.branch("fix")
    await github.pull()
    answer = await github.patch("{r}/pulls/1", title="Better", body="Because", state="closed")
    assert (answer.json()["title"], answer.json()["body"], answer.json()["state"]) == ("Better", "Because", "closed")
    assert answer.json()["closed_at"] is not None
    assert (await github.patch("{r}/pulls/1", state="open")).json()["closed_at"] is None
    assert (await github.get("{r}/pulls/9")).status_code == 404


async def test_a_merge_is_a_real_one(github: GitHub) -> None:
    head = await github.branch("fix", a=b"1\n")
    base = await github.branch("main", b=b"2\n")
    await github.pull()
    done = (await github.call("PUT", "{r}/pulls/1/merge", json={"sha": head})).json()
    assert done["merged"]
    assert await github.head() == done["sha"]
    commit = await github.sandbox.git(github.repo).commit(done["sha"])
    assert commit.parents == (base, head)
    assert commit.message == "Merge pull request #1 from octo/fix"
    found = await pull(github)
    assert (found["state"], found["merged"], found["merge_commit_sha"]) == ("closed", True, done["sha"])
    assert (await github.call("PUT", "{r}/pulls/1/merge", json={})).status_code == 405
    answer = await github.patch("{r}/pulls/1", state="open")
    assert answer.json()["errors"][0]["message"] == "state cannot be changed. The pull request is merged."


async def test_a_merge_of_another_head_than_was_seen_is_refused(github: GitHub) -> None:
    await github.branch("fix")
    await github.pull()
    answer = await github.call("PUT", "{r}/pulls/1/merge", json={"sha": "0" * 40})
    assert (answer.status_code, answer.json()["message"]) == (
        409, "Head branch was modified. Review and try the merge again.",
    )  # fmt: skip


async def test_a_deleted_branch_closes_its_pull_request(github: GitHub) -> None:
    await github.branch("fix")
    await github.pull()
    await github.sandbox.delete_branch(github.repo, "fix", "mona")
    assert (await pull(github))["state"] == "closed"
    with pytest.raises(ValueError, match="no branch 'fix'"):
        await github.sandbox.delete_branch(github.repo, "fix", "mona")
