"""GraphQL: a signed commit on a branch that must still be where it was seen, and the reads that go with it."""

import base64
from typing import Any

import pytest

from tests.sandbox.conftest import CI, GitHub

MUTATION = """
mutation Commit($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) {
    clientMutationId
    commit { oid message messageHeadline messageBody url author { name email user { login } }
             signature { isValid wasSignedByGitHub state } tree { oid } }
    ref { id name prefix target { oid } }
  }
}
"""


def addition(path: str, content: bytes = b"new\n") -> dict[str, str]:
    return {"path": path, "contents": base64.b64encode(content).decode()}


def wanted(head: str, *additions: dict[str, str], **more: object) -> dict[str, object]:
    return {
        "branch": {"repositoryNameWithOwner": "octo/repo", "branchName": "main"},
        "expectedHeadOid": head,
        "message": {"headline": "Fix it", "body": "Because."},
        "fileChanges": {"additions": list(additions) or [addition("a.py")]},
    } | more


async def ask(github: GitHub, query: str, token: str | None = None, **variables: object) -> Any:
    answer = await github.call("POST", "/graphql", token, json={"query": query, "variables": variables})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def refused(github: GitHub, told: dict[str, object], token: str | None = None) -> tuple[str, str]:
    """Type and sentence of a refusal that has changed nothing."""
    before = await github.head()
    answer = await ask(github, MUTATION, token, input=told)
    (error,) = answer["errors"]
    assert answer["data"] == {"createCommitOnBranch": None}
    assert error["path"] == ["createCommitOnBranch"]
    assert error["locations"] == [{"line": 3, "column": 3}]
    assert await github.head() == before
    return error["type"], error["message"]


async def test_a_commit_is_made_signed_and_told_of(github: GitHub) -> None:
    head = await github.head()
    told = wanted(head, addition("a.py"), addition("deep/b.bin", b"\0\xff"), clientMutationId="7")
    done = (await ask(github, MUTATION, input=told))["data"]["createCommitOnBranch"]
    commit = done["commit"]
    assert done["clientMutationId"] == "7"
    assert await github.head() == commit["oid"] == done["ref"]["target"]["oid"]
    assert (done["ref"]["name"], done["ref"]["prefix"]) == ("main", "refs/heads/")
    assert (commit["messageHeadline"], commit["messageBody"]) == ("Fix it", "Because.")
    assert commit["author"]["user"] == {"login": "ci-fixer[bot]"}
    assert commit["signature"] == {"isValid": True, "wasSignedByGitHub": True, "state": "VALID"}
    stored = await github.sandbox.git(github.repo).commit(commit["oid"])
    assert (stored.parents, stored.message, stored.committer.name) == ((head,), "Fix it\n\nBecause.", "GitHub")
    assert await github.sandbox.read_file(github.repo, "main", "deep/b.bin") == b"\0\xff"
    shown = (await github.get(f"{{r}}/commits/{commit['oid']}")).json()
    assert shown["commit"]["verification"]["verified"]


async def test_files_are_changed_and_removed_in_one_commit(github: GitHub) -> None:
    changes = {"additions": [addition("README.md", b"anew\n")], "deletions": [{"path": "src/a.py"}]}
    await ask(github, MUTATION, input=wanted(await github.head(), fileChanges=changes))
    tree = (await github.get("{r}/git/trees/main", params={"recursive": "1"})).json()["tree"]
    assert [one["path"] for one in tree] == ["README.md"]
    assert await github.sandbox.read_file(github.repo, "main", "README.md") == b"anew\n"


async def test_a_commit_without_a_body_or_changes(github: GitHub) -> None:
    told = wanted(await github.head(), message={"headline": "Nothing"}, fileChanges=None)
    done = (await ask(github, MUTATION, input=told))["data"]["createCommitOnBranch"]
    assert done["commit"]["message"] == "Nothing"


