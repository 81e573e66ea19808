import pytest

from analysis import policy
from analysis.edits import SourceFile
from analysis.patch import apply_edits
from analysis.recipes import propose_all, wanted
from tests.analysis.recipes.told import advised, diagnosed, mended

# The runner's own words, as https://github.com/libretro/RetroArch/pull/17378 quotes them.
REFUSED = (
    "##[error]This request has been automatically failed because it uses a deprecated version of "
    "`{}`. Learn more: https://github.blog/changelog/2024-04-16-deprecation-notice-v3-of-the-artifact-actions/"
)
WORKFLOW = "jobs:\n  a:\n    steps:\n      - uses: actions/checkout@v3\n      - uses: actions/upload-artifact@v3\n"
PATH = ".github/workflows/ci.yml"


def test_a_refused_version_is_raised_where_it_is_used() -> None:
    after = WORKFLOW.replace("upload-artifact@v3", "upload-artifact@v4")
    assert mended("make", REFUSED.format("actions/upload-artifact: v3"), {PATH: WORKFLOW}) == {PATH: after}


def test_the_edit_is_only_offered() -> None:
    diagnosis = diagnosed("make", REFUSED.format("actions/upload-artifact: v3"))
    files = {PATH: SourceFile(PATH, WORKFLOW.encode(), "0" * 40)}
    assert PATH in wanted([diagnosis])
    proposal = propose_all([diagnosis], files)
    assert proposal is not None
    assert any(finding.blocking for finding in policy.check(apply_edits(files, proposal.edits)))


@pytest.mark.parametrize("used", ["actions/upload-artifact: v2", "octo/upload-artifact: v3", "actions/unknown: v3"])
def test_an_action_that_the_workflow_does_not_use_or_nobody_knows_is_left_alone(used: str) -> None:
    assert mended("make", REFUSED.format(used), {PATH: WORKFLOW}) == {}


@pytest.mark.parametrize(
    ("page", "right"),
    [
        ("issues/comments#create-an-issue-comment", "issues: write"),
        ("pulls/pulls#create-a-pull-request", "pull-requests: write"),
        ("releases/releases#create-a-release", "contents: write"),
    ],
)
def test_a_right_that_the_token_lacks_is_named_by_the_page_that_the_api_names(page: str, right: str) -> None:
    printed = (
        "RequestError [HttpError]: Resource not accessible by integration\n"
        f"  documentation_url: 'https://docs.github.com/rest/{page}'\n"
        "##[error]Unhandled error: HttpError: Resource not accessible by integration"
    )
    [text] = advised("gh api", printed)
    assert f"Add `{right}` under `permissions:`" in text


def test_a_right_that_no_page_names_is_not_guessed() -> None:
    assert advised("gh api", "##[error]Unhandled error: HttpError: Resource not accessible by integration") == ()
