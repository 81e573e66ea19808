"""`.github/ci-fixer.yml` of the default branch, heeded by the whole App over real HTTP."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from agents.budget import DailyBudget
from agents.gemini import Gemini
from agents.recipes_only import RecipesOnly
from analysis.policy import Allowed
from github_app.client import REPORT, Installation
from github_app.model import Repository, User, UserId
from github_app.repo_config import read_repo_config
from handlers.services import Services, repository_of
from handlers.tasks.configuration import Configured, allowed_for, config_of, services_for
from handlers.tasks.deciders import may_decide
from handlers.tasks.planning import over_budget
from handlers.tasks.review import Decision
from sandbox.auth import InstallationCaller
from sandbox.git_write import commit_files, move_ref
from sandbox.writing import author_of
from storage import fixes
from storage.fixes import FixRow
from storage.ids import FixId
from tests.agents.fake_gemini import FakeGemini, calls, serving
from tests.handlers.house import RED, WORKFLOW, House, house

FILE = ".github/ci-fixer.yml"
UNKNOWN_NAME = b"import math\n\n\ndef area(radius):\n    return math.pi * radios**2\n"


@pytest.fixture
async def home(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with house(database_url, tmp_path) as opened:
        await opened.settle()
        yield opened


async def say(home: House, text: str, path: str = FILE) -> None:
    """Commit a file to the default branch, of which no event tells and for which no CI runs."""
    git = home.sandbox.git(home.repository)
    head = await git.ref("refs/heads/main")
    assert head is not None
    who = author_of(home.sandbox.world, home.sandbox.world.state.users["octo"]).author
    sha = await commit_files(git, head, {path: text.encode()}, "Configure", author=who, committer=who)
    await move_ref(git, "refs/heads/main", sha, head)


def shown(home: House, number: int) -> str:
    """What the newest check run of a pull request's head says, read as a person does."""
    head = home.sandbox.pull_request(home.repository, number).head_sha
    found = [one for one in home.sandbox.check_runs(home.repository, home.app) if one.suite.head_sha == head]
    return f"{found[-1].title}\n{found[-1].summary}".replace("\\", "") if found else ""


async def test_what_is_watched_proposed_touched_and_commented_is_the_repositorys_to_say(home: House) -> None:
    await say(home, "branches: [main]\nworkflows: {ignore: [Nightly]}")
    unwatched = await home.red_pull_request("one")
    assert (shown(home, unwatched), home.our_comments(unwatched)) == ("", [])
    assert await home.value("SELECT count(*) FROM analyses") == 0
    # It is a witness all the same, as every green run is.
    assert await home.value("SELECT count(*) FROM workflow_runs WHERE conclusion = 'success'") != 0

    await say(home, "propose: false\ncomment: false")
    explained = await home.red_pull_request("two")
    assert "F401" in shown(home, explained)
    assert "does not let one be proposed" in shown(home, explained)
    assert home.our_comments(explained) == []
    assert await home.value("SELECT count(*) FROM suggested_fixes") == 0

    await say(home, "fixes: {paths: ['docs/**', '*.md']}\nbudget: {analyses_a_day: 2}")
    blocked = await home.red_pull_request("three")
    assert "is outside of `fixes.paths` of this repository (docs/**, *.md)" in shown(home, blocked)
    assert "policy does not let it be applied" in home.our_comments(blocked)[0]

    unread = await home.red_pull_request("four")
    assert "allows 2 analyses a day, and they are used up" in shown(home, unread)
    assert "F401" not in shown(home, unread)