async def test_a_branch_may_be_named_by_the_id_of_its_ref(github: GitHub) -> None:
    ref = (await github.get("{r}/git/ref/heads/main")).json()["node_id"]
    done = await ask(github, MUTATION, input=wanted(await github.head(), branch={"id": ref}))
    assert done["data"]["createCommitOnBranch"]["ref"]["id"] == ref


async def test_a_commit_sets_off_what_a_push_does(github: GitHub) -> None:
    await github.sandbox.push(github.repo, "main", {CI: b"push"}, "CI [skip ci]", "octo")
    await ask(github, MUTATION, input=wanted(await github.head()))
    await github.sandbox.idle()
    (run,) = github.sandbox.runs(github.repo)
    assert (run.head_sha, run.actor.login) == (await github.head(), "ci-fixer[bot]")


async def test_a_branch_that_moved_on_is_left_alone(github: GitHub) -> None:
    seen = await github.head()
    await github.branch("main", b=b"1")
    sentence = f'Expected branch to point to "{seen}" but it did not. Pull and try again.'
    assert await refused(github, wanted(seen)) == ("STALE_DATA", sentence)


@pytest.mark.parametrize(
    ("more", "kind", "said"),
    [
        (
            {"branch": {"repositoryNameWithOwner": "octo/repo", "branchName": "nowhere"}},
            "NOT_FOUND",
            "No branch named 'nowhere' was found on octo/repo.",
        ),
        (
            {"branch": {"repositoryNameWithOwner": "octo/hidden", "branchName": "main"}},
            "NOT_FOUND",
            "Could not resolve to a Repository with the name 'octo/hidden'.",
        ),
        ({"branch": {"id": "nonsense"}}, "NOT_FOUND", "Could not resolve to a node with the global id of 'nonsense'."),
        ({"branch": {"branchName": "main"}}, "UNPROCESSABLE", "A branch needs an id, or"),
        (
            {"fileChanges": {"deletions": [{"path": "nowhere"}]}},
            "UNPROCESSABLE",
            "A path was requested for deletion which does not exist as of commit oid",
        ),
        ({"fileChanges": {"additions": [addition("../a")]}}, "UNPROCESSABLE", "malformed path component: ../a"),
        ({"fileChanges": {"additions": [addition(".git/config")]}}, "UNPROCESSABLE", "malformed path component"),
        ({"fileChanges": {"additions": [addition(CI)]}}, "FORBIDDEN", "without `workflows` permission"),
        ({"fileChanges": {"deletions": [{"path": CI}]}}, "FORBIDDEN", "without `workflows` permission"),
    ],
)
async def test_what_cannot_be_committed_is_refused(
    github: GitHub, more: dict[str, object], kind: str, said: str
) -> None:
    await github.sandbox.create_repository("octo", "hidden", {"a": b"a"}, private=True)
    found, message = await refused(github, wanted(await github.head(), **more))
    assert found == kind
    assert said in message


async def test_a_token_that_may_only_read_makes_no_commit(github: GitHub) -> None:
    token = await github.token(permissions={"contents": "read"})
    told = wanted(await github.head())
    assert await refused(github, told, token) == ("FORBIDDEN", "Resource not accessible by integration")
    stranger = github.sandbox.user_token("stranger")
    assert (await refused(github, told, stranger))[0] == "FORBIDDEN"


async def test_with_the_permission_a_workflow_may_be_committed(github: GitHub) -> None:
    app = await github.sandbox.create_app("Writer", {"contents": "write", "workflows": "write"}, ())
    github.app, github.installation_id = app, await github.sandbox.install(app, "octo", [github.repo])
    answer = await ask(github, MUTATION, input=wanted(await github.head(), addition(CI, b"nothing")))
    assert "errors" not in answer


