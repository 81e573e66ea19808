"""Places are the repository's own, and each stands in the log line that it names."""

import re

import pytest

from analysis.analyze import analyze
from analysis.diagnosis import Location
from analysis.findings import unwrapped
from tests.analysis.recorded_cases import FOLDER, diagnosis_of, recorded_names


def places(name: str) -> tuple[Location, ...]:
    return diagnosis_of(name).locations


def at(name: str) -> set[tuple[str, int | None]]:
    return {(each.path, each.line) for each in places(name)}


def test_no_place_is_in_a_folder_of_what_was_installed_or_keeps_the_runners() -> None:
    paths = {each.path for name in recorded_names() for each in places(name)}
    assert [path for path in paths if "node_modules" in path or "site-packages" in path] == []
    assert [path for path in paths if path.startswith(("/home/runner/work", "./"))] == []


def test_an_exception_is_placed_where_it_was_raised_and_at_the_test_that_led_there() -> None:
    assert at("unittest-failures") >= {("cart.py", 6), ("tests/test_cart.py", 11)}


def test_rows_take_the_file_that_stands_above_them() -> None:
    assert at("eslint-stylish") == {("src/cart.js", 1), ("src/cart.js", 3), ("src/price.js", 3)}


def test_rows_that_setup_nodes_problem_matcher_marked_keep_their_file() -> None:
    # setup-node brings matchers for eslint's rows: the runner writes its mark before each line that they know.
    log = (FOLDER / "eslint-stylish.log").read_text(encoding="utf-8")
    marked = re.sub(r"(?m)^(\S+Z )(  \d+:\d+  error )", r"\1##[error]\2", log)
    found = {(each.path, each.line) for each in analyze([marked.encode()]).locations}
    assert "##[error]  " in marked
    assert found == at("eslint-stylish")


def test_a_warning_among_errors_is_no_place() -> None:
    assert "prefer-const" not in {each.rule for each in places("eslint-stylish")}


def test_a_path_told_by_a_packages_script_is_the_repositorys() -> None:
    assert at("pnpm-recursive-jest") == {("packages/cart/cart.test.js", 2)}


def test_the_sub_exceptions_of_a_group_are_placed_each() -> None:
    assert at("python-exception-group") == {("report.py", 2), ("report.py", 6), ("report.py", 15)}


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("##[error]src/a.ts(1,2): error TS1: x", "src/a.ts(1,2): error TS1: x"),
        ("#12 3.456 npm error code E404", "npm error code E404"),
        ("web-1  | Error: no price", "Error: no price"),
        ("@shop/cart:build: cart.ts(1,1): error TS1: x", "cart.ts(1,1): error TS1: x"),
        ("packages/cart test:   ● adds", "  ● adds"),
        ("error: no prefix at all", "error: no prefix at all"),
    ],
)
def test_the_prefixes_of_runners_and_services_go(text: str, bare: str) -> None:
    assert unwrapped(text) == bare