async def test_a_fault_is_shown_where_it_stands_and_lets_nobody_approve_until_it_is_mended(home: House) -> None:
    older = await home.sandbox.git(home.repository).ref("refs/heads/main")
    await say(home, "comment: true\naprovers: {role: maintain}\n")
    number = await home.red_pull_request("one")
    assert "`.github/ci-fixer.yml`: `aprovers` at 2:1: unknown key; did you mean `approvers`?" in shown(home, number)
    assert "Nobody can approve" in home.our_comments(number)[0]
    assert "/approve" not in home.our_comments(number)[0]
    checks = home.sandbox.check_runs(home.repository, home.app)
    assert [(one.path, one.start_line) for one in checks[-1].annotations if one.path == FILE] == [(FILE, 2)]
    assert [action.identifier for action in checks[-1].actions] == ["analyze_again"]

    await home.sandbox.push(home.repository, "two", {"area.py": RED}, "Swap", "mona", onto=older)
    without = await home.sandbox.open_pull_request(home.repository, "mona", "two", "main", "Swap")
    await home.settle()
    assert "`aprovers` at 2:1" in shown(home, without)
    assert FILE not in [one.path for one in home.sandbox.check_runs(home.repository, home.app)[-1].annotations]

    await home.sandbox.comment(home.repository, number, "mona", "/approve")
    await home.settle()
    assert "did you mean" in home.our_comments(number)[-1]
    await say(home, "approvers: {role: write}")
    await home.sandbox.comment(home.repository, number, "mona", "/approve")
    await home.settle()
    assert await home.value("SELECT state FROM suggested_fixes WHERE fix_id = 1") == "verified"


async def test_a_pull_request_that_edits_the_file_changes_nothing(home: House) -> None:
    await say(home, "approvers: {role: maintain}")
    files = {"area.py": RED, FILE: b"approvers: {role: write}\n"}
    await home.sandbox.push(home.repository, "swap", files, "Swap imports and roles", "mona")
    number = await home.sandbox.open_pull_request(home.repository, "mona", "swap", "main", "Swap")
    await home.settle()
    assert "Approval needs the role maintain." in home.our_comments(number)[0]
    await home.sandbox.comment(home.repository, number, "mona", "/approve")
    await home.settle()
    assert "takes the role maintain here" in home.our_comments(number)[-1]
    assert await home.value("SELECT state FROM suggested_fixes") == "proposed"


async def configuration(home: House) -> Configured:
    async with home.database.connection() as connection:
        repository = await repository_of(connection, home.repository.id)
    async with home.services.github.installation(repository, REPORT) as installation:
        return await config_of(home.services, installation, repository)


async def test_what_holds_is_asked_for_at_each_decision_and_narrowed_by_the_operator(home: House) -> None:
    await _costs(home)
    await _operators(home)
    await _workflow_files(home)
    await _owners_file(home)


async def _owners_file(home: House) -> None:
    """The owner's file holds for a repository that has none."""
    await home.sandbox.git(home.repository).text("update-ref", "refs/heads/main", "refs/heads/main~1")
    assert (await configuration(home)).file == ""
    files = {"ci-fixer.yml": b"comment: false\nlanguage: de\n", "README.md": b"Shared.\n"}
    shared = await home.sandbox.create_repository("octo", ".github", files)
    assert (await configuration(home)).file == ""  # the App is not installed there
    (installed,) = home.sandbox.world.state.installations
    await home.sandbox.add_repositories(installed, [shared])
    await home.settle()
    found = await configuration(home)
    assert not found.config.comment
    assert found.faults == (
        "`octo/.github: ci-fixer.yml`: `language` at 2:11: expected `en`, the only one there is, found `de`",
    )
    assert found.blob is None

    await say(home, "branches: [main]", ".github/ci-fixer.yaml")
    own = await configuration(home)
    assert (own.file, own.config.comment, own.faults) == (".github/ci-fixer.yaml", True, ())
    await say(home, "#" * 70_000)
    large = await configuration(home)
    assert large.faults[0] == f"`{FILE}`: at 1:1: the file is larger than 64 KiB"
    assert not large.config.redact_known


async def _costs(home: House) -> None:
    """One request where there is no file, two where there is one."""
    await configuration(home)  # whose token is kept
    before = _requests(home)
    await configuration(home)
    assert _requests(home) - before == 1
    await say(home, "propose: false")
    before = _requests(home)
    await configuration(home)
    assert _requests(home) - before == 2


def _requests(home: House) -> int:
    """Those of the installation that its hourly limit has counted."""
    state = home.sandbox.world.state
    (installed,) = state.installations.values()
    token = next(one for one in state.tokens.values() if one.holder is installed)
    return home.sandbox.world.limits.look(InstallationCaller(installed, token)).used


