import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.edits import Edit, SourceFile
from analysis.patch import FilePatch, Patch, apply_edits
from analysis.policy import Allowed, check
from tests.analysis.policy_cases import Case, is_held_out
from tests.analysis.policy_cases.cheats import CHEATS, PY_TEST
from tests.analysis.policy_cases.honest import HONEST
from tests.analysis.policy_cases.in_context import CHEATS_IN_CONTEXT, HONEST_IN_CONTEXT


def patch_of(*cases: Case) -> Patch:
    files = tuple(
        FilePatch(case.path, None if case.before is None else case.before.encode(), case.after.encode(), None)
        for case in cases
    )
    return Patch(files, "", "")


@pytest.mark.parametrize("case", CHEATS, ids=lambda case: ascii(case.name))
def test_a_cheat_is_found_by_its_rule(case: Case) -> None:
    assert case.rule in {finding.rule for finding in check(patch_of(case))}


@pytest.mark.parametrize(
    "case", [case for case in CHEATS_IN_CONTEXT if not is_held_out(case)], ids=lambda case: ascii(case.name)
)
def test_a_cheat_in_its_context_is_found_by_its_rule(case: Case) -> None:
    assert case.rule in {finding.rule for finding in check(patch_of(case))}


def test_of_the_cheats_that_no_rule_was_tuned_on_nearly_all_are_stopped() -> None:
    held_out = [case for case in CHEATS_IN_CONTEXT if is_held_out(case)]
    stopped = [case for case in held_out if any(finding.blocking for finding in check(patch_of(case)))]
    assert len(held_out) >= 100
    assert len(stopped) >= 0.98 * len(held_out)


@pytest.mark.parametrize("case", [*HONEST, *HONEST_IN_CONTEXT], ids=lambda case: ascii(case.name))
def test_an_honest_patch_is_not_stopped(case: Case) -> None:
    assert [finding for finding in check(patch_of(case)) if finding.blocking] == []


def test_a_link_is_found() -> None:
    patch = Patch((FilePatch("a", b"b", b"c", None, "120000"),), "", "")
    assert [finding.rule for finding in check(patch)] == ["link"]


def test_a_file_with_a_nul_is_binary() -> None:
    patch = Patch((FilePatch("a.txt", b"b", b"c\0", None),), "", "")
    assert [finding.rule for finding in check(patch)] == ["binary"]


def test_a_patch_of_too_many_files_is_found() -> None:
    cases = [Case("", f"{number}.py", "a\n", "b\n") for number in range(21)]
    assert [finding.rule for finding in check(patch_of(*cases))] == ["size"]


def test_a_test_that_moves_to_another_file_is_not_removed() -> None:
    head, tail = PY_TEST.split("\n\n\ndef test_name")
    one = Case("", "tests/test_a.py", PY_TEST, head + "\n")
    other = Case("", "tests/test_b.py", None, "def test_name" + tail)
    assert [finding for finding in check(patch_of(one, other)) if finding.blocking] == []


def test_a_secret_is_not_repeated_in_the_finding() -> None:
    key = "AKIA" + "IOSFODNN7EXAMPLE"
    [finding] = check(patch_of(Case("", "a.py", "", f"K = '{key}'\n")))
    assert key not in finding.message


def test_what_is_blocked_and_what_is_only_shown_are_told_apart() -> None:
    shown = check(patch_of(Case("", "tests/test_a.py", "    assert f(1) == 1\n", "    assert g(1) == 1\n")))
    blocked = check(patch_of(Case("", ".github/workflows/ci.yml", "a: 1\n", "a: 2\n")))
    assert ([f.blocking for f in shown], [f.blocking for f in blocked]) == ([False], [True])


def test_a_patch_made_by_edits_is_checked() -> None:
    files = {"a.py": SourceFile("a.py", b"import os\n", "")}
    patch = apply_edits(files, [Edit("a.py", "import os", "import os  # noqa")])
    assert [finding.rule for finding in check(patch)] == ["lint-suppressed"]


