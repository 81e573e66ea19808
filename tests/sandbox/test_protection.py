"""Protected branches: changed by pull requests alone, whichever interface asks."""

import base64
from typing import Any

from tests.sandbox.conftest import GitHub
from tests.sandbox.test_graphql import MUTATION, addition, ask, wanted

SENTENCE = "Changes must be made through a pull request."


async def test_a_branch_says_that_it_is_protected(github: GitHub) -> None:
    assert (await github.get("{r}/branches/main")).json()["protected"] is False
    await github.sandbox.protect(github.repo, "main")
    assert (await github.get("{r}/branches/main")).json()["protected"] is True
    assert [one["protected"] for one in (await github.get("{r}/branches")).json()] == [True]


async def test_no_interface_changes_a_protected_branch(github: GitHub) -> None:
    other, before = await github.branch(), await github.head()
    await github.sandbox.protect(github.repo, "main")
    graphql: Any = await ask(github, MUTATION, input=wanted(before, addition("a.py")))
    assert [(one["type"], one["message"]) for one in graphql["errors"]] == [
        ("BRANCH_PROTECTION_RULE_VIOLATION", SENTENCE)
    ]
    content = base64.b64encode(b"x").decode()
    answers = [
        await github.patch("{r}/git/refs/heads/main", sha=other),
        await github.call("DELETE", "{r}/git/refs/heads/main"),
        await github.call("PUT", "{r}/contents/a.py", json={"message": "x", "content": content}),
    ]
    assert [(one.status_code, one.json()["message"]) for one in answers] == [(422, SENTENCE)] * 3
    assert await github.head() == before


async def test_a_pull_request_is_merged_into_it(github: GitHub) -> None:
    await github.branch()
    number = await github.pull()
    await github.sandbox.protect(github.repo, "main")
    assert (await github.call("PUT", f"{{r}}/pulls/{number}/merge", json={})).status_code == 200
    await github.sandbox.protect(github.repo, "main", protected=False)
    assert (await github.get("{r}/branches/main")).json()["protected"] is False


async def test_a_commit_leaves_an_executable_file_executable(github: GitHub) -> None:
    git = github.sandbox.git(github.repo)
    tree = (await git.text("ls-tree", "main")).replace("100644 blob", "100755 blob")
    made = (await git.run("mktree", stdin=f"{tree}\n".encode())).decode().strip()
    head = await git.text("-c", "user.name=m", "-c", "user.email=m@x", "commit-tree", "-p", "main", "-m", "x", made)
    await git.run("update-ref", "refs/heads/main", head)
    told = wanted(head, addition("README.md"), addition("new.sh"))
    assert "errors" not in await ask(github, MUTATION, input=told)
    lines = (await git.text("ls-tree", "main", "README.md", "new.sh")).splitlines()
    assert [line[:6] for line in lines] == ["100755", "100644"]