class Asking:
    """One fix, and whoever asks to decide on it."""

    def __init__(self, home: House, installation: Installation, repository: Repository, fix: FixRow) -> None:
        self.home, self.installation, self.repository, self.fix = home, installation, repository, fix

    async def __call__(self, login: str, *, approve: bool = True) -> str | None:
        decision = Decision(approve, FixId(self.fix.fix_id), User(UserId(1), login, is_bot=False), "", "api", "")
        role = await self.installation.role(login)
        services = self.home.services
        return await may_decide(services, self.installation, self.repository, decision, self.fix, role)


async def test_roles_owners_teams_and_authors_decide_as_the_file_says(database_url: str, tmp_path: Path) -> None:
    async with house(database_url, tmp_path, owner="Organization") as home:
        for login, role in (("lin", "maintain"), ("kim", "write")):
            await home.sandbox.create_user(login)
            await home.sandbox.set_role(home.repository, login, role)
        await home.red_pull_request()
        async with home.database.connection() as connection:
            repository = await repository_of(connection, home.repository.id)
            fix = await fixes.fix(connection, home.repository.id, FixId(1))
        assert fix is not None
        async with home.services.github.installation(repository, REPORT) as installation:
            ask = Asking(home, installation, repository, fix)
            assert await ask("kim") is None
            await _roles(home, ask)
            await _authors(home, ask)
            await _owners(home, ask)
            await _narrowed(home, ask)


async def _roles(home: House, ask: Asking) -> None:
    await say(home, "approvers: {role: maintain}")
    assert await ask("kim") == (
        "To approve a fix takes the role maintain here, as `.github/ci-fixer.yml` says; you have write."
    )
    assert "To reject a fix" in str(await ask("kim", approve=False))
    assert await ask("lin") is None


async def _authors(home: House, ask: Asking) -> None:
    await say(home, "approvers: {author: false}")
    assert "The author of a pull request does not approve" in str(await ask("Mona"))
    assert await ask("mona", approve=False) is None
    assert await ask("kim") is None


async def _owners(home: House, ask: Asking) -> None:
    await say(home, "approvers: {code_owners: true}")
    assert await ask("kim") is None  # nobody owns anything
    await say(home, "* @kim", "docs/CODEOWNERS")
    await say(home, "* @octo/core @Lin\n", "CODEOWNERS")
    await home.sandbox.set_team("octo", "core", {"mona": "active", "kim": "pending"})
    assert await ask("lin") is None  # by login, without asking who is in a team
    assert "needs the organization permission Members (read-only)" in str(await ask("mona"))
    (installed,) = home.sandbox.world.state.installations.values()
    await home.sandbox.accept_permissions(installed.id, {**installed.permissions, "members": "read"})
    assert await ask("mona") is None
    assert await ask("kim") == (
        "To approve F1 takes an owner of `area.py`, as `.github/ci-fixer.yml` says: `@octo/core`, `@Lin`."
    )
    assert await ask("kim", approve=False) is None
    await say(home, "* @lin\n/area.py\n", ".github/CODEOWNERS")
    assert await ask("kim") is None  # the last line that matches takes the owners away


async def _narrowed(home: House, ask: Asking) -> None:
    await say(home, "fixes: {paths: [docs/**]}")
    assert "F1 touches `area.py`, which `fixes.paths`" in str(await ask("lin"))
    await say(home, "approvers: {role: write")
    assert "Nobody can approve until `.github/ci-fixer.yml` says without a fault who may" in str(await ask("octo"))
    assert await ask("octo", approve=False) is None


