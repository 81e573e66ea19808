import pytest

from analysis.recipes.advice import plain_path
from tests.analysis.recipes.told import advised

NPM = (
    "npm error code EUSAGE\nnpm error\nnpm error `npm ci` can only install packages when your package.json and "
    "package-lock.json or npm-shrinkwrap.json are in sync. Please update your lock file with `npm install` before "
    "continuing.\nnpm error\nnpm error Missing: left-pad@1.3.0 from lock file"
)


@pytest.mark.parametrize(
    ("command", "printed", "run"),
    [
        ("npm ci", NPM, "npm install"),
        (
            "yarn install --frozen-lockfile",
            "error Your lockfile needs to be updated, but yarn was run with `--frozen-lockfile`.",
            "yarn install",
        ),
        (
            "pnpm install --frozen-lockfile",
            ' ERR_PNPM_OUTDATED_LOCKFILE  Cannot install with "frozen-lockfile" because pnpm-lock.yaml is old',
            "pnpm install --no-frozen-lockfile",
        ),
        (
            "cargo check --locked",
            "error: cannot update the lock file /home/runner/work/shop/shop/Cargo.lock because --locked was passed to",
            "cargo check",
        ),
        (
            "go build ./...",
            "main.go:4:2: no required module provides package github.com/o/r; to add it:",
            "go mod tidy",
        ),
        (
            "composer validate",
            "# Lock file errors\n- The lock file is not up to date with the latest changes in composer.json",
            "composer update --lock",
        ),
        (
            "bundle install",
            "You are trying to install in deployment mode after changing\nyour Gemfile. Run `bundle install` elsewhere",
            "bundle install",
        ),
    ],
)
def test_a_lock_file_out_of_date_is_said_with_the_command_that_writes_it(command: str, printed: str, run: str) -> None:
    [text] = advised(command, printed)
    assert f"is out of date. Run `{run}` and commit" in text


def test_another_mistake_in_calling_npm_is_none_of_a_lock_file() -> None:
    assert advised("npm ci", "npm error code EUSAGE\nnpm error\nnpm error Unknown option --forse") == ()


def test_a_script_that_may_not_run_is_said_with_gits_command() -> None:
    printed = "/home/runner/work/_temp/1.sh: line 1: ./scripts/check.sh: Permission denied"
    assert advised("./scripts/check.sh", printed, 126) == (
        "`scripts/check.sh` is not executable. Run `git update-index --chmod=+x scripts/check.sh` and commit it.",
    )


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("./a.sh", 1),
        ("/etc/passwd", 126),
        ("./a`rm`.sh", 126),
        ("../a.sh", 126),
        ("./a;b.sh", 126),
        ("./$(a).sh", 126),
        ("./-a.sh", 126),
        ("./@octocat.sh", 126),
    ],
)
def test_a_path_that_is_no_plain_one_is_not_shown_in_a_command(path: str, code: int) -> None:
    assert advised("./check", f"/home/runner/work/_temp/1.sh: line 1: {path}: Permission denied", code) == ()


@pytest.mark.parametrize("path", ["", "a b", "a/../b", "a\n", "<a>", "a`", "a|b", "~/a", "a" * 201])
def test_only_letters_digits_and_a_few_signs_make_a_plain_path(path: str) -> None:
    assert plain_path(path) is None


def test_a_checked_out_path_is_shown_as_the_repository_has_it() -> None:
    assert plain_path("/home/runner/work/shop/shop/bin/run.sh") == "bin/run.sh"


def test_a_snapshot_is_a_question() -> None:
    [text] = advised(
        "jest --ci", "Snapshot Summary\n \u203a 1 snapshot failed from 1 test suite. Inspect your code changes"
    )
    assert "Is the new output meant?" in text
    assert "npx jest --updateSnapshot" in text


def test_two_versions_are_named_and_nothing_else_of_the_log() -> None:
    [text] = advised("bundle install", "Your Ruby version is 3.1.2, but your Gemfile specified 3.9.9")
    assert text.startswith("the `Gemfile` asks for Ruby `3.9.9`, and the job has `3.1.2`.")
    assert advised("bundle install", "Your Ruby version is 3.1.2, but your Gemfile specified 3`@octocat`") == ()


def test_an_ordinary_failure_brings_no_advice() -> None:
    assert advised("pytest", "FAILED test_a.py::test_a - assert 1 == 2\n1 failed in 0.01s") == ()
