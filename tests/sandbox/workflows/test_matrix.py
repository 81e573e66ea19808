"""Matrices, by GitHub's documentation of them."""

import time
from collections.abc import Mapping

import pytest

from sandbox.data import Json
from tests.sandbox.workflows.reading import broken, job, readable


def combinations(matrix: str) -> list[Mapping[str, Json]]:
    return list(readable(job(f"strategy: {{matrix: {matrix}}}")).jobs[0].matrix)


def test_a_job_without_a_matrix_runs_once() -> None:
    assert list(readable(job("")).jobs[0].matrix) == [{}]


def test_every_value_of_an_axis_meets_every_value_of_the_others() -> None:
    assert combinations("{os: [linux, mac], version: [10, 12]}") == [
        {"os": "linux", "version": 10},
        {"os": "linux", "version": 12},
        {"os": "mac", "version": 10},
        {"os": "mac", "version": 12},
    ]


def test_what_is_excluded_need_not_name_every_axis() -> None:
    found = combinations("{os: [linux, mac], version: [10, 12, 14], exclude: [{os: mac}, {version: 12, os: linux}]}")
    assert found == [{"os": "linux", "version": 10}, {"os": "linux", "version": 14}]


def test_the_documented_example_of_include() -> None:
    # https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/run-job-variations
    found = combinations(
        "{fruit: [apple, pear], animal: [cat, dog], include: [{color: green}, {color: pink, animal: cat},"
        " {fruit: apple, shape: circle}, {fruit: banana}, {fruit: banana, animal: cat}]}"
    )
    assert found == [
        {"fruit": "apple", "animal": "cat", "color": "pink", "shape": "circle"},
        {"fruit": "apple", "animal": "dog", "color": "green", "shape": "circle"},
        {"fruit": "pear", "animal": "cat", "color": "pink"},
        {"fruit": "pear", "animal": "dog", "color": "green"},
        {"fruit": "banana"},
        {"fruit": "banana", "animal": "cat"},
    ]


def test_a_matrix_may_be_all_inclusion() -> None:
    found = combinations("{include: [{site: production, center: a}, {site: staging, center: b}]}")
    assert found == [{"site": "production", "center": "a"}, {"site": "staging", "center": "b"}]


def test_an_included_combination_that_would_change_an_axis_stands_alone() -> None:
    assert combinations("{os: [linux], include: [{os: mac, extra: 1}]}") == [{"os": "linux"}, {"os": "mac", "extra": 1}]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("3.10", 3.1),
        ("'3.10'", "3.10"),
        ("yes", "yes"),
        ("on", "on"),
        ("true", True),
        ("010", 10),
        ("0o10", 8),
        ("1:30", "1:30"),
        ("2024-01-01", "2024-01-01"),
        ("~", None),
        ("1e3", 1000.0),
        (".inf", ".inf"),
        ("{a: [1, x]}", {"a": [1, "x"]}),
    ],
)
def test_values_are_read_by_yaml_1_2(written: str, value: Json) -> None:
    assert combinations(f"{{axis: [{written}]}}") == [{"axis": value}]


def test_values_that_have_parts_can_be_excluded() -> None:
    assert combinations("{node: [{v: 1}, {v: 2}], exclude: [{node: {v: 1}}]}") == [{"node": {"v": 2}}]


def test_true_is_not_one() -> None:
    assert combinations("{axis: [true, 1], exclude: [{axis: 1}]}") == [{"axis": True}]


@pytest.mark.parametrize(
    ("matrix", "said"),
    [
        ("{os: linux}", "A sequence was expected"),
        ("{os: []}", "does not contain any values"),
        ("{os: {a: 1}}", "A sequence was expected"),
        ("{}", "at least one vector"),
        ("{os: [a], exclude: [{os: a}]}", "at least one vector"),
        ("[a, b]", "A mapping was expected"),
        ("{os: [a], include: {os: b}}", "A sequence was expected"),
        ("{os: [a], include: [b]}", "A mapping was expected"),
        ("\"${{ fromJSON('{}') }}\"", "not run here"),
        ("{os: \"${{ fromJSON('[]') }}\"}", "not run here"),
    ],
)
def test_a_matrix_that_cannot_be_read_is_said(matrix: str, said: str) -> None:
    assert said in broken(job(f"strategy: {{matrix: {matrix}}}")).message


def test_more_than_256_jobs_are_refused() -> None:
    axis = ", ".join(map(str, range(16)))
    assert len(combinations(f"{{a: [{axis}], b: [{axis}]}}")) == 256
    message = broken(job(f"strategy: {{matrix: {{a: [{axis}], b: [{axis}], include: [{{a: 99}}]}}}}")).message
    assert "more than 256 jobs" in message


def test_a_huge_matrix_is_refused_before_it_is_made() -> None:
    axis = ", ".join(map(str, range(100)))
    axes = ", ".join(f"a{number}: [{axis}]" for number in range(20))
    began = time.process_time()
    assert "more than 256 jobs" in broken(job(f"strategy: {{matrix: {{{axes}}}}}")).message
    assert time.process_time() - began < 5