async def test_what_a_repository_masks_leaves_its_logs_nowhere(database_url: str, tmp_path: Path) -> None:
    fake = FakeGemini([calls(("fetch_workflow_logs", {"words": "F821", "last": 9999})), calls(("answer", NO_FIX))])
    async with serving(fake) as base_url:
        engine = Gemini("k", base_url=base_url, retry_pause=0.001)
        async with house(database_url, tmp_path, engine) as home:
            await say(home, "redact: ['ndefined (n)ame']\nmodel: gemini-9\nengine: portia")
            number = await home.red_pull_request(content=UNKNOWN_NAME)
            said = shown(home, number)
            assert "F821 U*** `radios`" in said
            assert "none of the models that are set up here (`gemini-2.5-pro`)" in said
            assert "`portia` is not set up here; `gemini` is, and is used instead" in said
            assert len(fake.received) == 2
            stored = await home.value("SELECT string_agg(to_jsonb(f)::text, '') FROM workflow_failures f")
            asked = "".join(one.body for one in fake.received)
            for text in (said, *home.our_comments(number), str(stored), asked):
                assert "radios" in text
                assert "Undefined name" not in text

            # A workflow file is committed where the file and GitHub allow it, and refused as soon as one does not.
            read = {"what": "file", "path": WORKFLOW, "first": 1, "last": 20}
            fake.replies += [calls(("read_repository", read)), calls(("answer", WORKFLOW_FIX))]
            (installed,) = home.sandbox.world.state.installations
            await home.sandbox.accept_permissions(installed, {"workflows": "write"})
            await home.settle()
            await say(home, "fixes: {workflow_files: true}")
            number = await home.red_pull_request("four", content=b"# other\n" + UNKNOWN_NAME)
            await say(home, "{}")
            await home.sandbox.comment(home.repository, number, "mona", "/approve")
            await home.settle()
            assert "which `fixes.workflow_files`" in home.our_comments(number)[-1]
            await say(home, "fixes: {workflow_files: true}")
            await home.sandbox.comment(home.repository, number, "mona", "/approve")
            await home.settle()
            assert b"name: Lint all" in (await home.sandbox.read_file(home.repository, "four", WORKFLOW) or b"")

            # A pattern with a fault: no log is read at all, and nobody is asked.
            await say(home, "redact: ['Undefined (name']")
            withheld = await home.red_pull_request("two", content=UNKNOWN_NAME)
            assert "its log is not read until `redact`" in shown(home, withheld)
            assert "radios" not in shown(home, withheld)
            assert len(fake.received) == 4


def wish(services: Services, text: str) -> Services:
    read = read_repo_config(text.encode())
    assert read.faults == ()
    return services_for(services, read.config)


async def _operators(home: House) -> None:
    """Engine, model and budget are those that the operator has set up, and never more."""
    own, other = Gemini("k", "gemini-2.5-pro"), Gemini("k", "gemini-2.5-flash")
    services = replace(home.services, engine=own, models={"gemini-2.5-flash": other}, daily=DailyBudget())
    assert wish(services, "").engine is own
    assert wish(services, "engine: gemini\nmodel: gemini-2.5-pro").engine is own
    assert wish(services, "model: gemini-2.5-flash").engine is other
    assert wish(services, "model: gemini-9\nengine: portia").engine is own
    for text in ("engine: recipes_only", "propose: false", "engine: recipes_only\nmodel: gemini-2.5-flash"):
        assert not wish(services, text).engine.describe().model
    assert wish(replace(services, engine=RecipesOnly(), models={}), "engine: gemini").engine.describe().model == ""
    assert wish(services, "budget: {tokens_a_day: 5}").daily == replace(services.daily, repository_tokens=5)
    assert wish(services, "budget: {tokens_a_day: 999999999}").daily == services.daily
    assert await over_budget(wish(services, "budget: {tokens_a_day: 0}"), home.repository.id) is not None


async def _workflow_files(home: House) -> None:
    """They take the file's word and GitHub's permission."""
    services = wish(home.services, "fixes: {workflow_files: true}")
    assert await allowed_for(home.services, home.repository.id) == Allowed()
    lacking = await allowed_for(services, home.repository.id)
    assert not lacking.workflow_files
    assert "the App lacks the Workflows permission" in lacking.why_not
    (installed,) = home.sandbox.world.state.installations.values()
    await home.sandbox.accept_permissions(installed.id, {**installed.permissions, "workflows": "write"})
    await home.settle()
    assert (await allowed_for(services, home.repository.id)).workflow_files


NO_FIX: dict[str, object] = {
    "fix": False,
    "summary": "None",
    "root_cause": "A name is wrong.",
    "claims": [],
    "edits": [],
    "confidence": 10,
    "risk": "None known.",
}
WORKFLOW_FIX: dict[str, object] = {
    **NO_FIX,
    "fix": True,
    "summary": "Name the step",
    "claims": [
        {"statement": "radios is undefined", "file_lines": [{"path": "area.py", "line": 2, "quote": "import math"}]}
    ],
    "edits": [{"path": WORKFLOW, "search": "name: Lint", "replace": "name: Lint all"}],
}