async def test_a_person_commits_in_their_own_name(github: GitHub) -> None:
    token = github.sandbox.user_token("mona")
    done = await ask(github, MUTATION, token, input=wanted(await github.head()))
    assert done["data"]["createCommitOnBranch"]["commit"]["author"]["user"] == {"login": "mona"}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"expectedHeadOid": "main"}, 'Could not coerce value "main" to GitObjectID'),
        ({"expectedHeadOid": None}, "expectedHeadOid"),
        ({"fileChanges": {"additions": [{"path": "a", "contents": "%%"}]}}, "Could not coerce value to Base64String"),
        ({"fileChanges": {"additions": [{"path": "a"}]}}, "contents"),
        ({"fileChanges": {"renames": []}}, "renames"),
        ({"message": {"body": "no headline"}}, "headline"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_what_is_not_of_the_schema_is_refused_before_anything_is_done(
    github: GitHub, more: dict[str, object], said: str
) -> None:
    before = await github.head()
    answer = await ask(github, MUTATION, input=wanted(before, **more))
    assert "data" not in answer
    assert said in answer["errors"][0]["message"]
    assert await github.head() == before


async def test_a_field_that_is_not_there_is_refused_before_the_commit_is_made(github: GitHub) -> None:
    before = await github.head()
    query = MUTATION.replace("tree { oid }", "colour")
    answer = await ask(github, query, input=wanted(before))
    assert (answer.get("data"), "colour" in answer["errors"][0]["message"]) == (None, True)
    assert await github.head() == before


async def test_reads(github: GitHub) -> None:
    query = """
    query($owner: String!) {
      me: viewer { login }
      repository(owner: $owner, name: "repo") { nameWithOwner isPrivate defaultBranchRef { ...tip } __typename }
    }
    fragment tip on Ref { name target { oid ... on Commit { messageHeadline } } }
    """
    data = (await ask(github, query, owner="octo"))["data"]
    assert data["me"] == {"login": "ci-fixer[bot]"}
    assert data["repository"] == {
        "nameWithOwner": "octo/repo",
        "isPrivate": False,
        "defaultBranchRef": {
            "name": "main",
            "target": {"oid": await github.head(), "messageHeadline": "Initial commit"},
        },
        "__typename": "Repository",
    }
    assert (await ask(github, "{ viewer { login } }", github.sandbox.user_token("mona")))["data"] == {
        "viewer": {"login": "mona"}
    }


async def test_a_repository_that_may_not_be_seen_is_not_found(github: GitHub) -> None:
    await github.sandbox.create_repository("octo", "hidden", {"a": b"a"}, private=True)
    answer = await ask(github, '{ repository(owner: "octo", name: "hidden") { id } viewer { login } }')
    assert answer["data"] == {"repository": None, "viewer": {"login": "ci-fixer[bot]"}}
    assert answer["errors"][0]["type"] == "NOT_FOUND"


TWO = "query A { viewer { login } } query B { viewer { databaseId } }"


@pytest.mark.parametrize("query", ["", "{", "{ nothing }", "subscription { x }", TWO])
async def test_a_document_that_cannot_be_run_is_an_error_and_no_data(github: GitHub, query: str) -> None:
    answer = await ask(github, query)
    assert answer["errors"]
    assert "data" not in answer


async def test_of_several_operations_one_is_chosen_by_name(github: GitHub) -> None:
    answer = await github.post("/graphql", query=TWO, operationName="A")
    assert answer.json() == {"data": {"viewer": {"login": "ci-fixer[bot]"}}}


async def test_who_is_nobody_asks_nothing(github: GitHub) -> None:
    for headers in ({}, {"Authorization": f"Bearer {github.jwt()}"}):
        answer = await github.http.post("/graphql", json={"query": "{ viewer { login } }"}, headers=headers)
        assert answer.status_code == 401
    answer = await github.post("/graphql", query=7)
    assert answer.json() == {"errors": [{"message": "A query attribute must be specified and must be a string."}]}
    assert (await github.call("POST", "/graphql", content=b"{")).status_code == 400


async def test_an_enterprise_server_has_it_below_api(github: GitHub) -> None:
    answer = await github.post("/api/graphql", query="{ viewer { login } }")
    assert answer.json()["data"]["viewer"]["login"] == "ci-fixer[bot]"