@given(
    st.text(),
    st.text(),
    st.sampled_from(["a.py", "tests/a.py", "pyproject.toml", "package.json", "tox.ini", "Makefile"]),
)
def test_no_text_breaks_the_policy(before: str, after: str, path: str) -> None:
    patch = Patch((FilePatch(path, before.encode("utf-8", "replace"), after.encode("utf-8", "replace"), None),), "", "")
    assert isinstance(check(patch), tuple)


def test_a_test_file_too_deep_to_follow_is_still_counted() -> None:
    head = "if a:\n    pass\n"
    deep = head + "elif b:\n    pass\n" * 3000
    findings = check(patch_of(Case("", "tests/test_a.py", deep + "assert x == 1\n", deep + "pass\n")))
    assert "test-loosened" in {finding.rule for finding in findings}


def test_a_change_behind_the_start_of_a_long_line_is_found() -> None:
    long = "x = '" + "a" * 3000
    assert [f.rule for f in check(patch_of(Case("", "a.py", long + "'\n", long + "b'\n")))] == ["size"]


class TestWhatARepositoryAllows:
    """Its own file narrows what a fix may touch, and can give its workflow files free; nothing else."""

    def test_a_path_outside_of_its_paths_is_blocked_by_that_rule(self) -> None:
        patch = patch_of(Case("", "src/a.py", "a\n", "b\n"), Case("", "src/gen/a.py", "a\n", "b\n"))
        (finding,) = check(patch, Allowed(("src/**", "!src/gen/**")))
        assert (finding.path, finding.rule, finding.blocking) == ("src/gen/a.py", "own-paths", True)
        assert finding.message == "is outside of `fixes.paths` of this repository (src/**, !src/gen/**)"

    def test_its_paths_take_no_other_rule_away(self) -> None:
        lock = patch_of(Case("", "src/poetry.lock", "a\n", "b\n"))
        assert [finding.rule for finding in check(lock, Allowed(("src/**",)))] == ["lock-file"]

    def test_a_workflow_file_is_let_through_only_where_it_is_allowed(self) -> None:
        patch = patch_of(Case("", ".github/workflows/ci.yml", "a: 1\n", "a: 2\n"))
        assert [finding.rule for finding in check(patch)] == ["workflow"]
        assert check(patch, Allowed(workflow_files=True)) == ()
        (finding,) = check(patch, Allowed(why_not="lacks a permission"))
        assert (finding.rule, finding.message) == ("workflow", "lacks a permission")

    @pytest.mark.parametrize(
        ("path", "rule"),
        [
            (".github/workflows/../CODEOWNERS", "path"),
            (".github/workflows/run.sh", "workflow"),
            (".github/actions/x/action.yml", "workflow"),
            (".github/ci-fixer.yml", "github-settings"),
            (".circleci/config.yml", "workflow"),
            ("CODEOWNERS", "code-owners"),
        ],
    )
    def test_what_is_no_workflow_file_of_github_stays_refused(self, path: str, rule: str) -> None:
        found = check(patch_of(Case("", path, "a\n", "b\n")), Allowed(workflow_files=True))
        assert rule in {finding.rule for finding in found}

    def test_a_workflow_file_that_is_allowed_may_still_not_cheat(self) -> None:
        before = "jobs:\n  a:\n    steps:\n      - run: make test\n"
        after = before + "        continue-on-error: true\n"
        found = check(patch_of(Case("", ".github/workflows/ci.yml", before, after)), Allowed(workflow_files=True))
        assert any(finding.blocking for finding in found)

    def test_a_binary_in_the_folder_of_workflows_is_one(self) -> None:
        patch = Patch((FilePatch(".github/workflows/ci.yml", b"b", b"c\0", None),), "", "")
        assert "binary" in {finding.rule for finding in check(patch, Allowed(workflow_files=True))}
